"""The ledger in a database: the same tables and the same questions, whatever the database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from datetime import datetime
from itertools import chain
from typing import Any, Protocol, Self

from agentguard.clock import iso
from agentguard.errors import EvaluationError
from agentguard.ledger.moves import Move, Use, moves_of, uses_of
from agentguard.ledger.record import OPENED, Head, Record, Row, canonical, hash_of

# Several ledgers may live in one database; `{integer}` is the database's own 64 bits, `{by_ref}` an
# index that names of any length fit into.
SCHEMA = tuple(
    f"CREATE {what} IF NOT EXISTS {of}"
    for what, of in (
        (
            "TABLE",
            """records (
                ledger TEXT NOT NULL, seq {integer} NOT NULL, hash TEXT NOT NULL,
                record TEXT NOT NULL, PRIMARY KEY (ledger, seq))""",
        ),
        (
            "TABLE",
            """moves (
                ledger TEXT NOT NULL, seq {integer} NOT NULL, event TEXT NOT NULL,
                time TEXT NOT NULL, ref TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL,
                base TEXT NOT NULL, environment TEXT NOT NULL, lost {integer} NOT NULL,
                pusher TEXT NOT NULL, digest TEXT NOT NULL, windows TEXT NOT NULL,
                decision {integer} NOT NULL)""",
        ),
        (
            "TABLE",
            """uses (
                ledger TEXT NOT NULL, seq {integer} NOT NULL, time TEXT NOT NULL,
                approval TEXT NOT NULL, ref TEXT NOT NULL, old TEXT NOT NULL,
                new TEXT NOT NULL)""",
        ),
        ("INDEX", "moves_by_time ON moves (ledger, time)"),
        ("INDEX", "moves_by_object ON moves (ledger, new)"),
        ("INDEX", "moves_by_record ON moves (ledger, seq)"),
        ("INDEX", "moves_by_ref ON moves {by_ref}"),
        ("INDEX", "uses_by_approval ON uses (ledger, approval)"),
        ("INDEX", "uses_by_record ON uses (ledger, seq)"),
    )
)

MOVE_COLUMNS = tuple(field.name for field in fields(Move))
USE_COLUMNS = tuple(field.name for field in fields(Use))
NAMES = ("ref", "pusher")  # from outside, and so not always text
NUMBERS = ("seq", "lost", "decision")
DAMAGED = "a row of the ledger is damaged: `agentguard audit verify` says what is wrong"
DERIVED = {"moves": MOVE_COLUMNS, "uses": USE_COLUMNS}
MOST_REFS = 10_000  # in the first record; a mirror with more begins without
PAGE = 100  # records that are read at once

Stored = tuple[str, tuple[object, ...]]
"""A row that follows from a record: its table, and its columns as they are stored."""


class Database(Protocol):
    """What a database must be able to do. Every fault is raised as EvaluationError."""

    place: str
    shared: bool  # it holds the ledgers of several repositories, each under its name

    def ask(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows that answer a question; `?` stands for a value."""
        ...

    def locked(self, ledger: str) -> Any:
        """A transaction, as a context, that no other writer of the ledger shares. What it wrote is
        on the disk when it ends; nothing of it is if anything was raised."""
        ...

    def lockdown(self) -> bytes | None:
        """The lockdown of all servers that share the database, as its file would hold it."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


class Ledger:
    """The chain of one repository. `name` is what the repository is called."""

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.name = name
        self.key = _ascii(name) if database.shared else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    @property
    def place(self) -> str:
        """How messages name it."""
        return self.database.place

    @property
    def head(self) -> Head:
        """Where it ends."""
        sql = "SELECT seq, hash FROM records WHERE ledger = ? ORDER BY seq DESC LIMIT 1"
        return next((Head(*row) for row in self.database.ask(sql, [self.key])), Head())

    def rows(self, first: int = 1, last: int | None = None) -> Iterator[Row]:
        """The records from number `first` to `last`, in order, as they are stored."""
        return chain.from_iterable(self.pages(first - 1, None if last is None else last + 1))

    def pages(
        self, after: int | None = None, before: int | None = None, *, backwards: bool = False
    ) -> Iterator[list[Row]]:
        """The records between two numbers, a few at a time, so that a ledger of any size can be
        walked while others write. Both bounds are left out; None is no bound."""
        order = "DESC" if backwards else "ASC"
        while True:
            where, values = _between(after, before)
            sql = f"SELECT seq, record, hash FROM records WHERE {where}"  # noqa: S608  constants
            asked = self.database.ask(
                f"{sql} ORDER BY seq {order} LIMIT {PAGE}", [self.key, *values]
            )
            page = [Row(seq, text, name) for seq, text, name in asked]
            if not page:
                return
            yield page
            if backwards:
                before = page[-1].seq
            else:
                after = page[-1].seq

    def derived(self, after: int | None = None, last: int | None = None) -> Iterator[Stored]:
        """The rows that stand there for the records after one number and up to another, in no
        order, and not believed."""
        for table, columns in DERIVED.items():
            where, values = _between(after, None)
            values += [] if last is None else [last]
            where += "" if last is None else " AND seq <= ?"
            sql = f"SELECT {', '.join(columns)} FROM {table} WHERE {where}"  # noqa: S608  constants
            for row in self.database.ask(sql, [self.key, *values]):
                yield table, tuple(row)

    def refs(self) -> list[str]:
        """Every ref that was ever accepted or landed."""
        asked = self.database.ask("SELECT DISTINCT ref FROM moves WHERE ledger = ?", [self.key])
        return sorted(_text(ref) for (ref,) in asked)

    def moves(
        self,
        *,
        event: str = "",
        since: str = "",
        ref: str = "",
        old: str | None = None,
        new: str | None = None,
    ) -> list[Move]:
        """What was accepted and what landed, or one of both, since a time, in order: of one ref or
        of all, from and to one object or any."""
        sql = f"SELECT {', '.join(MOVE_COLUMNS)} FROM moves WHERE ledger = ?"  # noqa: S608  constants
        asked = (
            (" AND event = ?", event or None),
            (" AND time >= ?", since or None),
            (" AND ref = ?", _ascii(ref) or None),
            (" AND old = ?", old),
            (" AND new = ?", new),
        )
        sql += "".join(part for part, value in asked if value is not None)
        values = [self.key, *(value for _, value in asked if value is not None)]
        found = map(_move, self.database.ask(sql, values))
        return sorted(found, key=lambda move: (move.seq, move.ref))  # no two databases sort alike

    def uses(self, approval: str = "") -> list[Use]:
        """The pushes that used an approval, or all uses."""
        sql = f"SELECT {', '.join(USE_COLUMNS)} FROM uses WHERE ledger = ?"  # noqa: S608  constants
        values = [self.key]
        if approval:
            sql, values = f"{sql} AND approval = ?", [self.key, approval]
        found = map(_use, self.database.ask(sql, values))
        return sorted(found, key=lambda use: (use.seq, use.ref, use.approval))

    def begin(self, tips: Mapping[str, str], now: datetime) -> None:
        """Open the chain, unless it is open, with where the refs stand: what moved before is not
        for this ledger to explain."""
        if self.head.seq:
            return
        with self.writing() as writer:
            if not writer.head.seq:
                known = {"refs": dict(tips)} if len(tips) <= MOST_REFS else {}
                writer.append(OPENED, {"ledger": self.name, **known}, now)

    def append(self, event: str, body: Mapping[str, Any], now: datetime) -> Record:
        """Add one record, under a lock of its own. `now` is the server's clock."""
        with self.writing() as writer:
            return writer.append(event, body, now)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Append under a lock that other writers wait for. All of it is kept, or none."""
        with self.database.locked(self.key):
            yield Writer(self)


class Writer:
    """Appends to a ledger that is locked; a first record opens the chain."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.head = ledger.head

    def append(self, event: str, body: Mapping[str, Any], now: datetime) -> Record:
        """Add one record. `now` is the server's clock."""
        if not self.head.seq and event != OPENED:
            self.append(OPENED, {"ledger": self.ledger.name}, now)
        record = Record(self.head.seq + 1, self.head.hash, iso(now), event, body)
        text = record.render()
        self.head = Head(record.seq, hash_of(text))
        self._insert("records", ("seq", "hash", "record"), (record.seq, self.head.hash, text))
        for table, values in derived_of(record):
            self._insert(table, DERIVED[table], values)
        return record

    def _insert(self, table: str, columns: Sequence[str], values: Sequence[object]) -> None:
        names = ", ".join(("ledger", *columns))
        marks = ", ".join("?" * (len(columns) + 1))
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  constants
        for _ in self.ledger.database.ask(sql, [self.ledger.key, *values]):
            raise EvaluationError(f"{self.ledger.place} answered where nothing was asked")


