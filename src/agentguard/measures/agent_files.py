"""What the files that steer agents lead to."""

from __future__ import annotations

from agentguard.measures.measure import Measure, Reading, View, number
from agentguard.names import fold


def _targets(view: View) -> Reading:
    followed = view.change.followed
    paths = [path for file in view.files for path in file.paths]
    linked = {path: followed.links[fold(path)] for path in paths if fold(path) in followed.links}
    imported = {
        path: followed.imports[fold(path)]
        for path in paths
        if fold(path) in followed.imports and path not in linked
    }
    details = (
        *(f"{path}: {source} is a link to it" for path, source in linked.items()),
        *(f"{path}: {source} takes it in" for path, source in imported.items()),
    )
    return Reading(len(details), (*linked, *imported), details)


def _unfollowed(view: View) -> Reading:
    unknown = view.change.followed.unknown
    return Reading(
        len(unknown),
        tuple(dict.fromkeys(place for place, _ in unknown)),
        tuple(f"{place or 'the root'}: {reason}" for place, reason in unknown),
    )


MEASURES: tuple[Measure, ...] = (
    number("agent_targets", "files that agents' files link to, take in, or name", _targets),
    number(
        "unfollowed_agent_files", "agents' files of which not all is known that they lead to",
        _unfollowed,
    ),
)  # fmt: skip
