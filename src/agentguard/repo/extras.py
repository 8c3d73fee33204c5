"""What only some rules ask for: counted, looked up or read when one does, and a limit is near."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agentguard.change import (
    GITLINK,
    Change,
    Commit,
    Content,
    FileChange,
    Followed,
    Mentions,
)
from agentguard.repo.diff import Pair
from agentguard.repo.git import Git
from agentguard.repo.history import put_back
from agentguard.repo.objects import Objects

# A larger file is not read, and it is said so.
LARGEST = 8 * 1024 * 1024
# All files of a push together.
MOST_READ = 8 * LARGEST


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the active rules may ask for beyond refs; the rest is not read.

    `put_back` and `tracked_files` hold how many changed files it takes before a rule could match,
    None when no rule asks; `mentions` holds how many deleted files. `patch` tells the files whose
    added and removed lines a rule reads, `whole` those that it reads as a whole, `references` those
    whose names of things outside are to be looked up, `vanished` those that it reads as a whole of
    each commit, where neither end of the push holds them. `arriving`: which commits no ref holds.
    `follow` tells where agents' files may stand, when a rule asks where they lead; `again` is what is
    wanted once that is known.
    """

    content: bool = True
    put_back: int | None = None
    tracked_files: int | None = None
    patch: Callable[[FileChange], bool] | None = None
    mentions: int | None = None
    whole: Callable[[FileChange], bool] | None = None
    references: Callable[[FileChange], bool] | None = None
    vanished: Callable[[FileChange], bool] | None = None
    arriving: bool = False
    follow: Callable[[str], bool] | None = None
    again: Callable[[Followed], Wanted] | None = None

    def knowing(self, followed: Followed) -> Wanted:
        """What is wanted where it is known that agents' files lead there."""
        led = followed.links or followed.imports
        return self.again(followed) if self.again and led else self


def extras(git: Git, objects: Objects, wanted: Wanted, change: Change, pair: Pair) -> Change:
    """The change with everything that `wanted` asks for; `pair` are the trees it is between."""
    tracked = _tracked_files(git, wanted, change, pair[0])
    asks = wanted.whole, wanted.references
    read = [file for file in change.files if any(ask and ask(file) for ask in asks)]
    change = replace(
        change,
        commits=change.commits if tracked is None else _with_tracked(change.commits, tracked),
        put_back=_put_back(git, objects, wanted, change),
        tracked_files=tracked or 0,
        contents=read_contents(objects, [read])[0],
        mentions=_mentions(git, wanted, change, pair[1]),
        arriving=_arriving(git, wanted, change),
    )
    return _looked_up(git, wanted, change, pair[1])


def _put_back(git: Git, objects: Objects, wanted: Wanted, change: Change) -> frozenset[str]:
    candidates = [file for file in change.files if file.status in ("modified", "added")]
    if wanted.put_back is None or len(candidates) < wanted.put_back or not change.base:
        return frozenset()
    if objects.info([change.base])[change.base].type != "commit":
        return frozenset()
    return put_back(git, change.base, candidates)


def _tracked_files(git: Git, wanted: Wanted, change: Change, base_tree: str) -> int | None:
    """Files in the base tree, counted when the change or one of its commits loses enough."""
    least = wanted.tracked_files
    differences = (change.files, *(commit.files for commit in change.commits))
    lost = max(sum(file.gone for file in files) for files in differences)
    if least is None or lost < max(1, least):
        return None
    chunks = git.chunks("ls-tree", "-r", "-z", "--name-only", base_tree)
    return sum(chunk.count(b"\0") for chunk in chunks)


def _with_tracked(commits: Sequence[Commit], base: int) -> tuple[Commit, ...]:
    """The commits with the number of files their first parent holds, reckoned from the base.

    It is reckoned, not counted: what a clean merge brings in is left out, and a parent that is not
    new counts as the base. A share needs no more.
    """
    after: dict[str, int] = {}
    counted = []
    for commit in commits:
        held = after.get(commit.parents[0], base) if commit.parents else 0
        came = sum(file.status == "added" for file in commit.files)
        went = sum(file.status == "deleted" for file in commit.files)
        after[commit.id] = held + came - went
        counted.append(replace(commit, tracked_files=held))
    return tuple(counted)


def read_contents(
    objects: Objects, differences: Sequence[Iterable[FileChange]]
) -> tuple[Mapping[str, Content], ...]:
    """The files of each difference before and after, by path. What is no file on a side (absent, a
    submodule) is empty there.

    A file that was moved also stands at its old path, where a scope may see it as deleted.
    """
    read = _bounded(file for files in differences for file in files)
    names = {_blob(file, old=old) for file in read for old in (True, False)} - {""}
    known = {name: body for name, _, body in objects.contents(sorted(names))} | {"": b""}
    return tuple(
        {
            each.path: each
            for file in files
            for each in _of_file(file, known if file in read else {})
        }
        for files in differences
    )


def _bounded(files: Iterable[FileChange]) -> frozenset[FileChange]:
    """The files that are read, up to all that is read of a push."""
    read, size = set[FileChange](), 0
    for file in files:
        small = max(file.old_size, file.new_size) <= LARGEST
        size += (file.old_size + file.new_size) * small
        if small and size <= MOST_READ:
            read.add(file)
    return frozenset(read)


def _of_file(file: FileChange, known: Mapping[str, bytes]) -> Iterator[Content]:
    if not known:
        yield from (Content(path, b"", b"", whole=False) for path in file.paths)
        return
    before, after = known[_blob(file, old=True)], known[_blob(file, old=False)]
    yield Content(file.path, before, after)
    if file.old_path is not None:
        yield Content(file.old_path, before, b"")


def _blob(file: FileChange, *, old: bool) -> str:
    mode, blob = (file.old_mode, file.old_blob) if old else (file.new_mode, file.new_blob)
    return "" if mode == GITLINK else blob


def _mentions(git: Git, wanted: Wanted, change: Change, tree: str) -> Mentions:
    """The lines that still name deleted files, looked for when there are enough of these."""
    gone = sum(file.status == "deleted" for file in change.files)
    if wanted.mentions is None or gone < max(1, wanted.mentions):
        return Mentions()
    from agentguard.repo.mentions import mentions_of

    return mentions_of(git, tree, change.files)


def _arriving(git: Git, wanted: Wanted, change: Change) -> frozenset[str]:
    """The commits that no ref holds. While the hook runs none has moved yet, so these are those
    that the push brings; refs that git hides from who pushes count as well."""
    if not wanted.arriving or not change.commits:
        return frozenset()
    output = git.output("rev-list", change.update.new, "--not", "--all")
    return frozenset(output.decode().split())


def _looked_up(git: Git, wanted: Wanted, change: Change, tree: str) -> Change:
    """With the names that routing and deploy files newly use and nothing else in the tree has."""
    asks = wanted.references
    contents = [change.contents[file.path] for file in change.files if asks and asks(file)]
    if not contents:
        return change
    from agentguard.repo.unknown import unknown_references

    return replace(change, unknown_references=unknown_references(git, tree, contents))
