"""Which approvals a change has, which it lacks, and why any does not count."""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.decision import Approval, RefusedApproval, UpdateDecision
from agentguard.finding import FREEZE, Finding
from agentguard.reports.approvals import UNVERIFIED, alarm, given, missing, needed
from agentguard.reports.layout import line, wrap
from agentguard.reports.text import sections

CARRIERS = {
    "commit": "by an approval commit",
    "merge": "by a merge commit",
    "signature": "by a signature in a commit's message",
    "trailer": "in plain text",
}
MOST = 64


def render(update: UpdateDecision) -> str:
    """The approvals of one update, those that count first; then what is missing, and what to sign."""
    headline, *_ = sections(update, refused=update.verdict != "accepted")
    open_ones = [finding for finding in update.findings if not finding.satisfied]
    parts = [
        headline,
        alarm(update),
        *([*wrap("", "It could not be judged:"), *wrap("  ", error)] for error in update.errors),
        *map(_counting, update.approvals[:MOST]),
        *map(_refused, update.refused_approvals[:MOST]),
        *map(_missing, open_ones),
        [] if open_ones or update.errors else ["No approval is missing."],
        [text for note in update.notes for text in wrap("note: ", note)],
        missing(update),
    ]
    return "\n".join(text for part in parts if part for text in (*part, ""))


def _counting(approval: Approval) -> list[str]:
    return [
        *wrap("✓ ", f"{approval.approver} approved, {_where(approval.carrier, approval.commit)}"),
        *(text for label, value in _details(approval) for text in line(f"  {label:<9}", value)),
    ]


def _details(approval: Approval) -> Iterator[tuple[str, str]]:
    if approval.unverified:
        yield "worth", UNVERIFIED
        return
    yield "until", approval.expires
    yield "rules", ", ".join(approval.rules)
    yield "key", approval.key
    proofs = ["touch of the hardware"] * approval.presence
    proofs += ["PIN or biometric"] * approval.verification
    yield "presence", " and ".join(proofs) or "none proved"


def _refused(refused: RefusedApproval) -> list[str]:
    who = refused.approver or "nobody named"
    where = f" in commit {refused.commit[:12]}" if refused.commit else ""
    step = f" ({refused.step})" if refused.step else ""
    return [
        *wrap("✗ ", f"the approval by {who}{where} does not count{step}:"),
        *wrap("  ", refused.reason),
    ]


def _where(carrier: str, commit: str) -> str:
    if carrier == "signature" and not commit:
        return "by a push option"
    return CARRIERS[carrier] + (f" {commit[:12]}" if commit else "")


def _missing(finding: Finding) -> list[str]:
    lines = wrap("✗ ", f"{finding.rule}: {finding.title}")
    if finding.effect == "deny":
        lifted = "a break-glass key alone can lift this"
        return lines + wrap("  ", lifted if finding.rule == FREEZE else "nobody can approve this")
    left = finding.approvals - len(set(finding.approved_by))
    more = f"; {left:,} more" if finding.approved_by else ""
    lines += wrap("  ", needed(finding) + more)
    return lines + (wrap("  ", given(finding)) if finding.approved_by else [])
