"""What an approver looks at before signing."""

from __future__ import annotations

from dataclasses import replace

from agentguard.approvals.statement import Statement
from agentguard.decision import Decision, UpdateDecision
from agentguard.reports.escape import escape
from agentguard.reports.text import render as report


def render(decided: UpdateDecision, statement: Statement, approver: str) -> str:
    """The findings, then exactly what would be signed and until when."""
    lines = [
        "",
        f"You are about to approve, as {escape(approver)}:",
        f"  repository  {escape(statement.repository)}",
        f"  ref         {escape(statement.ref)}",
        f"  change      {statement.change}",
        f"  rules       {escape(' '.join(statement.rules))}",
        f"  until       {statement.expires:%Y-%m-%d %H:%M} UTC",
        "",
    ]
    return report(Decision((replace(decided, statement=""),))) + "\n".join(lines)
