"""Lines of limited width, for terminals. Text is escaped on its way in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from agentguard.reports.escape import escape

WIDTH = 72  # git puts `remote: ` before each line of a hook
MOST_LINES = 12


def columns(text: str) -> int:
    """The columns `text` takes on a terminal, at most; combining characters count as one."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def count(number: int, noun: str) -> str:
    """`1 file`, `1,200 files`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` columns, with … for what is left out of its middle."""
    if columns(text) <= width:
        return text
    head = _head(text, width // 2)
    tail = _head(text[::-1], width - 1 - width // 2)[::-1]
    return f"{head}…{tail}"


def clip(text: str, width: int) -> str:
    """`text` in at most `width` columns, with … for what is left out of its end."""
    return text if columns(text) <= width else f"{_head(text, width - 1)}…"


def fill(first: str, parts: Iterable[str], hang: int = 0) -> list[str]:
    """Parts that stay whole, as lines: the first after `first`, the others below its end.

    `hang` indents the others further. A part wider than a line is shortened in its middle; what
    would be more than `MOST_LINES` lines ends in ….
    """
    room, lines = WIDTH - len(first) - hang, [""]
    for part in map(escape, parts):
        short = shorten(part, room if len(lines) > 1 or lines[0] else room + hang)
        if lines[-1] and columns(lines[-1]) + 1 + columns(short) > room:
            lines.append("")
        lines[-1] += f" {short}" if lines[-1] else short
        if len(lines) > MOST_LINES:
            lines[-1] = "…"
            break
    indent = " " * (len(first) + hang)
    return [first + lines[0], *(indent + line for line in lines[1:])]


def line(first: str, text: str) -> list[str]:
    """`text` with its spaces as they are when it fits after `first`, else broken at its spaces."""
    whole = escape(text)
    fits = len(first) + columns(whole) <= WIDTH
    return fill(first, [whole] if fits else whole.split(), hang=2)


def wrap(first: str, prose: str) -> list[str]:
    """Prose broken where it needs to be; its own line ends are spaces."""
    return fill(first, prose.split())


def cut(items: Sequence[str], most: int, before: str = "") -> list[str]:
    """The first `most` items, and how many more there are."""
    more = [f"{before}… and {len(items) - most:,} more"] if len(items) > most else []
    return [*items[:most], *more]


def _head(text: str, width: int) -> str:
    text = text[:width]
    while columns(text) > width:
        text = text[:-1]
    return text
