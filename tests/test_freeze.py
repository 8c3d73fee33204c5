"""What a freeze says: until when, why, and who can lift it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agentguard.engine import frozen, judge
from agentguard.finding import Finding
from agentguard.freeze import freeze_finding
from agentguard.policy.model import Approver, ApproverKey, Freeze
from tests.approvals.makers import hardware
from tests.changes import MAIN, NOW, change, commit, file, judged, policy

UNTIL = datetime(2026, 1, 2, tzinfo=UTC)
KEY = hardware(0x01).public
OF_POLICY = Freeze(NOW, UNTIL, (MAIN,), "deny", "Holidays")
DECLARED = replace(
    OF_POLICY, by="root (sudo: jane)", declared=NOW, source="agentguard/freezes.toml"
)


def found(freeze: Freeze, *approvers: Approver, revoked: str = "") -> Finding:
    of = policy(f"[approvals]\nrevoked = ['{revoked}']\n" if revoked else "")
    of = replace(of, approvers={each.id: each for each in approvers})
    return freeze_finding(freeze, of, NOW)


def holder(name: str, **valid: datetime) -> Approver:
    return Approver(name, (), break_glass=(ApproverKey(KEY, **valid),))


def test_one_of_a_policy() -> None:
    finding = found(OF_POLICY)
    assert finding.message == "Frozen until 2026-01-02T00:00:00Z: Holidays"
    assert finding.fix == (
        "Wait until 2026-01-02T00:00:00Z. Whoever keeps policy.toml can lift it."
    )
    assert finding.policy == "policy.toml"


def test_one_that_was_declared() -> None:
    finding = found(DECLARED)
    assert finding.message == "Frozen until 2026-01-02T00:00:00Z by root (sudo: jane): Holidays"
    assert finding.fix == (
        "Wait until 2026-01-02T00:00:00Z. root (sudo: jane), who declared it on the server, can "
        "lift it."
    )
    assert finding.policy == "agentguard/freezes.toml"


def test_people_with_break_glass_keys_are_named() -> None:
    fix = found(DECLARED, holder("jane"), Approver("joe", (ApproverKey(KEY),)), holder("li")).fix
    assert fix.endswith(" In an emergency, so can jane, li, with a break-glass key.")
    assert KEY.fingerprint not in fix
    many = found(DECLARED, *(holder(f"p{number}") for number in range(7))).fix
    assert many.endswith(" so can p0, p1, p2, p3, p4 and 2 more, with a break-glass key.")


@pytest.mark.parametrize("effect", ["approve", "warn"])
def test_nothing_is_an_emergency_where_an_approval_is_enough(effect: str) -> None:
    fix = found(replace(DECLARED, effect=effect), holder("jane")).fix  # type: ignore[arg-type]
    assert "emergency" not in fix


def test_keys_that_do_not_count_make_no_holder() -> None:
    over = holder("jane", valid_before=NOW)
    assert "emergency" not in found(DECLARED, over).fix
    assert "emergency" not in found(DECLARED, holder("jane"), revoked=KEY.fingerprint).fix


def test_of_several_the_one_that_ends_last_is_told_of() -> None:
    later = replace(DECLARED, until=UNTIL + timedelta(days=7))
    both = replace(policy(), freezes=(OF_POLICY, later))
    assert frozen(both, MAIN, NOW) == (later, OF_POLICY)
    first, _ = judge(judged(change(commit("a", file("a")))), both, NOW)
    assert first.message.startswith("Frozen until 2026-01-09T00:00:00Z by root")
