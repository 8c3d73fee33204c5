"""Names that are not what they seem."""

from __future__ import annotations

from agentguard.change import parents
from agentguard.measures.measure import Measure, Reading, View, number
from agentguard.measures.suspicious import suspicious_paths


def _suspicious(view: View) -> Reading:
    found = suspicious_paths(view.change, view.classes.class_of)
    wanted = {file.path for file in view.files}
    folders = {folder for path in wanted for folder in parents(path)}
    seen = {path: reasons for path, reasons in found.items() if path in wanted or path in folders}
    details = tuple(f"{path}: {'; '.join(reasons)}" for path, reasons in seen.items())
    return Reading(len(seen), tuple(seen), details)


MEASURES: tuple[Measure, ...] = (
    number("suspicious_paths", "names that imitate others or hide what they are", _suspicious),
)
