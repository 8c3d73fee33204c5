"""What window rules add up: pushes that were let through without a human's approval."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Self

from agentguard.clock import iso
from agentguard.errors import EvaluationError
from agentguard.ledger.moves import ACCEPTED, Move

# A push that was accepted moves its ref at once, unless another hook after ours takes its time.
IN_FLIGHT = timedelta(minutes=1)


@dataclass(slots=True)
class Sum:
    """What moves add up to for one rule, `rule`, of a policy: `sizes` by the name of what was
    counted, over `pushes` pushes, the first of them at `since` (ISO 8601, "" for none).

    With `once` each change counts once, however many refs it was pushed to: where it counts first.
    """

    policy: str
    rule: str
    once: bool = False
    sizes: Counter[str] = field(default_factory=Counter)
    pushes: int = 0
    since: str = ""
    _counted: set[str] = field(default_factory=set)
    _parts: dict[str, Mapping[str, int]] = field(default_factory=dict)

    def add(self, moves: Iterable[Move]) -> Self:
        """Add moves that landed, in order. What a human approved counts for nothing; what approved
        the sum itself starts it anew. Raises EvaluationError for what somebody altered."""
        for move in moves:
            try:
                for each in _windows(move.windows):
                    if (each["policy"], each["rule"]) == (self.policy, self.rule):
                        self._add(move, each)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise EvaluationError(f"what record {move.seq} adds up to is damaged") from error
        return self

    def _add(self, move: Move, contribution: Mapping[str, Any]) -> None:
        if contribution["reset"]:
            self.sizes, self.pushes, self.since, self._parts = Counter(), 0, "", {}
        elif any(contribution["sizes"].values()) and move.digest not in self._counted:
            self.sizes.update(contribution["sizes"])
            self.pushes, self.since = self.pushes + 1, self.since or move.time
            if self.once and move.digest:
                self._counted.add(move.digest)
                self._parts[move.digest] = contribution["sizes"]

    def without(self, digest: str) -> Sum:
        """The sum without one change: whoever pushes it once more adds nothing to it."""
        part = self._parts.get(digest)
        if part is None:
            return self
        left, pushes = self.sizes - Counter(part), self.pushes - 1
        return Sum(self.policy, self.rule, self.once, left, pushes, self.since if pushes else "")


def landed(
    moves: Sequence[Move], stand: Mapping[str, str], now: datetime, own: Collection[str]
) -> list[Move]:
    """The accepted moves that landed, or may do so any moment, in order.

    `stand` tells where refs stand now; `own` are those that the push in hand moves. What nobody
    recorded as landed did if the ref went through it to get where it is. On its own refs a push
    competes with every other that starts where it starts: git lets only one of them move the ref.
    On the others whatever was accepted a moment ago may still land as well.
    """
    sure: list[Move] = []
    pending: dict[tuple[str, str, str], Move] = {}
    for move in moves:
        if move.event == ACCEPTED:
            pending[move.key] = move
        elif move.key in pending:
            sure.append(pending.pop(move.key))
    reached = _reached(moves, stand)
    recent = iso(now - IN_FLIGHT)
    for move in pending.values():
        under_way = move.ref not in own and stand.get(move.ref, "") == move.old
        if (move.ref, move.new) in reached or (under_way and move.time >= recent):
            sure.append(move)
    return sorted(sure, key=lambda move: move.seq)


def _reached(moves: Sequence[Move], stand: Mapping[str, str]) -> set[tuple[str, str]]:
    """Where refs stand and whatever they can have gone through, by the moves that are known."""
    before: dict[tuple[str, str], set[str]] = {}
    for move in moves:
        before.setdefault((move.ref, move.new), set()).add(move.old)
    reached, todo = set[tuple[str, str]](), list(stand.items())
    while todo:
        place = todo.pop()
        if place not in reached:
            reached.add(place)
            todo += [(place[0], old) for old in before.get(place, ())]
    return reached


@cache
def _windows(text: str) -> list[Mapping[str, Any]]:
    """What a move adds to sums. Each of these asks, and others wait meanwhile."""
    return json.loads(text) if text else []
