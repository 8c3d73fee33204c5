"""Secrets that a change brings into a file. The finding tells their kind and number, never a value."""

from __future__ import annotations

from collections.abc import Sequence

from agentguard.change import FileChange
from agentguard.measures.measure import Measure, Reading, View, anything
from agentguard.secrets import KINDS, secrets_in


def _parse(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not raw or any(kind not in KINDS for kind in raw):
        raise ValueError(f"expected a list of: {', '.join(KINDS)}")
    return tuple(raw)


def _read(view: View, kinds: Sequence[str]) -> Reading:
    total, paths, details = 0, [], []
    for file in view.files:
        found = secrets_in(*_sides(file, view), kinds)
        if found:
            total += sum(found.values())
            paths.append(file.path)
            words = ", ".join(_words(*each) for each in found.items())
            details.append(f"{file.path}{_where(view)}: {words}")
    return Reading(total, tuple(paths), tuple(details))


def _sides(file: FileChange, view: View) -> tuple[bytes, bytes]:
    """A file before and after. One that was moved to where the rule looks is new there; what the push
    ends with is found in the net change, and in none of its commits again."""
    content = view.content(file.path)
    if content is None or file.status == "deleted":
        return b"", b""
    before = b"" if file.status == "added" else content.before
    end = view.change.contents.get(file.path) if view.commit else None
    return before + b"\n" + end.after if end else before, content.after


def _where(view: View) -> str:
    """A file that is gone is found by its commit."""
    return f" in commit {view.commit.id[:12]}" if view.commit else ""


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
        vanished=True,
    ),
)
