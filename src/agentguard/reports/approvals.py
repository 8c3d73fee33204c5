"""Approvals as a report shows them: those that count, those that do not, and what is missing."""

from __future__ import annotations

from agentguard.decision import Approval, RefusedApproval, UpdateDecision
from agentguard.finding import FREEZE, Finding
from agentguard.reports.escape import escape
from agentguard.reports.layout import cut, wrap

MOST_APPROVALS, MOST_RULES = 20, 20
STATEMENT = "To approve exactly this change, a listed approver signs:"
FROZEN = "To lift the freeze for exactly this change, a break-glass key signs:"
UNVERIFIED = "unverified: anybody can have written this line. A signature would prove who approved."


def alarm(update: UpdateDecision) -> list[str]:
    """What nobody may overlook: the glass was broken."""
    lines: list[str] = []
    for approval in update.approvals:
        if approval.reason:
            lines += wrap("BREAK GLASS: ", f"{approval.approver} lets this through alone, because:")
            lines += wrap("  ", approval.reason)
    return lines


def approvals(update: UpdateDecision) -> list[str]:
    """What came with the push, those that do not count first."""
    lines: list[str] = []
    for refused in update.refused_approvals[:MOST_APPROVALS]:
        lines += _refused(refused)
    for approval in update.approvals[:MOST_APPROVALS]:
        lines += _counting(approval)
    both = (update.refused_approvals, update.approvals)
    more = sum(max(0, len(each) - MOST_APPROVALS) for each in both)
    return lines + ([f"… and {more:,} more approvals"] if more else [])


def _refused(refused: RefusedApproval) -> list[str]:
    who = escape(refused.approver) or "nobody named"
    step = f" ({refused.step})" if refused.step else ""
    return [*wrap("", f"The approval by {who} does not count{step}:"), *wrap("  ", refused.reason)]


def _counting(approval: Approval) -> list[str]:
    if approval.unverified:
        said = f"Plain text says that {approval.approver} approved this:"
        return [*wrap("", said), *wrap("  ", UNVERIFIED)]
    broken = " by breaking the glass" if approval.reason else ""
    proofs = ["proof of presence"] * approval.presence + [
        "PIN or biometric"
    ] * approval.verification
    proof = f", with {' and '.join(proofs)}" if proofs else ""
    head = f"Approved by {approval.approver}{broken} until {approval.expires}{proof}:"
    return [*wrap("", head), *wrap("  ", ", ".join(cut(approval.rules, MOST_RULES)))]


def needed(finding: Finding) -> str:
    """What it takes to approve a finding that is not yet."""
    kind = "approval" if finding.approvals == 1 else "approvals"
    teams = f" from {' or '.join(finding.teams)}" if finding.teams else ""
    asked = ["touched"] * finding.require_presence + ["with PIN or biometric"] * (
        finding.require_verification
    )
    hardware = f", by a hardware key {' and '.join(asked)}" if asked else ""
    return f"needs {finding.approvals:,} {kind}{teams}{hardware}"


def given(finding: Finding) -> str:
    """Who approved a finding, "" for nobody."""
    names = [
        f"{name} (unverified)" if name in finding.unverified else name
        for name in finding.approved_by
    ]
    parts = [f"approved by {', '.join(names)}"] if names else []
    if finding.broken_by:
        parts.append(f"glass broken by {', '.join(finding.broken_by)}")
    return ", ".join(parts)


def missing(update: UpdateDecision) -> list[str]:
    """The statement that is asked for, and what to type."""
    if not update.statement:
        return []
    # Escaping leaves an honest statement as it is, and spoils one whose ref name would not show.
    lines = [escape(text) for text in update.statement.rstrip("\n").split("\n")]
    held = (f for f in update.findings if f.rule == FREEZE and f.effect == "deny")
    frozen = any(not finding.satisfied for finding in held)
    head = FROZEN if frozen else STATEMENT
    options = ("--break-glass REASON " if frozen else "") + "--statement -"
    paste = "   (paste the lines above)"
    if update.update.deleted:
        how = [
            f"  option=$(agentguard approve --push-option {options}){paste}",
            '  git push -o "$option" …',
        ]
    else:
        how = [
            f"  agentguard approve BRANCH {options}{paste}",
            "",
            "Then push again, with the approval.",
        ]
    return [head, "", *lines, "", *how]
