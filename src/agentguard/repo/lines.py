"""Counting lines from content, for files of which git only says that they are binary."""

from __future__ import annotations

from collections import Counter

# Above this share of bytes that no text has, content is an image or an archive, not a source file
# with something hidden in it.
NOT_TEXT = 0.05
CONTROL = bytes(range(1, 8)) + bytes(range(14, 27)) + bytes(range(28, 32)) + b"\x7f"
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def count(old: bytes, new: bytes) -> tuple[int, int]:
    """Added and deleted lines between two contents, either of them empty for an absent side.

    Lines that moved count as unchanged, so this is a lower bound of what a diff would say. Content
    whose lines were only moved counts one line on each side.
    """
    before, after = Counter(as_lines(old)), Counter(as_lines(new))
    added = (after - before).total()
    deleted = (before - after).total()
    if old != new and not added and not deleted:
        return int(bool(new)), int(bool(old))
    return added, deleted


def as_lines(content: bytes) -> list[bytes]:
    """The lines of text, NUL bytes and UTF-16 notwithstanding; real binary content is one line."""
    if not content:
        return []
    if is_binary(content):
        return [content]
    lines = _plain(content).split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


def is_binary(content: bytes) -> bool:
    """Whether content is no text at all. A few NUL bytes do not make a source file binary."""
    content = _plain(content)
    size = len(content)
    strange = size - len(content.translate(None, CONTROL))
    nuls = content.count(b"\0")
    return strange > NOT_TEXT * size or nuls > size // 3


def _plain(content: bytes) -> bytes:
    """UTF-16 as UTF-8; anything else as it is."""
    encoding = BYTE_ORDER_MARKS.get(content[:2])
    return content[2:].decode(encoding, "replace").encode() if encoding else content
