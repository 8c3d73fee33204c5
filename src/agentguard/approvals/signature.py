"""Who made a signature, of whatever kind it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agentguard.approvals import sshsig
from agentguard.change import Signature
from agentguard.errors import SignatureError
from agentguard.keys import Key, OpenPGPKey


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that made a good signature.

    `user_present` (touch), `user_verified` (PIN or biometric) and `counter` are what FIDO hardware
    signed; for any other key they are false, false and None.
    """

    key: Key
    user_present: bool = False
    user_verified: bool = False
    counter: int | None = None


def signer(signature: Signature, namespace: str, keys: Iterable[Key], now: datetime) -> Signer:
    """Check a signature made for `namespace`. OpenPGP's are checked with the certificates in `keys`
    alone, at `now`. Raises SignatureError unless it is good; whose the key is, is for the caller.
    """
    if signature.kind == "ssh":
        found = sshsig.verify(signature.armored, signature.payload, namespace)
        return Signer(found.key, found.user_present, found.user_verified, found.counter)
    if signature.kind != "openpgp":
        raise SignatureError(f"the signature is of kind {signature.kind}, which is not taken")
    known = {key.fingerprint: key.certificate for key in keys if isinstance(key, OpenPGPKey)}
    if not known:
        raise SignatureError("the signature is of kind openpgp, and no OpenPGP key is listed")
    from agentguard.approvals import openpgp

    return Signer(OpenPGPKey(openpgp.verify(signature.armored, signature.payload, known, now)))
