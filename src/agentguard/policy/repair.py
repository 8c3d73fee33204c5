"""`[repair_boundary]`: what may be done at once after an incident, by whom, and what may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agentguard.errors import ConfigurationError
from agentguard.settings import Table, nearest

if TYPE_CHECKING:
    from agentguard.paths import PathClasses

Level = Literal["inside", "at", "outside"]
LEVELS: tuple[Level, ...] = ("inside", "at", "outside")  # strictest last

# What can be done after an incident; `agentguard incident contain` does those of DONE_HERE itself.
ACTIONS: Mapping[str, str] = {
    "keep-tip": "keep what a ref points to under a name that nobody can push or delete",
    "revert-branch": "prepare a branch that puts the content of an earlier tip back",
    "restore-ref": "move a ref back to an earlier tip; the present one is kept",
    "freeze": "freeze refs until they are repaired",
    "redeploy": "deploy an earlier state again",
    "rotate-credentials": "replace keys, tokens and passwords",
    "change-schema": "change the schema of a database, or run a migration",
    "restore-data": "put data back from a backup",
}
DONE_HERE = ("keep-tip", "revert-branch", "restore-ref")

FORMS = (
    f"an action ({', '.join(ACTIONS)}), a path class such as '@migrations', "
    "or a path with a slash, a dot or a star in it"
)


@dataclass(frozen=True, slots=True)
class RepairBoundary:
    """Actions, path classes (`@name`) and path patterns by where they stand.

    What is `inside` may be done at once, `at` needs a named human, `outside` is for people to
    decide: it is only told. An action that stands nowhere is outside.
    """

    inside: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()

    def entries(self, level: Level) -> tuple[str, ...]:
        """What stands at a level."""
        found: tuple[str, ...] = getattr(self, level)
        return found

    def of_action(self, action: str) -> Level:
        """Where an action stands."""
        return next((level for level in LEVELS if action in self.entries(level)), "outside")

    def of_paths(self, paths: Iterable[str], classes: PathClasses) -> Level:
        """Where paths stand together: the strictest level that names any of them."""
        touched = list(paths)
        for level in reversed(LEVELS):
            patterns = [entry for entry in self.entries(level) if entry not in ACTIONS]
            if patterns and any(map(classes.selector(patterns), touched)):
                return level
        return "inside"


DEFAULT = RepairBoundary(
    inside=("keep-tip", "revert-branch", "restore-ref", "freeze"),
    at=("rotate-credentials", "change-schema", "@credentials", "@schema", "@migrations"),
)


@dataclass(frozen=True, slots=True)
class Boundaries:
    """What all policies of a repository say together: the strictest counts."""

    each: tuple[tuple[str, RepairBoundary, PathClasses], ...]

    def of(self, action: str, paths: Sequence[str] = ()) -> Level:
        """Where an action that touches `paths` stands."""
        found = [boundary.of_action(action) for _, boundary, _ in self.each]
        return max(*found, self.of_paths(paths), key=LEVELS.index)

    def of_paths(self, paths: Sequence[str]) -> Level:
        """Where paths stand."""
        found = (boundary.of_paths(paths, classes) for _, boundary, classes in self.each)
        return max(found, key=LEVELS.index)


def read_boundary(table: Table, classes: PathClasses) -> RepairBoundary | None:
    """A policy's `[repair_boundary]`, None where it has none. Raises ConfigurationError."""
    if not table.values:
        return None
    found = RepairBoundary(*(_entries(table, level, classes) for level in LEVELS))
    seen: dict[str, str] = {}
    for level in LEVELS:
        for entry in found.entries(level):
            other = seen.setdefault(entry, level)
            if other != level:
                table.fail(level, f"{entry!r} stands in {other!r} as well")
    table.finish(also=LEVELS)
    return found


def _entries(table: Table, level: Level, classes: PathClasses) -> tuple[str, ...]:
    entries = table.strings(level)
    for entry in entries:
        _check(table, level, entry, classes)
    return entries


def _check(table: Table, level: Level, entry: str, classes: PathClasses) -> None:
    """An action that is misspelt must not pass for a pattern that matches nothing."""
    from agentguard.patterns import check_pattern

    if entry in ACTIONS:
        return
    if entry.startswith("@"):
        if entry[1:] not in classes.classes:
            table.fail(
                level, f"there is no path class {entry}; {nearest(entry[1:], classes.classes)}"
            )
        return
    if entry.startswith("!") or not set("/.*") & set(entry):
        table.fail(level, f"{entry!r} is not allowed; {nearest(entry, ACTIONS)}. Allowed: {FORMS}")
    try:
        check_pattern(entry)
    except ConfigurationError as error:
        table.fail(level, str(error))
