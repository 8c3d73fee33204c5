"""Reading objects through one long-lived `git cat-file`."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from agentguard.errors import EvaluationError
from agentguard.repo.git import Git, failure, stream

# More requests than this at once could fill the pipe to git while git waits for us to read
# (64 KiB on Linux; a request is at most 75 bytes).
AT_ONCE = 256

# An object larger than this is never held in memory.
LARGEST = 256 * 1024 * 1024

NAME = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})(\^\{tree\})?")


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object's id, type (`commit`, `tree`, `blob`, `tag`) and size in bytes."""

    id: str
    type: str
    size: int


@dataclass(slots=True)
class Objects:
    """Object store of one repository, asked by id. Missing or damaged objects are errors."""

    process: subprocess.Popen[bytes]
    known: dict[str, ObjectInfo] = field(default_factory=dict)

    def info(self, names: Iterable[str]) -> dict[str, ObjectInfo]:
        """Type and size of each name. A name is an id, or `id^{tree}`."""
        names = list(dict.fromkeys(names))
        wanted = [name for name in names if name not in self.known]
        for batch in _batches(wanted):
            self._ask("info", batch)
            for name in batch:
                self.known[name] = self._header(name)
        return {name: self.known[name] for name in names}

    def tree_of(self, name: str) -> str:
        """The id of the tree of a commit, tag or tree."""
        return self.info([f"{name}^{{tree}}"])[f"{name}^{{tree}}"].id

    def contents(self, names: Iterable[str]) -> Iterator[tuple[str, str, bytes]]:
        """Id, type and content of each object, in the order given."""
        for batch in _batches(list(dict.fromkeys(names))):
            self._ask("contents", batch)
            for name in batch:
                info = self._header(name)
                if info.size > LARGEST:
                    raise EvaluationError(f"object {name} is larger than {LARGEST:,} bytes")
                body = self._read(info.size + 1)
                yield name, info.type, body[:-1]

    def content(self, name: str) -> tuple[str, bytes]:
        """Type and content of one object."""
        [(_, kind, body)] = self.contents([name])
        return kind, body

    def _ask(self, command: str, names: list[str]) -> None:
        """Send one request per name. A name that is no id could pass for a request of its own."""
        if not all(map(NAME.fullmatch, names)):
            raise EvaluationError("an object is named by something that is no object id")
        request = "".join(f"{command} {name}\n" for name in names)
        try:
            pipe = stream(self.process.stdin)
            pipe.write(request.encode())
            pipe.flush()
        except OSError as error:
            raise self._broken() from error

    def _header(self, name: str) -> ObjectInfo:
        line = stream(self.process.stdout).readline()
        fields = line.decode("utf-8", "replace").split()
        if not line.endswith(b"\n"):
            raise self._broken()
        if len(fields) != 3 or not fields[2].isdigit():
            raise EvaluationError(f"object {name} is missing from the repository")
        return ObjectInfo(fields[0], fields[1], int(fields[2]))

    def _read(self, size: int) -> bytes:
        body = stream(self.process.stdout).read(size)
        if len(body) != size:
            raise self._broken()
        return body

    def _broken(self) -> EvaluationError:
        """What git said when it stopped answering, as it does at a damaged object."""
        with contextlib.suppress(OSError):
            stream(self.process.stdin).close()
        complaints = stream(self.process.stderr).read()
        return EvaluationError(failure("cat-file", self.process.wait(), complaints))


@contextlib.contextmanager
def open_objects(git: Git) -> Iterator[Objects]:
    """One `git cat-file --batch-command`, for as long as the block lasts."""
    with git.start("cat-file", "--batch-command") as process:
        yield Objects(process)


def _batches(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), AT_ONCE):
        yield names[start : start + AT_ONCE]
