"""Where agents' files lead, before a push and after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from agentguard.agent_files import Selects, follow
from agentguard.change import Followed
from agentguard.repo.objects import Objects
from agentguard.repo.trees import Trees

# A larger file is no instruction, and it is said that it is not read.
LARGEST = 1024 * 1024


class _Files:
    """The files of both sides, read once each."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.known: dict[str, bytes | None] = {}

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


class _Side:
    """One tree, with its files."""

    def __init__(self, trees: Trees, files: _Files) -> None:
        self.entries, self.fetch = trees.entries, trees.fetch
        self.read_ahead, self.content = files.read_ahead, files.content


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
