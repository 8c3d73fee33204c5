"""The gate itself: judges a push on the server before any ref moves.

On the path of every push, so nothing is imported that a push does not need: no click, no GitPython.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agentguard.change import RefUpdate
from agentguard.decision import Decision
from agentguard.errors import AgentguardError, DeadlineError, EvaluationError
from agentguard.gate import Gate
from agentguard.hook.deadline import deadline
from agentguard.policy.stack import load_stack
from agentguard.pusher import pusher
from agentguard.repo.git import text
from agentguard.repo.reader import Known
from agentguard.repo.repository import Repository, open_repository
from agentguard.reports.text import render

LINE = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) ([^\0\n ]+)")

# More refs in one push than this is an attack on the gate, or a mirror that its administrator
# seeds on the server itself.
MOST_UPDATES = 5_000
MOST_BYTES = 4 * 1024 * 1024

# What is taken for the default branch when the one that HEAD names does not exist.
LIKELY_DEFAULTS = ("refs/heads/main", "refs/heads/master")

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
    try:
        updates = parse_updates(stdin)
        repository = _open(directory, environment)
        with deadline(PATIENCE):
            gate = _gate(repository, updates, environment, now)
        try:
            with deadline(gate.stack.deadline):
                return gate.judge(updates)
        except DeadlineError as error:
            return gate.give_up(updates, str(error))
    except AgentguardError as error:
        return Decision(errors=(str(error),))


def parse_updates(stdin: bytes) -> tuple[RefUpdate, ...]:
    """`old new ref` lines as git writes them. Raises EvaluationError for anything else."""
    if not stdin or len(stdin) >= MOST_BYTES:
        raise EvaluationError("git named no ref to update" if not stdin else "too many refs")
    lines = stdin.removesuffix(b"\n").split(b"\n")
    if len(lines) > MOST_UPDATES:
        raise EvaluationError(f"more than {MOST_UPDATES:,} refs in one push")
    return tuple(_update(line) for line in lines)


def _update(line: bytes) -> RefUpdate:
    match = LINE.fullmatch(line)
    if match is None or len(match[1]) != len(match[2]) or match[1] == match[2]:
        raise EvaluationError("git described the push in a way that cannot be read")
    old, new = ("" if set(side) == {48} else side.decode() for side in (match[1], match[2]))
    return RefUpdate(old, new, text(match[3]))


def _open(directory: Path, environment: Mapping[str, str]) -> Repository:
    return open_repository(Path(directory, environment.get("GIT_DIR") or "."), environment)


def _gate(
    repository: Repository,
    updates: Sequence[RefUpdate],
    environment: Mapping[str, str],
    now: datetime,
) -> Gate:
    _refuse_aliases(repository, updates)
    repository, default_tip = _with_default(repository)
    stack = load_stack(repository, default_tip)
    known = Known(default_tip, tuple(stack.protected(repository).values()))
    return Gate(repository, stack, known, now, pusher(stack.platform, environment))


def _refuse_aliases(repository: Repository, updates: Sequence[RefUpdate]) -> None:
    """A ref that stands for another moves the other: its name says nothing about what is touched."""
    for ref, target in repository.aliases([update.ref for update in updates]).items():
        raise EvaluationError(f"{ref} only stands for {target}: push to that name")


def _with_default(repository: Repository) -> tuple[Repository, str]:
    """The repository with a default branch that exists, if any does, and that branch's tip.

    HEAD often still names the branch that `git init` chose, and everybody pushes to another.
    """
    names = tuple(filter(None, (repository.default_branch, *LIKELY_DEFAULTS)))
    tips = repository.tips(names)
    for name in names:
        if name in tips:
            return replace(repository, default_branch=name), tips[name]
    return repository, ""


def limit_memory() -> None:
    """A push must not be able to take the server's memory: git and we get a ceiling."""
    import resource

    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        ceiling = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
