"""Regular expressions looked at from outside: what they could take long over.

Python's engine backtracks. A pattern takes long over a line when there are many ways to match one
piece of text: a repeat within a repeat, or two that follow one another over the same characters. What
stands before the first counts as a repeat of anything, because a search begins everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from importlib import import_module
from itertools import combinations
from typing import Any

from agentguard.actors import load_markers
from agentguard.actors.markers import TrailerRule
from agentguard.bundled import data
from agentguard.policy.load import built_in

# The parser of the standard library: nothing else reads patterns as Python does.
parser: Any = import_module("re._parser")
constants: Any = import_module("re._constants")

# A repeat of more than this is as good as one without end.
LONG = 1_000
ALPHABET = [*map(chr, range(128)), "é", "Σ", "€", "\ud800"]
EVERYTHING = frozenset(ALPHABET)
NOTHING: frozenset[str] = frozenset()

Node = tuple[Any, Any]
Nodes = Sequence[Node]


@cache
def patterns() -> Mapping[str, re.Pattern[str]]:
    """Every regular expression of the built-in rules and of `actors.toml`, by where it stands."""
    found = {}
    for rule in built_in().rules:
        for number, alternative in enumerate(rule.when):
            for condition in alternative.conditions:
                for index, pattern in enumerate(compiled(condition.limit)):
                    found[f"{rule.id} {number} {condition.measure} {index}"] = pattern
    markers = load_markers(data("rules", "actors.toml"), "actors.toml")
    return found | {f"actors {n}": p for n, p in enumerate(compiled(markers))}


def compiled(value: object) -> Iterator[re.Pattern[str]]:
    """The patterns in anything that a limit may be made of."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Mapping):
        yield from (each for pair in value.items() for each in compiled(pair))
    elif isinstance(value, tuple | list):
        yield from (each for item in value for each in compiled(item))
    elif isinstance(value, TrailerRule):
        # Matched from the start of the trailer's value.
        yield re.compile(f"^(?:{value.value.pattern})")
    elif is_dataclass(value):
        yield from (each for f in fields(value) for each in compiled(getattr(value, f.name)))


def tree(pattern: re.Pattern[str]) -> Nodes:
    """A pattern as the standard library parses it."""
    return list(parser.parse(pattern.pattern, pattern.flags))


# ------------------------------------------------------------------ what a pattern is made of


def inside(node: Node) -> list[Nodes]:
    """The sequences that a node holds."""
    kind, value = node
    if kind in REPEATS:
        return [list(value[2])]
    if kind is constants.SUBPATTERN:
        return [list(value[3])]
    if kind is constants.BRANCH:
        return [list(each) for each in value[1]]
    if kind in LOOKS:
        return [list(value[1])]
    return [list(value)] if kind is constants.ATOMIC_GROUP else []


REPEATS = (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT)
LOOKS = (constants.ASSERT, constants.ASSERT_NOT)
SINGLE = (constants.LITERAL, constants.NOT_LITERAL, constants.IN, constants.ANY)


def is_long(node: Node) -> bool:
    """A repeat that can be pumped, and gives back what it took."""
    return node[0] in REPEATS[:2] and node[1][1] > LONG


@cache
def _one(text: str) -> frozenset[str]:
    """The characters that a class written as `text` matches."""
    return frozenset(each for each in ALPHABET if re.fullmatch(text, each))


def characters(node: Node) -> frozenset[str]:
    """Every character that a match of the node may hold."""
    kind, value = node
    if kind is constants.LITERAL:
        # What ignores case may also be the other letter; that changes nothing in what follows.
        return frozenset(chr(value))
    if kind is constants.NOT_LITERAL:
        return EVERYTHING - {chr(value)}
    if kind is constants.ANY:
        return EVERYTHING - {"\n"}
    if kind is constants.IN:
        return _members(value)
    if kind in LOOKS:
        return NOTHING
    return NOTHING.union(*(characters(each) for nodes in inside(node) for each in nodes))


def _members(items: Sequence[Node]) -> frozenset[str]:
    found = NOTHING
    for kind, value in items:
        if kind is constants.LITERAL:
            found |= {chr(value)}
        elif kind is constants.RANGE:
            found |= {each for each in ALPHABET if value[0] <= ord(each) <= value[1]}
        elif kind is constants.CATEGORY:
            found |= _one(CATEGORIES[str(value)])
    return EVERYTHING - found if items[0][0] is constants.NEGATE else found


CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


# ------------------------------------------------------------------ repeats that share characters


def doubts(nodes: Nodes) -> Iterator[str]:
    """Repeats of a pattern that could take one text in many ways, in words."""
    for path in _paths(nodes):
        anchored = path[:1] == [(constants.AT, constants.AT_BEGINNING)]
        yield from _adjacent(path if anchored else [ANYTHING, *path])
    yield from _nested(nodes, ())


ANYTHING: Node = (constants.MAX_REPEAT, (0, constants.MAXREPEAT, [(constants.ANY, None)]))


