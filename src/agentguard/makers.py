"""Who answers for each file of a change: who touched its path, and who wrote what it holds now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentguard.change import Change, Commit, FileChange
from agentguard.rules import Actor

if TYPE_CHECKING:
    from agentguard.accounts import Account
    from agentguard.actors import Attribution


@dataclass(frozen=True, slots=True)
class Judged:
    """A change with who made each of its commits (by commit id).

    `unproven` is who answers for what proves nothing about its maker: what no new commit explains,
    and commits in the name of a bot. `agent_account` tells that the policy lists the pushing account
    as an agent's. `account` is who pushes, where the policy lists their addresses.
    """

    change: Change
    attributions: Mapping[str, Attribution]
    unproven: Actor = "unknown"
    agent_account: bool = False
    account: Account | None = None

    def actors(self, commit: Commit) -> frozenset[Actor]:
        """Who answers for a commit. Anybody can type a bot's name, so it never excuses a commit
        from what holds for the others: only a key does."""
        actor = self.attributions[commit.id].actor
        return frozenset({actor, self.unproven} if actor == "automation" else {actor})


class Makers:
    """Who made which part of a change."""

    def __init__(self, judged: Judged) -> None:
        self._judged = judged
        self._by_path: dict[str, list[Commit]] = {}
        self._by_blob: dict[str, list[Commit]] = {}
        for commit in judged.change.commits:
            for file in commit.files:
                for path in file.paths:
                    self._by_path.setdefault(path, []).append(commit)
                if file.new_blob:
                    self._by_blob.setdefault(file.new_blob, []).append(commit)
        self._everyone: frozenset[Actor] | None = None
        self._of: dict[tuple[str, str | None, str], frozenset[Actor]] = {}

    def of(self, file: FileChange) -> frozenset[Actor]:
        """Who made a file what it is: by its path, and by its content, which a person may have
        moved or copied from where an agent wrote it."""
        key = file.path, file.old_path, file.new_blob
        if key not in self._of:
            self._of[key] = self._found(file)
        return self._of[key]

    def _found(self, file: FileChange) -> frozenset[Actor]:
        actors = {actor for commit in self._touched(file) for actor in self._judged.actors(commit)}
        if self._judged.change.rewound or not any(path in self._by_path for path in file.paths):
            actors.add(self._judged.unproven)
        return frozenset(actors)

    @property
    def everyone(self) -> frozenset[Actor]:
        """Who made the change as a whole."""
        if self._everyone is None:
            change = self._judged.change
            files = (self.of(file) for file in change.files)
            commits = (self._judged.actors(commit) for commit in change.commits)
            found = frozenset(actor for actors in (*files, *commits) for actor in actors)
            self._everyone = found or frozenset({self._judged.unproven})
        return self._everyone

    def of_paths(self, paths: Sequence[str], files: Iterable[FileChange]) -> frozenset[Actor]:
        """Who made what was found at `paths`: everyone where a path is none of the files."""
        found = _at(paths, files)
        if not paths or not found.keys() >= {*paths}:
            return self.everyone
        return frozenset(actor for file in found.values() for actor in self.of(file))

    def commits(self, paths: Sequence[str], files: Iterable[FileChange]) -> tuple[str, ...]:
        """Ids of the commits that had a part in what was found at `paths`, oldest first."""
        touched = (self._touched(file) for file in _at(paths, files).values())
        names = {commit.id for commits in touched for commit in commits}
        return tuple(commit.id for commit in self._judged.change.commits if commit.id in names)

    def _touched(self, file: FileChange) -> list[Commit]:
        by_path = (self._by_path.get(path, ()) for path in file.paths)
        return [*self._by_blob.get(file.new_blob, ()), *(c for commits in by_path for c in commits)]


def _at(paths: Sequence[str], files: Iterable[FileChange]) -> dict[str, FileChange]:
    wanted = {*paths}
    return {path: file for file in files for path in file.paths if path in wanted}
