"""What the ledger knows that a decision hangs on, asked while nobody else can add to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentguard.ledger.moves import ACCEPTED, LANDED, Move, Use, identity

if TYPE_CHECKING:
    from agentguard.approvals.statement import Statement
    from agentguard.change import RefUpdate
    from agentguard.ledger.sql import Ledger

Contains = Callable[[str, str], bool]
"""(commit, tip): whether a branch at `tip` holds `commit`."""


@dataclass(frozen=True, slots=True)
class History:
    """The past of one repository."""

    ledger: Ledger

    def spent(self, statement: Statement, update: RefUpdate, contains: Contains) -> str:
        """Why the approval cannot be used for `update`, "" if it can. Raises EvaluationError."""
        uses = self.ledger.uses(identity(statement.render()))
        if not uses:
            return ""
        moves = self.ledger.moves(since=uses[0].time, ref=uses[0].ref)
        landed = {move.key for move in moves if move.event == LANDED}
        for use in uses:
            if (use.ref, use.old, use.new) in landed or _went_on(use, update, contains):
                what = use.new[:12] or "a deletion"
                return f"it was used at {use.time}, for {what}; each push needs one of its own"
        return ""

    def unnoticed(self, updates: Sequence[RefUpdate]) -> list[Move]:
        """The last move of each ref that was accepted, that nobody said to have landed, and where
        the ref stands: what a crash, or a foreign hook, kept from the ledger."""
        found = []
        for update in updates:
            moves = self.ledger.moves(ref=update.ref, new=update.old)
            if moves and moves[-1].event == ACCEPTED:
                found.append(moves[-1])
        return found


def _went_on(use: Use, update: RefUpdate, contains: Contains) -> bool:
    """Whether the ref stands where the use took it, or further on, although nobody noted it."""
    if use.new == update.old:
        return True
    there = bool(use.new and update.old) and contains(use.new, update.old)
    # What a rewind goes to was in the branch before, so finding it there proves nothing.
    return there and not (use.old and contains(use.new, use.old))
