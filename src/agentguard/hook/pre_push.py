"""Advice before a push: each ref, judged as the server will judge it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from agentguard.change import RefUpdate
from agentguard.client.checkout import Checkout, open_checkout
from agentguard.client.terminal import advise
from agentguard.decision import Decision
from agentguard.errors import EvaluationError
from agentguard.gate import Gate
from agentguard.hook.updates import MOST_BYTES
from agentguard.output import say
from agentguard.repo.clone import HEADS, open_clone
from agentguard.repo.git import text
from agentguard.repo.repository import Repository, resolve


def run(remote: str, stdin: IO[bytes]) -> int:
    """Judge a push to `remote`, described on standard input by git or in the environment by
    pre-commit. Git describes nothing when there is nothing to push."""
    remote = remote or os.environ.get("PRE_COMMIT_REMOTE_NAME", "")
    checkout = _open(remote)
    updates = tuple(_updates(text(stdin.read(MOST_BYTES)).splitlines(), checkout.repository))
    if not updates and "PRE_COMMIT" in os.environ:
        updates = (_from_pre_commit(checkout, remote, os.environ),)
    updates = tuple(update for update in updates if update.old != update.new)
    if not updates:
        return 0
    gate = checkout.gate(checkout.onto_tip)
    decision = gate.judge(updates)
    if _only_the_server_can_tell(gate, decision):
        say("this push carries an approval, and this clone lists no approver;")
        say("the server will check it.")
        return 0
    return advise(decision)


def _open(remote: str) -> Checkout:
    """The clone, onto the default branch of the remote that is pushed to if git knows which.

    A remote of which nothing is known yet is empty: then everything is new to it.
    """
    here = Path.cwd()
    clone = open_clone(here)
    default = clone.default_of(remote) if remote else ""
    checkout = open_checkout(here, default)
    empty = remote in clone.remotes and not default
    return replace(checkout, onto="", onto_tip="") if empty else checkout


def _only_the_server_can_tell(gate: Gate, decision: Decision) -> bool:
    """Approvers are often listed on the server alone: an approval is then not for us to refuse."""
    if decision.verdict != "needs-approval" or any(p.approvers for p in gate.stack.policies):
        return False
    waiting = [update for update in decision.updates if update.verdict == "needs-approval"]
    return all(update.refused_approvals for update in waiting)


def _from_pre_commit(checkout: Checkout, remote: str, environment: Mapping[str, str]) -> RefUpdate:
    """The push as pre-commit's variables describe it: the first branch of it, no more.

    A branch new to the remote gets a made-up old commit from it; one that shares no history with
    the remote gets neither commit; and a run by hand gets nothing at all.
    """
    new = environment.get("PRE_COMMIT_TO_REF") or environment.get("PRE_COMMIT_LOCAL_BRANCH")
    if new is None:
        return checkout.branch_update("")
    old = environment.get("PRE_COMMIT_FROM_REF", "")
    ref = environment.get("PRE_COMMIT_REMOTE_BRANCH", checkout.ref)
    if remote and not resolve(checkout.repository, _tracking(ref, remote)):
        old = ""
    return RefUpdate(checkout.commit(old) if old else "", checkout.commit(new), ref)


def _tracking(ref: str, remote: str) -> str:
    """Where this clone keeps a branch of the remote, "" for any other ref."""
    branch = ref.removeprefix(HEADS)
    return "" if branch == ref else f"refs/remotes/{remote}/{branch}"


def _updates(lines: Sequence[str], repository: Repository) -> Iterator[RefUpdate]:
    """`local-ref new remote-ref old` as git writes them."""
    for line in lines:
        fields = line.split(" ")
        if len(fields) != 4:
            raise EvaluationError("git described the push in a way that cannot be read")
        _, new, ref, old = fields
        yield RefUpdate(_known(old, repository), "" if set(new) == {"0"} else new, ref)


def _known(name: str, repository: Repository) -> str:
    """The old object, "" if the remote has none or this clone has never seen it."""
    found = repository.git.run("cat-file", "-e", name, ok=(0, 1, 128))
    return "" if found.returncode else name