def derived_of(record: Record) -> list[Stored]:
    """The rows that follow from a record."""
    moves: list[Stored] = [("moves", tuple(_columns(move))) for move in moves_of(record)]
    return moves + [("uses", tuple(_columns(use))) for use in uses_of(record)]


def _between(after: int | None, before: int | None) -> tuple[str, list[int]]:
    """The condition on `ledger`, and on `seq` between two bounds, with the values for the latter."""
    parts, values = ["ledger = ?"], []
    for part, bound in (("seq > ?", after), ("seq < ?", before)):
        if bound is not None:
            parts.append(part)
            values.append(bound)
    return " AND ".join(parts), values


def _columns(row: Move | Use) -> list[object]:
    """Values as every database takes them: names may hold bytes that are no text."""
    columns: list[object] = []
    for field, value in zip(fields(row), astuple(row), strict=True):
        plain = int(value) if isinstance(value, bool) else value
        columns.append(_ascii(value) if field.name in NAMES else plain)
    return columns


def _ascii(name: str) -> str:
    return canonical(name)[1:-1]


def _text(ascii_only: str) -> str:
    try:
        return str(json.loads(f'"{ascii_only}"'))
    except ValueError as error:
        raise EvaluationError(DAMAGED) from error


def _move(row: Sequence[Any]) -> Move:
    found = _found(MOVE_COLUMNS, row)
    return Move(**found | {"lost": bool(found["lost"])})


def _use(row: Sequence[Any]) -> Use:
    return Use(**_found(USE_COLUMNS, row))


def _found(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row as it was written. Raises EvaluationError for one that somebody altered."""
    found = dict(zip(columns, row, strict=True))
    if any(type(value) is not (int if name in NUMBERS else str) for name, value in found.items()):
        raise EvaluationError(DAMAGED)
    return found | {name: _text(found[name]) for name in NAMES if name in found}
