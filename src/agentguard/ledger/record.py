"""One entry of the ledger, and the chain that holds them together.

A record is one JSON object: sorted keys, no spaces, pure ASCII. Its hash is SHA-256 over those
bytes, and each record names the hash of the one before, so none can be altered, taken out or moved
without the next one telling. What was cut off at the end only a head that somebody kept can tell.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentguard.errors import EvaluationError

OPENED, DECISION, APPLIED, CHECKPOINT = "opened", "decision", "applied", "checkpoint"
CONTAINED = "incident-contain"

VERSION = 1
BEFORE_THE_FIRST = "0" * 64
SHORT = 16  # hex digits of a hash that people are shown


@dataclass(frozen=True, slots=True)
class Head:
    """Where a ledger ends: number and hash of its last record; 0 and zeros when it is empty."""

    seq: int = 0
    hash: str = BEFORE_THE_FIRST

    def __str__(self) -> str:
        return f"ledger {self.seq} {self.hash[:SHORT]}"


@dataclass(frozen=True, slots=True)
class Record:
    """One entry. `seq` counts from 1, `time` is ISO 8601 in UTC by the server's clock, `previous`
    the hash of the record before. What `body` holds depends on `event`."""

    seq: int
    previous: str
    time: str
    event: str
    body: Mapping[str, Any]

    def render(self) -> str:
        """The record as it is stored and hashed."""
        return canonical(
            {
                "version": VERSION,
                "seq": self.seq,
                "previous": self.previous,
                "time": self.time,
                "event": self.event,
                "body": self.body,
            }
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A record as a store gives it back, not yet believed: number, text, and the text's hash."""

    seq: int
    text: str
    hash: str

    @property
    def record(self) -> Record:
        """What the text says. Raises EvaluationError if it is no record."""
        return read_record(self.text)


def canonical(value: object) -> str:
    """The one way to write a value as JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def hash_of(text: str) -> str:
    """What the next record names."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_record(text: str) -> Record:
    """A record from its text. Raises EvaluationError for anything that is none."""
    try:
        found = json.loads(text)
        version, body = found["version"], found["body"]
        record = Record(found["seq"], found["previous"], found["time"], found["event"], body)
        words = (record.previous, record.time, record.event)
        whole = record.render() == text
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise EvaluationError(f"not a record of the ledger: {text[:40]!r}") from error
    if version != VERSION or not all(isinstance(word, str) for word in words):
        raise EvaluationError(f"a record of another version: {text[:40]!r}")
    if type(record.seq) is not int or not isinstance(body, dict) or not whole:
        raise EvaluationError(f"a record that is not written as records are: {text[:40]!r}")
    return record
