"""A branch or a range in a clone, taken as the push it would become."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from agentguard.change import RefUpdate
from agentguard.errors import ConfigurationError
from agentguard.gate import Gate
from agentguard.policy.load import built_in, load_policy
from agentguard.policy.stack import Stack, load_stack
from agentguard.reading import read_file
from agentguard.repo.clone import HEADS, Clone, open_clone
from agentguard.repo.reader import Known
from agentguard.repo.repository import Repository, open_repository, resolve


@dataclass(frozen=True, slots=True)
class Checkout:
    """A clone, and the branch that changes in it are meant for.

    `onto` is a revision such as `refs/remotes/origin/main` ("" when nothing tells), `onto_tip` its
    commit ("" if it has none yet), `ref` the name it has on the server.
    """

    clone: Clone
    repository: Repository
    onto: str
    onto_tip: str
    ref: str

    def gate(self, tip: str, policy: Path | None = None) -> Gate:
        """The server's gate as it was with the default branch at commit `tip`, as far as a clone
        can know. `policy` is a file to judge by instead."""
        name = self.clone.repository_name
        stack = load_stack(self.repository, tip, default_branch=self.ref, name=name)
        if policy is not None:
            own = load_policy(read_file(policy), str(policy), built_in(self.ref))
            stack = Stack((own,), own.repository or stack.repository)
        repository = replace(self.repository, default_branch=self.ref)
        return Gate(repository, stack, Known(tip, (tip,) if tip else ()), datetime.now(UTC))

    def commit(self, revision: str) -> str:
        """The commit a revision names; of a branch and a tag with one name, the branch."""
        branch = "" if revision == "HEAD" else resolve(self.repository, HEADS + revision)
        found = branch or resolve(self.repository, revision)
        if found is None:
            empty = resolve(self.repository, "HEAD") is None
            where = ": HEAD has no commit yet" if empty else " here"
            raise ConfigurationError(f"{revision!r} names no commit{where}")
        return found

    def local_branch(self, name: str) -> str:
        """A local branch by its short name, the current one for "". Raises ConfigurationError."""
        branch = name.removeprefix(HEADS) or self.clone.branch
        if not branch:
            raise ConfigurationError(
                "no branch is checked out: name the one to approve, or use --print or --push-option"
            )
        if resolve(self.repository, HEADS + branch) is None:
            raise ConfigurationError(
                f"{branch!r} is not a local branch with a commit, and an approval commit needs one: "
                "use --print or --push-option"
            )
        return branch

    def tip_of(self, ref: str) -> str:
        """The tip of a branch of the server as this clone last saw it, "" if it never did."""
        name = ref.removeprefix(HEADS)
        remotes = [f"refs/remotes/{remote}/{name}" for remote in self.clone.remotes]
        found = (resolve(self.repository, candidate) for candidate in (*remotes, ref))
        return next(filter(None, found), "")

    def object_of(self, ref: str) -> str:
        """What a ref of the server holds as far as this clone knows: of a tag, the tag itself."""
        held = self.repository.tips([ref]).get(ref, "")
        return (self.tip_of(ref) if ref.startswith(HEADS) else "") or held

    def branch_update(self, branch: str, base: str = "") -> RefUpdate:
        """A push of `branch` onto the default branch, from `base` or from where it left it.

        With nothing in common there is no such place: then it replaces the default branch.
        """
        tip = self.commit(branch or "HEAD")
        if base:
            return RefUpdate(self.commit(base), tip, self.ref)
        if not self.onto_tip:
            raise ConfigurationError(
                "nothing here tells which branch changes go to: name it with --onto REF"
            )
        parted = self.repository.merge_base(tip, self.onto_tip)
        return RefUpdate(parted or self.onto_tip, tip, self.ref)

    def range_update(self, revisions: str) -> RefUpdate:
        """A push from A to B, for `A..B`."""
        first, _, last = revisions.partition("..")
        if last.startswith(".") or not (first or last):
            raise ConfigurationError(f"{revisions!r} is not a range such as v1..main")
        return RefUpdate(self.commit(first or "HEAD"), self.commit(last or "HEAD"), self.ref)


def open_checkout(directory: Path, onto: str = "") -> Checkout:
    """The clone that `directory` is in; `onto` names where changes go, if not the default branch."""
    clone = open_clone(directory)
    repository = open_repository(clone.git_directory)
    default = clone.default_branch
    tip = resolve(repository, onto or default)
    if onto and tip is None:
        raise ConfigurationError(f"--onto {onto!r} names no commit here")
    ref = clone.server_ref(onto or default) or clone.server_ref(default)
    ref = ref or HEADS + (clone.branch or "main")
    return Checkout(clone, repository, onto or default, tip or "", ref)
