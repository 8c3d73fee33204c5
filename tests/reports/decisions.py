"""Decisions for the tests of the reports, and a source of hostile ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from agentguard.change import RefUpdate
from agentguard.decision import (
    VERDICTS,
    Approval,
    Decision,
    RefusedApproval,
    Totals,
    UpdateDecision,
)
from agentguard.finding import EFFECTS, SEVERITIES, Finding

OLD, NEW = "1" * 40, "2ab4" * 10
MAIN = RefUpdate(OLD, NEW, "refs/heads/main")
DIGEST = "sha256:" + "3" * 64
STATEMENT = f"""\
Agentguard-Approval: v1
Agentguard-Repository: acme/portal
Agentguard-Ref: refs/heads/main
Agentguard-Change: {DIGEST}
Agentguard-Rules: auth-paths mass-deletion
Agentguard-Expires: 2026-11-22T09:00:00Z
Agentguard-Approver:
"""
TOTALS = Totals(
    digest=DIGEST,
    commits=4,
    files=340,
    added_lines=400,
    deleted_lines=28745,
    deletion_ratio=0.98627,
    deleted_files=212,
    actors={"agent": 2, "unknown": 2},
)
SMALL = Totals(
    digest=DIGEST, commits=1, files=3, added_lines=20, deleted_lines=4, deletion_ratio=4 / 24
)


def finding(**fields: Any) -> Finding:
    """A mass deletion, but for `fields`."""
    values: dict[str, Any] = {
        "rule": "mass-deletion",
        "title": "Push deletes far more than it adds",
        "severity": "high",
        "effect": "approve",
        "message": "28,745 lines in 212 files would be gone.",
        "measured": {"deleted_lines": 28745, "deletion_ratio": 0.98627},
        "limit": {"deleted_lines": ">= 1000", "deletion_ratio": ">= 0.70"},
        "why": "An agent that was asked for a narrow fix took a portal down like this.\n"
        "Deletions of this size are slow to bring back.",
        "fix": "Restore what should stay, and push only the fix.",
        "paths": tuple(f"src/page{number}.tsx" for number in range(212)),
        "commits": tuple(f"{number}ab4" * 10 for number in range(4)),
    }
    return Finding(**(values | fields))


def update(**fields: Any) -> UpdateDecision:
    """An accepted small update of main, but for `fields`."""
    values: dict[str, Any] = {
        "update": MAIN,
        "environment": "production",
        "verdict": "accepted",
        "totals": SMALL,
    }
    return UpdateDecision(**(values | fields))


TEXT = st.text(st.characters(exclude_categories=[]), max_size=200)
LONG = st.text(st.sampled_from("a/日\u0301\x1b \n"), max_size=400)
WORDS = TEXT | LONG
MANY = st.lists(WORDS, max_size=8).map(tuple)
NUMBER = st.integers(0, 10**12)
VALUE = NUMBER | st.floats(0, 1e9) | st.booleans() | WORDS | MANY
IDS = st.sampled_from(["", OLD, "5" * 64])


@st.composite
def _findings(draw: st.DrawFn) -> Finding:
    names = draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))
    return finding(
        rule=draw(WORDS.filter(bool)),
        title=draw(WORDS),
        severity=draw(st.sampled_from(SEVERITIES)),
        effect=draw(st.sampled_from(EFFECTS)),
        message=draw(WORDS),
        measured={name: draw(VALUE) for name in names},
        limit={name: draw(VALUE) for name in names},
        why=draw(WORDS),
        fix=draw(WORDS),
        paths=draw(MANY),
        commits=draw(MANY),
        teams=draw(MANY),
        approved_by=draw(MANY),
        policy=draw(WORDS),
    )


TOTALS_OF_ANY_SIZE = st.builds(
    Totals,
    commits=NUMBER,
    files=NUMBER,
    added_lines=NUMBER,
    deleted_lines=NUMBER,
    deletion_ratio=st.floats(0, 1),
    deleted_files=NUMBER,
    actors=st.dictionaries(st.sampled_from(["agent", "human", "unknown"]), NUMBER),
)
UPDATES = st.builds(
    UpdateDecision,
    update=st.builds(RefUpdate, IDS, IDS, WORDS),
    environment=WORDS,
    verdict=st.sampled_from(VERDICTS),
    totals=TOTALS_OF_ANY_SIZE,
    findings=st.lists(_findings(), max_size=2).map(tuple),
    approvals=st.lists(st.builds(Approval, WORDS, WORDS, MANY), max_size=1).map(tuple),
    refused_approvals=st.lists(st.builds(RefusedApproval, WORDS, WORDS), max_size=1).map(tuple),
    errors=MANY,
    notes=MANY,
)
DECISIONS = st.builds(Decision, st.lists(UPDATES, max_size=2).map(tuple), MANY)
