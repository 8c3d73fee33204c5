"""A human's yes: shown what they approve, asked, and signed for in an empty commit on the branch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agentguard.approvals.sign import sign
from agentguard.approvals.statement import approval_message
from agentguard.approvals.verify import NAMESPACE
from agentguard.client.checkout import Checkout
from agentguard.client.proposal import Proposal
from agentguard.client.terminal import ask, short
from agentguard.errors import ConfigurationError
from agentguard.output import show
from agentguard.repo.writer import add_commit, signed_commit
from agentguard.reports.review import render


def confirmed(proposal: Proposal, approver: str, *, asked: bool) -> bool:
    """Show what is approved; when `asked`, a person types the short digest to say they read it."""
    review = render(proposal.decision, proposal.statement, approver)
    if not asked:
        show(review)
        return True
    wanted = short(proposal.statement.change)
    typed = ask(f"{review}\nTo approve this, type {wanted}: ")
    if typed is None:
        raise ConfigurationError("there is no terminal to ask at: --yes approves without asking")
    return typed == wanted


def make(checkout: Checkout, proposal: Proposal, approver: str, key: Path) -> str:
    """Sign the statement and put the approval commit on the branch; its id."""
    statement = replace(proposal.statement, approver=approver)
    tip = proposal.decision.update.new
    commit = signed_commit(
        checkout.repository,
        checkout.clone.identity,
        tip,
        approval_message(statement),
        lambda payload: sign(payload, key, NAMESPACE),
    )
    add_commit(checkout.repository, proposal.branch, commit, tip)
    return commit
