"""The ledger of a repository against its refs, and putting right what a crash left undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from agentguard.change import RefUpdate
from agentguard.errors import EvaluationError
from agentguard.ledger.landing import land
from agentguard.ledger.reconcile import Fate, Past, Step, reconcile
from agentguard.ledger.record import OPENED
from agentguard.ledger.sql import Ledger
from agentguard.repo.keep import KEPT, Keeper, kept, places
from agentguard.repo.repository import Repository, open_repository

MOST_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Compares one ledger with one repository; all methods raise EvaluationError. `now` is the
    server's clock."""

    ledger: Ledger
    repository: Repository
    now: datetime

    def steps(self, refs: Iterable[str] = ()) -> Iterator[Step]:
        """What every ref did (or some of them), ref by ref."""
        start, known, named = _start(self.ledger), self.ledger.refs(), set(refs)
        tips = self.repository.tips(["refs/"])
        fates = _Fates(self.keeper, set(kept(self.repository.directory).items()))
        for ref in sorted({*known, *tips, *(start or ())}):
            if ref.startswith(KEPT) or (named and ref not in named):
                continue
            began = start.get(ref, "") if start is not None else None
            past = Past(ref, self.ledger.moves(ref=ref), began, tips.get(ref, ""))
            steps = list(reconcile(past, self.repository.contains, fates.of))
            if not all(step.explained for step in steps):
                steps = list(reconcile(self._settled(past), self.repository.contains, fates.of))
            yield from steps

    def _settled(self, past: Past) -> Past:
        """The same ref at one moment: it may have moved between the looks at ledger and refs. What
        moves it is on record before, so it is one moment when the ledger stood still."""
        for _ in range(MOST_LOOKS):
            head = self.ledger.head
            tip = self.repository.tips([past.ref]).get(past.ref, "")
            past = replace(past, moves=self.ledger.moves(ref=past.ref), tip=tip)
            if self.ledger.head == head:
                break
        return past

    def repair(self, steps: Iterable[Step]) -> int:
        """Note what landed unnoticed and keep old tips that are still there; how many of both.

        No ref is changed but those that keep. Every step is looked at again under the lock.
        """
        refs = {step.ref for step in steps if _repairable(step)}
        if not refs:
            return 0
        with self.ledger.writing() as writer:
            again = [step for step in self.steps(refs) if _repairable(step)]
            missed = [step for step in again if step.kind == "unrecorded"]
            if missed:
                updates = [RefUpdate(each.old, each.new, each.ref) for each in missed]
                land(writer, updates, self.keeper, late=True)
            for step in again:
                if step.old_tip == "loose":  # kept already, it keeps its one name
                    self.keeper.keep(step.ref, step.old)
        return len(again)

    @property
    def keeper(self) -> Keeper:
        """What keeps old tips."""
        return Keeper(self.repository.directory, self.now)


def reconciler(directory: Path, ledger: Ledger, now: datetime) -> Reconciler:
    """For the repository at `directory`. Raises EvaluationError when git cannot read it."""
    return Reconciler(ledger, open_repository(directory), now)


@dataclass(frozen=True, slots=True)
class _Fates:
    keeper: Keeper
    kept: set[tuple[str, str]]

    def of(self, ref: str, tip: str) -> Fate:
        """What became of an old tip of a ref."""
        if any(name.startswith(places(ref)) for name, to in self.kept if to == tip):
            return "kept"
        if not self.keeper.has(tip):
            return "gone"
        return "held" if self.keeper.held(tip) else "loose"


def _repairable(step: Step) -> bool:
    return step.kind == "unrecorded" or step.old_tip == "loose"


def _start(ledger: Ledger) -> dict[str, str] | None:
    """Where the refs stood when the ledger was opened, None when it does not say."""
    for row in ledger.rows(1, 1):
        try:
            record = row.record
        except EvaluationError:
            return None
        refs = record.body.get("refs") if record.event == OPENED else None
        return {str(ref): str(tip) for ref, tip in refs.items()} if isinstance(refs, dict) else None
    return None
