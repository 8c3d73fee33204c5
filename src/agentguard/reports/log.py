"""Records of the ledger as a list: lines for people, JSON for programs, CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from agentguard.errors import EvaluationError
from agentguard.ledger.record import APPLIED, CHECKPOINT, DECISION, OPENED, Record, Row
from agentguard.ledger.selection import approvers_of, refs_of, rules_of
from agentguard.reports.escape import escape
from agentguard.reports.layout import clip, count, cut

WIDTH = 80
MOST_REFS, MOST_RULES = 2, 3
NOTHING = "there is no such record\n"
UNREADABLE = "cannot be read: `agentguard audit verify` says what is wrong"
DAMAGE = (EvaluationError, KeyError, TypeError, AttributeError, ValueError)
VERDICTS = {
    "accepted": "accepted",
    "needs-approval": "refused, needs approval",
    "denied": "denied",
    "error": "could not be judged",
}
EVENTS = {
    "freeze-on": "freeze begins",
    "freeze-off": "freeze ends",
    "lockdown-on": "lockdown begins",
    "lockdown-off": "lockdown ends",
}
FIRST = ("by", "reason")  # of what a body holds
COLUMNS = (
    "record", "time", "event", "verdict", "pusher", "refs", "rules", "approvers", "words", "hash",
)  # fmt: skip
# With these a spreadsheet takes a cell for a formula; so do their wide forms.
FORMULA = ("=", "+", "-", "@")


def text(rows: Sequence[Row]) -> str:
    """One line for each record, the newest last."""
    return "".join(f"{_line(row)}\n" for row in rows) or NOTHING


def as_json(rows: Sequence[Row]) -> str:
    """One object, schema `agentguard/ledger/1`; `record` is null where it cannot be read."""
    records = [{"hash": str(row.hash), "record": _document(row)} for row in rows]
    found = {"schema": "agentguard/ledger/1", "records": records}
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


def as_csv(rows: Sequence[Row]) -> str:
    """One row for each record, with the names of the columns above; no cell is a formula."""
    lines = io.StringIO()
    writer = csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([harmless(str(cell)) for cell in _cells(row)])
    return lines.getvalue()


FORMATS: dict[str, Callable[[Sequence[Row]], str]] = {
    "text": text,
    "json": as_json,
    "csv": as_csv,
}


def harmless(cell: str) -> str:
    """A cell that shows as it is: escaped, and no formula."""
    shown = escape(cell)
    formula = unicodedata.normalize("NFKC", shown).lstrip().startswith(FORMULA)
    return f"'{shown}" if formula else shown


def words(record: Record) -> str:
    """What a record says, in words; of a kind that nobody knows here, all that it holds."""
    body = record.body
    if record.event == DECISION:
        return _decided(record)
    if record.event == APPLIED:
        return _landed(body)
    if record.event == CHECKPOINT:
        return f"checkpoint of record {body['record']}, to {body['to']}"
    if record.event == OPENED:
        refs = body.get("refs")
        there = f", {count(len(refs), 'ref')} there" if isinstance(refs, dict) else ""
        return f"ledger opened for {body['ledger']}{there}"
    name = EVENTS.get(record.event, record.event.replace("-", " "))
    ordered = sorted(body.items(), key=lambda item: item[0] not in FIRST)
    said = ", ".join(_detail(key, value) for key, value in ordered if value)
    return f"{name}: {said}" if said else name


def short(ref: str) -> str:
    """A ref as people say it: a branch by its name alone."""
    return ref.removeprefix("refs/heads/")


def digits(name: str) -> str:
    """The first digits of an object's id."""
    return name[:10] or "nothing"


def _decided(record: Record) -> str:
    body = record.body
    refs = ", ".join(cut([short(ref) for ref in refs_of(record)], MOST_REFS))
    pushed = f" by {body['pusher']}" if body["pusher"] else ""
    rules = ", ".join(cut(rules_of(record), MOST_RULES))
    approved = ", ".join(approvers_of(record))
    parts = [
        f"{VERDICTS.get(body['verdict'], body['verdict'])}: {refs or 'a push'}{pushed}",
        rules,
        f"approved by {approved}" if approved else "",
    ]
    return "; ".join(filter(None, parts))


def _landed(body: Any) -> str:
    moves = [
        f"{short(move['ref'])} {digits(move['old'])}..{digits(move['new'])}"
        + (", old tip kept" if move["kept"] else "")
        + ("" if move["decision"] else ", without a decision")
        for move in body["moves"]
    ]
    late = " (found out later)" if body["late"] else ""
    return f"landed{late}: {', '.join(cut(moves, MOST_REFS))}"


def _line(row: Row) -> str:
    try:
        record = row.record
        when, said = f"{record.time[:10]} {record.time[11:16]}", words(record)
    except DAMAGE:
        when, said = "?" * 16, UNREADABLE
    return clip(escape(f"{row.seq:>5}  {when}  {said}"), WIDTH)


def _cells(row: Row) -> Sequence[object]:
    try:
        record = row.record
        body, said = record.body, words(record)
        lists = (refs_of(record), rules_of(record), approvers_of(record))
    except DAMAGE:
        return (row.seq, "", "", "", "", "", "", "", UNREADABLE, row.hash)
    return (
        row.seq, record.time, record.event, body.get("verdict", ""), body.get("pusher", ""),
        *(" ".join(each) for each in lists), said, row.hash,
    )  # fmt: skip


def _document(row: Row) -> object:
    try:
        return json.loads(row.record.render())
    except DAMAGE:
        return None


def _detail(key: str, value: object) -> str:
    name = key.replace("_", " ")
    if value is True:
        return name
    if not isinstance(value, list):
        return f"{name} {value}"
    return f"{'of' if key == 'refs' else name} {', '.join(short(str(each)) for each in value)}"
