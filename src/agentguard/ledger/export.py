"""A ledger as lines of JSON, to be kept elsewhere and verified there.

Each line is `{"hash": …, "record": …}`: the record as text, byte for byte as it was hashed. What
does not begin with the first record says so in a line of its own before: `{"first": 17}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from agentguard.errors import EvaluationError
from agentguard.ledger.record import Row
from agentguard.ledger.verify import Fault, Found

FIRST = "first"


def header(first: int) -> str:
    """What stands before the records of an export that begins with number `first`."""
    return json.dumps({FIRST: first}) + "\n" if first > 1 else ""


def line(row: Row) -> str:
    """A record as a line, whatever state it is in."""
    return json.dumps({"hash": row.hash, "record": row.text}, default=repr) + "\n"


def first_of(line: bytes) -> int:
    """The number that an export says in its first line to begin with."""
    found = _read(line)
    first = found.get(FIRST) if isinstance(found, dict) else None
    return first if type(first) is int and first > 1 else 1


def exported(export: Iterable[bytes]) -> Iterator[Found | Fault]:
    """The records of an export, to be verified; a line that is none is a fault."""
    for number, line in enumerate(export, 1):
        found = _read(line)
        if number == 1 and isinstance(found, dict) and set(found) == {FIRST}:
            continue
        row = _row(found)
        yield Found(row) if row else Fault(0, f"line {number} of the export holds no record")


def _row(found: object) -> Row | None:
    if not isinstance(found, dict) or set(found) != {"hash", "record"}:
        return None
    try:
        row = Row(0, found["record"], found["hash"])
        return Row(row.record.seq, row.text, row.hash)
    except (EvaluationError, TypeError):
        return None


def _read(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
