"""The files that instructions take in: `@docs/style.md`, at any place of a line but in code."""

from __future__ import annotations

import re
from collections.abc import Iterator

# More in one file are not followed.
MOST = 1_000

# An address has something before its `@`; so has a path that names a version.
_IMPORT = re.compile(r"(?<![^\s(\[{\"'*_>,;:-])@((?:\\ |[^\s`'\"<>()\[\]{}|*@,;\\])++)")
_CODE = re.compile(r"`[^`]{1,400}`")
# Fences stand in lists and quotations too.
_FENCE = re.compile(r"[\s>]*+(?:(?:[-*+]|\d{1,9}[.)])\s++)*+(`{3,}(?=[^`]*$)|~{3,})(.*)", re.DOTALL)
_AFTER = ".,:;!?"
_LINE_END = re.compile(r"\r\n|\n|\r")


def imports(text: str) -> tuple[str, ...]:
    """The names after `@` in a text, each once, without what ends a sentence: at most `MOST` and
    one more. Most are names of people and packages; files are those that exist."""
    found: dict[str, None] = {}
    for line in _prose(text):
        for match in _IMPORT.finditer(_CODE.sub(" ", line)):
            name = match[1].partition("#")[0].rstrip(_AFTER).replace("\\ ", " ")
            found[name] = None
            if len(found) > MOST:
                return tuple(found)
    return tuple(filter(None, found))


def _prose(text: str) -> Iterator[str]:
    """The lines that are no code. A fence that never ends begins none."""
    held: list[str] = []
    fence = ""
    for line in _LINE_END.split(text):
        match = _FENCE.fullmatch(line)
        if not fence:
            fence = match[1] if match else ""
        elif match and match[1].startswith(fence) and not match[2].strip():
            fence, held = "", []
            continue
        if fence:
            held.append(line)
        else:
            yield line
    yield from held
