"""TOML."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from agentguard.structure.leaves import DEEPEST, Tree, UnreadableError

# A key of so many parts takes the parser time that grows with the square of them.
_PART = r"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_DEEP = re.compile(rf"(?:\.[ \t]*+{_PART}[ \t]*+){{{DEEPEST}}}")


def read_toml(text: str) -> Tree:
    """A document as a tree. A key that is there twice makes it unreadable, as it does everywhere."""
    if _DEEP.search(text):
        raise UnreadableError("not TOML: a key of too many parts")
    try:
        return _tree(tomllib.loads(text, parse_float=str))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not TOML: {error}") from error


def _tree(value: Any) -> Tree:
    if isinstance(value, dict):
        return tuple((name, _tree(child)) for name, child in value.items())
    return [_tree(child) for child in value] if isinstance(value, list) else value
