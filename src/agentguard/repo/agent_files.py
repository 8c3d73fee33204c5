"""Where agents' files lead, before a push and after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from agentguard.agent_files import follow
from agentguard.agent_files.targets import Selects
from agentguard.change import Followed
from agentguard.repo.objects import Objects
from agentguard.repo.trees import Entries, Trees

# A larger file is no instruction, and it is said that it is not read.
LARGEST = 1024 * 1024


@dataclass(slots=True)
class _Files:
    """The files of both sides, read once each."""

    objects: Objects
    known: dict[str, bytes | None] = field(default_factory=dict)

    def read_ahead(self, blobs: Iterable[str]) -> None:
        """Read all that is not too large."""
        found = self.objects.info({*blobs} - self.known.keys())
        small = [blob for blob, info in found.items() if info.size <= LARGEST]
        self.known.update(dict.fromkeys(found))
        self.known.update((blob, body) for blob, _, body in self.objects.contents(small))

    def content(self, blob: str) -> bytes | None:
        """A file, None when it is too large."""
        if blob not in self.known:
            self.read_ahead([blob])
        return self.known[blob]


@dataclass(frozen=True, slots=True)
class _Side:
    """One tree, with its files."""

    trees: Trees
    files: _Files

    def entries(self, directory: str) -> Entries:
        return self.trees.entries(directory)

    def fetch(self, directories: Iterable[str]) -> None:
        self.trees.fetch(directories)

    def read_ahead(self, blobs: Iterable[str]) -> None:
        self.files.read_ahead(blobs)

    def content(self, blob: str) -> bytes | None:
        return self.files.content(blob)


def followed(
    objects: Objects, before: Trees, after: Trees, changed: Collection[str], selects: Selects
) -> Followed:
    """Where the agents' files of both trees lead among the changed paths. Raises EvaluationError."""
    if not changed:
        return Followed()
    files = _Files(objects)
    old, new = (follow(_Side(trees, files), changed, selects) for trees in (before, after))
    return Followed(
        {**old.links, **new.links},
        {**old.imports, **new.imports},
        tuple(dict.fromkeys((*old.unknown, *new.unknown))),
    )
