"""The whole catalog on real steps of a repository, and on made-up edits of real files.

Real: each first-parent step of a repository on this machine, as a push of that step to `main`.

Made up: `Edits` takes the sizes of ordinary units (how many files each adds, changes and deletes, and
how many lines) and does as much to files of folders on this machine. A changed file loses a run of
lines at a random place and gets a run of lines of another file of its kind there; an added one is
such a file under a new name. So the lines are real and their places are not, and what belongs together
is torn apart: a name may go while its callers stay. It tells how often text rules mistake ordinary
text for what they look for. It tells nothing of how often people touch what the rules guard.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agentguard.client.backtest import judge_steps
from agentguard.finding import Finding
from agentguard.gate import Gate
from agentguard.policy.load import built_in
from agentguard.policy.stack import Stack
from agentguard.repo.fast_import import File, NewCommit, Store
from agentguard.repo.reader import Known
from agentguard.repo.repository import Repository, open_repository
from agentguard.repo.steps import Step

MAIN = "refs/heads/main"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOMEBODY = "Sam Developer <sam@example.com>"
LARGEST = 200_000  # bytes of a file that is edited
MOST_FILES = 6_000


def opened(path: Path) -> Repository:
    """A repository, bare or with a work tree."""
    return open_repository(path / ".git" if (path / ".git").is_dir() else path)


def findings(repository: Repository, old: str, new: str) -> tuple[Finding, ...]:
    """What the built-in rules find in a push from `old` to `new`. An error is a finding, too."""
    stack = Stack((built_in(MAIN),), "acme/portal")
    gate = Gate(repository, stack, Known(old, (old,)), NOW)
    [judged] = judge_steps(gate, MAIN, [Step(old, new, "")])
    if judged.update.errors:
        raise RuntimeError("; ".join(judged.update.errors))
    return judged.update.findings


@dataclass(frozen=True, slots=True)
class Size:
    """What a unit does: files by what happens to them, lines."""

    added: int
    changed: int
    deleted: int
    gained: int
    lost: int


class Edits:
    """Edits of the text files of a folder, as commits on one base commit in a store."""

    def __init__(self, store: Store, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.texts = dict(self._texts(folder))
        self.kinds: dict[str, list[str]] = {}
        for path in self.texts:
            self.kinds.setdefault(Path(path).suffix, []).append(path)
        self.store = store
        files: dict[str, File | None] = {path: _file(t) for path, t in self.texts.items()}
        self.base = store.commit(NewCommit(SOMEBODY, "Before\n", files))
        store.set(MAIN, self.base)

    def commit(self, size: Size) -> str:
        """A commit of such a size on the base."""
        paths = self.random.sample(sorted(self.texts), min(len(self.texts), _touched(size)))
        changes: dict[str, File | None] = {}
        for number, path in enumerate(paths):
            if number < size.added:
                fresh = str(Path(path).with_stem(f"{Path(path).stem}_{number}"))
                changes[fresh] = _file(self._run(path, max(1, size.gained // _touched(size))))
            elif number < size.added + size.deleted:
                changes[path] = None
            else:
                changes[path] = _file(self._edited(path, size))
        return self.store.commit(NewCommit(SOMEBODY, "Change\n", changes), [self.base])

    def _edited(self, path: str, size: Size) -> list[str]:
        lines, parts = self.texts[path], _touched(size)
        at = self.random.randrange(len(lines) + 1)
        new = self._run(path, -(-size.gained // parts)) if size.gained else []
        return [*lines[:at], *new, *lines[at + size.lost // parts :]]

    def _run(self, path: str, count: int) -> list[str]:
        """Lines that follow one another in some file of the same kind."""
        lines = self.texts[self.random.choice(self.kinds[Path(path).suffix])]
        at = self.random.randrange(max(1, len(lines) - count + 1))
        return lines[at : at + count]

    def _texts(self, folder: Path) -> Iterator[tuple[str, list[str]]]:
        """Text files by their path in the folder, a sample where there are very many."""
        found = sorted(path for path in folder.rglob("*") if _usable(path))
        for path in self.random.sample(found, min(len(found), MOST_FILES)):
            content = path.read_bytes()
            if b"\0" not in content:
                lines = content.decode("utf-8", "surrogateescape").splitlines(keepends=True)
                yield path.relative_to(folder).as_posix(), lines


def _usable(path: Path) -> bool:
    hidden = {"__pycache__", ".git"} & {*path.parts}
    return not hidden and not path.is_symlink() and path.is_file() and _size(path) <= LARGEST


def _size(path: Path) -> int:
    return path.stat().st_size or LARGEST + 1


def _file(lines: Sequence[str]) -> File:
    return File("".join(lines).encode("utf-8", "surrogateescape"))


def _touched(size: Size) -> int:
    return max(1, size.added + size.changed + size.deleted)


def sizes(rows: Sequence[Mapping[str, str]], count: int, seed: int) -> list[Size]:
    """The sizes of so many units, by chance. `rows` are those of `units-dev.csv.gz`."""
    chosen = random.Random(seed).sample(rows, min(count, len(rows)))
    return [
        Size(*(int(float(row[name] or 0)) for name in ("f_A", "f_M", "f_D", "add", "del")))
        for row in chosen
    ]
