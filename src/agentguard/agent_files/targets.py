"""All that the agents' files of one tree lead to, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from agentguard.agent_files.pointers import NAMES, SETTINGS, points
from agentguard.agent_files.ways import (
    Stop,
    Ways,
    directory_of,
    joined,
    outermost_first,
    placed,
)
from agentguard.change import DIRECTORY, GITLINK, SYMLINK, Followed, parents
from agentguard.names import fold

if TYPE_CHECKING:
    from agentguard.agent_files.pointers import Pointer
    from agentguard.agent_files.tree import Tree

# What is looked into, and what is read. Honest trees stay far below; what is beyond is told of.
MOST_FOLDERS = 2_000
MOST_FILES = 1_000
MOST_GLOBS = 50

# Instructions in which `@path` takes in a file; an imported text is read for such names once more.
IMPORTING = ("agents.md", "claude.md", "claude.local.md", "gemini.md", "qwen.md")
ANYWHERE = frozenset((*IMPORTING, *NAMES))
# The last letters of these and of all settings, and what Windows drops: a dot, a space, `:$DATA`.
ENDS = frozenset("cdlnCDLN. aA")
TEXT = (".md", ".mdc", ".mdx", ".markdown", ".txt")
DEEPEST_IMPORT = 1
# What makes a name in a setting a pattern.
SIGNS = frozenset("*?[{")

# Says whether an agent's file may stand at a path.
Selects = Callable[[str], bool]


class Place(NamedTuple):
    """A file, link or folder of agents: `seen` where a tool finds it, `real` where it stands behind
    links. `within` a folder of agents everything is theirs. `depth` is how many imports lead to it."""

    seen: str
    real: str
    blob: str = ""
    within: bool = False
    depth: int = 0


def follow(tree: Tree, changed: Collection[str], selects: Selects) -> Followed:
    """Where the agents' files of a tree lead among the `changed` paths: those that stand in a
    directory above one of these, and in agents' folders there. `links` and `imports` are folded."""
    directories = {directory_of(path) for path in changed}
    above = {"", *directories}.union(*map(parents, directories))
    found = _Follower(tree, selects)
    found.scan([Place(directory, directory) for directory in outermost_first(above)])
    found.read()
    return found.among(changed)


