"""Who approved which finding: each policy counts its own approvers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agentguard.approvals.claim import Claim
from agentguard.approvals.unverified import accepts_unverified, unverified_approvals
from agentguard.approvals.verify import Expected, verify_approvals
from agentguard.change import Change
from agentguard.decision import Approval, RefusedApproval
from agentguard.engine import weight
from agentguard.finding import EFFECTS, FREEZE, Finding
from agentguard.policy.model import Policy

PerPolicy = Sequence[tuple[Policy, tuple[Finding, ...]]]


@dataclass(frozen=True, slots=True)
class Counted:
    """The findings of all policies with who approved them, those that stand in the way first."""

    findings: tuple[Finding, ...]
    approvals: tuple[Approval, ...]
    refused: tuple[RefusedApproval, ...]


def count(
    change: Change,
    per_policy: PerPolicy,
    claims: Sequence[Claim],
    expected: Expected,
    now: datetime,
) -> Counted:
    """Verify what was claimed under each policy, and see what it approves."""
    approved: dict[tuple[str, ...], Approval] = {}
    refused: dict[tuple[str, ...], RefusedApproval] = {}
    merged: dict[str, Finding] = {}
    for policy, findings in per_policy:
        signed, rejected = verify_approvals(change, claims, expected, policy, now)
        plain, wishes = unverified_approvals(change, policy, expected.pusher)
        for each in (*signed, *plain):
            approved[each.approver, each.commit, each.statement, each.carrier] = each
        for other in (*rejected, *wishes):
            refused[other.commit, other.approver, other.reason] = other
        for finding in findings:
            answered = _with_approvers(finding, signed, plain, policy)
            merged[finding.rule] = _stricter(merged.get(finding.rule), answered)
    ordered = sorted(merged.values(), key=lambda f: (not f.satisfied, *weight(f)), reverse=True)
    return Counted(tuple(ordered), tuple(approved.values()), tuple(refused.values()))


def _with_approvers(
    finding: Finding, signed: Sequence[Approval], plain: Sequence[Approval], policy: Policy
) -> Finding:
    """Distinct humans who approved this rule, of one of its teams if it names any."""
    counting = [each for each in signed if each.covers(finding.rule)]
    broken = {each.approver: None for each in counting if each.reason}
    if not (finding.effect == "approve" or finding.rule == FREEZE):
        return finding
    names = [
        each.approver
        for each in counting
        if _of_its_teams(finding, each, policy)
        and each.presence >= finding.require_presence
        and each.verification >= finding.require_verification
    ]
    wrote = [
        each.approver
        for each in plain
        if accepts_unverified(finding)
        and _of_its_teams(finding, each, policy)
        and each.approver not in names
    ]
    return replace(
        finding,
        approved_by=tuple(dict.fromkeys([*names, *wrote])),
        unverified=tuple(wrote),
        broken_by=tuple(broken),
    )


def _of_its_teams(finding: Finding, approval: Approval, policy: Policy) -> bool:
    wanted = set(finding.teams)
    return not wanted or bool(wanted & set(policy.approvers[approval.approver].teams))


def _stricter(one: Finding | None, other: Finding) -> Finding:
    """Of the same rule under two policies, the finding that stands in the way more."""
    if one is None:
        return other
    return max(one, other, key=lambda f: (not f.satisfied, EFFECTS.index(f.effect), f.approvals))
