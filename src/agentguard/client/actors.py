"""Who made each commit of a range, as the gate would say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from agentguard.actors import Attribution, attribute, bundled_markers
from agentguard.change import Commit
from agentguard.client.checkout import Checkout
from agentguard.policy.model import Policy
from agentguard.repo.commits import list_commits, read_commits
from agentguard.repo.objects import open_objects
from agentguard.rules import Actor

# Policies may differ in whom they list: what one of them calls an agent is one.
STRICTEST: Sequence[Actor] = ("agent", "unknown", "automation", "human")


def attributions(checkout: Checkout, revisions: str) -> tuple[Attribution, ...]:
    """Who made the commits of `A..B`, or of all history of one revision, newest first.

    "" stands for what the branch that is checked out has and the default branch lacks. Judged by the
    policies that stand on the default branch now; who pushes is known to the server alone.
    """
    tip, known = _range(checkout, revisions)
    policies = checkout.gate(checkout.onto_tip).stack.policies
    return tuple(_attributed(_commits(checkout, tip, known), policies))


def _range(checkout: Checkout, revisions: str) -> tuple[str, tuple[str, ...]]:
    """The tip, and what is left out with all that stands behind it."""
    if ".." in revisions:
        update = checkout.range_update(revisions)
        return update.new, (update.old,)
    if revisions:
        return checkout.commit(revisions), ()
    return checkout.commit("HEAD"), (checkout.onto_tip,) if checkout.onto_tip else ()


def _commits(checkout: Checkout, tip: str, known: tuple[str, ...]) -> Iterator[Commit]:
    git = checkout.repository.git
    with open_objects(git) as objects:
        ids = list(list_commits(git, tip, known))
        yield from reversed(read_commits(git, objects, ids))


def _attributed(commits: Iterator[Commit], policies: Sequence[Policy]) -> Iterator[Attribution]:
    markers = bundled_markers()
    now = datetime.now(UTC)
    for commit in commits:
        said = (attribute(commit, markers, policy, now) for policy in policies)
        yield min(said, key=lambda found: STRICTEST.index(found.actor))
