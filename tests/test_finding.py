"""A finding: what it must say, and when it no longer stands in the way."""

from __future__ import annotations

from typing import Any

import pytest

from agentguard.finding import Effect, Finding


def finding(**more: Any) -> Finding:
    fields = {
        "rule": "r",
        "title": "T",
        "severity": "high",
        "effect": "approve",
        "message": "M",
        "why": "W",
        "fix": "F",
        "measured": {"files": 1},
        "limit": {"files": ">= 1"},
    }
    return Finding(**{**fields, **more})


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"rule": ""}, id="no rule"),
        pytest.param({"measured": {}, "limit": {}}, id="nothing measured"),
        pytest.param({"limit": {"lines": ">= 1"}}, id="another limit"),
        pytest.param({"limit": {}}, id="no limit"),
        pytest.param({"approvals": 0}, id="approved by nobody"),
    ],
)
def test_a_malformed_finding_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"a finding needs|by nobody"):
        finding(**more)


@pytest.mark.parametrize(
    ("effect", "approvals", "by", "satisfied"),
    [
        ("warn", 1, (), True),
        ("warn", 0, (), True),
        ("approve", 1, (), False),
        ("approve", 1, ("jane",), True),
        ("approve", 2, ("jane",), False),
        pytest.param("approve", 2, ("jane", "jane"), False, id="one person twice"),
        ("approve", 2, ("jane", "bob"), True),
        ("deny", 1, ("jane", "bob"), False),
    ],
)
def test_satisfied(effect: Effect, approvals: int, by: tuple[str, ...], *, satisfied: bool) -> None:
    assert finding(effect=effect, approvals=approvals, approved_by=by).satisfied is satisfied
