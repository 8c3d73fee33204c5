"""What a change does to each part of the tree, in as many rows as fit."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentguard.change import FileChange


@dataclass(frozen=True, slots=True)
class DirectoryTotal:
    """What happens in and below one directory, but for what another row has of its own.

    `directory` is "" for the root, else without a trailing slash; `added` and `deleted` are lines,
    `deleted_files` those that are gone or emptied.
    """

    directory: str
    files: int
    added: int
    deleted: int
    deleted_files: int


def directory_totals(files: Iterable[FileChange], most: int = 12) -> tuple[DirectoryTotal, ...]:
    """Totals of at most `most` (at least one) directories, those that lose most first.

    Each file counts in one row, a rename at its new path. Where the most lines are lost is shown
    in the most detail: that directory is split first, as long as there are rows.
    """
    everything = list(files)
    rows = {_common(everything): everything} if everything else {}
    whole = set[str]()
    while left := [directory for directory in rows if directory not in whole]:
        directory = max(left, key=lambda name: _loss(rows[name]))
        parts = _split(directory, rows[directory])
        # What lies in the directory itself keeps its name, and cannot be split again.
        whole.add(directory)
        if len(rows) - 1 + len(parts) <= most:
            del rows[directory]
            rows |= parts
    totals = (_total(directory, inside) for directory, inside in rows.items())
    return tuple(sorted(totals, key=lambda row: (-row.deleted, -row.files, row.directory)))


def _split(directory: str, files: Sequence[FileChange]) -> dict[str, list[FileChange]]:
    """The files by what they are in directly below a directory, or in the directory itself."""
    start = len(directory) + 1 if directory else 0
    parts: defaultdict[str, list[FileChange]] = defaultdict(list)
    for file in files:
        below, slash, _ = file.path[start:].partition("/")
        parts[below if slash else ""].append(file)
    return {_common(part): part for part in parts.values()}


def _common(files: Sequence[FileChange]) -> str:
    """The deepest directory that all the files are in."""
    folders = [file.path.rpartition("/")[0] + "/" for file in files]
    # What the first and the last in order of names share, all share.
    shared = posixpath.commonprefix([min(folders), max(folders)])
    return shared.rpartition("/")[0]


def _loss(files: Sequence[FileChange]) -> tuple[int, int]:
    return sum(file.deleted for file in files), len(files)


def _total(directory: str, files: Sequence[FileChange]) -> DirectoryTotal:
    return DirectoryTotal(
        directory,
        files=len(files),
        added=sum(file.added for file in files),
        deleted=sum(file.deleted for file in files),
        deleted_files=sum(file.gone for file in files),
    )
