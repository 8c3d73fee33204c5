"""Names of services, hosts and targets that nothing else in the tree knows of."""

from __future__ import annotations

from dataclasses import replace

from agentguard.change import NewReference
from agentguard.measures.measure import Measure, Reading, View, number


def _unknown_reference(view: View) -> Reading:
    wanted = {file.path for file in view.files if file.status != "deleted"}
    found = [each for each in view.change.unknown_references if each.path in wanted]
    details = tuple(map(_detail, found))
    return Reading(len(found), tuple(dict.fromkeys(each.path for each in found)), details)


def _detail(found: NewReference) -> str:
    if not found.name:
        return f"{found.path} is too large to be read"
    return f"{found.path}: {found.where} names {found.name}, which stands nowhere else"


MEASURES: tuple[Measure, ...] = (
    replace(
        number("unknown_reference", "new names that stand nowhere else", _unknown_reference),
        looked_up=True,
    ),
)
