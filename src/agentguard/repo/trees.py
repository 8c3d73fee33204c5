"""Looking into trees one directory at a time, without listing the whole repository."""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from agentguard.change import FileChange, NewName, parents
from agentguard.errors import EvaluationError
from agentguard.repo.git import text
from agentguard.repo.objects import Objects

ENTRY_MODE = re.compile(rb"[0-7]{1,7}")
DEEPEST = 4096


@dataclass(slots=True)
class Trees:
    """Directories of one tree, read once each. An absent directory has no entries."""

    objects: Objects
    root: str
    known: dict[str, dict[str, str]] = field(default_factory=dict)

    def names(self, directory: str) -> Collection[str]:
        """What stands in a directory ("" is the root), files and directories alike."""
        return self._entries(directory).keys()

    def exists(self, directory: str) -> bool:
        """Whether the path is a directory of the tree."""
        return not directory or bool(self._entries(directory))

    def _entries(self, directory: str) -> dict[str, str]:
        """Name to the id of a subtree, or to "" for anything else."""
        if directory in self.known:
            return self.known[directory]
        parts = directory.split("/") if directory else []
        if len(parts) > DEEPEST:
            raise EvaluationError(f"a path is more than {DEEPEST} directories deep")
        tree, walked = self.root, ""
        for depth in range(len(parts) + 1):
            if walked not in self.known:
                self.known[walked] = self._read(tree)
            if depth < len(parts):
                tree = self.known[walked].get(parts[depth], "")
                walked = "/".join(parts[: depth + 1])
        return self.known[directory]

    def _read(self, tree: str) -> dict[str, str]:
        if not tree:
            return {}
        kind, body = self.objects.content(tree)
        if kind != "tree":
            raise EvaluationError(f"object {tree} should be a tree and is a {kind}")
        return parse_tree(body, len(tree) // 2)


def parse_tree(body: bytes, id_size: int) -> dict[str, str]:
    """A raw tree as name to subtree id ("" for what is not a tree).

    Raises EvaluationError for what git does not write, and where one path could mean two things.
    """
    entries: dict[str, str] = {}
    position = 0
    while position < len(body):
        end = body.find(b"\0", position)
        mode, _, name = body[position:end].partition(b" ")
        identity = body[end + 1 : end + 1 + id_size]
        if end < 0 or not name or len(identity) != id_size or not ENTRY_MODE.fullmatch(mode):
            raise EvaluationError("a tree object is malformed")
        if b"/" in name or text(name) in entries:
            raise EvaluationError("a tree object names one path twice")
        entries[text(name)] = identity.hex() if stat.S_ISDIR(int(mode, 8)) else ""
        position = end + 1 + id_size
    return entries


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
