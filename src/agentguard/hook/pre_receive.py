"""The gate itself: judges a push on the server before any ref moves.

On the path of every push, so nothing is imported that a push does not need: no click, no GitPython.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agentguard.approvals.carriers.signature import in_push_options
from agentguard.change import RefUpdate
from agentguard.deadline import deadline
from agentguard.decision import Decision
from agentguard.errors import AgentguardError, DeadlineError, EvaluationError
from agentguard.gate import Gate
from agentguard.hook.overtaken import overtaken
from agentguard.hook.push_options import push_options
from agentguard.hook.recording import Recorder, unrecorded
from agentguard.hook.updates import MOST_BYTES, parse_updates
from agentguard.lockdown import Lockdown, Order, from_file, in_force, locked, together
from agentguard.policy.stack import load_stack
from agentguard.pusher import pusher
from agentguard.repo.reader import Known
from agentguard.repo.repository import Repository, open_repository, with_default
from agentguard.reports.text import render

# Reading the policies is not under the deadline they set.
PATIENCE = 20.0
MEMORY = 8 * 1024**3


def run() -> int:
    """Judge the push described on standard input; print the report; give the exit code."""
    limit_memory()
    decision = decide(sys.stdin.buffer.read(MOST_BYTES), Path.cwd(), os.environ, datetime.now(UTC))
    sys.stdout.write(render(decision))
    sys.stdout.flush()
    return decision.exit_code


def decide(
    stdin: bytes, directory: Path, environment: Mapping[str, str], now: datetime
) -> Decision:
    """The decision on a push into the repository at `directory`. Raises nothing of our own."""
    lockdown = in_force(from_file)
    directory = Path(directory, environment.get("GIT_DIR") or ".").resolve()
    with Recorder(directory) as recorder:
        try:
            updates = parse_updates(stdin)
            with deadline(PATIENCE):
                lockdown = together(lockdown, recorder.lockdown)
                if stopped := _stopped(updates, _over(lockdown, str(directory))):
                    return recorder.recorded(lambda _: stopped, now)
                repository = open_repository(directory, environment)
                if moved := _misplaced(repository, updates):
                    return recorder.recorded(lambda _: overtaken(updates, moved), now)
                gate = _gate(repository, environment, now)
        except AgentguardError as error:
            return _in_time(recorder, Decision(errors=(str(error),)), now)
        order = _over(lockdown, str(directory), gate.stack.repository)
        return _judged(replace(gate, landed=recorder.landed, lockdown=order), updates, recorder)


def _over(lockdown: Lockdown | None, *names: str) -> Order | None:
    """The order that stops pushes to the repository with these names, None for none."""
    return lockdown.over(*names) if lockdown else None


def _stopped(updates: Sequence[RefUpdate], order: Order | None) -> Decision | None:
    """The decision while everyone is locked out, None while nobody or agents alone are."""
    return locked(updates, order) if order and not order.agents_only else None


def _judged(gate: Gate, updates: Sequence[RefUpdate], recorder: Recorder) -> Decision:
    """The decision on record; it is made under the ledger's lock, but read before."""
    if stopped := _stopped(updates, gate.lockdown):
        return _in_time(recorder, stopped, gate.now, gate)
    try:
        with deadline(gate.stack.deadline):
            assessed = gate.assess(updates)
            return recorder.recorded(
                lambda history: gate.decide(assessed, history), gate.now, gate, updates
            )
    except DeadlineError as error:
        return _in_time(recorder, gate.give_up(updates, str(error)), gate.now, gate, updates)


def _in_time(
    recorder: Recorder,
    decision: Decision,
    now: datetime,
    gate: Gate | None = None,
    updates: Sequence[RefUpdate] = (),
) -> Decision:
    """A decision that is made already, on record if the ledger answers in time."""
    try:
        with deadline(PATIENCE, "recording the decision"):
            return recorder.recorded(lambda _: decision, now, gate, updates)
    except DeadlineError as error:
        return unrecorded(decision, str(error))


def _gate(repository: Repository, environment: Mapping[str, str], now: datetime) -> Gate:
    repository, default_tip = with_default(repository)
    stack = load_stack(repository, default_tip)
    known = Known(default_tip, tuple(stack.protected(repository).values()))
    return Gate(
        repository,
        stack,
        known,
        now,
        pusher=pusher(stack.platform, environment),
        sent=tuple(in_push_options(push_options(environment))),
    )


def _misplaced(repository: Repository, updates: Sequence[RefUpdate]) -> list[str]:
    """The refs that are not where the push begins. A client may send what it likes for that, so that
    a push is judged before another that it lands after: neither would count the other.

    Raises EvaluationError for a ref that stands for another: its name says nothing about what is
    touched.
    """
    standing = repository.standing([update.ref for update in updates])
    found = []
    for update in updates:
        name, target = standing.get(update.ref, ("", ""))
        if target:
            raise EvaluationError(f"{update.ref} only stands for {target}: push to that name")
        if name != update.old:
            found.append(update.ref)
    return found


def limit_memory() -> None:
    """A push must not be able to take the server's memory: git and we get a ceiling."""
    import resource

    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        ceiling = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
