"""Approvals in plain text, for teams that start without keys: `trust = "trailer"`.

Anybody can write one, an agent too. So a policy must ask for them, every report marks them, and
what two people must approve, or what guards the gate itself, they never satisfy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from agentguard.approvals.claim import Fault
from agentguard.approvals.contributors import objection
from agentguard.approvals.trailers import APPROVED_BY, approved_by
from agentguard.approvals.upon import changed_besides
from agentguard.approvals.verify import MAX_CLAIMS, content_commits
from agentguard.change import Change, Commit
from agentguard.decision import Approval, RefusedApproval
from agentguard.finding import Finding
from agentguard.policy.model import Approver, Policy

GATE = frozenset({"gate-files", "broken-policy"})
NO_PROOF = "plain text proves nothing, anybody can write it; the policy asks for a signature"


def unverified_approvals(
    change: Change, policy: Policy, pusher: str
) -> tuple[tuple[Approval, ...], tuple[RefusedApproval, ...]]:
    """What `Agentguard-Approved-by` lines in the commits of a change are worth under `policy`."""
    reading = _Reading(change, policy, pusher)
    approvals: dict[str, Approval] = {}
    refused: list[RefusedApproval] = []
    commits = change.every_commit.values()
    lines = ((commit, *line) for commit in commits for line in approved_by(commit))
    for commit, value, broken in islice(lines, MAX_CLAIMS):
        found = reading.approver(commit, value, broken)
        if isinstance(found, Fault):
            refused.append(RefusedApproval(value, found.reason, commit.id, found.step))
        else:
            approval = Approval(found.id, "", (), commit.id, carrier="trailer")
            approvals.setdefault(found.id, approval)
    return tuple(approvals.values()), tuple(refused)


def accepts_unverified(finding: Finding) -> bool:
    """Whether plain text may satisfy a finding at all."""
    asks_more = finding.require_presence or finding.require_verification
    return finding.approvals == 1 and not asks_more and finding.rule not in GATE


def _approver(value: str, policy: Policy) -> Approver | None:
    """Whom `jane@example.com` or `Jane <jane@example.com>` names."""
    name = value.rpartition("<")[2].removesuffix(">").strip().lower()
    people = policy.approvers.values()
    return next((approver for approver in people if name in approver.identities), None)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One update before one policy."""

    change: Change
    policy: Policy
    pusher: str

    def approver(self, commit: Commit, value: str, broken: str) -> Approver | Fault:
        """Who approves by a line in `commit`, or why it does not count; `broken` is what is wrong
        with the line itself."""
        if self.policy.approvals.trust != "trailer":
            return Fault("signature", NO_PROOF)
        if broken:
            return Fault("statement", f"{APPROVED_BY}: {broken}")
        approver = _approver(value, self.policy)
        if approver is None:
            return Fault("approver", f"it names nobody who is an approver of {self.policy.source}")
        if later := changed_besides(self.change, commit):
            return Fault("change", f"it does not stand on top: {later[0]!a} is changed besides")
        return self._part(approver) or approver

    def _part(self, approver: Approver) -> Fault | None:
        if self.policy.approvals.self_approval == "allow":
            return None
        reason = objection(approver, content_commits(self.change), self.pusher)
        return Fault("person", reason) if reason else None
