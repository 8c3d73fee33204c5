"""What the ledger says of a ref against what the ref really did.

Nothing here asks git or a database: what was accepted and what landed come in, and where the ref
stands; out come steps, each with what to make of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from agentguard.ledger.moves import ACCEPTED, LANDED, Move
from agentguard.promotion import Contains

Kind = Literal["landed", "not-landed", "unrecorded", "undecided", "unaccounted", "unknown"]
Fate = Literal["", "held", "kept", "loose", "gone"]
FateOf = Callable[[str, str], Fate]
"""(ref, old tip) to where it is now: held by some ref, kept, there without a name, or gone."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a ref did, or did not do.

    `landed`: accepted, and recorded when it landed. `not-landed`: accepted, and something else
    stopped it. `unrecorded`: accepted and landed, and nobody noted that. `undecided`: noted as
    landed, without a decision that let it. `unaccounted`: moved, and the ledger knows nothing of
    it. `unknown`: the ref is older than the ledger, and no push of it landed since.

    `seq` is the record that tells of it (the decision's, where nothing else does), 0 for none.
    `old_tip` is what became of an old tip that the step took out of the ref, "" if it took none.
    """

    kind: Kind
    ref: str
    old: str
    new: str
    seq: int = 0
    old_tip: Fate = ""

    @property
    def lost(self) -> bool:
        """An old tip has no name any more; it may still be there."""
        return self.old_tip in {"loose", "gone"}

    @property
    def explained(self) -> bool:
        """Nobody needs to look at it."""
        return self.kind in {"landed", "not-landed", "unknown"} and not self.lost


@dataclass(frozen=True, slots=True)
class Past:
    """One ref: its moves in the order of their records, where it stood when the ledger was opened
    (None: nobody knows), and where it stands now. "" is where a ref does not exist."""

    ref: str
    moves: Sequence[Move]
    start: str | None
    tip: str


def reconcile(past: Past, contains: Contains, fate: FateOf) -> Iterator[Step]:
    """The steps of one ref: those it took, in their order, then those it did not take."""
    walk = _Walk(past, contains, fate)
    yield from walk.taken()
    for move in walk.open:
        yield Step("not-landed", move.ref, move.old, move.new, move.seq)


@dataclass(slots=True)
class _Walk:
    """Follows a ref from where it stood to where it stands. `open` is what was accepted and, so
    far, did not land."""

    past: Past
    contains: Contains
    fate: FateOf
    open: list[Move] = field(default_factory=list)

    def taken(self) -> Iterator[Step]:
        """The steps that the ref took."""
        landed = list(_told_once(self.past.moves))
        noted = {move.decision for move in landed}
        accepted = {move.seq: move for move in self.past.moves if move.event == ACCEPTED}
        self.open = [move for seq, move in accepted.items() if seq not in noted]
        stands = self.past.start
        for move in _in_order(landed, stands):
            if stands is not None:
                yield from self._between(stands, move.old)
            yield self._noted(move, accepted.get(move.decision))
            stands = move.new
        yield from self._rest(stands)

    def _noted(self, move: Move, decision: Move | None) -> Step:
        step = Step("landed", move.ref, move.old, move.new, move.seq)
        if decision is None or decision.key != move.key:
            return self._ended(replace(step, kind="undecided"))
        return self._ended(step, lost=decision.lost)

    def _rest(self, stands: str | None) -> Iterator[Step]:
        """From where the records end to where the ref stands."""
        tip = self.past.tip
        if stands is None:
            later = (move.old for move in reversed(self.open) if self._reached(move, tip))
            stands = next(later, None)
        if stands is not None:
            yield from self._between(stands, tip)
        elif tip:
            yield Step("unknown", self.past.ref, tip, tip)

    def _between(self, start: str, end: str) -> Iterator[Step]:
        """What took the ref from one place to another without a record: what was accepted as far as
        that goes, and something else for the rest."""
        if start == end:
            return
        ways = _ways(start, self.open)
        goals = (way for way in reversed(ways.values()) if way and self._reached(way[-1], end))
        for move in ways.get(end) or next(goals, ()):
            self.open.remove(move)
            step = Step("unrecorded", move.ref, move.old, move.new, move.seq)
            yield self._ended(step, lost=move.lost)
            start = move.new
        if start != end:
            yield self._ended(Step("unaccounted", self.past.ref, start, end))

    def _reached(self, move: Move, tip: str) -> bool:
        """Whether the ref stands where the move took it, or further on."""
        if move.new == tip:
            return True
        there = bool(move.new and tip) and self.contains(move.new, tip)
        # What a rewind goes to was in the branch before, so finding it there proves nothing.
        return there and not (move.old and self.contains(move.new, move.old))

    def _ended(self, step: Step, *, lost: bool | None = None) -> Step:
        """The step with what became of the old tip. Without a decision, git has to say whether the
        new tip lost it."""
        if lost is None:
            lost = bool(step.old) and not (step.new and self.contains(step.old, step.new))
        return replace(step, old_tip=self.fate(step.ref, step.old)) if lost else step


def _told_once(moves: Iterable[Move]) -> Iterator[Move]:
    """What landed. Where a record was written late, the hook may have told of it as well."""
    told = set()
    for move in moves:
        if move.event == LANDED and (move.decision, move.key) not in told:
            if move.decision:
                told.add((move.decision, move.key))
            yield move


def _in_order(landed: Sequence[Move], stands: str | None) -> Iterator[Move]:
    """What landed, as it did: of two pushes at the same time the later may be noted first, but not
    before the earlier was decided."""
    waiting: dict[str | None, deque[Move]] = {}
    for move in landed:
        waiting.setdefault(move.old, deque()).append(move)
    left = dict.fromkeys(landed)
    while left:
        following = next(iter(left))
        queue = waiting.get(stands, deque())
        while queue and queue[0] not in left:
            queue.popleft()
        if queue and 0 < queue[0].decision < following.seq:
            following = queue[0]
        del left[following]
        yield following
        stands = following.new


def _ways(start: str, moves: Sequence[Move]) -> dict[str, list[Move]]:
    """The shortest way to every place that the moves lead to, the nearest first."""
    ways: dict[str, list[Move]] = {start: []}
    places = deque([start])
    while places:
        here = places.popleft()
        for move in moves:
            if move.old == here and move.new not in ways:
                ways[move.new] = [*ways[here], move]
                places.append(move.new)
    return ways
