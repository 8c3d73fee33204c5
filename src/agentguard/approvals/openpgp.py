"""OpenPGP signatures, checked in this process with the certificates of the policy and no others.

Format: RFC 9580. No program is started, and no keyring or trust database of an account is read.

The library checks the mathematics, the self-signatures, back-signatures and critical subpackets,
and refuses weak hashes and curves. It reads keys as they were when the signature says that it was
made, and its clock is the machine's: whoever finds an expired key can choose that time. So what has
to hold at `now` is checked here. It gives no reasons either; those too are found here, before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from agentguard.approvals.openpgp_key import Signer, check_signer, find_signer, present
from agentguard.approvals.openpgp_packets import (
    ARMOR,
    OF_A_KEY,
    PUBLIC_KEY,
    SECRET_KEY,
    SECRET_SUBKEY,
    SIGNATURE,
    begins_with_a_key,
    packets,
    unarmored,
)
from agentguard.clock import SKEW
from agentguard.errors import AgentguardError, ConfigurationError, SignatureError

if TYPE_CHECKING:
    from pysequoia import Sig

MAX_SIGNATURE = 16 * 1024  # one of an RSA key of 16384 bits is below 4 KiB
MAX_KEYRING = 1024 * 1024  # hundreds of certificates, or one that many people have signed

_INSTALL = "OpenPGP keys need a library: pip install 'agentguard-hooks[openpgp]'"


def certificates(content: bytes) -> dict[str, bytes]:
    """Each certificate of a file of public keys, by the fingerprint of its primary key.

    `content` is what `gpg --export` writes, in binary, or with `--armor` any number of times after
    one another and with text between. Fingerprints are upper-case hex, of 40 or 64 digits. Raises
    ConfigurationError for anything else in it, or twice the same, or where the library is missing.
    """
    if len(content) > MAX_KEYRING:
        raise ConfigurationError(f"the OpenPGP keys are larger than {MAX_KEYRING} bytes")
    try:
        separate = _split(_binary(content))
    except SignatureError as error:
        raise ConfigurationError(f"an OpenPGP public key in it is damaged: {error}") from error
    found: dict[str, bytes] = {}
    for certificate in separate:
        fingerprint = _fingerprint(certificate)
        if fingerprint in found:
            raise ConfigurationError(f"the OpenPGP key {fingerprint} is there twice")
        found[fingerprint] = certificate
    if not found:
        raise ConfigurationError("there is no OpenPGP public key in it")
    return found


def verify(armored: bytes, payload: bytes, certificates: Mapping[str, bytes], now: datetime) -> str:
    """The primary key's fingerprint of the certificate that made the signature over `payload`.

    `armored` is one detached binary signature, as git has it made; `certificates` are those that
    the function of this name gives, and `now` is the server's clock. Raises SignatureError unless
    the signature is good, and its key, too, both then and now.
    """
    with _guarded(SignatureError("the OpenPGP signature is malformed")):
        signature = _read(armored)
        _check_claims(signature, now)
        if signature.issuer_fingerprint is None:  # a short key id may be that of several keys
            raise SignatureError("the signature does not name its key by fingerprint")
        signer = find_signer(signature.issuer_fingerprint, certificates)
        check_signer(signer, now)
        _check_made(signature, payload, signer, now)
        return signer.certificate


@contextmanager
def _guarded(failure: AgentguardError) -> Iterator[None]:
    """Whatever the library raises is `failure`; its own words hold backtraces, and are left out."""
    try:
        yield
    except AgentguardError:  # ours already, or the end of the time that a push may take
        raise
    except ImportError as error:
        raise type(failure)(_INSTALL) from error
    except Exception as error:
        raise failure from error
    except BaseException as error:
        # A panic in Rust; no module exports its type.
        if type(error).__name__ != "PanicException":
            raise
        raise failure from error


def _read(armored: bytes) -> Sig:
    from pysequoia import Sig

    if len(armored) > MAX_SIGNATURE:
        raise SignatureError(f"the signature is larger than {MAX_SIGNATURE} bytes")
    if not armored.startswith(b"-----BEGIN PGP SIGNATURE-----\n"):
        raise SignatureError("not an armored detached OpenPGP signature, as `gpg -bsa` makes it")
    block = ARMOR.fullmatch(armored.removesuffix(b"\n"))
    if block is None:
        raise SignatureError("the signature's armor is damaged, cut short, or followed by more")
    found = list(packets(unarmored(block)))
    if any(tag != SIGNATURE for tag, _ in found):
        raise SignatureError("there is another OpenPGP packet than a signature in it")
    if len(found) != 1:
        raise SignatureError(f"there are {len(found)} signatures in it, where one is expected")
    return Sig.from_bytes(found[0][1])


def _check_claims(signature: Sig, now: datetime) -> None:
    """What the signature says of itself; that it says so truly is checked last."""
    from pysequoia.packet import SignatureType

    if signature.version not in (4, 6):
        raise SignatureError(f"signatures of version {signature.version} are not accepted")
    if signature.signature_type != SignatureType.Binary:
        raise SignatureError(f"the signature is a {signature.signature_type!r}, not one of bytes")
    _check_hash(signature)
    if signature.created is None:
        raise SignatureError("the signature does not say when it was made")
    if signature.created > now + SKEW:
        raise SignatureError(f"the signature is of {signature.created}, which is in the future")
    if signature.expiration is not None and signature.expiration <= now:
        raise SignatureError(f"the signature expired at {signature.expiration}")


def _check_hash(signature: Sig) -> None:
    from pysequoia.packet import HashAlgorithm

    strong = (
        HashAlgorithm.SHA256,
        HashAlgorithm.SHA384,
        HashAlgorithm.SHA512,
        HashAlgorithm.SHA3_256,
        HashAlgorithm.SHA3_512,
    )
    if signature.hash_algorithm not in strong:
        raise SignatureError(f"the signature's hash, {signature.hash_algorithm!r}, is too weak")


def _check_made(signature: Sig, payload: bytes, signer: Signer, now: datetime) -> None:
    import pysequoia

    parts = present(signer)
    with _guarded(SignatureError(f"{signer.name} has no self-signature that is whole and strong")):
        certificate = pysequoia.Cert.from_packets([packet for part in parts for packet in part])
        expiration = certificate.expiration
    if expiration is not None and expiration <= now:
        raise SignatureError(f"the key {signer.certificate} expired at {expiration}")
    for part in parts:  # gpg keeps the newest self-signature only, and nothing holds before it
        made = [packet.signature_created for packet in part if packet.signature_created]
        if signature.created and made and signature.created < min(made):
            raise SignatureError(f"the signature is older than what vouches for {signer.name}")
    with _guarded(SignatureError("the signature does not belong to these bytes and this key")):
        done = pysequoia.verify(payload, lambda _ids: [certificate], signature=signature)
    keys = (signer.certificate.lower(), signer.part[0].fingerprint)
    if [(good.certificate, good.signing_key) for good in done.valid_sigs] != [keys]:
        raise SignatureError(f"{signer.name}, which the signature names, did not make it")


def _fingerprint(certificate: bytes) -> str:
    with _guarded(ConfigurationError("an OpenPGP public key in it is damaged")):
        from pysequoia import Cert

        return Cert.from_bytes(certificate).fingerprint.upper()


def _binary(content: bytes) -> bytes:
    if begins_with_a_key(content):
        return content
    text = content.replace(b"\r\n", b"\n")
    blocks = list(ARMOR.finditer(text))
    kinds = {block["kind"].decode() for block in blocks}
    if kinds - {"PUBLIC KEY BLOCK"}:
        raise ConfigurationError(f"public keys belong in it, not {' '.join(sorted(kinds))!a}")
    if b"-----BEGIN PGP" in (rest := ARMOR.sub(b"", text)) or b"-----END PGP" in rest:
        raise ConfigurationError("the armor of an OpenPGP public key in it is damaged")
    return b"".join(map(unarmored, blocks))


def _split(data: bytes) -> list[bytes]:
    found: list[list[bytes]] = []
    for tag, packet in packets(data):
        if tag in (SECRET_KEY, SECRET_SUBKEY):
            raise ConfigurationError("there are secret keys in it; write `gpg --export` here")
        if tag == PUBLIC_KEY:
            found.append([])
        elif not found or tag not in OF_A_KEY:
            raise ConfigurationError(f"an OpenPGP packet of type {tag} is no part of a public key")
        found[-1].append(packet)
    return [b"".join(certificate) for certificate in found]
