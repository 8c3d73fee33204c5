"""Signing with the key of the person at the terminal."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from agentguard.approvals import sshsig
from agentguard.approvals.wire import Reader, mpint, string
from agentguard.errors import ConfigurationError, SignatureError
from agentguard.keys import ALGORITHMS, PublicKey, parse_public_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.serialization import SSHPrivateKeyTypes

_BEGIN = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_END = b"-----END OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"


def sign(payload: bytes, key: Path, namespace: str) -> bytes:
    """The armored SSHSIG over `payload`, made with the private key `key`.

    With `ssh-keygen` at hand, `key` may be whatever it takes: a file with a passphrase, the handle
    of a hardware key, or a public key whose private half an agent holds; it asks at the terminal.
    Raises ConfigurationError when there is no signature that `sshsig.verify` would accept.
    """
    program = shutil.which("ssh-keygen")
    if program is not None:
        armored = _sign_with(program, payload, key, namespace)
    else:
        armored = _sign_in_process(payload, key, namespace)
    try:
        sshsig.verify(armored, payload, namespace)
    except SignatureError as error:
        raise ConfigurationError(f"a signature with {key} would not be accepted: {error}") from None
    return armored


def public_key_of(key: Path) -> PublicKey:
    """The public key in or beside the file `key`, which may be private or public.

    Raises ConfigurationError when there is none that agentguard accepts.
    """
    content = _read(key)
    if content.startswith(_BEGIN):
        return _public_half(content, key)
    if not content.startswith(b"-----BEGIN"):
        return parse_public_key(content.decode("utf-8", "replace"))
    beside = key.with_name(key.name + ".pub")
    if not beside.exists():
        raise ConfigurationError(f"{key} does not say its public key, and {beside} does not exist")
    return parse_public_key(_read(beside).decode("utf-8", "replace"))


def _sign_with(program: str, payload: bytes, key: Path, namespace: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="agentguard-") as directory:
        file = Path(directory, "payload")
        file.write_bytes(payload)
        code = _run([program, "-q", "-Y", "sign", "-f", str(key), "-n", namespace, str(file)])
        signature = file.with_suffix(".sig")
        if code or not signature.exists():
            raise ConfigurationError(
                f"ssh-keygen could not sign with {key} (exit code {code}); it says why above"
            )
        return signature.read_bytes()


def _run(command: list[str]) -> int:
    # A file, not a pipe, is signed, and the terminal is stdin: ssh-keygen asks for a passphrase
    # there only when stdin is one. Our own stdout is kept for what we print.
    with _terminal() as terminal:
        return subprocess.run(command, stdin=terminal, stdout=2, check=False).returncode  # noqa: S603


def _terminal() -> IO[bytes]:
    try:
        return Path("/dev/tty").open("rb")
    except OSError:
        return Path("/dev/null").open("rb")


def _sign_in_process(payload: bytes, key: Path, namespace: str) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_ssh_private_key,
    )

    try:
        private = load_ssh_private_key(_read(key), password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            f"{key} is not a private key of OpenSSH without passphrase ({error}); "
            "to sign with any other key, install OpenSSH so that `ssh-keygen` is found"
        ) from error
    line = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    public = parse_public_key(line.decode())
    message = sshsig.signed_data(payload, namespace)
    return sshsig.armor(public, namespace, _blob(private, public, message))


def _blob(private: SSHPrivateKeyTypes, public: PublicKey, message: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    kind = public.algorithm.encode()
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return string(kind) + string(private.sign(message))
    if isinstance(private, rsa.RSAPrivateKey):
        raw = private.sign(message, padding.PKCS1v15(), hashes.SHA512())
        return string(b"rsa-sha2-512") + string(raw)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        digest = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
        pair = private.sign(message, ec.ECDSA(digest[private.curve.key_size]))
        return string(kind) + string(b"".join(map(mpint, decode_dss_signature(pair))))
    raise AssertionError(f"a public key of {public.algorithm} was read as accepted")


def _public_half(content: bytes, key: Path) -> PublicKey:
    try:
        blob = _public_blob(content.removeprefix(_BEGIN).partition(_END)[0])
        algorithm = Reader(blob).string().decode("ascii")
    except (ValueError, SignatureError) as error:
        raise ConfigurationError(f"{key} is not a private key of OpenSSH: {error}") from error
    if algorithm not in ALGORITHMS:
        raise ConfigurationError(f"{key} is of algorithm {algorithm!a}, which is not accepted")
    return PublicKey(algorithm, blob)


def _public_blob(text: bytes) -> bytes:
    """A private key of OpenSSH holds its public key in the clear, even behind a passphrase."""
    reader = Reader(base64.b64decode(b"".join(text.split()), validate=True))
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise SignatureError("its first bytes are unknown")
    for _ in ("cipher", "key derivation", "its options"):
        reader.string()
    reader.u32()
    return reader.string()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
