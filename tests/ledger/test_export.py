"""An export holds every record byte for byte, and what was done to it is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.ledger.export import exported, first_of, header, line
from agentguard.ledger.record import Row
from agentguard.ledger.verify import Fault, Found, Verification
from tests.ledger import chains


@pytest.fixture
def lines(tmp_path: Path) -> list[bytes]:
    chains.tell(tmp_path, *chains.STORY)
    with chains.ledger(tmp_path) as ledger:
        return [line(row).encode() for row in ledger.rows()]


def faults(lines: list[bytes]) -> list[Fault]:
    return list(Verification(first=first_of(lines[0])).faults(exported(lines)))


def test_each_line_is_a_record_and_its_hash(lines: list[bytes], tmp_path: Path) -> None:
    with chains.ledger(tmp_path) as ledger:
        stored = list(ledger.rows())

    assert [json.loads(each) for each in lines] == [
        {"hash": row.hash, "record": row.text} for row in stored
    ]
    assert [each.row for each in exported(lines) if isinstance(each, Found)] == stored
    assert faults(lines) == []


def test_a_slice_says_where_it_begins(lines: list[bytes]) -> None:
    assert header(1) == ""
    assert faults([header(4).encode(), *lines[3:]]) == []
    assert [fault.seq for fault in faults([header(4).encode(), *lines[4:]])] == [4]
    assert [fault.seq for fault in faults(lines[3:])] == [1]


def test_swapped_and_repeated_lines_are_found(lines: list[bytes]) -> None:
    swapped = [*lines[:2], lines[3], lines[2], *lines[4:]]
    assert {fault.seq for fault in faults(swapped)} == {3}
    assert {fault.seq for fault in faults([*lines, lines[2]])} == {3}


@given(st.binary(max_size=60))
def test_any_bytes_are_a_record_or_a_fault(content: bytes) -> None:
    first_of(content)
    assert all(isinstance(each, Fault) for each in exported([b"{}", content]))


@pytest.mark.parametrize(
    "content",
    [b'{"hash": 1, "record": 2}', b'{"hash": "", "record": "{}"}', b"[]", b"[" * 9999, b"\n"],
)
def test_a_line_without_a_record_is_named(content: bytes, lines: list[bytes]) -> None:
    [fault, _] = faults([*lines[:2], content, *lines[3:]])
    assert fault == Fault(0, "line 3 of the export holds no record")


def test_what_somebody_altered_can_be_exported() -> None:
    assert json.loads(line(Row(1, "\udcff", b"x")))  # type: ignore[arg-type]
