"""The net difference of pairs of trees, from one git process."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agentguard.change import GITLINK, SYMLINK, FileChange, FileStatus
from agentguard.errors import EvaluationError
from agentguard.repo import lines
from agentguard.repo.git import Git, text
from agentguard.repo.objects import Objects

EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
PAIR = re.compile(rb"([0-9a-f]{40,64}) ([0-9a-f]{40,64})\n")
STATUSES: dict[str, FileStatus] = {
    "A": "added",
    "D": "deleted",
    "M": "modified",
    "T": "typechange",
}

# Contents are compared line by line only up to this many bytes a side. If one is larger, all lines
# of both are taken as changed, and those of the large one estimated.
LARGEST_COMPARED = 64 * 1024 * 1024
TYPICAL_LINE = 40

Pair = tuple[str, str]


@dataclass(slots=True)
class Record:
    """One file as git printed it, before content is looked at; `counts` is None for "binary"."""

    old_mode: int
    new_mode: int
    old_blob: str
    new_blob: str
    status: FileStatus
    path: str
    counts: tuple[int, int] | None = None


def diff_trees(
    git: Git, objects: Objects, pairs: Sequence[Pair]
) -> dict[Pair, tuple[FileChange, ...]]:
    """The files that differ between the trees of each pair, in git's order of paths.

    No renames but exact ones, no attributes, no textconv; line counts are git's own, and come from
    content where git has none. Raises EvaluationError when git's answer is not complete.
    """
    wanted = list(dict.fromkeys(pairs))
    if not wanted:
        return {}
    output = git.output(
        "diff-tree",
        "--stdin",
        "-r",
        "--raw",
        "--numstat",
        "-z",
        "--no-abbrev",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--ignore-submodules=none",
        stdin="".join(f"{old} {new}\n" for old, new in wanted).encode(),
    )
    parsed = parse_raw(output)
    if list(parsed) != wanted:
        raise EvaluationError("git diff-tree did not answer for every pair of trees")
    everything = [record for records in parsed.values() for record in records]
    contents = _Contents(objects, everything)
    return {
        pair: _exact_renames([contents.change(record) for record in records])
        for pair, records in parsed.items()
    }


def parse_raw(output: bytes) -> dict[Pair, list[Record]]:
    """`output` of `diff-tree --stdin --raw [--numstat] -z` for pairs of trees, by pair."""
    parsed: dict[Pair, list[Record]] = {}
    records: dict[str, Record] = {}
    tokens = iter(output.split(b"\0"))
    for token in tokens:
        rest = token
        while header := PAIR.match(rest):
            records = {}
            pair = (header[1].decode(), header[2].decode())
            parsed[pair] = []
            rest = rest[header.end() :]
        if rest.startswith(b":"):
            record = _raw(rest, next(tokens, b""))
            if record.path in records:
                raise EvaluationError("a tree object names one path twice")
            records[record.path] = record
            parsed[pair].append(record)
        elif rest:
            added, deleted, path = rest.split(b"\t", 2)
            binary = added == b"-"
            records[text(path)].counts = None if binary else (int(added), int(deleted))
    return parsed


def _raw(fields: bytes, path: bytes) -> Record:
    """One `:mode mode id id status` and its path."""
    old_mode, new_mode, old_blob, new_blob, letter = fields[1:].decode("ascii", "replace").split()
    status = STATUSES.get(letter)
    if status is None or not path:
        raise EvaluationError(f"git diff-tree reports an unknown status {letter!r}")
    modes = int(old_mode, 8), int(new_mode, 8)
    if status == "modified" and old_blob == new_blob:
        status = "mode"
    return Record(*modes, _present(old_blob), _present(new_blob), status, text(path))


def _present(blob: str) -> str:
    return "" if set(blob) == {"0"} else blob


class _Contents:
    """What must be read to complete the records: sizes, contents of binary files, link targets."""

    def __init__(self, objects: Objects, records: Iterable[Record]) -> None:
        self._objects = objects
        sides = [side for record in records for side in _sides(record)]
        info = objects.info(blob for mode, blob in sides if blob and mode != GITLINK)
        self._sizes = {blob: found.size for blob, found in info.items()}

    def change(self, record: Record) -> FileChange:
        binary = record.counts is None and self._no_text(record)
        added, deleted = record.counts or self._count(record)
        target = self._text(record.new_blob) if record.new_mode == SYMLINK else None
        return FileChange(
            path=record.path,
            status=record.status,
            old_mode=record.old_mode,
            new_mode=record.new_mode,
            old_blob=record.old_blob,
            new_blob=record.new_blob,
            added=added,
            deleted=deleted,
            binary=binary,
            old_size=self._sizes.get(record.old_blob, 0),
            new_size=self._sizes.get(record.new_blob, 0),
            target=target,
        )

    def _no_text(self, record: Record) -> bool:
        """Whether what was there, or else what is new, is no text: neither an attribute nor a NUL
        byte in the new content makes a source file anything else."""
        side = next(side for side in _sides(record) if side[1])
        return self._size(*side) > LARGEST_COMPARED or lines.is_binary(self._content(*side))

    def _count(self, record: Record) -> tuple[int, int]:
        if record.old_blob == record.new_blob:
            return 0, 0
        old, new = _sides(record)
        if max(self._size(*old), self._size(*new)) > LARGEST_COMPARED:
            return self._all_lines(*new), self._all_lines(*old)
        return lines.count(self._content(*old), self._content(*new))

    def _size(self, _mode: int, blob: str) -> int:
        return self._sizes.get(blob, 0)

    def _all_lines(self, mode: int, blob: str) -> int:
        size = self._size(mode, blob)
        if size > LARGEST_COMPARED:
            return size // TYPICAL_LINE
        return len(lines.as_lines(self._content(mode, blob)))

    def _content(self, mode: int, blob: str) -> bytes:
        if not blob:
            return b""
        return blob.encode() if mode == GITLINK else self._objects.content(blob)[1]

    def _text(self, blob: str) -> str:
        return text(self._objects.content(blob)[1])


def _sides(record: Record) -> tuple[tuple[int, str], tuple[int, str]]:
    return (record.old_mode, record.old_blob), (record.new_mode, record.new_blob)


def _exact_renames(files: list[FileChange]) -> tuple[FileChange, ...]:
    """Pair each deleted file with one added file of the same mode and content.

    One deletion is excused by one addition only; a file of the same name is preferred.
    """
    arrived: dict[str, FileChange] = {}
    departed: set[str] = set()
    for key in (_content_and_name, _content):
        gone: dict[object, deque[FileChange]] = defaultdict(deque)
        for file in files:
            if file.status == "deleted" and file.path not in departed:
                gone[key(file, file.old_mode, file.old_blob)].append(file)
        for file in files:
            if file.status == "added" and file.path not in arrived:
                candidates = gone.get(key(file, file.new_mode, file.new_blob))
                if candidates:
                    old = candidates.popleft()
                    departed.add(old.path)
                    arrived[file.path] = _renamed(old, file)
    return tuple(arrived.get(file.path, file) for file in files if file.path not in departed)


def _content(_file: FileChange, mode: int, blob: str) -> tuple[int, str]:
    return mode, blob


def _content_and_name(file: FileChange, mode: int, blob: str) -> tuple[int, str, str]:
    return mode, blob, file.path.rpartition("/")[2]


def _renamed(old: FileChange, new: FileChange) -> FileChange:
    return replace(
        new,
        status="renamed",
        old_path=old.path,
        old_mode=old.old_mode,
        old_blob=old.old_blob,
        old_size=old.old_size,
        added=0,
        deleted=0,
    )
