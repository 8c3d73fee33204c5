"""What a firewall's rule lets through, told from its own table."""

from __future__ import annotations

import json

import pytest

from agentguard.structure import leaves


def word(**rule: object) -> str:
    """What the keys of its addresses say of a rule: the part before their own name."""
    text = json.dumps({**rule, "cidr_ipv4": "0.0.0.0/0"})
    [key] = [key for key, value in leaves("a.json", text.encode()) if value == "0.0.0.0/0"]
    return key.removesuffix("cidr_ipv4").removesuffix(".")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (80, 80, "Web()"),
        ("443", "443", "Web()"),
        (80, 443, ""),  # and all between, none of which is guarded
        (8080, 8080, ""),
        (22, 22, "Inside()"),
        (27017, 27017, "Inside()"),
        (20, 80, "Inside()"),
        (0, 65535, "Inside()"),
        (23, 79, ""),
        (-1, -1, ""),
        ("${var.port}", 22, ""),
        ("٢٢", "٢٢", ""),
        ("9" * 6, "9" * 6, ""),
        ([22], [22], ""),
        (None, None, ""),
    ],
)
def test_ports(first: object, last: object, expected: str) -> None:
    assert word(from_port=first, to_port=last, protocol="tcp") == expected
    assert word(FromPort=first, ToPort=last, IpProtocol="6") == expected


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [("tcp", "Web()"), ("UDP", "Web()"), ("-1", "Inside()"), (-1, "Inside()"), ("all", "Inside()"),
     ("icmp", ""), ("${var.protocol}", "")],
)  # fmt: skip
def test_protocols(protocol: object, expected: str) -> None:
    assert word(from_port=443, to_port=443, ip_protocol=protocol) == expected


def test_all_ports_need_no_numbers() -> None:
    assert word(ip_protocol="-1") == "Inside()"
    assert word(ip_protocol="tcp", from_port=22) == ""
    assert word(to_port=22) == ""


def test_ways_out_are_no_doors() -> None:
    rule = {"from_port": 22, "to_port": 22, "protocol": "tcp"}
    assert word(**rule, type="egress") == ""
    assert word(**rule, type="ingress") == "Inside()"


def test_only_addresses_have_it_in_their_key() -> None:
    text = b'rule "x" {\n  from_port = 22\n  to_port = 22\n  cidr_blocks = ["::/0"]\n}\n'
    assert leaves("a.tf", text) == (
        ("rule.x.from_port", "22"),
        ("rule.x.to_port", "22"),
        ("rule.x.Inside().cidr_blocks[]", "::/0"),
    )


def test_what_is_there_twice_must_be_ordinary_twice() -> None:
    text = '{"from_port": 443, "from_port": 22, "to_port": 443, "to_port": 22, "cidr": "::/0"}'
    assert ("Inside().cidr", "::/0") in leaves("a.json", text.encode())


def test_a_table_that_others_are_merged_into_does_not_tell() -> None:
    text = "base: &b {IpProtocol: '-1'}\nrule:\n  <<: *b\n  FromPort: 443\n  ToPort: 443\n  CidrIp: a\n"
    assert ("rule.CidrIp", "a") in leaves("a.yaml", text.encode())
