"""What a measure sees, made by hand."""

from __future__ import annotations

from typing import Any

from agentguard.change import Change, FileChange
from agentguard.measures import MEASURES, Reading, View
from tests.changes import BASE, change


def read(
    name: str, *files: FileChange, raw: object = ">= 0", seen: Change | None = None, **more: Any
) -> Reading:
    """The reading of one measure over `files`."""
    measure = MEASURES[name]
    view = View(seen or change(files=files), files, BASE.classes, **more)
    return measure.read(view, measure.parse(raw))


def value(name: str, *files: FileChange, **more: Any) -> object:
    """The value alone."""
    return read(name, *files, **more).value
