"""Making an approval: the statement, signed, in an empty commit on top of a branch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from agentguard.approvals.sign import public_key_of, sign
from agentguard.approvals.statement import Statement, approval_message, parse
from agentguard.approvals.verify import NAMESPACE
from agentguard.change import RefUpdate
from agentguard.clone import Checkout
from agentguard.decision import UpdateDecision
from agentguard.errors import ConfigurationError
from agentguard.gate import Gate
from agentguard.repo.writer import add_commit, signed_commit

LIKELY_KEYS = ("id_ed25519_sk", "id_ecdsa_sk", "id_ed25519", "id_ecdsa", "id_rsa")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be approved: the statement (approver still open) and the decision behind it."""

    statement: Statement
    decision: UpdateDecision
    tip: str


def propose(gate: Gate, update: RefUpdate) -> Proposal:
    """The statement that this clone computes. Raises ConfigurationError if nothing needs approval."""
    decided = _decide(gate, update)
    if not decided.statement:
        reason = decided.errors[0] if decided.errors else f"the change is {decided.verdict}"
        raise ConfigurationError(f"there is nothing to approve: {reason}")
    return Proposal(parse(decided.statement), decided, update.new)


def propose_stated(checkout: Checkout, stated: Statement, branch: str, base: str) -> Proposal:
    """The same for the statement of a refusal, after making sure it is about this very branch.

    The server's policy need not be known here: what it asked for is in the statement.
    """
    tip = checkout.commit(branch or "HEAD")
    digests = []
    for update in _candidates(checkout, stated.ref, tip, base):
        decided = _decide(checkout.gate(update.old), update)
        if decided.totals.digest == stated.change:
            return Proposal(replace(stated, approver=""), decided, tip)
        digests.append(decided.totals.digest)
    raise ConfigurationError(
        f"{branch or 'HEAD'} is not the change that was refused ({stated.change[7:19]}): here it is "
        f"{' or '.join(digest[7:19] for digest in dict.fromkeys(digests))}. Fetch, check out exactly "
        "what was pushed, or name the old tip with --base."
    )


def make(checkout: Checkout, proposal: Proposal, approver: str, key: Path, branch: str) -> str:
    """Sign the statement and put the approval commit on the branch; its id."""
    statement = replace(proposal.statement, approver=approver)
    repository = checkout.repository
    commit = signed_commit(
        repository,
        checkout.clone,
        proposal.tip,
        approval_message(statement),
        lambda payload: sign(payload, key, NAMESPACE),
    )
    add_commit(repository, branch, commit, proposal.tip)
    return commit


def with_lifetime(proposal: Proposal, gate: Gate, lifetime: timedelta) -> Proposal:
    """The proposal with an expiry of the approver's choosing."""
    expires = (gate.now + lifetime).replace(microsecond=0)
    return replace(proposal, statement=replace(proposal.statement, expires=expires))


def find_key(checkout: Checkout, given: Path | None) -> Path:
    """The key to sign with: the one given, git's own, or the usual one."""
    if given is not None:
        return given.expanduser()
    configured = checkout.clone.config("user.signingkey")
    if configured and checkout.clone.config("gpg.format") == "ssh":
        return Path(configured).expanduser()
    folder = Path.home() / ".ssh"
    for name in LIKELY_KEYS:
        if (folder / f"{name}.pub").is_file():
            return folder / name
    raise ConfigurationError("no key to sign with was found: give one with --key FILE")


def find_approver(gate: Gate, email: str, given: str, key: Path) -> str:
    """The id the policy lists for the key, else the one given, else the address git knows."""
    if given:
        return given
    blob = public_key_of(key).blob
    for policy in gate.stack.policies:
        for approver in policy.approvers.values():
            if any(entry.key.blob == blob for entry in approver.keys):
                return approver.id
    if not email:
        raise ConfigurationError("who approves? Give your id in the policy with --as ID")
    return email


def _decide(gate: Gate, update: RefUpdate) -> UpdateDecision:
    return gate.judge([update]).updates[0]


def _candidates(checkout: Checkout, ref: str, tip: str, base: str) -> list[RefUpdate]:
    """The pushes that the refusal may have been about: from a given base, onto the branch as it
    stands (a fast-forward or a rewind), or to a new ref."""
    if base:
        return [RefUpdate(checkout.commit(base), tip, ref)]
    there = checkout.tip_of(ref)
    bases = [checkout.merge_base(tip, there), there] if there else []
    updates = [RefUpdate(old, tip, ref) for old in dict.fromkeys(bases) if old and old != tip]
    return [*updates, RefUpdate("", tip, ref)]
