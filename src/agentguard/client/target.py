"""What a person named to be approved: a branch, a range, or any revision."""

from __future__ import annotations

from dataclasses import dataclass

from agentguard.client.checkout import Checkout
from agentguard.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Target:
    """`name` as it was said, its commit `tip`, and the old tip `base`, "" where it is to be found.

    `branch` is the local branch that an approval commit goes onto, "" when none is made.
    """

    name: str
    tip: str
    base: str
    branch: str


def find_target(checkout: Checkout, named: str, base: str, *, carries: bool) -> Target:
    """What `named` stands for: the current branch for "", B as a push from A for `A..B`.

    A target that `carries` the approval must be a local branch. Raises ConfigurationError.
    """
    _, ranged, last = named.partition("..")
    if ranged and base:
        raise ConfigurationError("a range names the old tip itself: give no --base with it")
    old = checkout.range_update(named).old if ranged else base and checkout.commit(base)
    name = last if ranged else named
    branch = checkout.local_branch(name) if carries else ""
    name = branch or name or checkout.clone.branch or "HEAD"
    return Target(name, checkout.commit(name), old, branch)
