"""The change digest: one short name for exactly the content that an approver saw.

A record is five fields, each ended by NUL: old mode and new mode (six octal digits), old and new
object id (full, zeros for a side that is absent), path. The digest is SHA-256 over the sorted
records of the net change; then, if there are any, `ids` NUL, the old id and the new id, each ended
by NUL; then, if there are any, `vanished` NUL and those records, sorted. Since no record begins
with a letter and no field holds a NUL, two different changes never give the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Literal

from agentguard.change import FileChange
from agentguard.errors import EvaluationError

_WIDTHS = {"sha1": 40, "sha256": 64}
_OBJECT_ID = re.compile(r"[0-9a-f]+")
_RECORD = re.compile(
    rb"[0-7]{6}\0[0-7]{6}\0(?:[0-9a-f]{40}\0[0-9a-f]{40}|[0-9a-f]{64}\0[0-9a-f]{64})\0[^\0]+\0"
)


def change_digest(
    files: Iterable[FileChange],
    object_format: Literal["sha1", "sha256"],
    *,
    ids: tuple[str, str] | None = None,
    vanished: Iterable[bytes] = (),
) -> str:
    """`sha256:` and 64 hex digits for the net change `files`, in any order.

    `ids` are the old and the new object id of a deletion, rewind or tag move, the empty string for
    none. `vanished` are records of `raw_record` that the net change no longer shows.
    Raises EvaluationError for a record that git cannot have made.
    """
    width = _WIDTHS[object_format]
    parts = _sorted(record for file in files for record in raw_record(file))
    if ids is not None:
        parts += [b"ids\0", _object_id(ids[0], width), _object_id(ids[1], width)]
    if gone := _sorted(vanished):
        parts += [b"vanished\0", *gone]
    return "sha256:" + hashlib.sha256(b"".join(parts)).hexdigest()


def raw_record(file: FileChange) -> tuple[bytes, ...]:
    """The record of `file`; an exact rename is two, its deletion and its addition."""
    if file.old_path is None:
        return (_record(file.old_mode, file.new_mode, file.old_blob, file.new_blob, file.path),)
    return (
        _record(file.old_mode, 0, file.old_blob, "", file.old_path),
        _record(0, file.new_mode, "", file.new_blob, file.path),
    )


def _record(old_mode: int, new_mode: int, old: str, new: str, path: str) -> bytes:
    width = len(old or new)
    modes = f"{old_mode:06o}\0{new_mode:06o}\0".encode()
    name = path.encode("utf-8", "surrogateescape") + b"\0"
    return modes + _object_id(old, width) + _object_id(new, width) + name


def _object_id(value: str, width: int) -> bytes:
    if value and (len(value) != width or not _OBJECT_ID.fullmatch(value)):
        raise EvaluationError(f"not a full object id: {value!a}")
    return (value or "0" * width).encode() + b"\0"


def _sorted(records: Iterable[bytes]) -> list[bytes]:
    """Each record once: the same file may have come and gone in several commits."""
    unique = sorted(set(records))
    for record in unique:
        if not _RECORD.fullmatch(record):
            raise EvaluationError(f"not a record of a tree difference: {record!a}")
    return unique
