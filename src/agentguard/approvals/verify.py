"""Which approvals of a push count.

An approval counts when all of this holds, each step named where it is done:

(1) carrier: the policy takes approvals that come in this way;
(2) statement: what stands there is the one spelling of a statement, and nothing else;
(3) commit: what it comes in is an empty commit or a true merge, where it must be one;
(4) change: repository, ref and change are those the server computed;
(5) time: by the server's clock it has not expired, and lasts no longer than the policy allows;
(6) signature: it carries exactly one, made for this purpose, over exactly these bytes;
(7) approver: the approver is one of the policy's;
(8) key: it is that approver's and nobody else's, of the right class, valid now, not revoked;
(9) presence: the hardware says that a person touched it or proved who they are, where asked for;
(10) person: the approver neither took part in the change nor pushes it, unless the policy lets them;
(11) use: no push that landed has used it.

Steps 2 and 3 need no policy: `carriers` does them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from agentguard.approvals.claim import Claim, Step
from agentguard.approvals.contributors import objection
from agentguard.approvals.statement import Statement
from agentguard.approvals.upon import changed_besides
from agentguard.change import Change, Commit
from agentguard.clock import SKEW, iso
from agentguard.decision import Approval, RefusedApproval
from agentguard.errors import SignatureError
from agentguard.keys import Key
from agentguard.policy.model import Approver, Policy
from agentguard.repo.git import text

if TYPE_CHECKING:
    from agentguard.approvals.sshsig import Verified

MAX_CLAIMS = 64  # far more than any change needs, and each costs a signature check
MOST_PATHS = 5


@dataclass(frozen=True, slots=True)
class Expected:
    """What the server knows of one update; `change` is its change digest.

    `pusher` is the account that pushes, "" if the platform does not say. `spent` tells why an
    approval is used up, "" if it is not.
    """

    repository: str
    ref: str
    change: str
    pusher: str = ""
    spent: Callable[[Statement], str] = lambda _: ""


class _RefusedError(Exception):
    def __init__(self, step: Step, reason: str) -> None:
        super().__init__(reason)
        self.step = step


def verify_approvals(
    change: Change, claims: Sequence[Claim], expected: Expected, policy: Policy, now: datetime
) -> tuple[tuple[Approval, ...], tuple[RefusedApproval, ...]]:
    """The claims that count under `policy`, and those that do not, in push order.

    `now` is the server's clock. One approver may have several approvals; what counts is the number
    of approvers. Nothing in the push raises.
    """
    if len(claims) > MAX_CLAIMS:
        return (), (RefusedApproval("", f"there are more than {MAX_CLAIMS}", "", "carrier"),)
    judging = _Judging(change, expected, policy, now)
    approvals: list[Approval] = []
    refused: list[RefusedApproval] = []
    for claim in claims:
        try:
            approval = judging.approval(claim)
        except _RefusedError as error:
            approver = claim.statement.approver if claim.statement else ""
            where = claim.commit.id if claim.commit else ""
            refused.append(RefusedApproval(approver, str(error), where, error.step))
        else:
            approvals.append(approval)
    return tuple(approvals), tuple(refused)


@contextlib.contextmanager
def _step(name: Step) -> Iterator[None]:
    try:
        yield
    except SignatureError as error:
        raise _RefusedError(name, str(error)) from error


@dataclass(frozen=True, slots=True)
class _Judging:
    """One update before one policy."""

    change: Change
    expected: Expected
    policy: Policy
    now: datetime

    def approval(self, claim: Claim) -> Approval:
        """The approval that a claim is. Raises _RefusedError for the first step that fails."""
        with _step("carrier"):
            self._check_carrier(claim)
        statement = _statement(claim)
        with _step("change"):
            self._check_change(claim, statement)
        with _step("time"):
            self._check_time(statement)
        with _step("signature"):
            signed = self._signer(claim)
        with _step("approver"):
            approver = self._approver(statement)
        with _step("key"):
            self._check_key(signed.key, approver, broken_glass=bool(statement.reason))
        with _step("presence"):
            self._check_presence(signed, broken_glass=bool(statement.reason))
        with _step("person"):
            self._check_person(signed, approver, claim, broken_glass=bool(statement.reason))
        with _step("use"):
            if spent := self.expected.spent(statement):
                raise SignatureError(spent)
        return _approval(claim, statement, signed)

    def _check_carrier(self, claim: Claim) -> None:
        if claim.carrier not in self.policy.approvals.carriers:
            kinds = {"commit": "approval commits", "merge": "merge commits as approvals"}
            what = kinds.get(claim.carrier, "detached signatures")
            raise SignatureError(f"the policy does not take {what}")

    def _check_change(self, claim: Claim, statement: Statement) -> None:
        expected = self.expected
        if statement.repository != expected.repository:
            other = f"{statement.repository!a}, not for {expected.repository!a}"
            raise SignatureError(f"it is for {other}")
        if statement.ref != expected.ref:
            raise SignatureError(f"it is for {statement.ref!a}, not for {expected.ref!a}")
        if statement.change == expected.change:
            return
        later = changed_besides(self.change, claim.commit) if claim.commit else []
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

    def _check_time(self, statement: Statement) -> None:
        rules = self.policy.approvals
        longest = rules.break_glass_max_age if statement.reason else rules.max_age
        if statement.expires <= self.now:
            was = iso(statement.expires)
            raise SignatureError(f"it expired at {was}; it is {iso(self.now)} now")
        if statement.expires > self.now + longest + SKEW:
            until = iso(statement.expires)
            raise SignatureError(f"it lasts until {until}, and may last for {longest} at most")

    def _signer(self, claim: Claim) -> Verified:
        if claim.signature is None:
            raise SignatureError("there is no signature")
        from agentguard.approvals.signature import signer

        return signer(claim.signature, claim.namespace, self._keys(), self.now)

    def _keys(self) -> Iterator[Key]:
        for approver in self.policy.approvers.values():
            yield from (entry.key for entry in approver.keys)

    def _approver(self, statement: Statement) -> Approver:
        if not statement.approver:
            raise SignatureError("the statement names no approver")
        approver = self.policy.approvers.get(statement.approver)
        if approver is None:
            source = self.policy.source
            raise SignatureError(f"{statement.approver!a} is not an approver of {source}")
        return approver

    def _check_key(self, key: Key, approver: Approver, *, broken_glass: bool) -> None:
        name, source = f"the key {key.fingerprint}", self.policy.source
        listed = approver.listed(key)
        if not listed:
            raise SignatureError(f"{name} is not one that {source} lists for {approver.id!a}")
        if sum(bool(other.listed(key)) for other in self.policy.approvers.values()) != 1:
            raise SignatureError(f"{name} is listed for several approvers, so it proves none")
        if key in self.policy.actors.agent_keys:
            raise SignatureError(f"{name} is also listed as an agent's")
        if broken_glass != all(entry in approver.break_glass for entry in listed):
            wrong = "is no break-glass key" if broken_glass else "is for breaking glass alone"
            raise SignatureError(f"{name} {wrong}")
        if not all(entry.valid_at(self.now) for entry in listed):
            raise SignatureError(f"{name} is not valid now by {source}")
        if self.policy.approvals.is_revoked(key):
            raise SignatureError(f"{name} is revoked")

    def _check_presence(self, signed: Verified, *, broken_glass: bool) -> None:
        rules = self.policy.approvals
        if (rules.require_presence or broken_glass) and not signed.user_present:
            raise SignatureError("the touch of a hardware key is asked for; this has none")
        if rules.require_verification and not signed.user_verified:
            raise SignatureError("a hardware key with PIN or biometric is asked for; not here")

    def _check_person(
        self, signed: Verified, approver: Approver, claim: Claim, *, broken_glass: bool
    ) -> None:
        rules = self.policy.approvals
        if broken_glass or rules.self_approval == "allow":
            return
        if rules.self_approval == "presence" and signed.key.hardware and signed.user_present:
            return
        commits = content_commits(self.change, claim.commit)
        if reason := objection(approver, commits, self.expected.pusher):
            raise SignatureError(reason)


def _statement(claim: Claim) -> Statement:
    """Steps 2 and 3, as the carrier found them; a claim without fault has a statement."""
    if claim.fault:
        raise _RefusedError(claim.fault.step, claim.fault.reason)
    if claim.statement is None:
        raise _RefusedError("statement", "there is no statement")
    return claim.statement


def _approval(claim: Claim, statement: Statement, signed: Verified) -> Approval:
    return Approval(
        approver=statement.approver,
        expires=iso(statement.expires),
        rules=statement.rules,
        commit=claim.commit.id if claim.commit else "",
        carrier=claim.carrier,
        key=signed.key.fingerprint,
        presence=signed.user_present,
        verification=signed.user_verified,
        counter=signed.counter,
        reason=statement.reason,
        statement=statement.render(),
        signed=text(claim.signature.payload) if claim.signature else "",
        signature=text(claim.signature.armored) if claim.signature else "",
    )


def content_commits(change: Change, carrier: Commit | None = None) -> tuple[Commit, ...]:
    """The commits that a change is made of. One that only looks like an approval, and does more, is
    part of it; a merge as git makes it, which the approver made to approve, is not."""
    posing = (c for c in change.approval_commits if c.files or len(c.parents) != 1)
    merge = carrier.id if carrier and carrier.merge == "clean" else ""
    return tuple(commit for commit in (*change.commits, *posing) if commit.id != merge)


def _short(digest: str) -> str:
    return digest[: len("sha256:") + 12]
