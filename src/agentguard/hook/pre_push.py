"""Advice before a push: each ref, judged as the server will judge it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from agentguard.change import RefUpdate
from agentguard.decision import Decision
from agentguard.errors import EvaluationError
from agentguard.hook.pre_receive import MOST_BYTES
from agentguard.repo.git import text
from agentguard.repo.repository import Repository, resolve
from agentguard.terminal import advise

if TYPE_CHECKING:
    from agentguard.clone import Checkout


def run(remote: str, stdin: IO[bytes]) -> int:
    """Judge a push to `remote`, described on standard input by git or in the environment by
    pre-commit."""
    from agentguard.clone import open_checkout

    checkout = open_checkout(Path.cwd(), _onto(remote))
    if "PRE_COMMIT_TO_REF" in os.environ:
        lines = _from_pre_commit(os.environ)
    else:
        lines = text(stdin.read(MOST_BYTES)).splitlines()
    updates = tuple(_updates(lines, checkout.repository))
    return advise(decide(checkout, updates)) if updates else 0


def decide(checkout: Checkout, updates: tuple[RefUpdate, ...]) -> Decision:
    """The decision on all refs, each by the policy of the branch it is measured against."""
    gate = checkout.gate(checkout.onto_tip)
    known = replace(gate.known, protected=tuple(filter(None, (checkout.onto_tip,))))
    return replace(gate, known=known).judge(updates)


def _onto(remote: str) -> str:
    """The default branch of the remote that is pushed to, when git says which."""
    from agentguard.repo.client import open_clone

    clone = open_clone(Path.cwd())
    default = clone.default_branch
    named = f"{remote}/{default.rpartition('/')[2]}" if remote else ""
    return named if named and named in {ref.name for ref in clone.repo.references} else default


def _from_pre_commit(environment: Mapping[str, str]) -> list[str]:
    """The line git gave to pre-commit, which hands it on as variables."""
    new = environment.get("PRE_COMMIT_TO_REF", "")
    old = environment.get("PRE_COMMIT_FROM_REF", "")
    local = environment.get("PRE_COMMIT_LOCAL_BRANCH", "HEAD")
    remote = environment.get("PRE_COMMIT_REMOTE_BRANCH", "")
    return [f"{local} {new} {remote} {old}"]


def _updates(lines: list[str], repository: Repository) -> Iterator[RefUpdate]:
    """`local-ref new remote-ref old` as git writes them."""
    for line in lines:
        fields = line.split(" ")
        if len(fields) != 4:
            raise EvaluationError("git described the push in a way that cannot be read")
        _, new, ref, old = fields
        update = RefUpdate(_known(old, repository), "" if set(new) == {"0"} else new, ref)
        if update.old != update.new:
            yield update


def _known(name: str, repository: Repository) -> str:
    """The old object, "" if the remote has none or this clone has never seen it."""
    return "" if set(name) == {"0"} else resolve(repository, name) or ""
