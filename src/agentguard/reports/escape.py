"""Text from a push made safe to show: nothing in it can move a cursor, hide, or fake a line."""

from __future__ import annotations

from agentguard.names import INVISIBLE


def escape(text: str) -> str:
    r"""`text` with everything that does not show as itself written as a backslash escape.

    ASCII controls and bytes that were no UTF-8 become `\xNN`, other characters `\uNNNN` or
    `\UNNNNNNNN`: line ends, ESC, C1, bidi, invisible and unassigned characters, lone surrogates.
    Escaping twice changes nothing; to tell an escape from the same text, double the backslashes
    of `text` before.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() and not INVISIBLE.match(character):
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how surrogateescape keeps a byte
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
