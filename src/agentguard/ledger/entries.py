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
LEFT_OUT = {"why", "fix", "title"}
WHOLE = {"approvals", "windows"}  # what later decisions hang on


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


def _plain(value: object) -> Any:
    """A frozen record as JSON has it. Lists are cut, with a count of what was cut."""
    if is_dataclass(value):
        return _fields({field.name: getattr(value, field.name) for field in fields(value)})
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value


def _fields(values: Mapping[str, object]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in LEFT_OUT:
            continue
        found[name] = _plain(value)
        if isinstance(value, tuple) and len(value) > MOST and name not in WHOLE:
            found[name] = found[name][:MOST]
            found[f"{name}_cut"] = len(value) - MOST
    return found
