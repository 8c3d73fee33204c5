"""From what was assessed to a decision that is on record: both under one lock of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from agentguard.change import RefUpdate
from agentguard.decision import Decision, UpdateDecision
from agentguard.errors import AgentguardError, DeadlineError
from agentguard.gate import Gate, unevaluated
from agentguard.ledger.entries import decision_body
from agentguard.ledger.history import History
from agentguard.ledger.landing import land
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.record import DECISION
from agentguard.ledger.settings import ledger_settings
from agentguard.ledger.sql import Ledger
from agentguard.policy.environments import DEVELOPMENT
from agentguard.policy.stack import Stack
from agentguard.repo.keep import Keeper
from agentguard.repo.repository import Repository

Decide = Callable[[History | None], Decision]
"""What the ledger knows (nothing, if it cannot be read) to the decision. Raises DeadlineError."""


def recorded_push(gate: Gate, updates: Sequence[RefUpdate], decide: Decide) -> Decision:
    """The decision on a push, on record. What landed before without being noticed comes first."""
    directory = gate.repository.directory

    def caught_up(ledger: Ledger) -> None:
        _catch_up(ledger, gate.repository, updates, gate.now)

    return recorded(
        directory, decide, now=gate.now, stack=gate.stack, pusher=gate.pusher, first=caught_up
    )


def recorded(
    directory: Path,
    decide: Decide,
    *,
    now: datetime,
    stack: Stack | None = None,
    pusher: str = "",
    first: Callable[[Ledger], None] = lambda _: None,
) -> Decision:
    """The decision, on the disk before anybody hears of it. What cannot be recorded is not let
    through, unless it touches none of the protected refs. Raises DeadlineError."""
    try:
        with open_ledger(directory, ledger_settings(directory)) as ledger:
            first(ledger)
            with ledger.writing() as writer:
                decision = decide(History(ledger))
                writer.append(DECISION, decision_body(decision, stack, pusher), now)
            return replace(decision, head=str(writer.head))
    except DeadlineError:
        raise
    except AgentguardError as error:
        return _unrecorded(decide(None), str(error))


def _catch_up(
    ledger: Ledger, repository: Repository, updates: Sequence[RefUpdate], now: datetime
) -> None:
    """Record what landed unnoticed on the refs of this push. What the pusher says of them is not
    believed: the refs themselves are asked."""
    if not History(ledger).unnoticed(updates):
        return
    tips = repository.tips([update.ref for update in updates])
    stands = [update for update in updates if tips.get(update.ref, "") == update.old]
    try:
        with ledger.writing() as writer:
            missed = [RefUpdate(m.old, m.new, m.ref) for m in History(ledger).unnoticed(stands)]
            land(writer, missed, Keeper(repository.directory, now), late=True)
    except DeadlineError:
        raise
    except AgentguardError:
        return  # it can still be found out later; it says nothing about this push


def _unrecorded(decision: Decision, reason: str) -> Decision:
    """A decision that no record holds: nothing protected moves on it."""
    updates = tuple(_without_record(update, reason) for update in decision.updates)
    return replace(decision, updates=updates)


def _without_record(update: UpdateDecision, reason: str) -> UpdateDecision:
    if update.verdict != "accepted":
        return replace(update, notes=(*update.notes, f"not recorded: {reason}"))
    if update.environment == DEVELOPMENT:
        return replace(update, notes=(*update.notes, f"not recorded: {reason}"))
    return unevaluated(update.update, update.environment, reason)
