"""What tests of `agentguard approve` have in common."""

from __future__ import annotations

from agentguard.approvals.statement import Statement, parse_pasted
from tests import kit

AS_JANE = ("--as", kit.JANE)


def approved(gate: kit.Server) -> Statement:
    """The statement in the commit on top of the topic branch, whose tree must be that below it."""
    topic = "refs/heads/topic"
    assert gate.work.tip(f"{topic}^{{tree}}") == gate.work.tip(f"{topic}~1^{{tree}}")
    return parse_pasted(gate.work.out("log", "-1", "--format=%B", topic))
