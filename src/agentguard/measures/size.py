"""How much a change touches, adds and deletes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agentguard.change import FileChange, parents
from agentguard.errors import EvaluationError
from agentguard.measures.measure import Measure, Reading, View, number

Files = Sequence[FileChange]
Amount = Callable[[FileChange], int]
Read = Callable[[Files, View, str], Reading]  # the last is what stands before the name

# A file that stays is gutted when it loses at least so many lines and gains at most a tenth of
# them (DEFAULTS: `files-gutted`), or when so many bytes went that fifty ordinary lines would not
# hold them and hardly any came back: a bundle is one enormous line. Whether git calls the file
# binary does not matter, since a single NUL written into what is left makes it so.
GUTTED_LINES = 50
GUTTED_BYTES = 20_000
GUTTED_SHARE = 0.10


def gutted(file: FileChange) -> bool:
    """Whether a file that still exists lost nearly all it held."""
    if file.status not in ("modified", "typechange"):
        return False
    by_lines = file.deleted >= GUTTED_LINES and file.added <= GUTTED_SHARE * file.deleted
    lost = file.old_size - file.new_size
    by_bytes = lost >= GUTTED_BYTES and file.new_size <= GUTTED_SHARE * file.old_size
    return by_lines or by_bytes


def ratio(added: int, deleted: int) -> float:
    """Deleted lines as a share of all changed lines; 0 when nothing changed."""
    return deleted / (added + deleted) if added + deleted else 0.0


def lost_bytes(file: FileChange) -> int:
    """Bytes by which a text file shrank. Binary files are counted by lines of their content."""
    return 0 if file.binary or file.status == "renamed" else max(0, file.old_size - file.new_size)


# What adds up, over files and over pushes: the name, what it counts, and how much of it a file is.
AMOUNTS: tuple[tuple[str, str, Amount], ...] = (
    ("files", "files changed", lambda _: 1),
    ("added_files", "files added", lambda file: file.status == "added"),
    ("deleted_files", "files deleted or emptied", lambda file: file.gone),
    ("modified_files", "files whose content changed", lambda file: file.status == "modified"),
    ("renamed_files", "files moved unchanged", lambda file: file.status == "renamed"),
    ("gutted_files", "files that stay but lost nearly all they held", gutted),
    ("added_lines", "lines added", lambda file: file.added),
    ("deleted_lines", "lines deleted", lambda file: file.deleted),
    ("changed_lines", "lines added and deleted", lambda file: file.added + file.deleted),
    ("deleted_bytes", "bytes by which text files shrank", lost_bytes),
)
SOURCE = "source_"  # in front of a name: noise is left out
SIZES = tuple(f"{prefix}{name}" for prefix in ("", SOURCE) for name, *_ in AMOUNTS)


@dataclass(frozen=True, slots=True)
class Sizes:
    """All that adds up of one push, or of several: whole numbers in the order of `SIZES`."""

    numbers: tuple[int, ...] = (0,) * len(SIZES)

    @classmethod
    def of(cls, view: View) -> Sizes:
        """What a view's files come to, without what it was given of earlier pushes."""
        every = [[amount(file) for *_, amount in AMOUNTS] for file in view.files]
        kept = {id(file) for file in view.source_files}
        source = [row for file, row in zip(view.files, every, strict=True) if id(file) in kept]
        return cls((*_totals(every), *_totals(source)))

    def __getitem__(self, name: str) -> int:
        return self.numbers[SIZES.index(name)]

    def __add__(self, other: Sizes) -> Sizes:
        return Sizes(tuple(a + b for a, b in zip(self.numbers, other.numbers, strict=True)))

    def __bool__(self) -> bool:
        return any(self.numbers)

    def to_dict(self) -> dict[str, int]:
        """The numbers that are not zero, by name."""
        return {name: n for name, n in zip(SIZES, self.numbers, strict=True) if n}

    @classmethod
    def from_dict(cls, values: object) -> Sizes:
        """The other way round; what is missing is zero. Raises EvaluationError."""
        if not isinstance(values, dict):
            raise EvaluationError("sizes of a push: expected names with numbers")
        if unknown := sorted(str(name) for name in values if name not in SIZES):
            raise EvaluationError(f"sizes of a push: there is no {unknown[0]!r}")
        numbers = tuple(values.get(name, 0) for name in SIZES)
        for name, found in zip(SIZES, numbers, strict=True):
            if type(found) is not int or found < 0:
                raise EvaluationError(f"sizes of a push: {name} is no whole number from 0 on")
        return cls(numbers)


