"""YAML of any number of documents, read from the parser's events: nothing is built but text.

Aliases are the very node they name, so a bomb stays as small as its file until it is flattened,
which is bounded. Tags are not looked at: `!Ref x` is `x`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentguard.structure.leaves import DEEPEST, Tree, UnreadableError

if TYPE_CHECKING:
    from yaml.events import Event

# Plain words that are no text. YAML 1.2 has `true` and `false` only, but its readers still take the
# older ones where a truth value is wanted.
WORDS = {
    **dict.fromkeys(("", "~", "null"), "null"),
    **dict.fromkeys(("true", "yes", "on"), "true"),
    **dict.fromkeys(("false", "no", "off"), "false"),
}
MERGE = "<<"


class _Plain(str):
    """A scalar without quotes: a word of its own as a value, and no more than its text as a key."""

    __slots__ = ()


@dataclass(slots=True)
class _Open:
    """A list or table that has begun: its nodes so far, keys and values of a table in turns."""

    table: bool
    anchor: str | None = None
    nodes: list[Tree] = field(default_factory=list)

    def tree(self) -> Tree:
        """What it is when it ends."""
        if not self.table:
            return list(map(_value, self.nodes))
        pairs = zip(self.nodes[::2], self.nodes[1::2], strict=True)
        return tuple((_name(name, value), _value(value)) for name, value in pairs)


def read_yaml(text: str) -> Tree:
    """All documents as one tree, each at its root."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return ((None, _documents(yaml.parse(text, Loader=loader))),)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = str(error).partition("\n")[0]
        raise UnreadableError(f"not YAML: {said}") from error


def _documents(events: Iterable[Event]) -> Tree:
    from yaml import events as kinds

    documents = _Open(table=False)
    inside, anchors = [documents], dict[str, Tree]()
    for event in events:
        if isinstance(event, kinds.DocumentStartEvent):
            anchors = {}
        elif isinstance(event, kinds.CollectionStartEvent):
            inside.append(_Open(isinstance(event, kinds.MappingStartEvent), event.anchor))
            if len(inside) > DEEPEST:
                raise UnreadableError(f"nested more than {DEEPEST} deep")
        elif isinstance(event, kinds.CollectionEndEvent):
            closed = inside.pop()
            inside[-1].nodes.append(_named(anchors, closed.anchor, closed.tree()))
        elif isinstance(event, kinds.ScalarEvent):
            scalar = _Plain(event.value) if event.implicit[0] else event.value
            inside[-1].nodes.append(_named(anchors, event.anchor, scalar))
        elif isinstance(event, kinds.AliasEvent):
            inside[-1].nodes.append(_meant(anchors, event.anchor))
    return documents.tree()


def _named(anchors: dict[str, Tree], anchor: str | None, tree: Tree) -> Tree:
    """A finished node, kept for its aliases. Inside itself it cannot be named, so it never ends."""
    if anchor is not None:
        anchors[anchor] = tree
    return tree


def _meant(anchors: Mapping[str, Tree], anchor: str | None) -> Tree:
    if anchor is None or anchor not in anchors:
        raise UnreadableError("not YAML: an alias names nothing")
    return anchors[anchor]


def _value(node: Tree) -> Tree:
    return WORDS.get(node.lower(), str(node)) if isinstance(node, _Plain) else node


def _name(node: Tree, value: Tree) -> str | None:
    """What a table calls one of its values: None for a table that is merged into it."""
    if not isinstance(node, str):
        return "?"
    return None if node == MERGE and isinstance(value, list | tuple) else str(node)
