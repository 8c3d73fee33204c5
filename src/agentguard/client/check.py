"""A branch, a range or the index, judged without pushing it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from agentguard.change import RefUpdate
from agentguard.client.checkout import Checkout
from agentguard.decision import Decision, UpdateDecision
from agentguard.repo.clone import HEADS
from agentguard.repo.reader import read_trees
from agentguard.repo.repository import resolve
from agentguard.repo.staged import staged

NOTHING = "there is nothing to judge: "


def check_branch(checkout: Checkout, branch: str) -> Decision:
    """Judge a branch as a push onto the default branch, by the policy that stands there now."""
    update = checkout.branch_update(branch)
    decision = checkout.gate(checkout.onto_tip).judge([update])
    if update.old == update.new:
        onto = checkout.onto.removeprefix("refs/remotes/").removeprefix(HEADS)
        return noted(decision, NOTHING + f"{branch or 'HEAD'} has no commit that {onto} lacks")
    return decision


def check_range(checkout: Checkout, revisions: str) -> Decision:
    """Judge `A..B` as a push from A to B, by the policy that stood at A."""
    update = checkout.range_update(revisions)
    decision = checkout.gate(update.old).judge([update])
    if update.old == update.new:
        return noted(decision, NOTHING + "both ends of the range are the same commit")
    return decision


def check_staged(checkout: Checkout) -> Decision:
    """Judge what is staged as a commit on its way to the default branch."""
    named = os.environ.get("GIT_INDEX_FILE")
    work_tree, own = checkout.clone.work_tree, checkout.clone.git_directory / "index"
    with staged(checkout.repository, work_tree / named if named else own) as (
        repository,
        base,
        tree,
    ):
        gate = checkout.gate(checkout.onto_tip or resolve(checkout.repository, "HEAD") or "")
        inside = replace(repository, default_branch=checkout.ref)
        gate = replace(gate, repository=inside, read=read_trees)
        decision = gate.judge([RefUpdate(base, tree, checkout.ref)])
    # A commit can be approved, what is staged can not.
    decision = _with(decision, lambda update: replace(update, statement=""))
    [update] = decision.updates
    nothing = update.totals.digest and not update.totals.files
    return noted(decision, NOTHING + "nothing is staged") if nothing else decision


def noted(decision: Decision, note: str) -> Decision:
    """The decision with something a person should know about each update."""
    return _with(decision, lambda u: replace(u, notes=(*u.notes, note)))


def _with(decision: Decision, change: Callable[[UpdateDecision], UpdateDecision]) -> Decision:
    return replace(decision, updates=tuple(map(change, decision.updates)))
