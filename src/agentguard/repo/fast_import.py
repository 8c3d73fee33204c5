"""Small repositories made from data, for the examples of rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentguard.repo.environment import clean_environment
from agentguard.repo.git import Git, raw, text
from agentguard.repo.repository import Repository, open_repository
from agentguard.repo.writer import write_signed

Sign = Callable[[bytes], bytes]
WHEN = "1767225600 +0000"
SCRATCH = "refs/agentguard/example"  # holds the last commit that was made


@dataclass(frozen=True, slots=True)
class File:
    """A file by content and git's mode."""

    content: bytes
    mode: int = 0o100644


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to make: `author` is `Name <address>`, who also commits it unless `committer` is named
    like that; a file that is None is deleted."""

    author: str
    message: str
    files: Mapping[str, File | None]
    sign: Sign | None = None
    committer: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """A bare repository to put commits into."""

    repository: Repository

    def commit(self, new: NewCommit, parents: Sequence[str] = ()) -> str:
        """Write a commit; its id."""
        git = self.repository.git
        git.output("fast-import", "--quiet", "--force", stdin=_stream(new, parents))
        made = text(git.output("rev-parse", SCRATCH)).strip()
        return self._signed(made, new.sign) if new.sign else made

    def set(self, ref: str, target: str) -> None:
        """Point a ref at an object."""
        self.repository.git.output("update-ref", ref, target)

    def _signed(self, commit: str, sign: Sign) -> str:
        content = self.repository.git.output("cat-file", "commit", commit)
        head, _, message = content.partition(b"\n\n")
        return write_signed(self.repository, head + b"\n", b"\n" + message, sign)


def new_store(directory: Path, head: str) -> Store:
    """An empty bare repository whose HEAD names `head`."""
    git = Git(directory, clean_environment(directory))
    git.output("init", "--quiet", "--bare", "--template=", str(directory))
    git.output("symbolic-ref", "HEAD", head)
    return Store(open_repository(directory))


def _stream(new: NewCommit, parents: Sequence[str]) -> bytes:
    """One commit in the language of `git fast-import`."""
    parts = [raw(f"commit {SCRATCH}\n"), raw(f"author {new.author} {WHEN}\n")]
    parts.append(raw(f"committer {new.committer or new.author} {WHEN}\n"))
    parts.append(_data(raw(new.message)))
    words = ["from", *["merge"] * len(parents)]
    parts += [f"{word} {parent}\n".encode() for word, parent in zip(words, parents, strict=False)]
    for path, file in new.files.items():
        quoted = _quoted(path)
        if file is None:
            parts.append(b"D " + quoted + b"\n")
        else:
            parts += [f"M {file.mode:o} inline ".encode() + quoted + b"\n", _data(file.content)]
    if not parents:
        parts.insert(0, raw(f"reset {SCRATCH}\n"))
    return b"".join(parts)


def _data(content: bytes) -> bytes:
    return f"data {len(content)}\n".encode() + content + b"\n"


def _quoted(path: str) -> bytes:
    escaped = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\{byte:03o}"
        for byte in raw(path)
    )
    return f'"{escaped}"'.encode()
