"""Names and links that are there to be taken for something else, or to lead somewhere else."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from agentguard.change import SYMLINK, Change, FileChange, NewName
from agentguard.names import fold, oddities, stands_for_git

Protected = Callable[[str], str | None]

# Git and the platforms read these only when spelled exactly so; another spelling is for show.
EXACT_FILES = (
    ".agentguard.toml",
    "CODEOWNERS",
    ".gitattributes",
    ".gitmodules",
    ".mailmap",
    ".pre-commit-config.yaml",
)
EXACT_FOLDERS = (".github", ".git")

_FILES = {name.lower(): name for name in EXACT_FILES}
_FOLDERS = {name.lower(): name for name in EXACT_FOLDERS}
_ANY_EXACT = re.compile("|".join(map(re.escape, (*_FILES, *_FOLDERS))))
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")


def suspicious_paths(change: Change, protected: Protected) -> dict[str, tuple[str, ...]]:
    """The suspicious paths of `change`, each with its reasons in plain words.

    `protected` takes a path and gives the name of its protected path class, or None. Looks at names
    that are new (added, renamed to, of another type) and at symlinks that are new or point
    elsewhere. A twin is named at the path of the new name, which may be a directory. Reasons quote
    names as they are: escape them before they reach a terminal.
    """
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for path, reason in _all(change, protected):
        found[path][reason] = None
    return {path: tuple(reasons) for path, reasons in found.items()}


def _all(change: Change, protected: Protected) -> Iterator[tuple[str, str]]:
    for file in change.files:
        if file.status in {"added", "renamed", "typechange"}:
            yield from ((file.path, reason) for reason in oddities(file.path))
            yield from ((file.path, reason) for reason in _imitations(file.path, protected))
        if file.new_mode == SYMLINK and file.status != "mode":
            yield from ((file.path, reason) for reason in _link(file, protected))
    yield from _twins(change.new_names)


def _imitations(path: str, protected: Protected) -> Iterator[str]:
    folded = fold(path)
    if folded != path.lower() and protected(path.lower()) is None:
        kind = protected(folded)
        if kind is not None:
            yield f"imitates a protected path ({kind})"
    if not _ANY_EXACT.search(folded):
        return
    *folders, name = path.split("/")
    spellings = [(_FOLDERS.get(fold(part)), part) for part in (*folders, name)]
    for exact, part in (*spellings, (_FILES.get(fold(name)), name)):
        if exact is not None and part != exact:
            yield f"is not {exact}, but passes for it"


def _twins(names: Iterable[NewName]) -> Iterator[tuple[str, str]]:
    """New names that fold to the same as a neighbour; each directory is folded once."""
    directories: dict[str, defaultdict[str, set[str]]] = {}
    for new in names:
        if new.directory not in directories:
            folded = directories[new.directory] = defaultdict(set)
            for name in (*new.siblings, new.name):
                folded[fold(name)].add(name)
        twins = directories[new.directory][fold(new.name)] - {new.name}
        if twins:
            yield new.path, _likeness(new.name, min(twins))


def _likeness(name: str, twin: str) -> str:
    if name.lower() == twin.lower():
        return f"differs from its neighbour {twin} only in case"
    if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", twin):
        return f"differs from its neighbour {twin} only in how accents are encoded"
    return f"passes for its neighbour {twin}"


def _link(file: FileChange, protected: Protected) -> Iterator[str]:
    if file.target is None:
        yield "is a link whose target could not be read"
        return
    if _ABSOLUTE.match(file.target):
        yield "is a link to an absolute path"
        return
    bends, reached = _follow(file.path, file.target)
    if bends:
        yield "is a link that climbs back out of a folder, which another link can bend"
    if reached is None:
        yield "is a link that leaves the repository"
    elif stands_for_git(reached):
        yield "is a link into git's own folder .git"
    elif (kind := _class_of(reached, protected)) and kind != _class_of(file.path, protected):
        yield f"is a link into a protected path ({kind})"


def _follow(path: str, target: str) -> tuple[bool, str | None]:
    """Whether the way goes through `name/..`, and the path it reaches: None outside the tree."""
    here = path.split("/")[:-1]
    bends = named = False
    for step in target.replace("\\", "/").split("/"):
        if step in {"", "."}:
            continue
        if step != "..":
            named = True
            here.append(step)
        elif here:
            bends = bends or named
            here.pop()
        else:
            return bends, None
    return bends, "/".join(here)


def _class_of(path: str, protected: Protected) -> str | None:
    """The class of a path, or of what stands in it: a link to a folder opens all of it."""
    return protected(fold(path)) or protected(f"{fold(path)}/any")