NOTHING = Sizes()


def _totals(rows: Iterable[Sequence[int]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True))) or (0,) * len(AMOUNTS)


def _sum(name: str, amount: Amount) -> Read:
    """The sum over the files and over earlier pushes, and the files that have a part in it."""

    def read(files: Files, view: View, prefix: str) -> Reading:
        found = [(file.path, n) for file in files if (n := amount(file))]
        here = sum(n for _, n in found)
        return Reading(here + _earlier(view, prefix + name), tuple(path for path, _ in found))

    return read


def _earlier(view: View, name: str) -> int:
    return view.earlier[name] if view.earlier else 0


def _ratio(files: Files, view: View, prefix: str) -> Reading:
    added, deleted = (_earlier(view, f"{prefix}{name}_lines") for name in ("added", "deleted"))
    added += sum(file.added for file in files)
    deleted += sum(file.deleted for file in files)
    return Reading(ratio(added, deleted))


def _top_directories(files: Files, _view: View, _prefix: str) -> Reading:
    tops = {path.partition("/")[0] for file in files for path in file.paths if "/" in path}
    return Reading(len(tops))


def _largest_removed_directory(files: Files, view: View, _prefix: str) -> Reading:
    """Deleted files below the directory that took most of them with it."""
    removed = set(view.removed_directories)
    losses = Counter(
        directory
        for file in files
        if file.status == "deleted"
        for directory in parents(file.path)
        if directory in removed
    )
    if not losses:
        return Reading(0)
    [(largest, count)] = losses.most_common(1)
    below = [f for f in files if f.status == "deleted" and f.path.startswith(largest + "/")]
    return Reading(count, _paths(below))


def _paths(files: Iterable[FileChange]) -> tuple[str, ...]:
    return tuple(file.path for file in files)


def _put_back(files: Files, view: View, _prefix: str) -> Reading:
    """Files of older content, but for those that only declared reverts touched."""
    reverted, otherwise = set[str](), set[str]()
    for commit in view.change.commits:
        touched = otherwise if not declared_revert(commit.message) else reverted
        touched.update(file.path for file in commit.files)
    exempt = reverted - otherwise
    found = [f for f in files if f.path in view.change.put_back and f.path not in exempt]
    return Reading(len(found), _paths(found))


def declared_revert(message: str) -> bool:
    """Whether a message says, as git writes it, that the commit is a revert."""
    return message.startswith(('Revert "', "Reapply ")) or "\nThis reverts commit " in message


SUMS: tuple[tuple[str, str, Read], ...] = (
    *((name, about, _sum(name, amount)) for name, about, amount in AMOUNTS),
    ("deletion_ratio", "deleted lines as a share of changed lines, 0 to 1", _ratio),
)
OTHERS: tuple[tuple[str, str, Read], ...] = (
    ("top_directories", "top-level directories touched", _top_directories),
    ("largest_removed_directory", "files lost with one directory", _largest_removed_directory),
    ("put_back_files", "files put back to content they had before", _put_back),
)


def _measures(
    name: str, about: str, read: Read, *, adds_up: bool = False
) -> tuple[Measure, Measure]:
    """The plain measure and the one that leaves noise out."""
    return (
        number(name, about, lambda view: read(view.files, view, ""), adds_up=adds_up),
        number(
            SOURCE + name,
            f"{about}, noise left out",
            lambda view: read(view.source_files, view, SOURCE),
            adds_up=adds_up,
        ),
    )


def _deleted_share(view: View) -> Reading:
    """Deleted files as a share of the files there were, of a commit in its parent."""
    gone = [file for file in view.files if file.gone]
    tracked = (view.commit or view.change).tracked_files
    return Reading(len(gone) / tracked if tracked else 0.0, _paths(gone))


MEASURES: tuple[Measure, ...] = (
    *(measure for row in SUMS for measure in _measures(*row, adds_up=True)),
    *(measure for row in OTHERS for measure in _measures(*row)),
    number("deleted_share", "deleted files as a share of all files, 0 to 1", _deleted_share),
)
