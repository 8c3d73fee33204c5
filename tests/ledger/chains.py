"""Ledgers with made-up records, in a real database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agentguard.ledger.opening import FILE
from agentguard.ledger.record import APPLIED, DECISION, Record, Row, hash_of
from agentguard.ledger.sql import Ledger
from agentguard.ledger.sqlite import SQLite

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MAIN = "refs/heads/main"
A, B, C, D = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
Event = tuple[str, Mapping[str, Any]]


def decision(
    old: str = A,
    new: str = B,
    ref: str = MAIN,
    *,
    verdict: str = "accepted",
    pusher: str = "sam",
    rules: Sequence[str] = (),
    approvers: Sequence[str] = (),
    lost: bool = False,
) -> Event:
    update = {
        "update": {"ref": ref, "old": old, "new": new},
        "verdict": verdict,
        "base": old,
        "environment": "production",
        "lost": lost,
        "totals": {"digest": "sha256:" + "1" * 64},
        "windows": [],
        "findings": [
            {"rule": rule, "measured": {"files": 3}, "limit": {"files": ">= 2"}} for rule in rules
        ],
        "approvals": [
            {"approver": name, "statement": f"Said: {name}\nAnd: {rules}\n", "signature": "sig"}
            for name in approvers
        ],
    }
    return DECISION, {"verdict": verdict, "pusher": pusher, "updates": [update]}


def applied(
    old: str = A, new: str = B, ref: str = MAIN, *, by: int = 2, late: bool = False, kept: str = ""
) -> Event:
    move = {"ref": ref, "old": old, "new": new, "decision": by, "kept": kept}
    move |= {"environment": "production", "base": ""}
    return APPLIED, {"late": late, "moves": [move]}


STORY: Sequence[Event] = (
    decision(A, B, rules=["mass-deletion"], approvers=["jane"]),
    applied(A, B),
    decision(B, C, verdict="denied", rules=["tag-moved"]),
    ("lockdown-on", {"by": "root", "reason": "an agent ran wild", "refs": [MAIN]}),
    decision(B, C, pusher="eve"),
    applied(B, C, by=6),
)


@contextmanager
def ledger(folder: Path, name: str = "acme/portal") -> Iterator[Ledger]:
    """A ledger beside a repository."""
    with Ledger(SQLite(folder / FILE), name) as found:
        yield found


def tell(folder: Path, *events: Event, start: datetime = NOW) -> None:
    """Append events, a minute apart; the chain is opened first."""
    with ledger(folder) as found, found.writing() as writer:
        for number, (event, body) in enumerate(events):
            writer.append(event, body, start + timedelta(minutes=number))


def alter(folder: Path, sql: str, *values: object) -> None:
    """Change the database behind the ledger's back, as whoever owns the file can."""
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    for table in ("records", "moves", "uses"):
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {table}_{verb}")
    connection.execute(sql, values)
    connection.close()


def record_of(event: Event, seq: int, previous: str) -> Record:
    return Record(seq, previous, "2026-11-21T09:00:00Z", *event)


def row_of(record: Record) -> Row:
    text = record.render()
    return Row(record.seq, text, hash_of(text))


def rewritten(rows: Sequence[Row], at: int, **body: object) -> list[Row]:
    """The chain with another body in one place and every later hash computed anew."""
    made = list(rows[:at])
    for row in rows[at:]:
        record = row.record
        if record.seq == rows[at].seq:
            record = replace(record, body={**record.body, **body})
        previous = made[-1].hash if made else record.previous
        made.append(row_of(replace(record, previous=previous)))
    return made
