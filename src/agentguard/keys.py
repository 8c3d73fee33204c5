"""Public keys: OpenSSH's as one line, OpenPGP's as a fingerprint."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field

from agentguard.approvals.wire import Reader
from agentguard.errors import ConfigurationError, SignatureError

ALGORITHMS = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
OPENPGP_FINGERPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key by its wire form: `blob` is what OpenSSH base64-encodes; two equal blobs are one key."""

    algorithm: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """`SHA256:` and unpadded base64, as `ssh-keygen -l` prints it."""
        return fingerprint("SHA256", hashlib.sha256(self.blob).digest())

    @property
    def names(self) -> frozenset[str]:
        """Every fingerprint that a list of revoked keys may know it by; old ones use SHA-1."""
        old = hashlib.sha1(self.blob, usedforsecurity=False).digest()
        return frozenset({self.fingerprint, fingerprint("SHA1", old)})

    @property
    def line(self) -> str:
        """The key as one line of OpenSSH, without comment."""
        return f"{self.algorithm} {base64.b64encode(self.blob).decode()}"

    @property
    def hardware(self) -> bool:
        """A FIDO key: every signature carries flags that say whether a person was there."""
        return self.algorithm.startswith("sk-")


@dataclass(frozen=True, slots=True)
class OpenPGPKey:
    """A key by the fingerprint of its primary key, in upper-case hex.

    `certificate` is the public key itself as a policy's file holds it; it tells no keys apart.
    """

    fingerprint: str
    certificate: bytes = field(default=b"", compare=False, repr=False)
    hardware: bool = field(default=False, init=False)

    @property
    def names(self) -> frozenset[str]:
        """What a list of revoked keys knows it by."""
        return frozenset({self.fingerprint})


Key = PublicKey | OpenPGPKey


def fingerprint(hash_name: str, digest: bytes) -> str:
    """A digest as OpenSSH writes it: the hash's name and unpadded base64."""
    return f"{hash_name}:{base64.b64encode(digest).decode().rstrip('=')}"


def openpgp_fingerprint(text: str) -> str:
    """`text` as the fingerprint of an OpenPGP key, however it is grouped; "" if it is none."""
    plain = re.sub(r"[\s:]", "", text).removeprefix("0x").upper()
    return plain if OPENPGP_FINGERPRINT.fullmatch(plain) else ""


def parse_public_key(text: str) -> PublicKey:
    """Read `algorithm base64 [comment]`.

    Raises ConfigurationError for another shape (options, certificates, wildcards, private keys).
    """
    fields = text.split()
    if len(fields) < 2 or fields[0] not in ALGORITHMS:
        raise ConfigurationError(
            "not a public key of OpenSSH: expected one line that begins with one of "
            + ", ".join(ALGORITHMS)
        )
    try:
        blob = base64.b64decode(fields[1], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError(f"the key's base64 is damaged: {error}") from error
    try:
        _check_form(Reader(blob), fields[0])
    except SignatureError as error:
        raise ConfigurationError(f"not a whole {fields[0]} key: {error}") from error
    return PublicKey(fields[0], blob)


def _check_form(parts: Reader, algorithm: str) -> None:
    """A key has one spelling, byte for byte, or two people could share it unnoticed."""
    if parts.string() != algorithm.encode():
        raise SignatureError("its bytes name another algorithm than its line")
    if algorithm == "ssh-rsa":
        parts.mpint()
        parts.mpint()
    elif "ed25519" in algorithm:
        parts.string(32)
    else:
        bits = int(algorithm.partition("@")[0][-3:])
        parts.string(len("nistp256"))
        parts.string(1 + 2 * ((bits + 7) // 8))  # the uncompressed point
    if algorithm.startswith("sk-"):
        parts.string()
    parts.end()
