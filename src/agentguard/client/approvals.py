"""The approvals that a branch carries, judged without pushing it."""

from __future__ import annotations

from pathlib import Path

from agentguard.client.check import noted
from agentguard.client.checkout import Checkout
from agentguard.decision import Decision

NOBODY = (
    "this clone lists no approver, so only the server can tell which approval counts. Its policy can "
    "be given with --policy."
)


def approvals(checkout: Checkout, branch: str, policy: Path | None) -> Decision:
    """The decision on a push of a branch, with a note where it cannot tell whose keys count."""
    gate = checkout.gate(checkout.onto_tip, policy)
    decision = gate.judge([checkout.branch_update(branch)])
    known = any(each.approvers for each in gate.stack.policies)
    return decision if known else noted(decision, NOBODY)
