"""Decisions as the ledger keeps them: all of it but texts that the rules' hash stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from agentguard import __version__
from agentguard.compiled import code_hash

if TYPE_CHECKING:
    from agentguard.decision import Decision
    from agentguard.policy.stack import Stack

MOST = 100  # entries of a list inside one update
LONGEST = 1_000  # characters of a text inside one; who pushes can make a path as long as a book
LEFT_OUT = {"why", "fix", "title"}
WHOLE = {"approvals", "windows"}  # what later decisions hang on
EXACT = {*WHOLE, "update", "statement"}


def decision_body(decision: Decision, stack: Stack | None, pusher: str) -> dict[str, Any]:
    """The body of a `decision` record. Without a stack no policy could be read."""
    return {
        "verdict": decision.verdict,
        "pusher": pusher,
        "platform": stack.platform if stack else "",
        "repository": stack.repository if stack else "",
        "updates": [_plain(update) for update in decision.updates],
        "errors": list(decision.errors),
        "policies": {each.source: each.digest for each in stack.policies} if stack else {},
        "tool": {"version": __version__, "code": code_hash()},
    }


def _plain(value: object, *, exact: bool = False) -> Any:
    """A frozen record as JSON has it. Lists are cut, with a count of what was cut, and so are texts
    unless they have to be `exact`."""
    if is_dataclass(value):
        found = {field.name: getattr(value, field.name) for field in fields(value)}
        return _fields(found, exact=exact)
    if isinstance(value, Mapping):
        return {str(key): _plain(each, exact=exact) for key, each in value.items()}
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(each, exact=exact) for each in value]
    shown = value.hex() if isinstance(value, bytes) else value
    if isinstance(shown, str) and len(shown) > LONGEST and not exact:
        return f"{shown[:LONGEST]}… and {len(shown) - LONGEST:,} more"
    return shown


def _fields(values: Mapping[str, object], *, exact: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in LEFT_OUT:
            continue
        if isinstance(value, tuple) and len(value) > MOST and name not in WHOLE:
            found[f"{name}_cut"] = len(value) - MOST
            value = value[:MOST]  # noqa: PLW2901  what follows is for those that stay
        found[name] = _plain(value, exact=exact or name in EXACT)
    return found