class _Follower:
    """What was found in one tree so far, and what is still to be read."""

    def __init__(self, tree: Tree, selects: Selects) -> None:
        self.tree = tree
        self.ways = Ways(tree)
        self.selects = selects
        self.links: dict[str, str] = {}
        self.imports: dict[str, str] = {}
        self.globs: list[tuple[tuple[str, ...], str]] = []  # each with who names it
        self.unknown: dict[str, str] = {}  # places, by reason
        self.folders: set[tuple[str, str, bool]] = set()
        self.texts: set[Place] = set()
        self.ahead: list[Place] = []  # folders that were found by the way
        self.waiting: list[tuple[Callable[[Place], None], Place]] = []
        self.files = 0

    # ---- looking into folders

    def scan(self, folders: Sequence[Place]) -> None:
        """Find links, instructions and settings in folders and in agents' folders below them."""
        while folders := self._admitted(folders):
            self.tree.fetch([folder.real for folder in folders])
            folders = [below for folder in folders for below in self._folder(folder)]

    def _admitted(self, folders: Iterable[Place]) -> list[Place]:
        """Those that were not looked into before, as long as there are not too many. A link may
        lead back to where it stands."""
        admitted = []
        for folder in folders:
            key = folder.real, folder.seen.rpartition("/")[2], folder.within
            if key in self.folders:
                continue
            if len(self.folders) == MOST_FOLDERS:
                self._beyond(
                    folder, f"only {MOST_FOLDERS:,} folders are searched for agents' files"
                )
                break
            self.folders.add(key)
            admitted.append(folder)
        return admitted

    def _folder(self, folder: Place) -> Iterator[Place]:
        """The folders in one that are agents' or may hold such. What is to be read waits."""
        inside = folder.within or folder.seen.rpartition("/")[2].startswith(".")
        for name, entry in self.tree.entries(folder.real).items():
            plain = entry.mode not in (DIRECTORY, SYMLINK)
            if plain and not _may_name_others(name, inside=inside):
                continue
            place = Place(
                joined(folder.seen, name), joined(folder.real, name), entry.id, folder.within
            )
            if entry.mode == DIRECTORY:
                theirs = folder.within or self.selects(f"{place.seen}/any")
                if theirs or name.startswith("."):
                    yield place._replace(within=theirs)
            elif entry.mode == SYMLINK:
                if self._theirs(place):
                    self.waiting.append((self._link, place))
            elif entry.mode != GITLINK:
                self._file(place)

    def _theirs(self, place: Place) -> bool:
        return place.within or self.selects(place.seen)

    def _file(self, place: Place) -> None:
        """Have a file read if it can name others: instructions, settings, or an imported text."""
        folded = fold(place.seen)
        if points(folded):
            self.waiting.append((self._settings, place))
        if place.depth or (folded.rpartition("/")[2] in IMPORTING and self._theirs(place)):
            self.waiting.append((self._text, place))

    # ---- reading files

    def read(self) -> None:
        """Read what waits, and what that leads to."""
        while self.waiting and not self.ways.exhausted:
            if len(self.waiting) > MOST_FILES - self.files:
                place = self.waiting[MOST_FILES - self.files][1]
                self._beyond(place, f"only {MOST_FILES:,} agents' files are followed")
            waiting, self.waiting = self.waiting[: MOST_FILES - self.files], []
            self.files += len(waiting)
            self.tree.read_ahead(place.blob for _, place in waiting)
            for read, place in waiting:
                read(place)
                self._note_exhaustion(place)
            ahead, self.ahead = self.ahead, []
            self.scan(ahead)

    def _note_exhaustion(self, place: Place) -> None:
        if self.ways.exhausted:
            self._beyond(place, "leads through more names than are followed")

    def _link(self, place: Place) -> None:
        """Where a link leads is the agent's, as if it stood in its place."""
        target = self.ways.target(place.blob)
        for stop in self.ways.walk(directory_of(place.real), target) if target else ():
            if not stop.path:  # the root, and so all there is: that says nothing
                continue
            self.links.setdefault(stop.path, place.seen)
            if stop.mode == DIRECTORY:
                self.ahead.append(Place(place.seen, stop.path, within=True))
            elif stop.mode not in (DIRECTORY, SYMLINK, GITLINK):
                self._file(Place(place.seen, stop.path, stop.id, within=True))

    def _text(self, place: Place) -> None:
        """What instructions take in, by names as seen from where they are found and from where they
        stand: tools differ."""
        if place in self.texts:
            return
        self.texts.add(place)
        from agentguard.agent_files.imports import MOST, imports

        names = imports(self._content(place).decode("utf-8", "surrogateescape"))
        if len(names) > MOST:
            self._beyond(place, f"names more than {MOST:,} files")
        for directory in dict.fromkeys((directory_of(place.seen), directory_of(place.real))):
            for name in names[:MOST]:
                self._import(place, placed(directory, name))

    def _import(self, place: Place, path: str | None) -> None:
        for stop in self.ways.walk("", path) if path else ():
            if stop.mode == DIRECTORY:
                continue
            self.imports.setdefault(stop.path, place.seen)
            self._imported(stop, place.depth + 1)

    def _imported(self, stop: Stop, depth: int) -> None:
        """Have a text that is taken in read as well, up to a depth."""
        plain = stop.mode not in (DIRECTORY, SYMLINK, GITLINK)
        if plain and depth <= DEEPEST_IMPORT and fold(stop.path).endswith(TEXT):
            self._file(Place(stop.path, stop.path, stop.id, depth=depth))

    def _settings(self, place: Place) -> None:
        """What settings name, as seen from where they stand and from the project that they are for."""
        from agentguard.agent_files.pointers import pointers

        project = _project(place.seen)
        found = pointers(fold(place.seen), self._content(place))
        if found is None:
            self._beyond(place, "cannot be read as settings, and may name files")
        for pointer in found or ():
            for directory in dict.fromkeys((directory_of(place.seen), project)):
                self._pointer(place, pointer, directory)
            if pointer.kind == "name" and "/" not in pointer.value:
                self._glob(place, joined(project, f"**/{pointer.value}"))

    def _pointer(self, place: Place, pointer: Pointer, directory: str) -> None:
        path = placed(directory, pointer.value)
        if path and not SIGNS.isdisjoint(pointer.value):
            self._glob(place, path)
        found = self.links if pointer.kind == "skills" else self.imports
        for stop in self.ways.walk("", path) if path else ():
            found.setdefault(stop.path, place.seen)
            if pointer.kind == "skills" and stop.mode == DIRECTORY:
                self.ahead.append(Place(stop.path, stop.path, within=True))
            self._imported(stop, 1)

    def _glob(self, place: Place, pattern: str) -> None:
        from agentguard.agent_files.globs import glob

        if len(self.globs) == MOST_GLOBS:
            self._beyond(place, f"names files by more than {MOST_GLOBS} patterns")
        else:
            self.globs.append((glob(fold(pattern)), place.seen))

    def _content(self, place: Place) -> bytes:
        content = self.tree.content(place.blob)
        if content is None:
            self._beyond(place, "is too large to be read")
        return content or b""

    def _beyond(self, place: Place, reason: str) -> None:
        """Note that something is not known: one place for each reason is enough."""
        self.unknown.setdefault(reason, place.seen)

    # ---- what of it is changed

    def among(self, changed: Collection[str]) -> Followed:
        """What was found, as far as it changes."""
        imports = {**self._globbed(changed), **_at(self.imports, changed)}
        unknown = tuple((place, reason) for reason, place in self.unknown.items())
        return Followed(_at(self.links, changed), imports, unknown)

    def _globbed(self, changed: Iterable[str]) -> dict[str, str]:
        """The changed paths that a pattern names."""
        if not self.globs:
            return {}
        from agentguard.agent_files.globs import matches

        folded = [(path, path.split("/")) for path in map(fold, changed)]
        return {
            path: source
            for pattern, source in self.globs
            for path, parts in folded
            if matches(pattern, parts)
        }


def _at(found: Mapping[str, str], changed: Collection[str]) -> dict[str, str]:
    """The changed paths that were found, or stand below a directory that was, folded."""
    if not found:
        return {}
    above = {
        directory: next((found[d] for d in (directory, *parents(directory)) if d in found), "")
        for directory in {directory_of(path) for path in changed}
    }
    sources = ((path, found.get(path) or above[directory_of(path)]) for path in changed)
    return {fold(path): source for path, source in sources if source}


def _may_name_others(name: str, *, inside: bool) -> bool:
    """Whether a file of this name may be instructions or settings; some only are in a folder whose
    name begins with a dot, or that is an agent's."""
    if name[-1:] not in ENDS and name.isascii():  # most files, and a directory may hold many
        return False
    folded = fold(name)
    return folded in ANYWHERE or (inside and folded.endswith(SETTINGS))


def _project(path: str) -> str:
    """The directory that holds an agent's folder, or its file."""
    steps = path.split("/")[:-1]
    hidden = next((at for at, step in enumerate(steps) if step.startswith(".")), len(steps))
    return "/".join(steps[:hidden])
