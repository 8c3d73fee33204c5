"""What records say of refs and approvals, as rows that can be looked up.

The rows follow from the records alone; `audit verify` compares them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

from agentguard.ledger.record import APPLIED, CONTAINED, DECISION, Record, canonical, hash_of

ACCEPTED, LANDED = "accepted", "landed"


@dataclass(frozen=True, slots=True)
class Move:
    """One ref update that was accepted, or that landed.

    `old` and `new` are object ids, "" for "does not exist"; `base` is what a new ref was compared
    with. `lost` tells that the new tip does not hold the old one. `windows` is JSON: what the push
    adds to window rules. `decision` is the record of the decision that let through what landed, 0
    for none; then it has no environment.
    """

    seq: int
    event: str
    time: str
    ref: str
    old: str
    new: str
    base: str = ""
    environment: str = ""
    lost: bool = False
    pusher: str = ""
    digest: str = ""
    windows: str = ""
    decision: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What git knows of it."""
        return self.ref, self.old, self.new


@dataclass(frozen=True, slots=True)
class Use:
    """An approval that an accepted push used, by the hash of its statement."""

    seq: int
    time: str
    approval: str
    ref: str
    old: str
    new: str


def identity(statement: str) -> str:
    """What tells approvals apart: what was said, not the signature, which has many spellings."""
    return hash_of(statement)


def moves_of(record: Record) -> Iterator[Move]:
    """The ref updates that a record accepted, or says to have landed."""
    if record.event == DECISION and record.body["verdict"] == ACCEPTED:
        for decided in record.body["updates"]:
            yield _accepted(record, decided)
    if record.event == CONTAINED:
        for action in record.body["actions"]:
            if action["new"]:
                yield _contained(record, action)
    if record.event == APPLIED:
        for moved in record.body["moves"]:
            yield Move(
                record.seq, LANDED, record.time, moved["ref"], moved["old"], moved["new"],
                base=moved["base"], environment=moved["environment"], decision=moved["decision"],
            )  # fmt: skip


def _accepted(record: Record, decided: dict[str, Any]) -> Move:
    update = decided["update"]
    return Move(
        seq=record.seq,
        event=ACCEPTED,
        time=record.time,
        ref=update["ref"],
        old=update["old"],
        new=update["new"],
        base=decided["base"],
        environment=decided["environment"],
        lost=decided["lost"],
        pusher=record.body["pusher"],
        digest=decided["totals"]["digest"],
        windows=windows_of(decided["windows"]),
    )


def _contained(record: Record, action: dict[str, Any]) -> Move:
    """What whoever handles an incident decided. No policy judged it, so it has no environment."""
    old = action["old"]
    return Move(
        record.seq, ACCEPTED, record.time, action["ref"], old, action["new"],
        lost=bool(old), pusher=record.body["by"],
    )  # fmt: skip


def windows_of(contributions: Sequence[object]) -> str:
    """What an update adds to window rules, as a move holds it."""
    rows = [asdict(each) if is_dataclass(each) else each for each in contributions]  # type: ignore[arg-type]
    return canonical(rows) if rows else ""


def uses_of(record: Record) -> Iterator[Use]:
    """The approvals that a record's accepted push used."""
    if record.event != DECISION or record.body["verdict"] != ACCEPTED:
        return
    for decided in record.body["updates"]:
        update = decided["update"]
        for approval in decided["approvals"]:
            if approval["statement"]:
                name = identity(approval["statement"])
                yield Use(
                    record.seq, record.time, name, update["ref"], update["old"], update["new"]
                )
