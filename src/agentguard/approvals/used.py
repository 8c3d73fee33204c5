"""Which approvals were used: one approval is for one push.

A file beside the repository, one JSON object per line, only ever added to. `used` is written, and
is on the disk, before a push is accepted; `landed` when git says that the ref moved. An approval is
spent once its push landed. What did not land (another hook refused, another push was faster) may
be tried again. A line that a crash left half written was never acted upon and is passed by.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentguard.clock import iso
from agentguard.errors import EvaluationError

if TYPE_CHECKING:
    from datetime import datetime

    from agentguard.approvals.statement import Statement
    from agentguard.change import RefUpdate
    from agentguard.decision import Approval, UpdateDecision

FILE = Path("agentguard", "approvals.jsonl")

RECENT = 1024 * 1024  # bytes, hundreds of uses; what is older expired long ago
NOTHING = '"new": ""'  # as a record says that the ref was deleted

Contains = Callable[[str, str], bool]
"""(commit, tip): whether a branch at `tip` holds `commit`."""


@dataclass(frozen=True, slots=True)
class UsedApprovals:
    """The file of one repository; `directory` is the repository's own."""

    directory: Path

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.directory / FILE

    def spent(self, statement: Statement, update: RefUpdate, contains: Contains) -> str:
        """Why the approval cannot be used for `update`, "" if it can. Raises EvaluationError."""
        name = identity(statement.render())
        records = [each for each in self._records(name) if each.get("approval") == name]
        landed = {_move(each) for each in records if each.get("event") == "landed"}
        for use in (each for each in records if each.get("event") != "landed"):
            _, old, new = _move(use)
            there = new and update.old and contains(new, update.old)
            # What a rewind goes to was in the branch before, so finding it there proves nothing.
            rewound = there and old and contains(new, old)
            if _move(use) in landed or new == update.old or (there and not rewound):
                when, what = use.get("time", ""), new[:12] or "a deletion"
                return f"it was used at {when}, for {what}; each push needs one of its own"
        return ""

    def record(self, decided: Iterable[UpdateDecision], pusher: str, now: datetime) -> None:
        """Note what accepted updates use, for good. Raises EvaluationError if that cannot be."""
        lines = [
            _use(approval, update.update, pusher, now)
            for update in decided
            for approval in update.approvals
            if approval.statement
        ]
        self._append(lines)

    def land(self, updates: Sequence[RefUpdate]) -> None:
        """Note which uses landed: the refs moved. Raises EvaluationError."""
        moved = {(update.ref, update.old, update.new) for update in updates}
        records = list(self._records(*(update.new or update.old for update in updates)))
        self._note(records, lambda record: _move(record) in moved)

    def settle(self, updates: Sequence[RefUpdate]) -> None:
        """Note the late uses that landed although nobody was there to say so: the ref stands where
        they moved it. Raises EvaluationError."""
        stands = {(update.ref, update.old) for update in updates}
        records = list(self._records(*(update.old or NOTHING for update in updates), last=RECENT))
        self._note(records, lambda record: _move(record)[::2] in stands)

    def _note(
        self, records: Sequence[Mapping[str, Any]], landed: Callable[[Mapping[str, Any]], bool]
    ) -> None:
        """Write that uses landed, each once."""
        noted = {_key(record) for record in records if record.get("event") == "landed"}
        uses = (record for record in records if record.get("event") == "used")
        new = {_key(use): use for use in uses if landed(use) and _key(use) not in noted}
        names = ("approval", "ref", "old", "new")
        self._append([{"event": "landed"} | {n: use.get(n) for n in names} for use in new.values()])

    def _records(self, *names: str, last: int = 0) -> Iterator[Mapping[str, Any]]:
        """The records in which one of the names stands, of approvals or objects; of the `last`
        bytes of the file, or of all."""
        sought = [name.encode() for name in names]
        for line in self._read(last).split(b"\n"):
            if any(name in line for name in sought):
                try:
                    record = json.loads(line)
                except ValueError:
                    continue
                if isinstance(record, dict):
                    yield record

    def _read(self, last: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                if last:
                    file.seek(max(0, os.fstat(file.fileno()).st_size - last))
                return file.read()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise EvaluationError(f"{self.path} cannot be read: {error.strerror}") from error

    def _append(self, records: Sequence[Mapping[str, Any]]) -> None:
        if not records:
            return
        text = "".join(json.dumps(record, sort_keys=True) + "\n" for record in records)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _write(self.path, text.encode())
        except OSError as error:
            raise EvaluationError(f"{self.path} cannot be written: {error.strerror}") from error


def _move(record: Mapping[str, Any]) -> tuple[str, str, str]:
    return record.get("ref", ""), record.get("old", ""), record.get("new", "")


def _key(record: Mapping[str, Any]) -> tuple[str, ...]:
    return record.get("approval", ""), *_move(record)


def identity(statement: str) -> str:
    """What tells approvals apart: what was said, not the signature, which has many spellings."""
    return hashlib.sha256(statement.encode()).hexdigest()


def _use(approval: Approval, update: RefUpdate, pusher: str, now: datetime) -> Mapping[str, Any]:
    return {
        "event": "used",
        "approval": identity(approval.statement),
        "time": iso(now),
        "ref": update.ref,
        "old": update.old,
        "new": update.new,
        "pusher": pusher,
        "approver": approval.approver,
        "carrier": approval.carrier,
        "commit": approval.commit,
        "key": approval.key,
        "presence": approval.presence,
        "verification": approval.verification,
        "counter": approval.counter,
        "break_glass": bool(approval.reason),
        "reason": approval.reason,
        "statement": approval.statement,
        "signed": approval.signed,
        "signature": approval.signature,
    }


def _write(path: Path, data: bytes) -> None:
    """Add whole lines at the end, on the disk when this returns."""
    new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o660)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            data = b"\n" + data  # a crash left half a line
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    if new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
