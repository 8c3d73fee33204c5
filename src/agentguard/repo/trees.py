"""Looking into trees one directory at a time, without listing the whole repository."""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

from agentguard.change import DIRECTORY, GITLINK, SYMLINK, FileChange, NewName, parents
from agentguard.errors import EvaluationError
from agentguard.repo.git import text
from agentguard.repo.objects import Objects

DEEPEST = 4096


class Entry(NamedTuple):
    """What stands at a name in a directory: its mode, and the id of its object."""

    mode: int
    id: str


Entries = Mapping[str, Entry]


@dataclass(slots=True)
class Trees:
    """Directories of one tree, read once each. An absent directory has no entries.

    `parsed` holds them by object id, and may be shared with other trees: most of what stands in two
    of them is the same.
    """

    objects: Objects
    root: str
    known: dict[str, Entries] = field(default_factory=dict)
    parsed: dict[str, Entries] = field(default_factory=dict)

    def names(self, directory: str) -> Collection[str]:
        """What stands in a directory ("" is the root), files and directories alike."""
        return self.entries(directory).keys()

    def exists(self, directory: str) -> bool:
        """Whether the path is a directory of the tree."""
        return not directory or bool(self.entries(directory))

    def entries(self, directory: str) -> Entries:
        """What stands in a directory, by name."""
        if directory not in self.known:
            self.fetch([directory])
        return self.known[directory]

    def fetch(self, directories: Iterable[str]) -> None:
        """Read directories, and those above them, with one request for each depth."""
        for level in _by_depth(directories, self.known):
            trees = {directory: self._tree(directory) for directory in level}
            wanted = {*trees.values()} - {""} - self.parsed.keys()
            for tree, kind, body in self.objects.contents(sorted(wanted)):
                if kind != "tree":
                    raise EvaluationError(f"object {tree} should be a tree and is a {kind}")
                self.parsed[tree] = parse_tree(body, len(tree) // 2)
            for directory, tree in trees.items():
                self.known[directory] = self.parsed[tree] if tree else {}

    def _tree(self, directory: str) -> str:
        """The id of a directory whose parent is known, "" where there is none."""
        if not directory:
            return self.root
        above, _, name = directory.rpartition("/")
        entry = self.known[above].get(name)
        return entry.id if entry and entry.mode == DIRECTORY else ""


def _by_depth(directories: Iterable[str], known: Collection[str]) -> Iterator[list[str]]:
    """Directories that are not known yet, and those above them, outermost first."""
    levels: dict[int, dict[str, None]] = {}
    for directory in directories:
        if directory in known:
            continue
        if directory.count("/") >= DEEPEST:
            raise EvaluationError(f"a path is more than {DEEPEST} directories deep")
        ways = ("", *parents(directory), directory) if directory else ("",)
        for depth, path in enumerate(ways):
            if path not in known:
                levels.setdefault(depth, {})[path] = None
    for depth in sorted(levels):
        yield list(levels[depth])


def parse_tree(body: bytes, id_size: int) -> dict[str, Entry]:
    """A raw tree as its entries by name.

    Raises EvaluationError for what git does not write, and where one path could mean two things.
    """
    rows = _row(id_size).findall(body)
    if sum(len(mode) + len(name) + id_size + 2 for mode, name, _ in rows) != len(body):
        raise EvaluationError("a tree object is malformed")
    entries = {text(name): Entry(_mode(mode), oid.hex()) for mode, name, oid in rows}
    if len(entries) != len(rows) or "/" in "".join(entries):
        raise EvaluationError("a tree object names one path twice")
    return entries


@cache
def _row(id_size: int) -> re.Pattern[bytes]:
    return re.compile(rb"([0-7]{1,7}) ([^\0]+)\0(.{%d})" % id_size, re.DOTALL)


@lru_cache
def _mode(octal: bytes) -> int:
    """A mode; of what is no file only the kind counts, however the rest is written."""
    mode = int(octal, 8)
    kind = stat.S_IFMT(mode)
    return kind if kind in (DIRECTORY, SYMLINK, GITLINK) else mode


def removed_directories(files: Iterable[FileChange], after: Trees) -> tuple[str, ...]:
    """Directories that lost files and no longer exist, sorted."""
    candidates: set[str] = set()
    for file in files:
        if file.status in ("deleted", "renamed"):
            candidates.update(parents(file.old_path or file.path))
    return tuple(sorted(name for name in candidates if not after.exists(name)))


def new_names(files: Iterable[FileChange], before: Trees, after: Trees) -> tuple[NewName, ...]:
    """Files and directories whose names newly stand in their directory.

    Both sides are read for every new file: an entry that a malformed tree holds twice is new once.
    """
    found: dict[str, NewName] = {}
    for file in files:
        if file.status not in ("added", "renamed"):
            continue
        for path in (*parents(file.path), file.path):
            directory, _, name = path.rpartition("/")
            siblings = after.names(directory)
            if path not in found and name not in before.names(directory):
                found[path] = NewName(directory, name, siblings)
    return tuple(found.values())
