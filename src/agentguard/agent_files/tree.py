"""What is asked of a tree in which agents' files are followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol


class Entry(Protocol):
    """What stands at a name: its mode, and the id of its object."""

    @property
    def mode(self) -> int:
        """Git's own."""

    @property
    def id(self) -> str:
        """Of a file or link, or of anything else."""


class Tree(Protocol):
    """A tree whose directories can be looked into; "" is the root, and an absent one is empty."""

    def entries(self, directory: str) -> Mapping[str, Entry]:
        """What stands in a directory, by name."""

    def fetch(self, directories: Iterable[str]) -> None:
        """Read directories ahead, all at once."""

    def read_ahead(self, blobs: Iterable[str]) -> None:
        """Read files ahead, all at once."""

    def content(self, blob: str) -> bytes | None:
        """A file or the target of a link, None when it is larger than is read."""
