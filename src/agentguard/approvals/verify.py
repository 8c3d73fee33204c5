"""Which approvals of a push count.

An approval commit counts when all of this holds, each step labelled where it is done:

(1) the policy takes approval commits;
(2) its whole message is the one spelling of a statement, and it says nothing else in its headers;
(3) it is empty, well formed, and has one parent;
(4) repository, ref and change are those the server computed;
(5) by the server's clock it has not expired, and does not last longer than the policy allows;
(6) it carries exactly one signature, by SSH, made for git, over exactly this commit;
(7) the approver is one of the policy's;
(8) the key is that approver's and nobody else's, valid now, and not revoked;
(9) the hardware says that a person touched it or proved who they are, where the policy asks;
(10) the approver had no part in the change, unless the policy lets them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agentguard.approvals.contributors import part_in
from agentguard.approvals.sshsig import Verified, verify
from agentguard.approvals.statement import APPROVAL_SUBJECT, Statement, approval_message, parse
from agentguard.change import Change, Commit, Signature
from agentguard.decision import Approval, RefusedApproval
from agentguard.errors import SignatureError
from agentguard.keys import PublicKey
from agentguard.policy.model import ApprovalPolicy, Approver, Policy

NAMESPACE = "git"
CLOCK_SKEW = timedelta(minutes=5)
MAX_COMMITS = 64  # far more than any change needs, and each costs a signature check
MOST_PATHS = 5

_HEADERS = [b"tree", b"parent", b"author", b"committer"]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the server computed for one update; `change` is its change digest."""

    repository: str
    ref: str
    change: str


def verify_approvals(
    change: Change, expected: Expected, policy: Policy, now: datetime
) -> tuple[tuple[Approval, ...], tuple[RefusedApproval, ...]]:
    """The approvals of `change` that count under `policy`, and those that do not, in push order.

    `now` is the server's clock. One approver may have several approvals, but none that adds nothing
    to an earlier one; what counts is the number of approvers. Nothing in the push raises.
    """
    commits = change.approval_commits
    if len(commits) > MAX_COMMITS:
        return (), (RefusedApproval("", f"there are more than {MAX_COMMITS} approval commits"),)
    approvals: list[Approval] = []
    refused: list[RefusedApproval] = []
    for commit in commits:
        approver = ""
        try:
            statement = _stated(commit, policy)
            approver = statement.approver
            _check_claims(statement, expected, policy.approvals, now)
            _check_change(statement, expected, change, commit)
            approval = _approval(commit, statement, change, policy, now)
        except SignatureError as error:
            refused.append(RefusedApproval(approver, str(error), commit.id))
        else:
            if not any(_covers(earlier, approval) for earlier in approvals):
                approvals.append(approval)
    return tuple(approvals), tuple(refused)


def _covers(earlier: Approval, later: Approval) -> bool:
    """`later` adds nothing to `earlier`."""
    return (
        earlier.approver == later.approver
        and set(earlier.rules) >= set(later.rules)
        and earlier.presence >= later.presence
    )


def _stated(commit: Commit, policy: Policy) -> Statement:
    # (1) the carrier
    if "commit" not in policy.approvals.carriers:
        raise SignatureError("the policy does not take approval commits")
    # (2) the spelling
    prefix = f"{APPROVAL_SUBJECT}\n\n"
    if not commit.message.startswith(prefix):
        raise SignatureError(f"the message does not begin with {prefix!r} exactly")
    statement = parse(commit.message.removeprefix(prefix))
    # (3) the shape of the commit
    if commit.problems:
        raise SignatureError(f"the commit is malformed: {', '.join(commit.problems)!a}")
    if len(commit.parents) != 1:
        raise SignatureError(f"the commit has {len(commit.parents)} parents and must have one")
    if commit.files:
        raise SignatureError("the commit changes files; an approval commit must be empty")
    return statement


def _check_claims(
    statement: Statement, expected: Expected, rules: ApprovalPolicy, now: datetime
) -> None:
    # (4) what it is for
    if statement.repository != expected.repository:
        raise SignatureError(f"it is for {statement.repository!a}, not for {expected.repository!a}")
    if statement.ref != expected.ref:
        raise SignatureError(f"it is for {statement.ref!a}, not for {expected.ref!a}")
    # (5) the time
    if statement.expires <= now:
        raise SignatureError(f"it expired at {_iso(statement.expires)}; it is {_iso(now)} now")
    if statement.expires > now + rules.max_age + CLOCK_SKEW:
        raise SignatureError(
            f"it lasts until {_iso(statement.expires)}, and may last for {rules.max_age} at most"
        )


