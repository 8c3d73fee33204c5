"""A human's yes: shown what they approve, asked, and signed for where they want it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

from agentguard.approvals.carriers import signature
from agentguard.approvals.claim import DETACHED, GIT
from agentguard.approvals.sign import sign
from agentguard.approvals.sshsig import on_one_line
from agentguard.approvals.statement import Statement, approval_message
from agentguard.client.checkout import Checkout
from agentguard.client.proposal import Proposal
from agentguard.client.review import review
from agentguard.client.terminal import ask, short
from agentguard.errors import ConfigurationError
from agentguard.output import complain, say, show
from agentguard.repo.writer import add_commit, signed_commit
from agentguard.reports.review import render

Form = Literal["commit", "print", "push-option"]
"""What is made of an approval: a commit on the branch, or text for a message or a push option."""


def check_form(proposal: Proposal, form: Form) -> None:
    """Raise ConfigurationError if the approval cannot be left where it is wanted."""
    update = proposal.decision.update
    if update.deleted and form != "push-option":
        raise ConfigurationError(
            f"this deletes {update.ref}, and a deletion brings no commit: use --push-option"
        )


def by(proposal: Proposal, approver: str) -> Proposal:
    """The proposal with the approver filled in."""
    return replace(proposal, statement=replace(proposal.statement, approver=approver))


def confirmed(proposal: Proposal, form: Form, *, asked: bool) -> bool:
    """Show what is approved; when `asked`, a person types the short digest to say they read it."""
    report = render(review(proposal))
    if not asked:
        show(report, None if form == "commit" else sys.stderr)
        return True
    wanted = short(proposal.statement.change)
    typed = ask(f"{report}\nTo approve this, type {wanted}: ")
    if typed is None:
        raise ConfigurationError("there is no terminal to ask at: --yes approves without asking")
    return typed == wanted


def give(checkout: Checkout, proposal: Proposal, key: Path, form: Form) -> None:
    """Sign the statement and leave the approval where it was wanted. Standard output gets nothing
    but the text that was asked for, if any was."""
    statement = proposal.statement
    done = f"{statement.approver} approved {proposal.name}"
    if form == "commit":
        commit = _commit(checkout, proposal, key)
        say(f"{done} in commit {commit[:12]}. Push it now.")
    elif form == "print":
        show(signature.trailers(statement, _detached(statement, key)))
        complain(f"{done}: end the message of a commit with these lines, and push it.")
    else:
        show(signature.push_option(statement, _detached(statement, key)) + "\n")
        complain(f"{done}: push with this as its option (git push -o).")


def _commit(checkout: Checkout, proposal: Proposal, key: Path) -> str:
    """Put the approval commit on the branch; its id."""
    tip = proposal.decision.update.new
    commit = signed_commit(
        checkout.repository,
        checkout.clone.identity,
        tip,
        approval_message(proposal.statement),
        lambda payload: sign(payload, key, GIT),
    )
    add_commit(checkout.repository, proposal.branch, commit, tip)
    return commit


def _detached(statement: Statement, key: Path) -> str:
    return on_one_line(sign(statement.render().encode(), key, DETACHED))
