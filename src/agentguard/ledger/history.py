"""What the ledger knows that a decision hangs on, asked while nobody else can add to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agentguard import promotion
from agentguard.actors.folding import fold_email
from agentguard.clock import iso
from agentguard.errors import EvaluationError
from agentguard.ledger.moves import ACCEPTED, LANDED, Move, Use, identity, windows_of
from agentguard.ledger.sums import Sum, landed
from agentguard.measures.sizes import Sizes
from agentguard.policy.environments import DEVELOPMENT, ref_matches
from agentguard.windows import By, Earlier, adding_up, name

if TYPE_CHECKING:
    from agentguard.approvals.statement import Statement
    from agentguard.change import RefUpdate
    from agentguard.decision import UpdateDecision
    from agentguard.ledger.sql import Ledger
    from agentguard.policy.model import Policy
    from agentguard.promotion import Contains

Tips = Callable[[Sequence[str]], Mapping[str, str]]
"""Refs to the ids they point to; those that do not exist are left out."""


@dataclass(slots=True)
class History:
    """The past of one repository, as one push sees it.

    `updates` are all of the push, by `pusher`, "" for an account that nobody named. `tips` asks the
    repository where refs stand.
    """

    ledger: Ledger
    updates: Sequence[RefUpdate]
    pusher: str
    now: datetime
    tips: Tips
    _decided: list[Move] = field(default_factory=list)
    _sums: dict[tuple[str, str, float], Sum] = field(default_factory=dict)
    _moves: dict[float, Mapping[str, list[Move]]] = field(default_factory=dict)

    def spent(self, statement: Statement, update: RefUpdate, contains: Contains) -> str:
        """Why the approval cannot be used for `update`, "" if it can. Raises EvaluationError."""
        uses = self.ledger.uses(identity(statement.render()))
        if not uses:
            return ""
        moves = self.ledger.moves(since=uses[0].time, ref=uses[0].ref)
        there = {move.key for move in moves if move.event == LANDED}
        for use in uses:
            if (use.ref, use.old, use.new) in there or _went_on(use, update, contains):
                what = use.new[:12] or "a deletion"
                return f"it was used at {use.time}, for {what}; each push needs one of its own"
        return ""

    def earlier(self, policy: Policy, update: RefUpdate, digest: str) -> dict[str, list[Earlier]]:
        """What rules that add pushes up have counted before this push, by the name of the sum: on
        its ref, and by its pusher on all refs, where the change itself, known by its digest, counts
        once. Raises EvaluationError."""
        found: dict[str, list[Earlier]] = {}
        for rule in adding_up(policy, update.ref):
            on_ref = self._landed(rule.scope.window).get(update.ref, ())
            for number in range(len(rule.when)):
                sum_of = name(rule, number)
                by_pusher = self._by_pusher(policy.source, sum_of, rule.scope.window)
                found[sum_of] = [
                    _earlier(Sum(policy.source, sum_of).add(on_ref), "ref"),
                    _earlier(by_pusher.without(digest), "pusher"),
                ]
        return found

    def decided(self, decision: UpdateDecision) -> None:
        """Take an update of this very push into account for those that are decided after it."""
        if self.pusher and decision.verdict == "accepted":
            update = decision.update
            move = Move(
                seq=0, event=ACCEPTED, time=iso(self.now), ref=update.ref, old=update.old,
                new=update.new, digest=decision.totals.digest,
                windows=windows_of(decision.windows),
            )  # fmt: skip
            self._decided.append(move)
            for each in self._sums.values():
                each.add([move])

    def _by_pusher(self, policy: str, sum_of: str, window: float) -> Sum:
        """The sum of one account, kept: a push may have thousands of updates to add to it."""
        found = self._sums.get((policy, sum_of, window))
        if found is None:
            landed = (move for moves in self._landed(window).values() for move in moves)
            own = (move for move in landed if self.pusher and self._is_pusher(move.pusher))
            found = Sum(policy, sum_of, once=True).add(sorted(own, key=lambda move: move.seq))
            self._sums[policy, sum_of, window] = found.add(self._decided)
        return found

    def _is_pusher(self, account: str) -> bool:
        """Whether it is the account that pushes, which some platforms let spell itself freely."""
        return account == self.pusher or fold_email(account) == fold_email(self.pusher)

    def _landed(self, window: float) -> Mapping[str, list[Move]]:
        """What landed within so many seconds, by ref; asked once, as nothing is added meanwhile."""
        if window not in self._moves:
            known = self.ledger.moves(since=iso(self.now - timedelta(seconds=window)))
            counting = {move.ref for move in known if move.windows}
            moves = [move for move in known if move.ref in counting]
            own = {update.ref: update.old for update in self.updates}
            others = {move.ref for move in moves if move.event == ACCEPTED} - {*own}
            asked = self.tips(sorted(others)) if others else {}
            stand = dict.fromkeys(others, "") | dict(asked) | own
            by_ref: dict[str, list[Move]] = {}
            for move in landed(moves, stand, self.now, own):
                by_ref.setdefault(move.ref, []).append(move)
            self._moves[window] = by_ref
        return self._moves[window]


def unnoticed(ledger: Ledger, updates: Sequence[RefUpdate]) -> list[Move]:
    """The last move of each ref that was accepted, that nobody said to have landed, and where the
    ref stands: what a crash, or a foreign hook, kept from the ledger."""
    found = []
    for update in updates:
        moves = ledger.moves(ref=update.ref, new=update.old)
        if moves and moves[-1].event == ACCEPTED:
            found.append(moves[-1])
    return found


def landed_on(ledger: Ledger, patterns: Sequence[str]) -> list[promotion.Move]:
    """What landed on protected refs that match one of the patterns, by a decision, oldest first."""
    return [
        promotion.Move(move.ref, move.old, move.new, move.base)
        for move in ledger.moves(event=LANDED)
        if move.environment not in {"", DEVELOPMENT}
        and any(ref_matches(pattern, move.ref) for pattern in patterns)
    ]


def _earlier(found: Sum, by: By) -> Earlier:
    try:
        since = datetime.fromisoformat(found.since).astimezone(UTC) if found.since else None
    except (ValueError, OverflowError) as error:
        raise EvaluationError(f"the ledger knows of no time {found.since!r}") from error
    return Earlier(Sizes.from_dict(found.sizes), found.pushes, since, by)


def _went_on(use: Use, update: RefUpdate, contains: Contains) -> bool:
    """Whether the ref stands where the use took it, or further on, although nobody noted it."""
    if use.new == update.old:
        return True
    there = bool(use.new and update.old) and contains(use.new, update.old)
    # What a rewind goes to was in the branch before, so finding it there proves nothing.
    return there and not (use.old and contains(use.new, use.old))
