"""Secrets that a change brings into a file. The finding tells their kind and number, never a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agentguard.change import Content, FileChange
from agentguard.measures.measure import Measure, Reading, View, anything
from agentguard.secrets import KINDS, secrets_in


def _parse(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not raw or any(kind not in KINDS for kind in raw):
        raise ValueError(f"expected a list of: {', '.join(KINDS)}")
    return tuple(raw)


def _read(view: View, kinds: Sequence[str]) -> Reading:
    total, paths, details = 0, [], []
    for file in view.files:
        found = _in_file(file, view.content(file.path), kinds)
        if found:
            total += sum(found.values())
            paths.append(file.path)
            details.append(f"{file.path}: {', '.join(_words(*each) for each in found.items())}")
    return Reading(total, tuple(paths), tuple(details))


def _in_file(file: FileChange, content: Content | None, kinds: Sequence[str]) -> Mapping[str, int]:
    """What a file got. One that was moved to where the rule looks is new there."""
    if content is None or file.status == "deleted":
        return {}
    return secrets_in(b"" if file.status == "added" else content.before, content.after, kinds)


def _words(name: str, count: int) -> str:
    return name if count == 1 else f"{count} × {name}"


MEASURES: tuple[Measure, ...] = (
    Measure(
        "secrets",
        "private keys or provider tokens that were not in the file before",
        _parse,
        _read,
        anything,
        whole=True,
    ),
)
