"""Names that are not what they seem."""

from __future__ import annotations

from agentguard.measures.measure import Measure, Reading, View, number
from agentguard.measures.suspicious import suspicious_paths


def _suspicious(view: View) -> Reading:
    found = suspicious_paths(view.change, view.classes.class_of)
    wanted = {file.path for file in view.files}
    paths = tuple(
        f"{path} ({'; '.join(reasons)})"
        for path, reasons in found.items()
        if path in wanted or any(file.startswith(path + "/") for file in wanted)
    )
    return Reading(len(paths), paths)


MEASURES: tuple[Measure, ...] = (
    number("suspicious_paths", "names that imitate others or hide what they are", _suspicious),
)
