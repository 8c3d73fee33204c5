"""What a decision says of a change besides its findings: verdict, digest, figures, notes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from agentguard.actors import Attribution
from agentguard.approvals.digest import change_digest
from agentguard.change import Change, RefUpdate
from agentguard.decision import Decision, Totals, UpdateDecision, Verdict
from agentguard.finding import Finding
from agentguard.measures.lost import dead_or_live
from agentguard.measures.ref import reserved
from agentguard.measures.size import ratio
from agentguard.policy.environments import DEVELOPMENT, ENVIRONMENTS

NO_CARRIER = (
    "a deletion brings no commit that an approval could be in. Whoever runs this server can delete "
    "the ref there."
)


def unevaluated(update: RefUpdate, environment: str, reason: str) -> UpdateDecision:
    """What happens to a ref that could not be judged: protected ones stay as they are."""
    if environment == DEVELOPMENT and not reserved(update.ref):
        note = f"not judged, and let through because it is no protected ref: {reason}"
        return UpdateDecision(update, environment, "accepted", notes=(note,))
    return UpdateDecision(update, environment, "error", errors=(reason,))


def denied(updates: Sequence[RefUpdate], finding: Finding) -> Decision:
    """The decision on a push that was not even judged, for one reason: every ref stays where it is.

    No policy was read, so each ref is taken for what is protected most.
    """
    return Decision(
        tuple(
            UpdateDecision(each, ENVIRONMENTS[0], "denied", findings=(finding,)) for each in updates
        )
    )


def moved(change: Change) -> bool:
    """Whether the ref goes elsewhere than forward, which trees alone do not show."""
    return change.update.deleted or change.rewound or change.tag_moved


def digest_of(change: Change, findings: Sequence[Finding]) -> str:
    """The digest that an approval of the change names."""
    return change_digest(
        change.files,
        change.object_format,
        ids=(change.base or change.update.old, change.head) if moved(change) else None,
        vanished={record for finding in findings for record in finding.vanished},
    )


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """What findings that were counted come to."""
    if any(finding.effect == "deny" and not finding.satisfied for finding in findings):
        return "denied"
    return "accepted" if all(finding.satisfied for finding in findings) else "needs-approval"


def notes_of(change: Change, verdict: Verdict, *, carried: bool) -> tuple[str, ...]:
    """What a person should know besides the findings of a change that was refused."""
    if verdict == "accepted":
        return ()
    return tuple(filter(None, ("" if carried else NO_CARRIER, dead_or_live(change))))


def totals_of(change: Change, digest: str, attributions: Mapping[str, Attribution]) -> Totals:
    """The figures of the change; `attributions` go by commit."""
    files = change.files
    added, deleted = sum(file.added for file in files), sum(file.deleted for file in files)
    return Totals(
        digest=digest,
        commits=len(change.commits),
        files=len(files),
        added_lines=added,
        deleted_lines=deleted,
        deletion_ratio=ratio(added, deleted),
        added_files=sum(file.status == "added" for file in files),
        deleted_files=sum(file.gone for file in files),
        renamed_files=sum(file.status == "renamed" for file in files),
        actors=dict(Counter(found.actor for found in attributions.values())),
    )
