"""SSHSIG, the signatures of `ssh-keygen -Y sign` and of git with `gpg.format = ssh`.

Format: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig. Reading is stricter
than OpenSSH's: one spelling for everything, nothing before, between or after.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Literal

from agentguard.approvals.algorithms import USER_PRESENT, USER_VERIFIED, check
from agentguard.approvals.wire import Reader, string, u32
from agentguard.errors import SignatureError
from agentguard.keys import ALGORITHMS, Key, PublicKey

HashName = Literal["sha256", "sha512"]

MAGIC = b"SSHSIG"
VERSION = 1
MAX_ARMOR = 16 * 1024  # an RSA key of 16384 bits and its signature take about 6 KiB

_BEGIN = b"-----BEGIN SSH SIGNATURE-----"
_END = b"-----END SSH SIGNATURE-----"
_LINE = 70
_HASHES: dict[bytes, HashName] = {b"sha256": "sha256", b"sha512": "sha512"}


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that verified, and the key that made it.

    `user_present` (touch), `user_verified` (PIN or biometric) and `counter` are what the FIDO
    hardware signed; for any other key they are false, false and None.
    """

    key: Key
    user_present: bool = False
    user_verified: bool = False
    counter: int | None = None


@dataclass(frozen=True, slots=True)
class _Envelope:
    key: PublicKey
    namespace: bytes
    hash_name: HashName
    signature: bytes


def embedded_key(armored: bytes) -> PublicKey:
    """The key that the signature names. Nothing is verified. Raises SignatureError."""
    return _open(armored).key


def verify(armored: bytes, payload: bytes, namespace: str) -> Verified:
    """Check the armored signature over `payload`, made for `namespace`.

    Raises SignatureError unless every byte is as it should be. Whether the key belongs to anyone
    is for the caller to say.
    """
    envelope = _open(armored)
    if envelope.namespace != namespace.encode():
        raise SignatureError(f"the signature is for {envelope.namespace!a}, not for {namespace!a}")
    message = signed_data(payload, namespace, envelope.hash_name)
    touch = check(envelope.key, envelope.signature, message)
    if touch is None:
        return Verified(envelope.key)
    return Verified(
        envelope.key,
        user_present=bool(touch.flags & USER_PRESENT),
        user_verified=bool(touch.flags & USER_VERIFIED),
        counter=touch.counter,
    )


def signed_data(payload: bytes, namespace: str, hash_name: HashName = "sha512") -> bytes:
    """The bytes that the key signs for `payload`."""
    digest = hashlib.new(hash_name, payload).digest()
    fields = (namespace.encode(), b"", hash_name.encode(), digest)
    return MAGIC + b"".join(map(string, fields))


def armor(
    key: PublicKey, namespace: str, signature: bytes, hash_name: HashName = "sha512"
) -> bytes:
    """The text around a signature blob made over `signed_data`, as OpenSSH writes it."""
    fields = (key.blob, namespace.encode(), b"", hash_name.encode(), signature)
    return _armor(base64.b64encode(MAGIC + u32(VERSION) + b"".join(map(string, fields))))


def armored(text: str) -> bytes:
    """The armor around a signature that stands on one line as base64. Raises SignatureError."""
    if not text:
        raise SignatureError("there is no signature")
    if len(text) > MAX_ARMOR:
        raise SignatureError(f"the signature is larger than {MAX_ARMOR} bytes")
    return _armor(base64.b64encode(_decoded(text.encode("ascii", "replace"))))


def on_one_line(armored: bytes) -> str:
    """The base64 of an armored signature without its armor. Raises SignatureError."""
    return base64.b64encode(_unarmored(armored)).decode()


def _armor(text: bytes) -> bytes:
    lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
    return b"\n".join((_BEGIN, *lines, _END, b""))


def _open(armored: bytes) -> _Envelope:
    reader = Reader(_unarmored(armored))
    if reader.take(len(MAGIC)) != MAGIC or reader.u32() != VERSION:
        raise SignatureError("not an SSH signature of version 1")
    key = _key(reader.string())
    namespace, reserved, hash_name = reader.string(), reader.string(), reader.string()
    if not namespace:
        raise SignatureError("the signature's namespace is empty")
    if reserved:
        raise SignatureError("the signature's reserved field is not empty")
    if hash_name not in _HASHES:
        raise SignatureError(f"the signature's hash {hash_name!a} is not accepted")
    signature = reader.string()
    reader.end()
    return _Envelope(key, namespace, _HASHES[hash_name], signature)


def _unarmored(armored: bytes) -> bytes:
    if len(armored) > MAX_ARMOR:
        raise SignatureError(f"the signature is larger than {MAX_ARMOR} bytes")
    lines = armored.removesuffix(b"\n").split(b"\n")
    if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END or b"" in lines:
        raise SignatureError("not the armored SSH signature that OpenSSH writes")
    return _decoded(b"".join(lines[1:-1]))


def _decoded(text: bytes) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureError(f"the signature's base64 is damaged: {error}") from error
    if base64.b64encode(data) != text:
        raise SignatureError("the signature's base64 is not as OpenSSH writes it")
    return data


def _key(blob: bytes) -> PublicKey:
    algorithm = Reader(blob).string().decode("ascii", "replace")
    if algorithm not in ALGORITHMS:
        raise SignatureError(f"keys of algorithm {algorithm!a} are not accepted")
    return PublicKey(algorithm, blob)
