"""What a commit's signature proves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from agentguard.errors import SignatureError
from agentguard.keys import OpenPGPKey

if TYPE_CHECKING:
    from agentguard.change import Signature
    from agentguard.keys import Key
    from agentguard.policy.model import Policy

SignatureState = Literal["none", "verified", "agent-key", "unlisted", "bad", "unsupported"]

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
    if signature.kind == "openpgp":
        return _openpgp(signature, policy, now)
    if signature.kind != "ssh":
        return Signed("unsupported" if signature.kind == "x509" else "bad")
    from agentguard.approvals.sshsig import embedded_key, verify

    try:
        signed = _listed(embedded_key(signature.armored), policy, now)
        if signed.by:
            verify(signature.armored, signature.payload, _NAMESPACE)
    except SignatureError:
        return Signed("bad")
    return signed


def _openpgp(signature: Signature, policy: Policy, now: datetime) -> Signed:
    """OpenPGP's signatures can only be told apart with the keys at hand."""
    keys = [entry.key for person in policy.approvers.values() for entry in person.keys]
    if not any(isinstance(key, OpenPGPKey) for key in keys):
        return Signed("unsupported")
    from agentguard.approvals.signature import signer

    try:
        return _listed(signer(signature, _NAMESPACE, keys, now).key, policy, now)
    except SignatureError:
        return Signed("unlisted")


def _listed(key: Key, policy: Policy, now: datetime) -> Signed:
    """What a good signature by `key` proves. An agent's key stays one, even revoked."""
    if key in policy.actors.agent_keys:
        return Signed("agent-key", key.fingerprint, "agent")
    for approver in policy.approvers.values():
        for listed in approver.keys:
            if listed.key == key and listed.valid_at(now):
                if policy.approvals.is_revoked(key):
                    continue
                return Signed("verified", approver.id, "human")
    return Signed("unlisted", key.fingerprint)
