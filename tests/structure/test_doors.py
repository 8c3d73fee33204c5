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


def azure(**said: object) -> dict[str, object]:
    return {"access": "Allow", "direction": "Inbound", **said}


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ({"destination_port_range": "22"}, "Inside()"),
        ({"destination_port_range": "*"}, "Inside()"),
        ({"destinationPortRange": "443"}, "Web()"),
        ({"destination_port_ranges": ["80", "443"]}, "Web()"),
        ({"destinationPortRanges": ["443", "20-30"]}, "Inside()"),
        ({"destination_port_ranges": ["443", "${var.port}"]}, ""),
        ({"destination_port_ranges": ["443", "443-"]}, ""),
        ({"destination_port_ranges": []}, ""),
        ({"destination_port_range": "8080"}, ""),
    ],
)
def test_ports_of_azure(ports: dict[str, object], expected: str) -> None:
    assert word(**azure(**ports)) == expected


@pytest.mark.parametrize(
    "said", [{"access": "Deny"}, {"direction": "Outbound"}, {"direction": ["Inbound"]}]
)
def test_azure_lets_nobody_in_by_another_rule(said: dict[str, object]) -> None:
    assert word(**azure(destination_port_range="22", **said)) == ""


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"allow": {"protocol": "tcp", "ports": ["22"]}}, "Inside()"),
        ({"allowed": [{"IPProtocol": "tcp", "ports": ["443"]}]}, "Web()"),
        ({"allow": [{"protocol": "tcp", "ports": ["443"]}, {"protocol": "all"}]}, "Inside()"),
        ({"allow": [{"protocol": "tcp", "ports": [443]}, {"protocol": "icmp"}]}, "Web()"),
        ({"allow": {"protocol": "udp"}}, "Inside()"),
        ({"allow": {"protocol": "tcp", "ports": ["20-30"]}, "direction": "EGRESS"}, ""),
        ({"allow": {"protocol": "tcp", "ports": ["20-30"]}, "direction": "INGRESS"}, "Inside()"),
        ({"allow": "everything"}, ""),
        ({"deny": {"protocol": "all"}}, ""),
    ],
)
def test_ports_of_google(rule: dict[str, object], expected: str) -> None:
    assert word(**rule, source_ranges=["10.0.0.0/8"]) == expected


def test_addresses_of_azure_and_google_have_it_in_their_keys() -> None:
    rule = azure(destinationPortRange="22", sourceAddressPrefix="*")
    assert ("Inside().sourceAddressPrefix", "*") in leaves("a.json", json.dumps(rule).encode())
    firewall = {"allowed": {"IPProtocol": "all"}, "sourceRanges": ["::/0"]}
    assert ("Inside().sourceRanges[]", "::/0") in leaves("a.json", json.dumps(firewall).encode())


def test_a_way_in_of_a_template_differs_from_a_way_out() -> None:
    def key(kind: str) -> str:
        resource = {"Type": kind, "Properties": {"IpProtocol": "-1", "CidrIp": "::/0"}}
        [found] = [
            k for k, value in leaves("a.json", json.dumps(resource).encode()) if value == "::/0"
        ]
        return found

    assert key("AWS::EC2::SecurityGroupIngress") == "Entrance().Properties.Inside().CidrIp"
    assert key("AWS::EC2::SecurityGroupEgress") == "Properties.Inside().CidrIp"
