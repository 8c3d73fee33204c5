"""One record of the ledger in full: every value it holds, as words or as it is stored.

Nothing is cut and no line is broken: this is what evidence is copied from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agentguard.ledger.record import DECISION, Row, hash_of
from agentguard.reports.escape import escape
from agentguard.reports.log import DAMAGE, words

STATED = ("statement", "signed", "signature")
ALTERED = "ALTERED: the text does not have the hash that is stored with it"
# What a reader looks for first; the rest follows as it stands.
FIRST = (
    "verdict", "pusher", "platform", "repository", "ref", "rule", "effect", "severity", "message",
    "measured", "limit", "approver", "key", "carrier",
)  # fmt: skip


def text(row: Row) -> str:
    """The record for people. Raises EvaluationError when it cannot be read."""
    record = row.record
    head = [
        f"record    {record.seq}",
        f"time      {escape(record.time)}",
        f"event     {escape(record.event)}",
        f"says      {escape(_said(row))}",
        f"hash      {escape(str(row.hash))}",
        f"follows   {escape(record.previous)}",
    ]
    if hash_of(row.text) != row.hash:
        head.insert(0, ALTERED)
    body = dict(record.body)
    if record.event == DECISION:
        body["tool"] = body.pop("tool", {})  # the same for many records: last
    return "".join(f"{each}\n" for each in [*head, "", *_mapping(body, "")])


def as_stored(row: Row) -> str:
    """The record byte for byte, on one line."""
    return f"{escape(row.text)}\n"


FORMATS = {"text": text, "json": as_stored}


def _said(row: Row) -> str:
    try:
        return words(row.record)
    except DAMAGE:
        return "not what records of its kind hold"


def _mapping(values: Mapping[str, object], indent: str) -> Iterator[str]:
    names = sorted(values, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    for name in names:
        yield from _value(name, values[name], indent)


def _value(name: str, value: object, indent: str) -> Iterator[str]:
    label = f"{indent}{escape(name)}:"
    if isinstance(value, dict) and value:
        yield label
        yield from _mapping(value, indent + "  ")
    elif isinstance(value, list) and value and any(isinstance(each, dict) for each in value):
        for number, each in enumerate(value, 1):
            yield f"{label.removesuffix(':')} {number}:"
            yield from _inside(each, indent + "  ")
    elif isinstance(value, str) and (name in STATED or "\n" in value):
        yield from _whole(label, value, indent + "  ")
    elif value not in ("", [], {}, None):
        shown = ", ".join(map(str, value)) if isinstance(value, list) else _plain(value)
        yield f"{label} {escape(shown)}"


def _inside(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _mapping(value, indent)
    else:
        yield f"{indent}{escape(_plain(value))}"


def _whole(label: str, value: str, indent: str) -> Iterator[str]:
    """A text whose lines are evidence: none is broken or shortened."""
    if value:
        yield label
        yield from (f"{indent}{escape(each)}" for each in value.rstrip("\n").split("\n"))


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
