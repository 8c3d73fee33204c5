"""Key revocation lists in the binary form of `ssh-keygen -k` (KRL).

Format: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.krl. Whatever is not known
from there is an error: a list that is only half read would let a revoked key through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping

from agentguard.approvals.wire import Reader
from agentguard.errors import SignatureError
from agentguard.keys import fingerprint

MAGIC = b"SSHKRL\n\0"
VERSION = 1

_CERTIFICATE_PARTS = range(0x20, 0x24)  # serial list, range and bitmap; key ids
_CERTIFICATE_EXTENSION = 0x39


def is_krl(content: bytes) -> bool:
    """Whether `content` sets out to be a KRL; the other form of a revocation list is text."""
    return content.startswith(MAGIC)


def revoked_keys(content: bytes) -> frozenset[str]:
    """The fingerprints of the keys that the KRL revokes.

    `SHA256:<unpadded base64>` for a key that stands there whole or by its SHA-256, and
    `SHA1:<unpadded base64>` for one that stands there by its SHA-1, which says nothing of the
    other: a key must be looked up by both. Certificates are passed over, as none is ever accepted.
    Raises SignatureError for anything that is not understood.
    """
    reader = Reader(content)
    try:
        _header(reader)
        return frozenset(_fingerprints(reader))
    except SignatureError as error:
        raise SignatureError(f"the key revocation list cannot be read: {error}") from error


def _header(reader: Reader) -> None:
    if reader.take(len(MAGIC)) != MAGIC or reader.u32() != VERSION:
        raise SignatureError("it is not a KRL of version 1")
    reader.take(8)  # the list's own number
    reader.take(8)  # when it was made
    if any(reader.take(8)):
        raise SignatureError("it has flags, and none are known")
    reader.string()  # reserved, to be ignored
    reader.string()  # comment


def _fingerprints(reader: Reader) -> Iterator[str]:
    while reader.more:
        kind, section = reader.take(1)[0], Reader(reader.string())
        if kind not in _SECTIONS:
            raise SignatureError(f"a section of type {kind} is not known")
        yield from _SECTIONS[kind](section)


def _keys(section: Reader) -> Iterator[str]:
    while section.more:
        yield fingerprint("SHA256", hashlib.sha256(section.string()).digest())


def _sha1(section: Reader) -> Iterator[str]:
    while section.more:
        yield fingerprint("SHA1", section.string(20))


def _sha256(section: Reader) -> Iterator[str]:
    while section.more:
        yield fingerprint("SHA256", section.string(32))


def _certificates(section: Reader) -> Iterable[str]:
    section.string()  # the authority's key
    section.string()  # reserved, to be ignored
    while section.more:
        kind, part = section.take(1)[0], section.string()
        if kind == _CERTIFICATE_EXTENSION:
            _extension(Reader(part))
        elif kind not in _CERTIFICATE_PARTS:
            raise SignatureError(f"a certificate section of type {kind:#x} is not known")
    return ()


def _extension(section: Reader) -> Iterable[str]:
    name, critical = section.string(), section.take(1) != b"\0"
    section.string()
    section.end()
    if critical:
        raise SignatureError(f"its critical extension {name!a} is not known")
    return ()


_SECTIONS: Mapping[int, Callable[[Reader], Iterable[str]]] = {
    1: _certificates,
    2: _keys,
    3: _sha1,
    # 4 would be a signature: `ssh-keygen -k` writes none, and since 9.4 OpenSSH refuses them.
    5: _sha256,
    255: _extension,
}
