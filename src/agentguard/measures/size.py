"""How much a change touches, adds and deletes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from agentguard.change import FileChange, parents
from agentguard.measures.measure import Measure, Reading, View, number

Files = Sequence[FileChange]
Read = Callable[[Files, View], Reading]

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


def _count(test: Callable[[FileChange], bool]) -> Read:
    def read(files: Files, _view: View) -> Reading:
        found = [file for file in files if test(file)]
        return Reading(len(found), _paths(found))

    return read


def _sum(amount: Callable[[FileChange], int]) -> Read:
    def read(files: Files, _view: View) -> Reading:
        found = [file for file in files if amount(file)]
        return Reading(sum(map(amount, found)), _paths(found))

    return read


def _ratio(files: Files, _view: View) -> Reading:
    added, deleted = sum(file.added for file in files), sum(file.deleted for file in files)
    return Reading(ratio(added, deleted))


def _top_directories(files: Files, _view: View) -> Reading:
    tops = {path.partition("/")[0] for file in files for path in file.paths if "/" in path}
    return Reading(len(tops))


def _largest_removed_directory(files: Files, view: View) -> Reading:
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


def _put_back(files: Files, view: View) -> Reading:
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


COUNTS: tuple[tuple[str, str, Read], ...] = (
    ("files", "files changed", _count(lambda _: True)),
    ("added_files", "files added", _count(lambda file: file.status == "added")),
    ("deleted_files", "files deleted or emptied", _count(lambda file: file.gone)),
    ("modified_files", "files whose content changed", _count(lambda f: f.status == "modified")),
    ("renamed_files", "files moved unchanged", _count(lambda file: file.status == "renamed")),
    ("added_lines", "lines added", _sum(lambda file: file.added)),
    ("deleted_lines", "lines deleted", _sum(lambda file: file.deleted)),
    ("changed_lines", "lines added and deleted", _sum(lambda file: file.added + file.deleted)),
    ("deleted_bytes", "bytes by which text files shrank", _sum(lost_bytes)),
    ("deletion_ratio", "deleted lines as a share of changed lines, 0 to 1", _ratio),
    ("top_directories", "top-level directories touched", _top_directories),
    ("gutted_files", "files that stay but lost nearly all they held", _count(gutted)),
    ("largest_removed_directory", "files lost with one directory", _largest_removed_directory),
    ("put_back_files", "files put back to content they had before", _put_back),
)


def _measures(name: str, about: str, read: Read) -> tuple[Measure, Measure]:
    """The plain measure and the one that leaves noise out."""
    return (
        number(name, about, lambda view: read(view.files, view)),
        number(f"source_{name}", f"{about}, noise left out", lambda v: read(v.source_files, v)),
    )


def _deleted_share(view: View) -> Reading:
    """Deleted files as a share of the files there were, of a commit in its parent."""
    gone = [file for file in view.files if file.gone]
    tracked = (view.commit or view.change).tracked_files
    return Reading(len(gone) / tracked if tracked else 0.0, _paths(gone))


MEASURES: tuple[Measure, ...] = (
    *(measure for row in COUNTS for measure in _measures(*row)),
    number("deleted_share", "deleted files as a share of all files, 0 to 1", _deleted_share),
)
