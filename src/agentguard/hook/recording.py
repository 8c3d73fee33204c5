"""From what was assessed to a decision that is on record: both under one lock of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Self

from agentguard.change import RefUpdate
from agentguard.decision import Decision, UpdateDecision
from agentguard.errors import AgentguardError, DeadlineError, EvaluationError
from agentguard.gate import Gate
from agentguard.ledger.entries import decision_body
from agentguard.ledger.history import History, landed_on, unnoticed
from agentguard.ledger.landing import land
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.record import DECISION
from agentguard.ledger.settings import ledger_settings
from agentguard.ledger.sql import Ledger
from agentguard.lockdown import Lockdown, in_force
from agentguard.outcome import unevaluated
from agentguard.policy.environments import DEVELOPMENT
from agentguard.promotion import Landed
from agentguard.repo.keep import Keeper
from agentguard.repo.repository import Repository

Updates = Sequence[RefUpdate]
Decide = Callable[[History | None], Decision]
"""What the ledger knows (nothing, if it cannot be read) to the decision. Raises DeadlineError."""


class Recorder:
    """Records the decision on one push into the repository at `directory`.

    A ledger that cannot be reached is None: then nothing protected moves.
    """

    def __init__(self, directory: Path) -> None:
        self.ledger: Ledger | None = None
        self._fault = ""
        try:
            self.ledger = open_ledger(directory, ledger_settings(directory))
        except EvaluationError as error:
            self._fault = str(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.ledger:
            with suppress(EvaluationError):  # what is on record stays there
                self.ledger.database.close()

    @property
    def lockdown(self) -> Lockdown | None:
        """What is locked on all servers that share the ledger's database."""
        return in_force(self.ledger.database.lockdown) if self.ledger else None

    @property
    def landed(self) -> Landed | None:
        """What landed on other refs, None where nobody knows."""
        return partial(landed_on, self.ledger) if self.ledger else None

    def recorded(
        self, decide: Decide, now: datetime, gate: Gate | None = None, updates: Updates = ()
    ) -> Decision:
        """The decision, on the disk before anybody hears of it. What cannot be recorded is not let
        through, unless it touches none of the protected refs. Raises DeadlineError.

        Without a gate nobody knows the policies. What landed before unnoticed is recorded first.
        """
        if not self.ledger:
            return unrecorded(decide(None), self._fault)
        try:
            history = _history(self.ledger, gate, updates) if gate else None
            with self.ledger.writing() as writer:
                decision = decide(history)
                stack, pusher = (gate.stack, gate.pusher) if gate else (None, "")
                writer.append(DECISION, decision_body(decision, stack, pusher), now)
            return replace(decision, head=str(writer.head))
        except DeadlineError:
            raise
        except AgentguardError as error:
            return unrecorded(decide(None), str(error))


def _history(ledger: Ledger, gate: Gate, updates: Updates) -> History:
    _catch_up(ledger, gate.repository, updates, gate.now)
    return History(ledger, updates, gate.pusher, gate.now, gate.repository.points)


def _catch_up(ledger: Ledger, repository: Repository, updates: Updates, now: datetime) -> None:
    """Record what landed unnoticed on the refs of this push. What the pusher says of them is not
    believed: the refs themselves are asked."""
    if not unnoticed(ledger, updates):
        return
    tips = repository.points([update.ref for update in updates])
    stands = [update for update in updates if tips.get(update.ref, "") == update.old]
    try:
        with ledger.writing() as writer:
            missed = [RefUpdate(m.old, m.new, m.ref) for m in unnoticed(ledger, stands)]
            land(writer, missed, Keeper(repository.directory, now), late=True)
    except DeadlineError:
        raise
    except AgentguardError:
        return  # it can still be found out later; it says nothing about this push


def unrecorded(decision: Decision, reason: str) -> Decision:
    """A decision that no record holds: nothing protected moves on it."""
    updates = tuple(_without_record(update, reason) for update in decision.updates)
    return replace(decision, updates=updates)


def _without_record(update: UpdateDecision, reason: str) -> UpdateDecision:
    if update.verdict != "accepted" or update.environment == DEVELOPMENT:
        return replace(update, notes=(*update.notes, f"not recorded: {reason}"))
    return unevaluated(update.update, update.environment, reason)
