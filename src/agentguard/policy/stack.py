"""The policies a repository has: in its tree, beside it, and on the machine. All must be passed."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.policy import places
from agentguard.policy.approvals import Read
from agentguard.policy.environments import (
    DEVELOPMENT,
    ENVIRONMENTS,
    environment_of,
    literal_prefix,
)
from agentguard.policy.freezes import FREEZES, declared_freezes
from agentguard.policy.load import built_in, load_policy, reader_in
from agentguard.policy.model import Freeze, Policy
from agentguard.policy.places import BESIDE, IN_TREE
from agentguard.repo.repository import Repository


@dataclass(frozen=True, slots=True)
class Stack:
    """The policies in force, never empty. `repository` is what approvals are bound to."""

    policies: tuple[Policy, ...]
    repository: str
    platform: str = "account"

    @property
    def deadline(self) -> float:
        """The shortest deadline anyone asks for, in seconds."""
        return min(policy.deadline for policy in self.policies)

    def environment(self, ref: str) -> str:
        """The strictest environment that any policy puts a ref in."""
        found = (environment_of(ref, policy.environments) for policy in self.policies)
        return min(found, key=ENVIRONMENTS.index)

    def protected(self, repository: Repository) -> dict[str, str]:
        """Branches that exist and are in production under every policy, with their tips.

        Only what they hold was judged as strictly as anything is: a commit that came in through
        staging, or through a branch that one policy leaves free, is still new to production. Tags
        are left out: there may be any number, and judging a commit that a tag already has once more
        does no harm.
        """
        strictest = ENVIRONMENTS[0]
        named = (each for policy in self.policies for each in policy.environments[strictest])
        branches = {literal_prefix(each) for each in named if not each.startswith("refs/tags/")}
        tips = repository.tips(sorted(branches))
        return {
            ref: tip
            for ref, tip in tips.items()
            if ref.startswith("refs/heads/")
            and all(environment_of(ref, each.environments) == strictest for each in self.policies)
        }


def load_stack(
    repository: Repository, default_tip: str, *, default_branch: str | None = None, name: str = ""
) -> Stack:
    """Every policy that exists for a repository; the built-in rules alone when none does. The first
    holds the freezes that were declared on the server.

    The one in the tree is read from `default_tip`, the default branch as it is before the push.
    `name` is what the repository is called if no policy says. Raises ConfigurationError or
    EvaluationError when a policy exists and cannot be read.
    """
    branch = repository.default_branch if default_branch is None else default_branch
    base = built_in(branch)
    server = [
        load_policy(content, source, base, reader_in(place))
        for path, source, place in (
            (repository.directory / BESIDE, str(BESIDE), repository.directory),
            (places.MACHINE, str(places.MACHINE), places.MACHINE.parent),
        )
        if (content := server_file(path)) is not None
    ]
    in_tree = []
    if default_tip and (content := repository.file(default_tip, IN_TREE)) is not None:
        policy = load_policy(content, IN_TREE, base, in_commit(repository, default_tip))
        in_tree = [protecting(branch, policy)]
    found = tuple(_with_approvers(policy, server) for policy in (*server, *in_tree))
    policies = _frozen(found or (base,), _declared(repository))
    named = [policy.repository for policy in policies if policy.repository]
    platforms = [policy.platform for policy in server if policy.platform]
    return Stack(
        policies=policies,
        repository=named[0] if named else name or str(repository.directory),
        platform=platforms[0] if platforms else "account",
    )


def _declared(repository: Repository) -> tuple[Freeze, ...]:
    """The freezes that were declared on the server for a repository."""
    content = server_file(repository.directory / FREEZES)
    return declared_freezes(content, str(FREEZES)) if content is not None else ()


def _frozen(policies: tuple[Policy, ...], freezes: Sequence[Freeze]) -> tuple[Policy, ...]:
    """The policies, with freezes of the server in the first: its own, or the only one there is. A
    freeze without refs is for whatever any policy has in production."""
    strictest = ENVIRONMENTS[0]
    refs = tuple(ref for policy in policies for ref in policy.environments[strictest])
    held = (each if each.refs else replace(each, refs=refs) for each in freezes)
    first = replace(policies[0], freezes=(*policies[0].freezes, *held))
    return first, *policies[1:]


def in_commit(repository: Repository, commit: str) -> Read:
    """Reads files of a commit by name."""

    def read(name: str) -> bytes:
        content = repository.file(commit, name)
        if content is None:
            raise ConfigurationError(f"{name} is not a file of {commit[:12]}")
        return content

    return read


def _with_approvers(policy: Policy, server: Sequence[Policy]) -> Policy:
    """A policy that lists nobody takes the approvers of the server, with the keys it revoked:
    otherwise nothing it asks for could ever be approved, its own repair included."""
    others = [other for other in server if other.approvers]
    if policy.approvers or not others:
        return policy
    revoked = policy.approvals.revoked | others[0].approvals.revoked
    approvals = replace(policy.approvals, revoked=revoked)
    return replace(policy, approvers=others[0].approvers, approvals=approvals)


def protecting(branch: str, policy: Policy) -> Policy:
    """The policy of the tree, with the branch it is read from protected whatever it says itself: a
    gate whose policy anyone may change is none."""
    if not branch or environment_of(branch, policy.environments) != DEVELOPMENT:
        return policy
    refs = (*policy.environments["production"], branch)
    return replace(policy, environments={**policy.environments, "production": refs})


def server_file(path: Path) -> bytes | None:
    """A file of the gate's own on the server, None when it does not exist. One that others can
    write or replace says nothing. Raises ConfigurationError or EvaluationError."""
    try:
        for place in (path, path.parent):
            if place.stat().st_mode & stat.S_IWOTH:
                raise ConfigurationError(f"{place} can be written by everyone: chmod o-w it")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}") from error
