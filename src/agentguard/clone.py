"""A branch or a range in a clone, judged as the push it would become."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from agentguard.change import RefUpdate
from agentguard.decision import Decision
from agentguard.errors import ConfigurationError
from agentguard.gate import Gate
from agentguard.policy.load import built_in, load_policy
from agentguard.policy.stack import Stack, load_stack
from agentguard.repo.client import Clone, open_clone
from agentguard.repo.reader import Known, read_trees
from agentguard.repo.repository import Repository, open_repository, resolve
from agentguard.repo.staged import staged


@dataclass(frozen=True, slots=True)
class Checkout:
    """A clone, and the branch that changes in it are meant for.

    `onto` is a revision such as `origin/main`, `onto_tip` its commit ("" if it has none yet), `ref`
    the name it has on the server.
    """

    clone: Clone
    repository: Repository
    onto: str
    onto_tip: str
    ref: str

    def gate(self, base: str, policy: Path | None = None) -> Gate:
        """The gate as it stands at commit `base`. `policy` is a file to judge by instead."""
        name = self.clone.repository_name
        stack = load_stack(self.repository, base, default_branch=self.ref, name=name)
        if policy is not None:
            own = load_policy(_read(policy), str(policy), built_in(self.ref))
            stack = Stack((own,), own.repository or stack.repository)
        repository = replace(self.repository, default_branch=self.ref)
        known = Known(self.onto_tip, tuple(filter(None, (base, self.onto_tip))))
        return Gate(repository, stack, known, datetime.now(UTC))

    def commit(self, revision: str) -> str:
        """The commit a revision names. Raises ConfigurationError when there is none."""
        found = resolve(self.repository, revision)
        if found is None:
            raise ConfigurationError(f"{revision!r} names no commit here")
        return found

    def tip_of(self, ref: str) -> str:
        """The tip of a branch of the server as this clone last saw it, "" if it never did."""
        name = ref.removeprefix("refs/heads/")
        remotes = [f"refs/remotes/{remote.name}/{name}" for remote in self.clone.repo.remotes]
        found = (resolve(self.repository, candidate) for candidate in (*remotes, ref))
        return next(filter(None, found), "")

    def merge_base(self, one: str, other: str) -> str:
        """Where two commits parted, "" when they have nothing in common."""
        if not one or not other:
            return ""
        git = self.repository.git
        return git.run("merge-base", one, other, ok=(0, 1)).stdout.decode().strip()

    def branch_update(self, branch: str, base: str = "") -> RefUpdate:
        """A push of `branch` onto the default branch, from `base` or from where it left it."""
        tip = self.commit(branch or "HEAD")
        old = self.commit(base) if base else self.merge_base(tip, self.onto_tip)
        return RefUpdate(old, tip, self.ref)

    def range_update(self, revisions: str) -> RefUpdate:
        """A push from A to B, for `A..B`."""
        first, dots, last = revisions.partition("..")
        if not dots or last.startswith("."):
            raise ConfigurationError(f"{revisions!r} is not a range such as v1..main")
        return RefUpdate(self.commit(first or "HEAD"), self.commit(last or "HEAD"), self.ref)


def open_checkout(directory: Path, onto: str = "") -> Checkout:
    """The clone that `directory` is in; `onto` names where changes go, if not the default branch."""
    clone = open_clone(directory)
    repository = open_repository(clone.git_directory)
    onto = onto or clone.default_branch
    tip = resolve(repository, onto) if onto else None
    ref = clone.branch_ref(onto or clone.branch or "main")
    return Checkout(clone, repository, onto, tip or "", ref)


def check(checkout: Checkout, update: RefUpdate) -> Decision:
    """Judge one update by the policy its base has."""
    return checkout.gate(update.old).judge([update])


@contextlib.contextmanager
def _staged_gate(checkout: Checkout) -> Iterator[tuple[Gate, RefUpdate]]:
    index = Path(os.environ.get("GIT_INDEX_FILE") or checkout.clone.git_directory / "index")
    if not index.is_absolute():
        index = checkout.clone.work_tree / index
    with staged(checkout.repository, index) as (repository, base, tree):
        policy_at = resolve(checkout.repository, "HEAD") or ""
        gate = checkout.gate(checkout.onto_tip or policy_at)
        inside = replace(repository, default_branch=checkout.ref)
        yield replace(gate, repository=inside, read=read_trees), RefUpdate(base, tree, checkout.ref)


def check_staged(checkout: Checkout) -> Decision:
    """Judge what is staged as a commit on its way to the default branch."""
    with _staged_gate(checkout) as (gate, update):
        return gate.judge([update])


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
