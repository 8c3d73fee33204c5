"""The key that an OpenPGP signature names, and what its certificate says of it now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from agentguard.approvals.algorithms import MIN_RSA_BITS
from agentguard.errors import SignatureError

if TYPE_CHECKING:
    from pysequoia.packet import Packet


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that a signature names: `part`, one of the `parts` of the certificate it is in.

    A part is a key's packet and the signatures after it; the primary key's has the user ids too.
    `certificate` is the primary key's fingerprint, in upper-case hex.
    """

    certificate: str
    parts: list[list[Packet]]
    part: list[Packet]

    @property
    def primary(self) -> list[Packet]:
        """The part of the primary key, which is `part` itself where that key signs."""
        return self.parts[0]

    @property
    def name(self) -> str:
        """The key in the words of a message."""
        return f"the key {(self.part[0].fingerprint or '').upper()}"


def find_signer(key: str, certificates: Mapping[str, bytes]) -> Signer:
    """The one certificate that has the key of this fingerprint, in lower-case hex.

    Raises SignatureError unless there is just one.
    """
    found = [
        Signer(name, parts, part)
        for name, content in certificates.items()
        for parts in [_parts(content)]
        for part in parts
        if part[0].fingerprint == key
    ]
    if not found:
        raise SignatureError(f"it names the key {key.upper()}, which no listed OpenPGP key has")
    if len(found) > 1:
        raise SignatureError(f"{found[0].name} is in several listed keys, so it proves none")
    return found[0]


def check_signer(signer: Signer, now: datetime) -> None:
    """What has to hold of the key now, but for the primary key's expiry.

    Raises SignatureError when it is revoked, weak, past its time, or not for signing.
    """
    from pysequoia.packet import SignatureType

    # Revoked is revoked, whoever says so and since when; at worst, a good key is refused.
    whole = [packet for part in signer.parts for packet in part]
    if any(packet.signature_type == SignatureType.KeyRevocation for packet in whole):
        raise SignatureError(f"the key {signer.certificate} is revoked")
    if any(packet.signature_type == SignatureType.SubkeyRevocation for packet in signer.part):
        raise SignatureError(f"{signer.name} is revoked")
    _check_strength(signer.primary[0])
    _check_strength(signer.part[0])
    if signer.part is signer.primary:
        return
    binding = _binding(signer)
    if binding.key_flags is None or not binding.key_flags.signing:
        raise SignatureError(f"{signer.name} is not meant for signing")
    created, period = signer.part[0].key_created, binding.key_validity_period
    if created is None:
        raise SignatureError(f"{signer.name} does not say when it was made")
    if period and created + period <= now:
        raise SignatureError(f"{signer.name} expired at {created + period}")


def _check_strength(key: Packet) -> None:
    from pysequoia.packet import PublicKeyAlgorithm

    accepted = (
        PublicKeyAlgorithm.RSAEncryptSign,
        PublicKeyAlgorithm.ECDSA,
        PublicKeyAlgorithm.EdDSA,
        PublicKeyAlgorithm.Ed25519,
        PublicKeyAlgorithm.Ed448,
    )
    if key.key_algorithm not in accepted:
        raise SignatureError(f"keys of algorithm {key.key_algorithm!r} are not accepted")
    if key.key_algorithm != PublicKeyAlgorithm.RSAEncryptSign:
        return
    # The version, the time, the algorithm and, in version 6, the size come before the modulus.
    numbers = key.body[10 if key.body[0] == 6 else 6 :]
    size = (int.from_bytes(numbers[:2], "big") + 7) // 8
    bits = int.from_bytes(numbers[2 : 2 + size], "big").bit_length()
    if bits < MIN_RSA_BITS:
        raise SignatureError(f"the RSA key has {bits} bits; at least {MIN_RSA_BITS} are needed")


def present(signer: Signer) -> list[list[Packet]]:
    """The certificate without other subkeys, and without what bound this one before.

    So what the library finds in force at the signature's own time is the same that `check_signer`
    read, and neither an older nor a forged binding can stand in for it.
    """
    from pysequoia.packet import SignatureType

    primary = [p for p in signer.primary if p.signature_type != SignatureType.SubkeyBinding]
    if signer.part is signer.primary:
        return [primary]
    return [primary, [signer.part[0], _binding(signer)]]


def _binding(signer: Signer) -> Packet:
    """The newest signature by which the primary key takes the subkey for its own."""
    from pysequoia.packet import SignatureType

    dated = [
        (packet.signature_created, packet)
        for packet in signer.part
        if packet.signature_type == SignatureType.SubkeyBinding and packet.signature_created
    ]
    if not dated:
        raise SignatureError(f"{signer.name} is not bound to its primary key")
    return max(dated, key=lambda pair: pair[0])[1]


def _parts(certificate: bytes) -> list[list[Packet]]:
    from pysequoia.packet import PacketPile, Tag

    parts: list[list[Packet]] = []
    for packet in PacketPile.from_bytes(certificate):
        if packet.tag in (Tag.PublicKey, Tag.PublicSubkey):
            parts.append([])
        parts[-1].append(packet)
    return parts
