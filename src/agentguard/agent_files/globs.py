"""Shell patterns of paths, as settings of agents use them: `*`, `?`, `[…]`, `{…}` and `**`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

_BRACES = re.compile(r"\{[^{}/]*+\}")


def glob(pattern: str) -> tuple[str, ...]:
    """A pattern in parts. What stands in braces is taken for anything."""
    return tuple(_BRACES.sub("*", pattern).split("/"))


def matches(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Whether parts of a pattern match those of a path, or of a directory above it.

    Takes time that grows with the product of both lengths, whatever the pattern.
    """
    at = step = 0
    star = again = -1
    while step < len(pattern):
        if pattern[step] == "**":
            star, again, step = step, at, step + 1
        elif at < len(path) and fnmatchcase(path[at], pattern[step]):
            at, step = at + 1, step + 1
        elif star >= 0 and again < len(path):
            again += 1
            at, step = again, star + 1
        else:
            return False
    return True
