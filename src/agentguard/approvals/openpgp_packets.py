"""The outside of OpenPGP data: its armor and its packets (RFC 9580 sections 4.2 and 6).

They are told apart before a library reads them, so that nothing is passed over in silence, and
nothing is unpacked that could swell.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from agentguard.errors import SignatureError

SIGNATURE, SECRET_KEY, PUBLIC_KEY, SECRET_SUBKEY = 2, 5, 6, 7
OF_A_KEY = (SIGNATURE, 13, 14, 17)  # after the key itself: user ids, subkeys and user attributes

ARMOR = re.compile(
    rb"^-----BEGIN PGP (?P<kind>[A-Z ]+)-----\n"
    rb"(?:[^\n:]+:[^\n]*\n)*"  # Version, Comment: not signed, not read
    rb"[ \t]*\n"
    rb"(?P<text>(?:[A-Za-z0-9+/]+={0,2}\n)+)"
    rb"(?:=[A-Za-z0-9+/]{4}\n)?"  # the checksum, which section 6.1 says to leave alone
    rb"-----END PGP (?P=kind)-----$",
    re.MULTILINE,
)


def unarmored(block: re.Match[bytes]) -> bytes:
    """The data in a block that ARMOR found. Raises SignatureError when it is damaged."""
    text = block["text"].replace(b"\n", b"")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureError(f"its base64 is damaged: {error}") from error
    if base64.b64encode(data) != text:  # the decoder overlooks misplaced padding
        raise SignatureError("its base64 is damaged")
    return data


def packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The type and all bytes of each packet. Raises SignatureError unless `data` is just packets.

    Packets without a stated length are not taken; neither signatures nor keys come so.
    """
    at = 0
    while at < len(data):
        tag, body, size = _header(data, at)
        if body + size > len(data):
            raise SignatureError("its last OpenPGP packet is cut short")
        yield tag, data[at : body + size]
        at = body + size


def begins_with_a_key(data: bytes) -> bool:
    """Binary data of OpenPGP keys, not text."""
    return data[:1] >= b"\x80" and _header(data, 0)[0] in (SECRET_KEY, PUBLIC_KEY)


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """The type of the packet, where its body begins, and how long that is."""
    first, size = data[at], data[at + 1 : at + 6].ljust(5, b"\0")
    if first >= 0xC0:
        tag = first & 0x3F
        if size[0] < 192:
            return tag, at + 2, size[0]
        if size[0] < 224:
            return tag, at + 3, (size[0] - 192 << 8) + size[1] + 192
        if size[0] == 255:
            return tag, at + 6, int.from_bytes(size[1:], "big")
    elif first >= 0x80 and (width := (1, 2, 4, 0)[first & 3]):
        return first >> 2 & 0xF, at + 1 + width, int.from_bytes(size[:width], "big")
    raise SignatureError("it holds bytes that are no whole OpenPGP packet")