def _paths(nodes: Nodes) -> Iterator[Nodes]:
    """The ways through the alternatives of a pattern that hold a long repeat, groups opened."""
    flat: list[Node] = []
    for at, node in enumerate(nodes):
        if node[0] is constants.SUBPATTERN or _opens(node):
            yield from _paths([*flat, *inside(node)[0], *nodes[at + 1 :]])
            return
        if node[0] is constants.BRANCH:
            for branch in _worth(inside(node)):
                yield from _paths([*flat, *branch, *nodes[at + 1 :]])
            return
        flat.append(node)
    yield flat


def _opens(node: Node) -> bool:
    """A short repeat of something long: once is enough to see what is beside it."""
    short = node[0] in REPEATS and node[1][1] <= LONG
    return short and any(is_long(each) or _holds_long(each) for each in inside(node)[0])


def _holds_long(node: Node) -> bool:
    return any(is_long(each) or _holds_long(each) for nodes in inside(node) for each in nodes)


def _worth(branches: Sequence[Nodes]) -> Sequence[Nodes]:
    """Branches that differ in more than literal text."""
    rich = [each for each in branches if any(node[0] is not constants.LITERAL for node in each)]
    plain = [each for each in branches if each not in rich]
    return [*rich, *plain[:1]]


def _adjacent(path: Nodes) -> Iterator[str]:
    longs = [at for at, node in enumerate(path) if is_long(node)]
    for left, right in combinations(longs, 2):
        shared = characters(path[left]) & characters(path[right])
        between = path[left + 1 : right]
        ends = [*inside(path[left])[0], *inside(path[right])[0]]
        if any(_separates(node, shared) for node in ends):
            continue
        if shared and all(_passes(node, shared) for node in between):
            yield f"{_text(path[left])} and {_text(path[right])} share {_few(shared)}"


def _passes(node: Node, shared: frozenset[str]) -> bool:
    """What stands between two repeats is text that both can take."""
    kind, value = node
    if kind in LOOKS or (kind in REPEATS and value[0] == 0):
        return True
    if value is constants.AT_BOUNDARY:
        return not (shared <= _one(r"\w") or shared <= _one(r"\W"))
    if kind in SINGLE:
        return bool(characters(node) & shared)
    return all(_passes(each, shared) for nodes in inside(node)[:1] for each in nodes)


def _nested(nodes: Nodes, outer: Nodes) -> Iterator[str]:
    for node in nodes:
        if is_long(node) and outer:
            body = [each for each in inside(outer[-1])[0] if each is not node]
            if not any(_separates(each, characters(node)) for each in body):
                yield f"{_text(node)} within {_text(outer[-1])}"
        for each in inside(node):
            yield from _nested(each, (*outer, node) if _many(node) else outer)


def _many(node: Node) -> bool:
    return bool(node[0] in REPEATS[:2] and node[1][1] > 1)


def _separates(node: Node, taken: frozenset[str]) -> bool:
    """It must be there, and the repeat beside it cannot take it."""
    if node[0] in REPEATS and node[1][0] == 0:
        return False
    return bool(characters(node)) and not characters(node) & taken


def _text(node: Node) -> str:
    low, high, body = node[1]
    return f"a repeat {low}..{high} of {_few(NOTHING.union(*map(characters, body)))}"


def _few(found: frozenset[str]) -> str:
    shown = "".join(sorted(found - set(map(chr, range(33))))[:12])
    return f"{len(found)} characters ({shown})"


# ------------------------------------------------------------------ text that makes it take long


@dataclass(frozen=True, slots=True)
class Pump:
    """A text that a pattern begins to match, and one that it can take any number of times."""

    before: str
    body: str

    def line(self, size: int) -> str:
        """A line of `size` characters that ends in what no pattern expects."""
        return (self.before + self.body * (size // len(self.body) + 1))[:size] + "\0"


def pumps(nodes: Nodes, before: str = "") -> Iterator[Pump]:
    """One for each repeat of a pattern, and one for each of its alternatives."""
    for at, node in enumerate(nodes):
        text = sample([node])
        if node[0] in REPEATS and text:
            yield from (Pump(before, text), Pump("", before + text))
            if rest := _until_next(nodes[at + 1 :]):
                yield Pump(before, rest)
        for each in inside(node):
            yield from pumps(each, before)
            if node[0] is constants.BRANCH and (words := sample(each)):
                yield Pump("", f"{before}{words} ")
        before += text
    if before:
        yield Pump("", before)


def _until_next(nodes: Nodes) -> str:
    """What stands before the next repeat: the one before it may take that text too."""
    at = next((at for at, node in enumerate(nodes) if node[0] in REPEATS), len(nodes))
    return sample(nodes[:at])


def sample(nodes: Nodes) -> str:
    """A text that the nodes match, but for what is only looked at."""
    return "".join(map(_sample, nodes))


def _sample(node: Node) -> str:
    kind, value = node
    if kind is constants.LITERAL:
        return chr(int(value))
    if kind is constants.ANY:
        return " "
    if kind in SINGLE:
        return str(min(characters(node) or "a", key=lambda c: (not c.isalnum(), c != " ", c)))
    if kind in REPEATS:
        return sample(list(value[2])) * max(1, min(int(value[0]), 3))
    return sample(inside(node)[0]) if inside(node) and kind is not constants.ASSERT_NOT else ""
