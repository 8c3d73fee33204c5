"""Who made a signature, of whatever kind it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from agentguard.approvals.sshsig import Verified, verify
from agentguard.change import Signature
from agentguard.errors import SignatureError
from agentguard.keys import Key, OpenPGPKey


def signer(signature: Signature, namespace: str, keys: Iterable[Key], now: datetime) -> Verified:
    """Check a signature made for `namespace`. OpenPGP's are checked with the certificates in `keys`
    alone, at `now`. Raises SignatureError unless it is good; whose the key is, is for the caller.
    """
    if signature.kind == "ssh":
        return verify(signature.armored, signature.payload, namespace)
    if signature.kind != "openpgp":
        raise SignatureError(f"the signature is of kind {signature.kind}, which is not taken")
    known = {key.fingerprint: key.certificate for key in keys if isinstance(key, OpenPGPKey)}
    if not known:
        raise SignatureError("the signature is of kind openpgp, and no OpenPGP key is listed")
    from agentguard.approvals import openpgp

    return Verified(OpenPGPKey(openpgp.verify(signature.armored, signature.payload, known, now)))
