"""Histories made object by object: whatever git can hold, well-formed or not, without a process.

Objects are written as loose files, so that a test may say exactly which bytes it means.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentguard.change import Change, FileChange, RefUpdate
from agentguard.repo.extras import Wanted
from agentguard.repo.git import raw
from agentguard.repo.reader import Known, read_change
from agentguard.repo.repository import Repository, open_repository
from tests import kit

MAIN = "refs/heads/main"
SAM = "Sam Developer <sam@example.com> 1767225600 +0000"
EVERYTHING = Wanted(put_back=1, tracked_files=1, patch=lambda _file: True)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree: `content` is the blob's, or `id` names the object."""

    mode: int = 0o100644
    content: bytes = b""
    id: str = ""


Content = str | bytes | Entry
Files = Mapping[str, Content]


def link(target: str) -> Entry:
    """A symbolic link."""
    return Entry(0o120000, raw(target))


def program(content: str) -> Entry:
    """An executable file."""
    return Entry(0o100755, content.encode())


def submodule(digit: str) -> Entry:
    """A submodule at a commit that this repository does not hold."""
    return Entry(0o160000, id=digit * 40)


@dataclass(frozen=True, slots=True)
class Crafted:
    """A repository to put objects into, and to read changes from."""

    work: kit.Work
    directory: Path
    hash: str = "sha1"

    def put(self, kind: str, body: bytes) -> str:
        """Write any bytes as an object; its id."""
        content = f"{kind} {len(body)}\0".encode() + body
        name = hashlib.new(self.hash, content).hexdigest()
        path = self.object(name)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(zlib.compress(content, 1))
        return name

    def object(self, name: str) -> Path:
        """Where a loose object is kept."""
        return self.directory / "objects" / name[:2] / name[2:]

    def raw_tree(self, entries: Sequence[tuple[bytes, bytes, str]]) -> str:
        """A tree of `(mode, name, object id)`, in the order given."""
        rows = [mode + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries]
        return self.put("tree", b"".join(rows))

    def tree(self, files: Files) -> str:
        """The tree that holds these paths."""
        below: dict[str, dict[str, Content]] = {}
        entries: dict[bytes, tuple[bytes, bytes, str]] = {}
        for path, content in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = content
            else:
                entries[raw(name)] = self._entry(raw(name), content)
        for name, inside in below.items():
            entries[raw(name) + b"/"] = (b"40000", raw(name), self.tree(inside))
        return self.raw_tree([entries[key] for key in sorted(entries)])

    def _entry(self, name: bytes, content: Content) -> tuple[bytes, bytes, str]:
        if not isinstance(content, Entry):
            content = Entry(content=raw(content) if isinstance(content, str) else content)
        return f"{content.mode:o}".encode(), name, content.id or self.put("blob", content.content)

    def commit(
        self,
        files: Files | str,
        *parents: str,
        message: str | bytes = "Change\n",
        headers: str = "",
    ) -> str:
        """A commit of these files (or of a tree by its id). `headers` go before the message."""
        tree = files if isinstance(files, str) else self.tree(files)
        head = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        head += [f"author {SAM}", f"committer {SAM}"]
        return self.raw_commit("\n".join(head) + "\n" + headers, message)

    def raw_commit(self, headers: str | bytes, message: str | bytes = "Change\n") -> str:
        """A commit with exactly these headers."""
        head, body = (raw(part) if isinstance(part, str) else part for part in (headers, message))
        return self.put("commit", head + b"\n" + body)

    def tag(self, target: str, kind: str, name: str = "v1") -> str:
        """An annotated tag of an object."""
        head = f"object {target}\ntype {kind}\ntag {name}\ntagger {SAM}\n\nTag\n"
        return self.put("tag", head.encode())

    def ref(self, name: str, target: str) -> None:
        """Point a ref at an object."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(target + "\n")

    def history(self, *versions: Files, message: str = "Change\n") -> list[str]:
        """A line of commits, each with these files."""
        made: list[str] = []
        for files in versions:
            made.append(self.commit(files, *made[-1:], message=message))
        return made

    def repository(self) -> Repository:
        """The code under test, opened."""
        return open_repository(self.directory)

    def read(
        self,
        old: str,
        new: str,
        ref: str = MAIN,
        *,
        default: str | None = None,
        protected: Sequence[str] = (),
        wanted: Wanted = EVERYTHING,
    ) -> Change:
        """The change an update makes. The default branch stands at `old` unless said."""
        known = Known(old if default is None else default, tuple(protected))
        return read_change(self.repository(), RefUpdate(old, new, ref), known, wanted)

    def between(self, before: Files, after: Files) -> Change:
        """The change from one set of files to another, in one commit."""
        old, new = self.history(before, after)
        return self.read(old, new)

    def naive(self, *arguments: str, **extra: str) -> str:
        """What plain git says, as a first draft of a gate would ask it."""
        return self.work.git(*arguments, check=False, **extra).stdout.rstrip("\n")


def craft(folder: Path, *options: str) -> Crafted:
    """An empty bare repository."""
    work = kit.init(folder, "--bare", *options)
    return Crafted(work, folder, "sha256" if "--object-format=sha256" in options else "sha1")


def by_path(change: Change) -> dict[str, FileChange]:
    """The net files of a change."""
    return {file.path: file for file in change.files}


def statuses(change: Change) -> dict[str, str]:
    """Each path and what happened to it."""
    return {file.path: file.status for file in change.files}


def totals(files: Sequence[FileChange]) -> tuple[int, int]:
    """Added and deleted lines."""
    return sum(file.added for file in files), sum(file.deleted for file in files)


def lines(count: int, word: str = "line") -> str:
    """Text of distinct lines."""
    return "".join(f"{word} {number}\n" for number in range(count))
