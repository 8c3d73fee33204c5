"""What the ledger says of the time since an incident began."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agentguard.errors import EvaluationError
from agentguard.incident.assessment import ApprovalSeen, Approved
from agentguard.ledger.moves import LANDED, Move
from agentguard.ledger.record import APPLIED, CONTAINED, DECISION, OPENED, Head, Record
from agentguard.ledger.sql import Ledger

SILENT = (OPENED, DECISION, APPLIED)
MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a ref that happened. `decided` is the record of the decision that let it through
    and what it says of this ref, None and empty where there is none."""

    move: Move
    decided: Record | None = None
    update: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pusher(self) -> str:
        """The account that pushed it, "" if nobody knows."""
        return str(self.decided.body.get("pusher", "")) if self.decided else ""

    @property
    def approvals(self) -> Iterator[ApprovalSeen]:
        """The approvals that let it through."""
        for each in self.update.get("approvals", ()):
            yield ApprovalSeen(
                ref=self.move.ref,
                approver=each["approver"],
                rules=tuple(each["rules"]),
                carrier=each["carrier"],
                record=self.decided.seq if self.decided else 0,
                unverified=each["carrier"] == "trailer",
                broke_glass=each["reason"],
            )

    @property
    def understated(self) -> frozenset[str]:
        """Commits whose message the gate found to say too little."""
        from agentguard.incident.claims import RULE

        found = (each for each in self.update.get("findings", ()) if each["rule"] == RULE)
        return frozenset(commit for each in found for commit in each["commits"])


@dataclass(frozen=True, slots=True)
class Window:
    """The steps of each ref since a time, in order, and what else was recorded. `contained` are
    moves (ref, old, new) that containing an incident made."""

    head: Head
    steps: Mapping[str, tuple[Step, ...]]
    refused: int
    refusals: Mapping[str, int]
    events: tuple[str, ...]
    notes: tuple[str, ...]
    contained: frozenset[tuple[str, str, str]]


def look(
    ledger: Ledger, since: str, wanted: Callable[[str], bool], tips: Mapping[str, str]
) -> Window:
    """What the ledger says of the refs that are `wanted`; `tips` is where all refs stand now.

    Raises EvaluationError when it cannot be read; a record that makes no sense is a note.
    """
    refused, refusals, events, notes = 0, Counter[str](), list[str](), list[str]()
    contained: set[tuple[str, str, str]] = set()
    for row in ledger.rows():
        try:
            record = row.record
        except EvaluationError:
            notes.append(f"record {row.seq} cannot be read: run `agentguard audit verify`")
            continue
        if record.time < since:
            continue
        if record.event == DECISION and record.body["verdict"] != "accepted":
            refused += 1
            refusals.update(_stopped_by(record))
        if record.event not in SILENT:
            events.append(_line(record))
        if record.event == CONTAINED:
            actions = record.body.get("actions", ())
            contained |= {(each["ref"], each["old"], each["new"]) for each in actions}
    steps = _steps(ledger, since, wanted, tips)
    known = {
        ref: tuple(step for step in found if step.decided or step.move.key not in contained)
        for ref, found in steps.items()
    }
    cut = [f"… and {len(events) - MOST_EVENTS} more"] if len(events) > MOST_EVENTS else []
    return Window(
        head=ledger.head,
        steps={ref: found for ref, found in known.items() if found},
        refused=refused,
        refusals=dict(refusals.most_common()),
        events=(*events[:MOST_EVENTS], *cut),
        notes=tuple(notes),
        contained=frozenset(contained),
    )


def last_approved(ledger: Ledger, ref: str, since: str) -> Approved:
    """The last tip of a ref that landed with a human's verified approval, as far as the ledger
    goes back; nothing where there is none."""
    landed = {move.key for move in ledger.moves(ref=ref) if move.event == LANDED}
    for use in reversed([use for use in ledger.uses() if use.ref == ref]):
        if use.new and (use.ref, use.old, use.new) in landed:
            step = _decided(ledger, use.seq, (use.ref, use.old, use.new))
            names = dict.fromkeys(each.approver for each in step.approvals if not each.unverified)
            if names:
                return Approved(use.new, ", ".join(names), use.seq, within=use.time >= since)
    return Approved()


def _steps(
    ledger: Ledger, since: str, wanted: Callable[[str], bool], tips: Mapping[str, str]
) -> dict[str, list[Step]]:
    """Moves that landed, and those that were accepted and must have, since something stands on
    them."""
    moves = [move for move in ledger.moves(since=since) if wanted(move.ref)]
    landed = {move.key for move in moves if move.event == LANDED}
    begun = {(move.ref, move.old) for move in moves}
    found: dict[str, list[Step]] = {}
    for move in moves:
        if move.event == LANDED:
            step = _decided(ledger, move.decision, move.key)
        elif move.key in landed or not _went(move, begun, tips):
            continue
        else:
            step = _decided(ledger, move.seq, move.key)
        steps = found.setdefault(move.ref, [])
        if move.key not in {each.move.key for each in steps[-1:]}:
            steps.append(replace(step, move=move))
    return found


def _went(move: Move, begun: set[tuple[str, str]], tips: Mapping[str, str]) -> bool:
    return tips.get(move.ref, "") == move.new or (move.ref, move.new) in begun


def _decided(ledger: Ledger, seq: int, key: tuple[str, str, str]) -> Step:
    """A move with the decision of record `seq`, if there is one that is about it."""
    bare = Step(Move(seq, LANDED, "", *key))
    for row in ledger.rows(seq, seq) if seq else ():
        try:
            record = row.record
        except EvaluationError:
            return bare
        for update in record.body.get("updates", ()):
            if (update["update"]["ref"], update["update"]["old"], update["update"]["new"]) == key:
                return replace(bare, decided=record, update=update)
    return bare


def _stopped_by(record: Record) -> set[str]:
    """The rules that stood against a push."""
    return {
        finding["rule"]
        for update in record.body["updates"]
        for finding in update["findings"]
        if finding["effect"] != "warn" and not finding["broken_by"]
        if finding["effect"] == "deny" or len(finding["approved_by"]) < finding["approvals"]
    }


def _line(record: Record) -> str:
    body = record.body
    by = f" by {body['by']}" if body.get("by") else ""
    reason = f": {body['reason']}" if body.get("reason") else ""
    return f"{record.time} record {record.seq}: {record.event}{by}{reason}"
