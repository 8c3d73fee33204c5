"""What landed: recorded, and the old tip kept of whatever would otherwise be lost to gc."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agentguard.ledger.moves import ACCEPTED, Move
from agentguard.ledger.record import APPLIED, Record

if TYPE_CHECKING:
    from agentguard.change import RefUpdate
    from agentguard.ledger.sql import Writer
    from agentguard.repo.keep import Keeper


def land(
    writer: Writer, updates: Sequence[RefUpdate], keeper: Keeper, *, late: bool = False
) -> Record:
    """Record that refs moved, after what would be lost with the old tips was kept.

    `late` tells that it was found out afterwards. Raises EvaluationError.
    """
    moves = [_landed(update, _decision(writer, update), keeper) for update in updates]
    return writer.append(APPLIED, {"late": late, "moves": moves}, keeper.now)


def _landed(update: RefUpdate, decision: Move | None, keeper: Keeper) -> Mapping[str, Any]:
    lost = (decision.lost if decision else keeper.loses(update)) and keeper.has(update.old)
    return {
        "ref": update.ref,
        "old": update.old,
        "new": update.new,
        "decision": decision.seq if decision else 0,
        "kept": keeper.keep(update.ref, update.old) if lost else "",
    }


def _decision(writer: Writer, update: RefUpdate) -> Move | None:
    """The last decision that let exactly this through."""
    moves = writer.ledger.moves(ref=update.ref, old=update.old, new=update.new)
    return next((move for move in reversed(moves) if move.event == ACCEPTED), None)
