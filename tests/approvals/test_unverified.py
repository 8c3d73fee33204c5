"""Plain text as approval: only where the policy asks for it, and never for what matters most."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agentguard.approvals.unverified import (
    NO_PROOF,
    accepts_unverified,
    unverified_approvals,
)
from agentguard.approvals.verify import MAX_CLAIMS
from agentguard.change import Change, Commit, FileChange, RefUpdate
from agentguard.decision import Approval, RefusedApproval
from agentguard.policy.model import ApprovalPolicy, Approver, Policy
from tests.approvals.makers import EXPECTED, work_commit
from tests.test_finding import finding

JANE_ID, JOE_ID = "jane@example.com", "joe@example.com"
BY_JANE = f"Agentguard-Approved-by: Jane <{JANE_ID}>\n"
FILE = FileChange("src/login.py", "deleted", 0o100644, 0, "d" * 40, "")


def policy(**approvals: Any) -> Policy:
    rules = ApprovalPolicy(**{"trust": "trailer", **approvals})
    people = {
        JANE_ID: Approver(JANE_ID, (), aliases=("J.Doe@home.example",)),
        JOE_ID: Approver(JOE_ID, ()),
    }
    return Policy("policy.toml", {}, (), None, approvers=people, approvals=rules)  # type: ignore[arg-type]


def saying(message: str, name: str = "f", *parents: str, **more: Any) -> Commit:
    last = message.rstrip("\n").rpartition("\n\n")[2]
    pairs = tuple(line.partition(": ")[::2] for line in last.split("\n"))
    made = replace(work_commit(message), id=name * 40, trailers=pairs, **more)
    return replace(made, parents=tuple(each * 40 for each in parents)) if parents else made


def judge(
    *commits: Commit, pusher: str = "", **approvals: Any
) -> tuple[tuple[Approval, ...], tuple[RefusedApproval, ...]]:
    update = RefUpdate("0" * 39 + "1", "0" * 39 + "2", EXPECTED.ref)
    change = Change(update, files=(FILE,), commits=commits)
    return unverified_approvals(change, policy(**approvals), pusher)


@pytest.mark.parametrize(
    "value",
    [
        JANE_ID,
        f"Jane <{JANE_ID}>",
        "JANE@example.com",
        "j.doe@home.example",
        "Doe, Jane (web) <J.Doe@home.example>",
    ],
)
def test_a_line_names_an_approver(value: str) -> None:
    commit = saying(f"Fix\n\nAgentguard-Approved-by: {value}\n")
    [approval], refused = judge(commit)
    assert approval == Approval(JANE_ID, "", (), commit.id, carrier="trailer")
    assert approval.unverified
    assert approval.covers("any-rule")
    assert refused == ()


def test_said_twice_is_said_once() -> None:
    assert len(judge(saying(f"Fix\n\n{BY_JANE}{BY_JANE}"))[0]) == 1


TOP = saying("More\n", "e", "f", files=(FILE,))
REFUSED: dict[str, tuple[tuple[Commit, ...], dict[str, Any], str, str]] = {
    "the policy wants signatures": (
        (saying(f"Fix\n\n{BY_JANE}"),),
        {"trust": "signature"},
        "signature",
        NO_PROOF,
    ),
    "it is no trailer": ((saying(f"Fix\n\n{BY_JANE}\nMore.\n"),), {}, "statement", "in the middle"),
    "it is quoted": ((saying(f"Fix\n\n> {BY_JANE}"),), {}, "statement", "quoted"),
    "nobody is called so": (
        (saying("Fix\n\nAgentguard-Approved-by: eve@example.com\n"),),
        {},
        "approver",
        "names nobody who is an approver of policy.toml",
    ),
    "nobody is named": ((saying("Fix\n\nAgentguard-Approved-by:\n"),), {}, "", ""),
    "more came on top": (
        (saying(f"Fix\n\n{BY_JANE}"), TOP),
        {},
        "change",
        "it does not stand on top: 'src/login.py' is changed besides",
    ),
    "the author approves": (
        (replace(saying(f"Fix\n\n{BY_JANE}"), authors=work_commit(author=JANE_ID).authors),),
        {},
        "person",
        "'jane@example.com' is the author of ffffffffffff, and another person must approve",
    ),
}


@pytest.mark.parametrize(("commits", "under", "step", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_count(
    commits: tuple[Commit, ...], under: dict[str, Any], step: str, reason: str
) -> None:
    approvals, [refused] = judge(*commits, **under)
    assert approvals == ()
    assert reason in refused.reason
    assert refused.step == step or not step


def test_whoever_pushes_does_not_approve() -> None:
    approvals, [refused] = judge(saying(f"Fix\n\n{BY_JANE}"), pusher="jane")
    assert approvals == ()
    assert "one who pushes, as 'jane'" in refused.reason


def test_own_changes_where_the_policy_says_so() -> None:
    mine = replace(saying(f"Fix\n\n{BY_JANE}"), authors=work_commit(author=JANE_ID).authors)
    assert len(judge(mine, pusher="jane", self_approval="allow")[0]) == 1


def test_it_may_stand_on_top_of_the_work() -> None:
    work = saying("Fix\n", "f", "1", files=(FILE,))
    assert len(judge(work, saying(f"Approve\n\n{BY_JANE}", "e", "f"))[0]) == 1


def test_more_lines_than_anybody_needs_are_not_looked_at() -> None:
    lines = "".join(f"Agentguard-Approved-by: n{number}@example.com\n" for number in range(100))
    approvals, refused = judge(saying(f"Fix\n\n{lines}{BY_JANE}"))
    assert (len(approvals), len(refused)) == (0, MAX_CLAIMS)


@pytest.mark.parametrize(
    ("more", "accepts"),
    [
        ({}, True),
        ({"approvals": 2}, False),
        ({"require_presence": True}, False),
        ({"require_verification": True}, False),
        ({"rule": "gate-files"}, False),
        ({"rule": "broken-policy"}, False),
        ({"rule": "auth-paths", "teams": ("security",)}, True),
    ],
)
def test_what_plain_text_may_satisfy(more: dict[str, Any], *, accepts: bool) -> None:
    assert accepts_unverified(finding(**more)) is accepts
