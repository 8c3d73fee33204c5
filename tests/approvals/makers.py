"""Keys that sign in process, a FIDO authenticator made of software, and commits signed by them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from agentguard.approvals import sshsig
from agentguard.approvals.sign import _blob
from agentguard.approvals.statement import Statement, approval_message
from agentguard.approvals.verify import Expected
from agentguard.approvals.wire import mpint, string, u32
from agentguard.change import Commit, Person, Signature
from agentguard.keys import PublicKey, parse_public_key

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TREE, PARENT = "7" * 40, "a" * 40
EXPECTED = Expected("acme/portal", "refs/heads/main", "sha256:" + "3" * 64)
STATEMENT = Statement(
    repository=EXPECTED.repository,
    ref=EXPECTED.ref,
    change=EXPECTED.change,
    rules=("auth-paths", "mass-deletion"),
    expires=NOW + timedelta(hours=12),
    approver="jane@example.com",
)

Software = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Signer:
    """A key of any algorithm: `blob` makes a bare signature of the bytes given."""

    public: PublicKey
    blob: Callable[[bytes], bytes]

    def sign(self, payload: bytes, namespace: str = "git") -> bytes:
        message = sshsig.signed_data(payload, namespace)
        return sshsig.armor(self.public, namespace, self.blob(message))


@cache
def private_key(kind: str, number: int) -> Software:
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))
    curves = {"ecdsa256": ec.SECP256R1(), "ecdsa384": ec.SECP384R1(), "ecdsa521": ec.SECP521R1()}
    return ec.derive_private_key(number + 2, curves[kind])


def software(kind: str = "ed25519", number: int = 0) -> Signer:
    private = private_key(kind, number)
    line = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    public = parse_public_key(line.decode())
    return Signer(public, lambda message: _blob(private, public, message))


def hardware(flags: int, kind: str = "sk-ssh-ed25519", number: int = 0) -> Signer:
    """What a FIDO key would do, were it asked to set `flags`; its counter stands at 7."""
    name = f"{kind}@openssh.com".encode()
    if kind == "sk-ssh-ed25519":
        core, raw = _ed25519_core(number)
    else:
        core, raw = _ecdsa_core(number)
    public = PublicKey(name.decode(), string(name) + core + string(b"ssh:"))
    tail = bytes([flags]) + u32(7)

    def blob(message: bytes) -> bytes:
        asserted = hashlib.sha256(b"ssh:").digest() + tail + hashlib.sha256(message).digest()
        return string(name) + string(raw(asserted)) + tail

    return Signer(public, blob)


def _ed25519_core(number: int) -> tuple[bytes, Callable[[bytes], bytes]]:
    private = private_key("ed25519", number)
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    return string(private.public_key().public_bytes_raw()), private.sign


def _ecdsa_core(number: int) -> tuple[bytes, Callable[[bytes], bytes]]:
    private = private_key("ecdsa256", number)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )

    def raw(message: bytes) -> bytes:
        pair = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
        return b"".join(map(mpint, pair))

    return string(b"nistp256") + string(point), raw


JANE = software(number=1)
JOHN = software(number=2)
AGENT = software(number=3)
TOUCHED = hardware(0x01, number=4)


def payload(message: str, headers: Sequence[str] = (), parent: str = PARENT) -> bytes:
    """A raw commit without its signature."""
    lines = [
        f"tree {TREE}",
        f"parent {parent}",
        "author Jane <jane@example.com> 1795000000 +0000",
        "committer Jane <jane@example.com> 1795000000 +0000",
        *headers,
    ]
    return "\n".join([*lines, "", message]).encode("utf-8", "surrogateescape")


def commit(message: str, signature: Signature | None = None, number: int = 0) -> Commit:
    """An empty commit by Jane."""
    jane = Person("Jane", "jane@example.com", 1795000000)
    name = f"{number:040x}"
    return Commit(name, TREE, (PARENT,), (jane,), (jane,), message, signature=signature)


def approval_commit(
    signer: Signer = JANE,
    statement: Statement = STATEMENT,
    *,
    message: str | None = None,
    namespace: str = "git",
    number: int = 0,
) -> Commit:
    """A commit whose signature is good, whatever else is wrong with it."""
    text = approval_message(statement) if message is None else message
    signed = payload(text)
    return commit(text, Signature("ssh", signer.sign(signed, namespace), signed), number)


def work_commit(message: str = "Fix login\n", author: str = "bot@example.com") -> Commit:
    """An ordinary commit of the change that is to be approved."""
    person = Person("Somebody", author)
    return replace(commit(message), id="f" * 40, authors=(person,), committers=(person,))
