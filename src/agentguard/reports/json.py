"""The report for programs: schema `agentguard/decision/1`.

Every key is always there. A list longer than `MOST` is cut, and the number of entries that are
left out stands beside it as `<key>_cut`. Text is escaped as on a terminal; in paths and ref names
backslashes are doubled as well, so that the name can be recovered byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agentguard.change import RefUpdate
from agentguard.decision import VERDICTS, Decision, Totals, UpdateDecision
from agentguard.finding import Finding, Value
from agentguard.reports.escape import escape

MOST = 100


def render(decision: Decision) -> str:
    """The decision as one JSON object, pure ASCII."""
    updates: Sequence[UpdateDecision] = decision.updates
    if len(updates) > MOST:  # what is cut should be what matters least
        updates = sorted(updates, key=lambda update: -VERDICTS.index(update.verdict))
    errors = [escape(error) for error in decision.errors]
    for update in decision.updates:
        errors += [escape(f"{update.update.ref}: {error}") for error in update.errors]
    document = {
        "schema": "agentguard/decision/1",
        "verdict": decision.verdict,
        **_list("updates", map(_update, updates)),
        **_list("errors", errors),
    }
    return json.dumps(document, indent=2) + "\n"


def _list(key: str, items: Iterable[Any]) -> dict[str, Any]:
    entries = list(items)
    if len(entries) <= MOST:
        return {key: entries}
    return {key: entries[:MOST], f"{key}_cut": len(entries) - MOST}


def _update(decided: UpdateDecision) -> dict[str, Any]:
    old, new = _ids(decided.update)
    approvals = (
        {
            "approver": escape(approval.approver),
            "carrier": approval.carrier,
            "commit": escape(approval.commit),
            "key": escape(approval.key),
            "presence": approval.presence,
            "verification": approval.verification,
            "counter": approval.counter,
            "unverified": approval.unverified,
            "break_glass": bool(approval.reason),
            "reason": escape(approval.reason),
            "expires": escape(approval.expires),
            **_list("rules", map(escape, approval.rules)),
        }
        for approval in decided.approvals
    )
    refused = (
        {
            "approver": escape(refusal.approver),
            "commit": escape(refusal.commit),
            "step": refusal.step,
            "reason": escape(refusal.reason),
        }
        for refusal in decided.refused_approvals
    )
    return {
        "ref": _name(decided.update.ref),
        "old": old,
        "new": new,
        "environment": escape(decided.environment),
        "verdict": decided.verdict,
        "change": _change(decided.totals),
        **_list("findings", map(_finding, decided.findings)),
        **_list("approvals", approvals),
        **_list("refused_approvals", refused),
        "statement": _lines(decided.statement),
        **_list("notes", map(escape, decided.notes)),
    }


def _change(totals: Totals) -> dict[str, Any]:
    return {
        "digest": totals.digest,
        "commits": totals.commits,
        "files": totals.files,
        "added_lines": totals.added_lines,
        "deleted_lines": totals.deleted_lines,
        "deletion_ratio": round(totals.deletion_ratio, 3),
        "added_files": totals.added_files,
        "deleted_files": totals.deleted_files,
        "renamed_files": totals.renamed_files,
        "actors": dict(totals.actors),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": escape(finding.rule),
        "effect": finding.effect,
        "severity": finding.severity,
        "message": escape(finding.message),
        "measured": _values(finding.measured),
        "limit": _values(finding.limit),
        **_list("paths", map(_name, finding.paths)),
        **_list("commits", map(escape, finding.commits)),
        "approvals_required": finding.approvals if finding.effect == "approve" else 0,
        **_list("approved_by", map(escape, finding.approved_by)),
        **_list("unverified", map(escape, finding.unverified)),
        **_list("broken_by", map(escape, finding.broken_by)),
        "why": _lines(finding.why),
        "fix": _lines(finding.fix),
    }


def _values(values: Mapping[str, Value]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, tuple):
            shown |= _list(key, map(escape, value))
        elif isinstance(value, str):
            shown[key] = escape(value)
        else:
            shown[key] = round(value, 3) if isinstance(value, float) else value
    return shown


def _ids(update: RefUpdate) -> tuple[str, str]:
    """The ids as git's hooks give them: a side that does not exist is all zeros."""
    zeros = "0" * (len(update.old or update.new) or 40)
    return update.old or zeros, update.new or zeros


def _name(text: str) -> str:
    return escape(text.replace("\\", "\\\\"))


def _lines(text: str) -> str:
    return "\n".join(map(escape, text.split("\n")))
