"""The keys that commits of examples are signed with: made for this process, and gone with it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from agentguard.approvals.sign import public_key_of, sign
from agentguard.keys import PublicKey

SIGNERS = ("human", "agent")


def key_of(who: str) -> PublicKey:
    """The public key of a signer."""
    return public_key_of(_keys()[1][who])


def sign_as(who: str, payload: bytes) -> bytes:
    """A signer's signature of a commit's content."""
    return sign(payload, _keys()[1][who], "git")


@cache
def _keys() -> tuple[tempfile.TemporaryDirectory[str], Mapping[str, Path]]:
    """A key for each signer, and the folder that they go with."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    folder = tempfile.TemporaryDirectory(prefix="agentguard-keys-")
    keys = {}
    for who in SIGNERS:
        private = Ed25519PrivateKey.generate()
        keys[who] = Path(folder.name, who)
        form = (Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        keys[who].touch(0o600)
        keys[who].write_bytes(private.private_bytes(*form))
    return folder, keys
