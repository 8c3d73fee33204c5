"""Approvals in the text report: loud where they are weak or exceptional."""

from __future__ import annotations

from dataclasses import replace

from agentguard.change import RefUpdate
from agentguard.decision import Approval, Decision, RefusedApproval
from agentguard.reports import FORMATS
from agentguard.reports.approvals import MOST_APPROVALS
from tests.reports.decisions import STATEMENT, finding, update
from tests.reports.test_text import text

JANE = "jane@example.com"
SIGNED = Approval(JANE, "2026-11-22T09:00:00Z", ("mass-deletion",))


def test_the_step_that_failed_is_named() -> None:
    refused = RefusedApproval(JANE, "it expired", step="time")
    shown = text(update(refused_approvals=(refused,)))
    assert f"The approval by {JANE} does not count (time):\n  it expired\n" in shown


def test_plain_text_is_called_unverified() -> None:
    plain = Approval(JANE, "", (), carrier="trailer")
    found = finding(approvals=1, approved_by=(JANE,), unverified=(JANE,))
    shown = text(update(approvals=(plain,), findings=(found,)))
    assert f"Plain text says that {JANE} approved this:" in shown
    assert "unverified: anybody can have written this line" in shown
    assert f"approved by {JANE} (unverified)" in shown


def test_a_broken_glass_comes_first() -> None:
    broken = replace(SIGNED, reason="the login is down", presence=True, verification=True)
    found = finding(approvals=2, approved_by=(JANE,), broken_by=(JANE,))
    shown = text(update(approvals=(broken,), findings=(found,)))
    where = shown.index("BREAK GLASS: jane@example.com lets this through alone")
    assert where < shown.index("mass-deletion")
    assert "  the login is down\n" in shown
    words = " ".join(shown.split())
    assert f"approved by {JANE}, glass broken by {JANE}" in words
    assert "by breaking the glass until 2026-11-22T09:00:00Z, with proof of presence and" in words


def test_hardware_that_is_asked_for() -> None:
    found = finding(approvals=1, require_presence=True, require_verification=True)
    words = " ".join(text(update(verdict="needs-approval", findings=(found,))).split())
    assert "needs 1 approval, by a hardware key touched and with PIN or biometric" in words


def test_a_frozen_ref_asks_for_a_broken_glass() -> None:
    frozen = finding(rule="freeze", effect="deny")
    shown = text(update(verdict="denied", findings=(frozen,), statement=STATEMENT))
    assert "To lift the freeze for exactly this change, a break-glass key signs:" in shown
    assert "approve BRANCH --break-glass REASON --statement -" in shown


def test_a_deletion_is_approved_by_a_push_option() -> None:
    gone = RefUpdate("1" * 40, "", "refs/heads/main")
    shown = text(update(update=gone, verdict="needs-approval", statement=STATEMENT))
    assert "agentguard approve --push-option --statement -" in shown
    assert 'git push -o "$option"' in shown


def test_many_are_cut_with_their_number() -> None:
    refused = tuple(RefusedApproval(f"u{n}", "no") for n in range(MOST_APPROVALS + 5))
    shown = text(update(approvals=(SIGNED,) * (MOST_APPROVALS + 2), refused_approvals=refused))
    assert "… and 7 more approvals" in shown
    assert "7 more" not in text(update(approvals=(SIGNED,), refused_approvals=refused[:7]))


def test_json_tells_them_apart() -> None:
    broken = replace(SIGNED, reason="down", counter=7, key="SHA256:abc", commit="c" * 40)
    plain = Approval(JANE, "", (), carrier="trailer")
    shown = FORMATS["json"](Decision((update(approvals=(broken, plain)),)))
    assert '"break_glass": true' in shown
    assert '"counter": 7' in shown
    assert '"unverified": true' in shown
