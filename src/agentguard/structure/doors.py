"""What a firewall's rule lets through to the addresses in it, as far as its own table tells.

Its addresses get a word into their keys, which no tool takes for a name: an address of everybody is
ordinary at one door and an accident at the other. The tables are those of Terraform's providers for
Amazon, Azure and Google, and those that the three take themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Nothing but HTTP, which is for everybody.
WEB = "Web()"
# All ports, or one of those at which only one's own should knock.
INSIDE = "Inside()"
# A resource of a CloudFormation template that is a way in; a way out has the same properties.
ENTRANCE = "Entrance()"

# The first and the last port.
_Range = tuple[int, int]

_HTTP = (80, 443)
# SSH, Docker, MySQL, Remote Desktop, PostgreSQL, Redis, Elasticsearch, MongoDB.
_GUARDED = (22, 2375, 3306, 3389, 5432, 6379, 9200, 27017)
_EVERY_PORT = (0, 65535)
_FROM = ("from_port", "FromPort")
_TO = ("to_port", "ToPort")
_PROTOCOL = ("protocol", "ip_protocol", "IpProtocol", "IPProtocol")
_AZURE_PORTS = (
    "destination_port_range", "destination_port_ranges", "destinationPortRange",
    "destinationPortRanges",
)  # fmt: skip
_AZURE_SOURCES = (
    "source_address_prefix", "source_address_prefixes", "sourceAddressPrefix",
    "sourceAddressPrefixes",
)  # fmt: skip
_GOOGLE_SOURCES = ("source_ranges", "sourceRanges")
_GOOGLE_DOORS = ("allow", "allowed")
_SOURCES = {*_AZURE_SOURCES, *_GOOGLE_SOURCES}
# With any other protocol the numbers are no ports.
_WITH_PORTS = {"tcp", "udp", "6", "17"}
_ALL_PORTS = {"-1", "all"}
_MOST_DIGITS = 5


def door_of(table: Any) -> str:
    """`WEB`, `INSIDE` or `ENTRANCE`; "" for any other table, and where ports have to be worked out
    first."""
    names = {name for name, _ in table}
    if None in names:
        return ""
    if "Properties" in names:
        return ENTRANCE if "AWS::EC2::SecurityGroupIngress" in _of(table, "Type") else ""
    if not names.isdisjoint(_AZURE_PORTS):
        return _kind(_azure(table))
    if not names.isdisjoint(_GOOGLE_SOURCES):
        return _kind(_google(table))
    return "" if names.isdisjoint((*_FROM, *_PROTOCOL)) else _kind(_amazon(table))


def goes_through(door: str, name: str) -> bool:
    """Whether what stands at this name of a table is what its door is for: `cidr_blocks`, `CidrIp`,
    `source_ranges` and their like, or the properties of an entrance."""
    if door == ENTRANCE:
        return name == "Properties"
    return bool(door) and ("cidr" in name.lower() or name in _SOURCES)


def _kind(ranges: list[_Range]) -> str:
    if ranges and all(start == end and start in _HTTP for start, end in ranges):
        return WEB
    guarded = any(start <= port <= end for start, end in ranges for port in _GUARDED)
    return INSIDE if guarded else ""


def _amazon(table: Any) -> list[_Range]:
    """What stands there twice counts in every combination."""
    if "egress" in _of(table, "type"):
        return []
    protocols = {protocol.lower() for protocol in _of(table, *_PROTOCOL)}
    if protocols & _ALL_PORTS:
        return [_EVERY_PORT]
    first, last = _of(table, *_FROM), _of(table, *_TO)
    if not (protocols <= _WITH_PORTS and all(map(_is_port, first + last))):
        return []
    return [(int(start), int(end)) for start in first for end in last]


def _azure(table: Any) -> list[_Range]:
    said = {each.lower() for each in _of(table, "access", "direction")}
    return _ranges(_listed(table, *_AZURE_PORTS)) if said == {"allow", "inbound"} else []


def _google(table: Any) -> list[_Range]:
    """A block that names no ports opens all of its protocol."""
    if "EGRESS" in _of(table, "direction"):
        return []
    found: list[_Range] = []
    for door in _tables(child for name, child in table if name in _GOOGLE_DOORS):
        protocols = {protocol.lower() for protocol in _of(door, *_PROTOCOL)}
        if protocols & _ALL_PORTS:
            found.append(_EVERY_PORT)
        elif protocols & _WITH_PORTS:
            names = {name for name, _ in door}
            found += _ranges(_listed(door, "ports")) if "ports" in names else [_EVERY_PORT]
    return found


def _ranges(ports: list[str]) -> list[_Range]:
    """`22`, `20-30` and `*`; nothing if one of them is anything else."""
    found = [each for each in map(_range, ports) if each]
    return found if len(found) == len(ports) else []


def _range(text: str) -> _Range | None:
    if text == "*":
        return _EVERY_PORT
    first, dash, last = text.partition("-")
    ends = (first, last if dash else first)
    return (int(ends[0]), int(ends[1])) if all(map(_is_port, ends)) else None


def _tables(trees: Any) -> Iterator[Any]:
    for tree in trees:
        listed = tree if isinstance(tree, list) else [tree]
        yield from (each for each in listed if isinstance(each, tuple))


def _of(table: Any, *names: str) -> list[str]:
    return [str(child) for name, child in table if name in names]


def _listed(table: Any, *names: str) -> list[str]:
    """The same where a list says as much as its parts."""
    found = [child for name, child in table if name in names]
    return [str(x) for child in found for x in (child if isinstance(child, list) else [child])]


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
