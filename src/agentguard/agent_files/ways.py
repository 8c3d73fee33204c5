"""Ways through a tree: names and links, step by step, as a file system would go them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from agentguard.change import DIRECTORY, GITLINK, SYMLINK
from agentguard.names import fold

if TYPE_CHECKING:
    from agentguard.agent_files.tree import Entry, Tree

# No system goes through more links, nor takes a longer path.
MOST_LINKS = 64
LONGEST = 4096
# Names on all ways through one tree; beyond it nothing is found.
MOST_STEPS = 50_000


class Stop(NamedTuple):
    """Something on a way: a link that it goes through, or its end."""

    path: str
    mode: int
    id: str


class Onward(NamedTuple):
    """Where a way has come to, the steps that are left, the next one last, and the links passed."""

    here: str
    way: list[str]
    links: int


class Ways:
    """Finds ways through one tree, up to `MOST_STEPS` in all."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.steps = 0
        self._folded: dict[str, dict[str, list[str]]] = {}

    @property
    def exhausted(self) -> bool:
        """There were more steps than are gone."""
        return self.steps > MOST_STEPS

    def walk(self, start: str, target: str) -> Iterator[Stop]:
        """The links on the way from a directory to what a name leads to, and that itself: a file, a
        directory, or the submodule that it stands in. Nothing of what is not in the tree."""
        waiting = [Onward(start, self._reversed(target), 0)]
        while waiting and not self.exhausted:
            here, way, links = waiting.pop()
            step = way.pop() if way else None
            if step is None:
                yield Stop(here, DIRECTORY, "")
            elif step in ("", "."):
                waiting.append(Onward(here, way, links))
            elif step == "..":
                waiting.extend([Onward(directory_of(here), way, links)] if here else [])
            else:
                for stop in self._named(here, step):
                    if stop.mode in (SYMLINK, GITLINK) or (stop.mode != DIRECTORY and not way):
                        yield stop
                    waiting.extend(self._onward(stop, Onward(here, way, links)))

    def _onward(self, stop: Stop, left: Onward) -> Iterator[Onward]:
        """How a way goes on from a directory, or through a link."""
        if stop.mode == DIRECTORY:
            yield Onward(stop.path, [*left.way], left.links)
        elif stop.mode == SYMLINK and left.links < MOST_LINKS and (to := self.target(stop.id)):
            yield Onward(left.here, [*left.way, *self._reversed(to)], left.links + 1)

    def target(self, blob: str) -> str:
        """What a link says, "" where that is out of the tree by itself."""
        content = self.tree.content(blob) or b""
        outside = len(content) > LONGEST or content.startswith(b"/") or b"\0" in content
        return "" if outside else content.decode("utf-8", "surrogateescape")

    def _reversed(self, target: str) -> list[str]:
        steps = target.split("/")
        self.steps += len(steps)
        return steps[::-1]

    def _named(self, directory: str, name: str) -> Iterator[Stop]:
        """What a name stands for in a directory: where it is spelt otherwise, all that some file
        system takes for it."""
        entries = self.tree.entries(directory)
        alike = [name] if name in entries else self._alike(directory, entries).get(fold(name), [])
        for each in alike:
            self.steps += 1
            yield Stop(joined(directory, each), entries[each].mode, entries[each].id)

    def _alike(self, directory: str, entries: Mapping[str, Entry]) -> dict[str, list[str]]:
        if directory not in self._folded:
            found = self._folded[directory] = {}
            for name in entries:
                found.setdefault(fold(name), []).append(name)
        return self._folded[directory]


def joined(directory: str, name: str) -> str:
    """A name in a directory of the tree."""
    return f"{directory}/{name}" if directory else name


def directory_of(path: str) -> str:
    """The directory that a path stands in, "" for the root."""
    return path.rpartition("/")[0]


def placed(directory: str, name: str) -> str | None:
    """The path that a name stands for as seen from a directory, None when it is out of the tree."""
    if name.startswith(("/", "~", "\\")) or len(name) > LONGEST or "\0" in name:
        return None
    steps: list[str] = directory.split("/") if directory else []
    for step in name.split("/"):
        if step == ".." and not steps:
            return None
        if step == "..":
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)


def outermost_first(paths: Iterable[str]) -> Sequence[str]:
    """Directories in the order in which they are looked into."""
    return sorted({*paths}, key=lambda path: (path.count("/") + bool(path), path))