def _check_change(statement: Statement, expected: Expected, change: Change, commit: Commit) -> None:
    # (4) what it is for
    if statement.change == expected.change:
        return
    later = _changed_after(change, commit)
    shown = ", ".join(map(ascii, later[:MOST_PATHS]))
    more = f" and {len(later) - MOST_PATHS} more" if len(later) > MOST_PATHS else ""
    raise SignatureError(
        f"the change is another one than was approved ({_short(statement.change)} was approved,"
        f" this is {_short(expected.change)}); it needs an approval of its own. "
        + (
            f"Changed after the approval: {shown}{more}"
            if later
            else "What the approval stands on, or the branch it goes to, is not what it was"
        )
    )


def _changed_after(change: Change, approval: Commit) -> list[str]:
    """Paths that commits on top of an approval touch."""
    children = defaultdict(list)
    for commit in (*change.commits, *change.approval_commits):
        for parent in commit.parents:
            children[parent].append(commit)
    paths: dict[str, None] = {}
    above, left = {approval.id}, [approval.id]
    while left:
        for commit in children[left.pop()]:
            paths.update((path, None) for file in commit.files for path in file.paths)
            if commit.id not in above:
                above.add(commit.id)
                left.append(commit.id)
    return sorted(paths)


def _approval(
    commit: Commit, statement: Statement, change: Change, policy: Policy, now: datetime
) -> Approval:
    verified = _signature(commit, statement)
    # (7) the approver
    if not statement.approver:
        raise SignatureError("the statement names no approver")
    approver = policy.approvers.get(statement.approver)
    if approver is None:
        raise SignatureError(f"{statement.approver!a} is not an approver of {policy.source}")
    _check_key(verified.key, approver, policy, now)
    _check_person(verified, approver, change, policy.approvals)
    return Approval(
        approver=approver.id,
        expires=_iso(statement.expires),
        rules=statement.rules,
        commit=commit.id,
        presence=verified.user_present,
    )


def _signature(commit: Commit, statement: Statement) -> Verified:
    # (6) the signature
    signature = commit.signature
    if signature is None:
        raise SignatureError("the commit is not signed")
    if signature.kind != "ssh":
        raise SignatureError(f"the signature is of kind {signature.kind}; an SSH key must sign")
    _check_signed_bytes(commit, signature, statement)
    return verify(signature.armored, signature.payload, NAMESPACE)


def _check_signed_bytes(commit: Commit, signature: Signature, statement: Statement) -> None:
    """What is signed is this commit, with this message, and with no header but git's four.

    Another header could make a person's tools show a text other than the one that is judged.
    """
    head, _, message = signature.payload.partition(b"\n\n")
    lines = head.split(b"\n")
    # (2) the spelling
    if [line.partition(b" ")[0] for line in lines] != _HEADERS:
        raise SignatureError("the commit has other headers than tree, parent, author, committer")
    if message != approval_message(statement).encode():
        raise SignatureError("the signed message is not the commit's message")
    # (3) the shape of the commit
    if lines[:2] != [f"tree {commit.tree}".encode(), f"parent {commit.parents[0]}".encode()]:
        raise SignatureError("the signed tree and parent are not the commit's")


def _check_key(key: PublicKey, approver: Approver, policy: Policy, now: datetime) -> None:
    # (8) the key
    listed = [entry for entry in approver.keys if entry.key.blob == key.blob]
    name = f"the key {key.fingerprint}"
    if not listed:
        raise SignatureError(f"{name} is not one that {policy.source} lists for {approver.id!a}")
    owners = [
        other
        for other in policy.approvers.values()
        if any(entry.key.blob == key.blob for entry in other.keys)
    ]
    if len(owners) != 1:
        raise SignatureError(f"{name} is listed for several approvers, so it proves none of them")
    if any(agent.blob == key.blob for agent in policy.actors.agent_keys):
        raise SignatureError(f"{name} is also listed as an agent's")
    if not all(entry.valid_at(now) for entry in listed):
        raise SignatureError(f"{name} is not valid now by {policy.source}")
    if key.fingerprint in policy.approvals.revoked:
        raise SignatureError(f"{name} is revoked")


def _check_person(
    verified: Verified, approver: Approver, change: Change, rules: ApprovalPolicy
) -> None:
    # (9) the person at the hardware
    if rules.require_presence and not verified.user_present:
        raise SignatureError("the policy asks for the touch of a hardware key; this has none")
    if rules.require_verification and not verified.user_verified:
        raise SignatureError("the policy asks for a hardware key with PIN or biometric; not here")
    # (10) the other pair of eyes
    if rules.self_approval == "allow":
        return
    if rules.self_approval == "presence" and verified.key.hardware and verified.user_present:
        return
    if part := part_in(approver, _content_commits(change)):
        raise SignatureError(f"{approver.id!a} is the {part}, and another person must approve")


def _content_commits(change: Change) -> tuple[Commit, ...]:
    """A commit that only looks like an approval, and does more, is part of the change."""
    posing = (c for c in change.approval_commits if c.files or len(c.parents) != 1)
    return (*change.commits, *posing)


def _short(digest: str) -> str:
    return digest[: len("sha256:") + 12]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
