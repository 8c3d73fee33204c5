"""Trees made by hand, for tests of what is pure: no repository, no git."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from agentguard.agent_files import follow
from agentguard.agent_files.tree import Tree
from agentguard.agent_files.ways import Stop
from agentguard.change import DIRECTORY, GITLINK, SYMLINK, Followed
from tests.changes import BASE

FILE = 0o100644
SUBMODULE = object()


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link, by what it says."""

    target: str | bytes


Content = str | bytes | Link | object | None


@dataclass(slots=True)
class MadeTree:
    """A tree of files by path. `None` stands for a file that is too large to be read."""

    files: Mapping[str, Content]
    fetched: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)

    def entries(self, directory: str) -> Mapping[str, Stop]:
        start = f"{directory}/" if directory else ""
        found: dict[str, Stop] = {}
        for path, content in self.files.items():
            if path.startswith(start):
                name, _, rest = path.removeprefix(start).partition("/")
                found[name] = Stop(start + name, DIRECTORY if rest else _mode(content), path)
        return found

    def fetch(self, directories: Iterable[str]) -> None:
        self.fetched.extend(directories)

    def read_ahead(self, blobs: Iterable[str]) -> None:
        self.read.extend(blobs)

    def content(self, blob: str) -> bytes | None:
        content = self.files[blob]
        if isinstance(content, Link):
            content = content.target
        if isinstance(content, str):
            return content.encode("utf-8", "surrogateescape")
        return content if isinstance(content, bytes) else None


def _mode(content: Content) -> int:
    if content is SUBMODULE:
        return GITLINK
    return SYMLINK if isinstance(content, Link) else FILE


def selects(path: str) -> bool:
    """Whether an agent's file may stand there, by the built-in class."""
    return BASE.classes.contains("agent-rules", path)


def led(files: Mapping[str, Content], changed: Collection[str] = ()) -> Followed:
    """Where agents' files lead: among all of the files, unless fewer are changed."""
    tree: Tree = MadeTree(files)
    return follow(tree, changed or files.keys(), selects)
