"""The decision on a push is the worst of its parts."""

from __future__ import annotations

import pytest

from agentguard.change import RefUpdate
from agentguard.decision import VERDICTS, Decision, UpdateDecision, Verdict, worst

UPDATE = RefUpdate("a" * 40, "b" * 40, "refs/heads/main")


@pytest.mark.parametrize(
    ("verdicts", "verdict", "code"),
    [
        pytest.param((), "error", 3, id="nothing judged is no pass"),
        (("accepted",), "accepted", 0),
        (("accepted", "needs-approval"), "needs-approval", 1),
        (("denied", "needs-approval", "accepted"), "denied", 1),
        (("denied", "error"), "error", 3),
    ],
)
def test_the_worst_counts(verdicts: tuple[Verdict, ...], verdict: Verdict, code: int) -> None:
    assert worst(verdicts) == verdict
    decision = Decision(tuple(UpdateDecision(UPDATE, "production", each) for each in verdicts))
    assert (decision.verdict, decision.exit_code) == (verdict, code)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_an_error_of_the_whole_outweighs_all(verdict: Verdict) -> None:
    decision = Decision((UpdateDecision(UPDATE, "production", verdict),), errors=("broken",))
    assert (decision.verdict, decision.exit_code) == ("error", 3)
