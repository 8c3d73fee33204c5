"""What landed: recorded, and the old tip kept of whatever would otherwise be lost to gc."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agentguard.ledger.moves import ACCEPTED, LANDED, Move
from agentguard.ledger.record import APPLIED, Record

if TYPE_CHECKING:
    from agentguard.change import RefUpdate
    from agentguard.ledger.sql import Writer
    from agentguard.repo.keep import Keeper


def land(
    writer: Writer, updates: Sequence[RefUpdate], keeper: Keeper, *, late: bool = False
) -> Record | None:
    """Record that refs moved, after what would be lost with the old tips was kept.

    `late` tells that it was found out afterwards: what a push that was faster has noted so is not
    noted again, and there may be nothing left to record. Raises EvaluationError.
    """
    moves = [_landed(writer, update, keeper) for update in updates]
    noted = [move for move in moves if move]
    return writer.append(APPLIED, {"late": late, "moves": noted}, keeper.now) if noted else None


def _landed(writer: Writer, update: RefUpdate, keeper: Keeper) -> Mapping[str, Any]:
    known = writer.ledger.moves(ref=update.ref, old=update.old, new=update.new)
    decision = next((move for move in reversed(known) if move.event == ACCEPTED), None)
    before = _landing(writer, decision, known) if decision else None
    if before and before.body["late"]:
        return {}
    if before:  # it can land only once: this time nobody asked the gate
        decision = None
    lost = (decision.lost if decision else keeper.loses(update)) and keeper.has(update.old)
    return {
        "ref": update.ref,
        "old": update.old,
        "new": update.new,
        "decision": decision.seq if decision else 0,
        "environment": decision.environment if decision else "",
        "base": decision.base if decision else "",
        "kept": keeper.keep(update.ref, update.old) if lost else "",
    }


def _landing(writer: Writer, decision: Move, known: Sequence[Move]) -> Record | None:
    """The record which says already that it landed, if one of the moves that are known does."""
    for move in known:
        if move.event == LANDED and move.decision == decision.seq:
            return next(writer.ledger.rows(move.seq, move.seq)).record
    return None
