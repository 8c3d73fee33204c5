"""JSON, and what editors and agents make of it: with comments and commas too many."""

from __future__ import annotations

import json
import re

from agentguard.structure.leaves import Tree, UnreadableError

# What does not end goes to the end: looking for it again from every later place would take long.
_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_COMMENT = re.compile(rf"({_STRING})|//[^\n]*|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?", re.DOTALL)
_COMMA = re.compile(rf"({_STRING})|,(?=\s*+[\]}}])", re.DOTALL)


def read_jsonc(text: str) -> Tree:
    """A document as a tree; strict JSON too is read with what many tools tolerate."""
    try:
        return _parse(text)
    except ValueError:
        pass
    try:
        return _parse(_COMMA.sub(_kept, _COMMENT.sub(_kept, text)))
    except ValueError as error:
        raise UnreadableError(f"not JSON: {error}") from error


def _parse(text: str) -> Tree:
    """Numbers stay as written. Raises ValueError."""
    try:
        return json.loads(
            text, object_pairs_hook=tuple, parse_int=str, parse_float=str, parse_constant=str
        )
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _kept(found: re.Match[str]) -> str:
    return found[1] or " "
