"""How much a change touches, adds and deletes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from agentguard.change import FileChange, parents
from agentguard.measures.measure import Measure, Reading, View, number
from agentguard.measures.sizes import AMOUNTS, SOURCE, Amount

Files = Sequence[FileChange]
Read = Callable[[Files, View, str], Reading]  # the last is what stands before the name


def ratio(added: int, deleted: int) -> float:
    """Deleted lines as a share of all changed lines; 0 when nothing changed."""
    return deleted / (added + deleted) if added + deleted else 0.0


def _sum(name: str, amount: Amount) -> Read:
    """The sum over the files and over earlier pushes, and the files that have a part in it."""

    def read(files: Files, view: View, prefix: str) -> Reading:
        found = [(file.path, n) for file in files if (n := amount(file))]
        here = sum(n for _, n in found)
        return Reading(here + view.earlier[prefix + name], tuple(path for path, _ in found))

    return read


def _ratio(files: Files, view: View, prefix: str) -> Reading:
    added, deleted = (view.earlier[f"{prefix}{name}_lines"] for name in ("added", "deleted"))
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
