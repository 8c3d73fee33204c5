"""What a commit's signature proves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from agentguard.errors import SignatureError

if TYPE_CHECKING:
    from agentguard.change import Signature
    from agentguard.keys import PublicKey
    from agentguard.policy.model import Policy

SignatureState = Literal["none", "verified", "unlisted", "bad", "unsupported"]

_NAMESPACE = "git"  # what git puts into the signatures of commits and tags


@dataclass(frozen=True, slots=True)
class Signed:
    """`signer` is an approver's id for a human's key, a fingerprint for any other key."""

    state: SignatureState
    signer: str = ""
    by: Literal["", "human", "agent"] = ""


def inspect(signature: Signature | None, policy: Policy, now: datetime) -> Signed:
    """Judge `signature` by the keys of `policy`. A key it does not list is not worth verifying."""
    if signature is None:
        return Signed("none")
    if signature.kind in ("openpgp", "x509"):
        return Signed("unsupported")
    if signature.kind != "ssh":
        return Signed("bad")
    from agentguard.approvals.sshsig import embedded_key, verify

    try:
        signed = _listed(embedded_key(signature.armored), policy, now)
        if signed.by:
            verify(signature.armored, signature.payload, _NAMESPACE)
    except SignatureError:
        return Signed("bad")
    return signed


def _listed(key: PublicKey, policy: Policy, now: datetime) -> Signed:
    """What a good signature by `key` proves. An agent's key stays one, even revoked."""
    if any(key.blob == listed.blob for listed in policy.actors.agent_keys):
        return Signed("verified", key.fingerprint, "agent")
    for approver in policy.approvers.values():
        for listed in approver.keys:
            if listed.key.blob == key.blob and listed.valid_at(now):
                if key.fingerprint in policy.approvals.revoked:
                    continue
                return Signed("verified", approver.id, "human")
    return Signed("unlisted", key.fingerprint)
