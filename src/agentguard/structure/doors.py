"""What a firewall's rule lets through to the addresses in it, as far as its own table tells.

Its addresses get a word into their keys, which no tool takes for a name: an address of everybody is
ordinary at one door and an accident at the other.
"""

from __future__ import annotations

from typing import Any

# Nothing but HTTP, which is for everybody.
WEB = "Web()"
# All ports, or one of those at which only one's own should knock.
INSIDE = "Inside()"

_HTTP = (80, 443)
# SSH, Docker, MySQL, Remote Desktop, PostgreSQL, Redis, Elasticsearch, MongoDB.
_GUARDED = (22, 2375, 3306, 3389, 5432, 6379, 9200, 27017)
_FROM = ("from_port", "FromPort")
_TO = ("to_port", "ToPort")
_PROTOCOL = ("protocol", "ip_protocol", "IpProtocol")
# With any other protocol the numbers are no ports.
_WITH_PORTS = {"tcp", "udp", "6", "17"}
_ALL_PORTS = {"-1", "all"}
_MOST_DIGITS = 5


def door_of(table: Any) -> str:
    """`WEB`, `INSIDE`, or "" for any other table, and where ports have to be worked out first."""
    names = {name for name, _ in table}
    if names.isdisjoint((*_FROM, *_PROTOCOL)) or None in names or "egress" in _of(table, "type"):
        return ""
    protocols = {protocol.lower() for protocol in _of(table, *_PROTOCOL)}
    if protocols & _ALL_PORTS:
        return INSIDE
    first, last = _of(table, *_FROM), _of(table, *_TO)
    if not (first and last and protocols <= _WITH_PORTS and all(map(_is_port, first + last))):
        return ""
    ranges = [(int(start), int(end)) for start in first for end in last]
    if all(start == end and start in _HTTP for start, end in ranges):
        return WEB
    guarded = any(start <= port <= end for start, end in ranges for port in _GUARDED)
    return INSIDE if guarded else ""


def takes_addresses(name: str) -> bool:
    """Whether addresses stand at this name: `cidr_blocks`, `cidr_ipv4`, `CidrIp` and their like."""
    return "cidr" in name.lower()


def _of(table: Any, *names: str) -> list[str]:
    return [str(child) for name, child in table if name in names]


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
