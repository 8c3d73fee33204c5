"""The push of the incident in a repository made from data, ready to be judged in this process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from demo import incident, portal

from agentguard.change import RefUpdate
from agentguard.gate import Gate
from agentguard.policy.load import built_in
from agentguard.policy.model import Policy
from agentguard.policy.stack import Stack
from agentguard.repo.fast_import import File, NewCommit, new_store
from agentguard.repo.reader import Known
from agentguard.repo.repository import Repository

MAIN = "refs/heads/main"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
AGENT = "Claude <noreply@anthropic.com>"


def incident_push(folder: Path, copies: int = 1) -> tuple[Repository, RefUpdate]:
    """A portal, and the incident's four commits on top of it, as one push to `main`.

    With `copies`, the portal and the incident stand that many times beside one another.
    """
    files = portal.build()
    store = new_store(folder, MAIN)
    base = store.commit(NewCommit(AGENT, "Before\n", _files(files, copies)))
    tip = base
    for step in incident.steps(files):
        tip = store.commit(NewCommit(AGENT, step.message, _files(step.files, copies)), [tip])
    store.set(MAIN, base)
    return store.repository, RefUpdate(base, tip, MAIN)


def gate(repository: Repository, update: RefUpdate, policy: Policy | None = None) -> Gate:
    """The gate that judges it, by the built-in policy if no other is given."""
    stack = Stack((policy or built_in(MAIN),), "acme/portal")
    return Gate(repository, stack, Known(update.old, (update.old,)), NOW)


def _files(contents: Mapping[str, str | None], copies: int) -> dict[str, File | None]:
    return {
        f"copy{number}/{path}" if number else path: None if text is None else File(text.encode())
        for number in range(copies)
        for path, text in contents.items()
    }
