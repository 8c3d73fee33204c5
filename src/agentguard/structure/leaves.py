"""What every format is read into, and how that becomes leaves, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentguard.errors import EvaluationError
from agentguard.structure.doors import door_of, goes_through

# A key and its value, both text.
Leaf = tuple[str, str]
# A scalar, a list of trees, or a table: a tuple of pairs of a name and a tree. In a table the name
# None stands for another one (or a list of them) that is merged into it.
Tree = Any

# What stands in a statement that forbids has this in its key, which no tool takes for a name: there,
# more is less.
DENIED = "Deny()"

# Far more than settings hold. Aliases can make a small file an enormous one.
DEEPEST = 100
MOST_NODES = 200_000
MOST_TEXT = 16 * 1024 * 1024  # characters of all keys and values


class UnreadableError(EvaluationError):
    """A file is not what its name says, or more of it than is read."""


def flatten(root: Tree) -> tuple[Leaf, ...]:
    """The leaves of a tree, in order. Raises UnreadableError when there are too many."""
    found: list[Leaf] = []
    waiting: list[tuple[str, Tree, int]] = [("", root, 0)]
    nodes = characters = 0
    while waiting:
        key, tree, depth = waiting.pop()
        if depth > DEEPEST:
            raise UnreadableError(f"nested more than {DEEPEST} deep")
        if not isinstance(tree, list | tuple) or not tree:
            if key or not isinstance(tree, list | tuple):
                found.append((key, _text(tree)))
            continue
        first = len(waiting)
        for name, child in _children(key, tree):
            nodes += 1
            characters += len(name) + (len(child) if isinstance(child, str) else 0)
            if nodes > MOST_NODES or characters > MOST_TEXT:
                raise UnreadableError("more than is read of a settings file")
            waiting.append((name, child, depth + 1))
        waiting[first:] = reversed(waiting[first:])
    return tuple(found)


def _children(key: str, tree: Tree) -> Iterator[tuple[str, Tree]]:
    if isinstance(tree, list):
        yield from ((f"{key}[]", child) for child in tree)
        return
    if _denies(tree):
        key = _below(key, DENIED)
    door = door_of(tree)
    for name, child in tree:
        if name is not None:
            inside = _below(key, door) if goes_through(door, name) else key
            yield _below(inside, name), child
        elif isinstance(child, list):
            yield from ((key, each) for each in child)
        else:
            yield key, child


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _denies(table: Tree) -> bool:
    """Whether a table is a statement of a policy that forbids. Said twice, it must say so twice."""
    effects = [child for name, child in table if name in ("Effect", "effect")]
    return bool(effects) and all(effect == "Deny" for effect in effects)


def _text(scalar: Tree) -> str:
    if isinstance(scalar, list | tuple):
        return "[]" if isinstance(scalar, list) else "{}"
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    return "null" if scalar is None else str(scalar)
