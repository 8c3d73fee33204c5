"""Checking a bare SSH signature with a public key, for each algorithm that agentguard accepts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentguard.approvals.wire import Reader, u32
from agentguard.errors import SignatureError
from agentguard.keys import PublicKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

MIN_RSA_BITS = 3072
MAX_RSA_BITS = 16384  # what OpenSSH and OpenSSL accept at most

USER_PRESENT = 0x01
USER_VERIFIED = 0x04

Check = Callable[[bytes, bytes, bytes], None]
"""(signature format, raw signature, signed bytes); raises when they do not belong together."""


@dataclass(frozen=True, slots=True)
class Touch:
    """What a FIDO authenticator says about one signature: its flags and its count so far."""

    flags: int
    counter: int


def check(key: PublicKey, signature: bytes, message: bytes) -> Touch | None:
    """Check the signature blob over `message`; the result is None for a key without hardware.

    Raises SignatureError for everything but a good signature.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        return _check(key, signature, message)
    except InvalidSignature:
        raise SignatureError("the signature does not belong to these bytes and this key") from None
    except (UnsupportedAlgorithm, ValueError) as error:
        raise SignatureError(f"the key or signature is malformed: {error}") from error


def _check(key: PublicKey, signature: bytes, message: bytes) -> Touch | None:
    fields, parts = Reader(key.blob), Reader(signature)
    if fields.string() != key.algorithm.encode() or key.algorithm not in _LOADERS:
        raise SignatureError(f"keys of algorithm {key.algorithm!a} are not accepted")
    matches = _LOADERS[key.algorithm](fields)
    application = fields.string() if key.hardware else b""
    fields.end()
    kind, raw = parts.string(), parts.string()
    touch = Touch(parts.take(1)[0], parts.u32()) if key.hardware else None
    parts.end()
    if touch is not None:
        message = _authenticator_message(application, touch, message)
    if key.algorithm != "ssh-rsa" and kind != key.algorithm.encode():
        raise SignatureError(f"the signature is of kind {kind!a}, the key {key.algorithm}")
    matches(kind, raw, message)
    return touch


def _authenticator_message(application: bytes, touch: Touch, message: bytes) -> bytes:
    """What the hardware signs: it puts the flags and the counter there itself."""
    digests = [hashlib.sha256(data).digest() for data in (application, message)]
    return digests[0] + bytes([touch.flags]) + u32(touch.counter) + digests[1]


def _ed25519(fields: Reader) -> Check:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = Ed25519PublicKey.from_public_bytes(fields.string(32))
    return lambda _kind, raw, message: public.verify(raw, message)


def _rsa(fields: Reader) -> Check:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    exponent, modulus = fields.mpint(), fields.mpint()
    if not MIN_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS:
        raise SignatureError(
            f"the RSA key has {modulus.bit_length()} bits; at least {MIN_RSA_BITS} are needed"
        )
    public = RSAPublicNumbers(exponent, modulus).public_key()
    return lambda kind, raw, message: _rsa_matches(public, kind, raw, message)


def _rsa_matches(public: RSAPublicKey, kind: bytes, raw: bytes, message: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256, SHA512

    hashes = {b"rsa-sha2-256": SHA256(), b"rsa-sha2-512": SHA512()}
    if kind not in hashes:
        raise SignatureError(f"RSA signatures of kind {kind!a} are not accepted")
    # Some agents leave out leading zeros; OpenSSH puts them back before it checks.
    public.verify(raw.rjust((public.key_size + 7) // 8, b"\0"), message, PKCS1v15(), hashes[kind])


def _ecdsa(bits: int) -> Callable[[Reader], Check]:
    return lambda fields: _ecdsa_key(bits, fields)


def _ecdsa_key(bits: int, fields: Reader) -> Check:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    curve, digest = {
        256: (ec.SECP256R1(), hashes.SHA256()),
        384: (ec.SECP384R1(), hashes.SHA384()),
        521: (ec.SECP521R1(), hashes.SHA512()),
    }[bits]
    if fields.string() != f"nistp{bits}".encode():
        raise SignatureError("the key names another curve than its algorithm")
    # The uncompressed point only: one key has one spelling.
    point = fields.string(1 + 2 * ((bits + 7) // 8))
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)

    def matches(_kind: bytes, raw: bytes, message: bytes) -> None:
        numbers = Reader(raw)
        pair = encode_dss_signature(numbers.mpint(), numbers.mpint())
        numbers.end()
        public.verify(pair, message, ec.ECDSA(digest))

    return matches


_LOADERS: Mapping[str, Callable[[Reader], Check]] = {
    "ssh-ed25519": _ed25519,
    "ssh-rsa": _rsa,
    "ecdsa-sha2-nistp256": _ecdsa(256),
    "ecdsa-sha2-nistp384": _ecdsa(384),
    "ecdsa-sha2-nistp521": _ecdsa(521),
    "sk-ssh-ed25519@openssh.com": _ed25519,
    "sk-ecdsa-sha2-nistp256@openssh.com": _ecdsa(256),
}
