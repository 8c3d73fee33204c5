"""Which findings an approval satisfies, and of whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agentguard.approvals.counting import _stricter, _with_approvers
from agentguard.decision import Approval
from agentguard.finding import Effect, Finding
from tests.changes import blob, policy
from tests.policy.test_load import key
from tests.test_finding import finding


def approval(approver: str, *rules: str) -> Approval:
    return Approval(approver, "2026-01-02T00:00:00Z", rules or ("r",), blob(approver))


PEOPLE = policy(
    "".join(
        f"[approvers.{name}]\nkeys = ['{key(number)}']\nteams = ['{team}']\n"
        for number, (name, team) in enumerate((("jane", "web"), ("bob", "data"), ("eve", "web")), 1)
    )
)


@pytest.mark.parametrize(
    ("teams", "approvals", "by"),
    [
        ((), [approval("jane"), approval("bob")], ("jane", "bob")),
        ((), [approval("jane", "other"), approval("bob")], ("bob",)),
        ((), [approval("jane"), approval("jane")], ("jane",)),
        (("web",), [approval("bob"), approval("eve"), approval("jane")], ("eve", "jane")),
        (("web", "data"), [approval("bob"), approval("eve")], ("bob", "eve")),
        (("ops",), [approval("bob")], ()),
    ],
)
def test_who_approved_a_rule(
    teams: tuple[str, ...], approvals: list[Approval], by: tuple[str, ...]
) -> None:
    assert _with_approvers(finding(teams=teams), approvals, (), PEOPLE).approved_by == by


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        pytest.param(
            ("approve", 1, ("jane",)), ("approve", 1, ()), False, id="what still stands in the way"
        ),
        pytest.param(("deny", 1, ()), ("approve", 2, ()), True, id="the stricter effect"),
        pytest.param(("approve", 1, ()), ("approve", 2, ()), False, id="the more approvals"),
        pytest.param(("warn", 1, ()), ("approve", 1, ("jane",)), False, id="of two that do not"),
    ],
)
def test_of_two_findings_of_a_rule_the_stricter_is_shown(
    one: tuple[Effect, int, tuple[str, ...]],
    other: tuple[Effect, int, tuple[str, ...]],
    *,
    first: bool,
) -> None:
    def made(fields: tuple[Effect, int, tuple[str, ...]]) -> Finding:
        return finding(effect=fields[0], approvals=fields[1], approved_by=fields[2])

    a, b = made(one), made(other)
    assert _stricter(None, a) is a
    assert _stricter(a, b) is (a if first else b)
    assert _stricter(b, a) is (a if first else b)


# ---- plain text, hardware, the broken glass


def plain(approver: str) -> Approval:
    return Approval(approver, "", (), blob(approver), carrier="trailer")


def test_plain_text_is_marked_and_covers_any_rule() -> None:
    found = _with_approvers(finding(approvals=1), (), [plain("jane")], PEOPLE)
    assert (found.approved_by, found.unverified, found.satisfied) == (("jane",), ("jane",), True)


@pytest.mark.parametrize(
    "asked",
    [
        {"approvals": 2},
        {"require_presence": True},
        {"require_verification": True},
        {"rule": "gate-files"},
        {"rule": "broken-policy"},
        {"teams": ("data",)},
        {"effect": "deny"},
    ],
)
def test_plain_text_is_not_enough(asked: dict[str, Any]) -> None:
    found = _with_approvers(finding(**{"approvals": 1, **asked}), (), [plain("jane")], PEOPLE)
    assert (found.approved_by, found.satisfied) == ((), False)


def test_who_signed_is_not_counted_again_for_plain_text() -> None:
    said = [plain("jane"), plain("bob")]
    found = _with_approvers(finding(approvals=1), [approval("jane")], said, PEOPLE)
    assert (found.approved_by, found.unverified) == (("jane", "bob"), ("bob",))


@pytest.mark.parametrize(
    ("asked", "proof", "by"),
    [
        ({"require_presence": True}, {}, ()),
        ({"require_presence": True}, {"presence": True}, ("jane",)),
        ({"require_verification": True}, {"presence": True}, ()),
        ({"require_verification": True}, {"verification": True}, ("jane",)),
    ],
)
def test_hardware_that_a_rule_asks_for(
    asked: dict[str, Any], proof: dict[str, Any], by: tuple[str, ...]
) -> None:
    given = replace(approval("jane"), **proof)
    assert _with_approvers(finding(**asked), [given], (), PEOPLE).approved_by == by


@pytest.mark.parametrize(
    ("asked", "satisfied"),
    [
        ({"approvals": 3, "teams": ("data",), "require_verification": True}, True),
        ({"effect": "deny", "rule": "freeze"}, True),
        ({"effect": "deny"}, False),
        ({"rule": "another"}, False),
    ],
)
def test_what_a_broken_glass_opens(asked: dict[str, Any], satisfied: bool) -> None:
    broken = replace(approval("jane", "r", "freeze"), reason="the login is down")
    found = _with_approvers(finding(**{"rule": "r", **asked}), [broken], (), PEOPLE)
    assert found.satisfied == satisfied
    assert found.broken_by == (("jane",) if satisfied else ())


def test_an_ordinary_approval_lifts_no_freeze() -> None:
    frozen = finding(rule="freeze", effect="deny")
    assert not _with_approvers(frozen, [approval("jane", "freeze")], (), PEOPLE).satisfied
