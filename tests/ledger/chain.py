"""The chain of a ledger as anybody can check it, with nothing of agentguard's own."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from agentguard.ledger.record import Row as Stored

FILE = Path("agentguard", "ledger", "records.sqlite3")


class Row(NamedTuple):
    seq: int
    hash: str
    text: str


def ask(directory: Path, sql: str) -> list[tuple[Any, ...]]:
    """The answer of the ledger of the repository at `directory`."""
    with closing(sqlite3.connect(directory / FILE, timeout=60)) as connection:
        return list(connection.execute(sql))


def rows(directory: Path) -> list[Row]:
    """The records as they are stored, in order."""
    return [
        Row(*row) for row in ask(directory, "SELECT seq, hash, record FROM records ORDER BY seq")
    ]


def records(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(row.text) for row in rows(directory)]


def events(directory: Path) -> list[str]:
    """What the records are, without the one that opens the chain."""
    return [record["event"] for record in records(directory)[1:]]


def followed(rows: Sequence[Row | Stored]) -> list[dict[str, Any]]:
    """The records, after each was found to stand where it says and to name the one before."""
    found, previous = [], "0" * 64
    for number, row in enumerate(rows, 1):
        record = json.loads(row.text)
        assert (row.seq, record["seq"], record["previous"]) == (number, number, previous)
        previous = hashlib.sha256(row.text.encode("ascii")).hexdigest()
        assert row.hash == previous
        assert json.dumps(record, sort_keys=True, separators=(",", ":")) == row.text
        found.append(record)
    return found


def verify(directory: Path) -> list[dict[str, Any]]:
    """Recompute every hash, and what can be looked up from the records; gives the records."""
    found = followed(rows(directory))
    stored = ask(directory, "SELECT seq, event, ref, old, new FROM moves ORDER BY rowid")
    assert stored == [move for record in found for move in moves(record)]
    used = ask(directory, "SELECT seq, approval, ref, old, new FROM uses ORDER BY rowid")
    assert used == [use for record in found for use in uses(record)]
    return found


def moves(record: dict[str, Any]) -> list[tuple[Any, ...]]:
    if record["event"] == "applied":
        return [row(record, "landed", each) for each in record["body"]["moves"]]
    return [row(record, "accepted", each["update"]) for each in accepted(record)]


def uses(record: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        row(record, hashlib.sha256(approval["statement"].encode()).hexdigest(), each["update"])
        for each in accepted(record)
        for approval in each["approvals"]
        if approval["statement"]
    ]


def accepted(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The updates that a record let through."""
    let_in = record["event"] == "decision" and record["body"]["verdict"] == "accepted"
    return record["body"]["updates"] if let_in else []


def row(record: dict[str, Any], what: str, move: dict[str, Any]) -> tuple[Any, ...]:
    ref = json.dumps(move["ref"])[1:-1]
    return record["seq"], what, ref, move["old"], move["new"]
