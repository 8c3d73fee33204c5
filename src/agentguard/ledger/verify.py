"""Whether a chain is whole: every record that was touched later is named, with what is wrong.

Nothing here reads a database or a file. What nobody can find from the chain alone is that all of it
was written anew, or that its end was cut off cleanly: that takes a head or a checkpoint which
somebody kept elsewhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentguard.errors import EvaluationError
from agentguard.ledger.record import BEFORE_THE_FIRST, Head, Record, Row
from agentguard.ledger.sql import Stored, derived_of

if TYPE_CHECKING:
    from agentguard.ledger.sql import Ledger

EDITED = "its text does not have the hash that is stored with it: it was edited"
NO_NUMBER = "a record has a number that is none"
DISORDER = "stands twice, or not in its place"
LEFT_OVER = "is not there, but rows made from it are: it was removed"
EMPTY = "there is no record at all, so nothing was verified"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a record; number 0 stands for the ledger itself."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Found:
    """A record as it is stored, and the rows that stand there for it; None: rows are not kept."""

    row: Row
    derived: Sequence[Stored] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Number and hash (or its first digits) of a record, as somebody kept them. `source` says
    where."""

    seq: int
    hash: str
    source: str


@dataclass(slots=True)
class Verification:
    """A walk along one chain, whose first record has the number `first`.

    `records` and `head` are what was walked so far.
    """

    kept: Sequence[Kept] = ()
    first: int = 1
    records: int = 0
    head: Head = field(default_factory=Head)
    _before: frozenset[str] | None = frozenset({BEFORE_THE_FIRST})  # None: nobody can tell

    def __post_init__(self) -> None:
        if self.first > 1:
            self.head, self._before = Head(self.first - 1), None

    def faults(self, found: Iterable[Found | Fault]) -> Iterator[Fault]:
        """Every fault, in the order of the chain, as it is walked."""
        for each in found:
            if isinstance(each, Fault):
                yield each
            else:
                self.records += 1
                yield from self._record(each)
        yield from self._end()

    def _record(self, found: Found) -> Iterator[Fault]:
        row = found.row
        if type(row.seq) is not int:
            yield Fault(0, NO_NUMBER)
            return
        if row.seq <= self.head.seq:
            yield Fault(row.seq, DISORDER)
            return
        if row.seq > self.head.seq + 1:
            yield _missing(self.head.seq + 1, row.seq - 1)
            self._before = None
        before, actual = self._before, _hash(row.text)
        self.head, self._before = Head(row.seq, actual), frozenset({actual, row.hash})
        if actual != row.hash:
            yield Fault(row.seq, EDITED)
        yield from self._content(found, before)
        for kept in self.kept:
            if kept.seq == row.seq and not actual.startswith(kept.hash):
                yield Fault(
                    row.seq, f"has another hash than {kept.source}: the chain was rewritten"
                )

    def _content(self, found: Found, before: frozenset[str] | None) -> Iterator[Fault]:
        seq = found.row.seq
        try:
            record = found.row.record
        except EvaluationError as error:
            yield Fault(seq, f"cannot be read: {error}")
            return
        if record.seq != seq:
            yield Fault(seq, f"says that it is record {record.seq}: it was moved")
            self._before = None
            return
        if before is not None and record.previous not in before:
            yield Fault(seq, _broken(seq))
        if found.derived is not None:
            yield from _derived(record, found.derived)

    def _end(self) -> Iterator[Fault]:
        if not self.records:
            yield Fault(0, EMPTY)
        for kept in self.kept:
            if kept.seq > self.head.seq:
                yield Fault(
                    kept.seq,
                    f"is in {kept.source}, but the ledger ends at {self.head.seq}: cut off",
                )
            elif kept.seq < self.first:
                yield Fault(kept.seq, f"is in {kept.source}, but what is verified begins later")


def stored(ledger: Ledger) -> Iterator[Found | Fault]:
    """A ledger as it is stored, a few records at a time. Others may write meanwhile."""
    after = None
    while True:
        for page in ledger.pages(after):
            rows = _by_record(ledger.derived(after, page[-1].seq))
            yield from (Found(row, rows.pop(row.seq, [])) for row in page)
            yield from _left_over(rows)
            after = page[-1].seq
        left = _by_record(ledger.derived(after))
        # A record and its rows appear together, so rows beyond the end may be of a new one.
        if not left or next(ledger.pages(after), None) is None:
            yield from _left_over(left)
            return


def _by_record(rows: Iterable[Stored]) -> dict[object, list[Stored]]:
    found: dict[object, list[Stored]] = {}
    for row in rows:
        found.setdefault(row[1][0], []).append(row)
    return found


def _left_over(rows: Iterable[object]) -> Iterator[Fault]:
    for seq in rows:
        yield Fault(seq, LEFT_OVER) if isinstance(seq, int) else Fault(0, NO_NUMBER)


def _derived(record: Record, stands: Sequence[Stored]) -> Iterator[Fault]:
    try:
        expected = Counter(derived_of(record))
    except (KeyError, TypeError, AttributeError, ValueError):
        yield Fault(record.seq, f"does not hold what a record of kind {record.event!a} holds")
        return
    tables = {table for table, _ in (expected - Counter(stands)) + (Counter(stands) - expected)}
    for table in sorted(tables):
        yield Fault(record.seq, f"its rows in the table {table} do not fit it: they were altered")


def _missing(first: int, last: int) -> Fault:
    if first == last:
        return Fault(first, "is missing: it was removed")
    return Fault(first, f"is missing, and so is each up to {last}: they were removed")


def _broken(seq: int) -> str:
    if seq == 1:
        return "is not the first of its chain: what stood before it was removed"
    return (
        f"does not follow record {seq - 1} as it stands there: one of the two was edited and hashed "
        "anew, or replaced"
    )


def _hash(text: object) -> str:
    """The hash of what is stored, whatever it is."""
    return hashlib.sha256(str(text).encode("utf-8", "surrogatepass")).hexdigest()
