"""What adds up over files, and over pushes: the numbers of a change's size, as one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agentguard.change import FileChange
from agentguard.errors import EvaluationError

Amount = Callable[[FileChange], int]

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
    def of(cls, files: Sequence[FileChange], source_files: Sequence[FileChange]) -> Sizes:
        """What files come to; those of them that are no noise are given once more."""
        every = [[amount(file) for *_, amount in AMOUNTS] for file in files]
        kept = {id(file) for file in source_files}
        source = [row for file, row in zip(files, every, strict=True) if id(file) in kept]
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
