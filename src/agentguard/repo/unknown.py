"""Names of things outside that a change newly writes down, and that nothing else in the tree knows."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterator, Sequence

from agentguard.change import Content, NewReference
from agentguard.errors import EvaluationError
from agentguard.outside_names import OutsideNames, outside_names
from agentguard.repo.git import Git, failure, kill, raw, stream, text
from agentguard.repo.tree_search import paths_in, root_of, searching
from agentguard.structure import LARGEST, UnreadableError

# What one search may cost. Names beyond these are not looked for; one that the search did not come
# to is taken for unknown.
MOST_NAMES = 50
MOST_BYTES = 8 * 1024 * 1024

# What a name is made of, beside which it would be a part of another.
INSIDE = "A-Za-z0-9_-"


def unknown_references(
    git: Git, tree: str, contents: Sequence[Content]
) -> tuple[NewReference, ...]:
    """The names newly written into the files `contents` that stand nowhere else in `tree`.

    A name is new when its file did not have it before. Where it stands in another of these files,
    it must stand as something else than such a name: a mistake that is made twice is no proof.
    A file that is too large to be read may name anything: it gives one reference without a name.
    Raises EvaluationError when git cannot read the tree.
    """
    large = [NewReference(each.path, "", "") for each in contents if _too_large(each)]
    after = {each.path: _names(each.path, each.after) for each in contents}
    known = frozenset[str]().union(*(names.known for names in after.values()))
    new = [
        NewReference(each.path, where, name)
        for each in contents
        for name, where in _added(_names(each.path, each.before), after[each.path])
        if name not in known
    ]
    wanted = list(dict.fromkeys(each.name for each in new))[:MOST_NAMES]
    judged = {path for path, names in after.items() if names.names}
    missing = set(wanted) - _found(git, tree, wanted, judged)
    missing -= _named_by_paths(git, tree, missing)
    return (*large, *(each for each in new if each.name in missing))


def _too_large(content: Content) -> bool:
    return not content.whole or len(content.after) > LARGEST


def _added(before: OutsideNames, after: OutsideNames) -> Iterator[tuple[str, str]]:
    """Each name that was not there before, at the first place that has it."""
    seen = {name for name, _ in before.names}
    for name, where in after.names:
        if name not in seen:
            seen.add(name)
            yield name, where


def _names(path: str, content: bytes) -> OutsideNames:
    """None in a file that cannot be read, such as a template: other measures tell of that."""
    try:
        return outside_names(path, content)
    except UnreadableError:
        return OutsideNames((), frozenset())


def _found(git: Git, tree: str, names: Sequence[str], judged: Collection[str]) -> set[str]:
    """Those of the names that stand in some other file than the `judged` ones."""
    if not names:
        return set()
    either = "|".join(re.escape(name) for name in names)
    word = re.compile(rf"(?<![{INSIDE}])(?:{either})(?![{INSIDE}])".encode())
    found = set[str]()
    for path, line in _grep(git, tree, names):
        if path not in judged:
            found.update(text(name) for name in word.findall(line))
        if len(found) == len(names):
            break
    return found


def _grep(git: Git, tree: str, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Files and lines that may hold one of the names, as long as they are asked for. What git takes
    for a word ends where a name does, or sooner; an expression that says it exactly takes four times
    as long."""
    root = root_of(tree)
    options = ("--fixed-strings", "--word-regexp")
    with searching(git, root, "\n".join(names), *options, stderr=subprocess.DEVNULL) as process:
        read = 0
        while read < MOST_BYTES and (line := stream(process.stdout).readline(MOST_BYTES)):
            read += len(line)
            path, _, rest = line.partition(b"\0")
            yield text(path.removeprefix(raw(root) + b":")), rest
        if read >= MOST_BYTES:
            kill(process)
            return
    if process.returncode not in {0, 1}:
        raise EvaluationError(failure("grep", process.returncode, b""))


def _named_by_paths(git: Git, tree: str, names: Collection[str]) -> set[str]:
    """Those of the names that a file or folder is called by, with or without its extension."""
    if not names:
        return set()
    parts = {part for path in paths_in(git, root_of(tree)) for part in path.split("/")}
    return {
        name for name in names if name in parts or name in {p.rpartition(".")[0] for p in parts}
    }
