"""What the portal keeps, and how program text is made from its names and fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Entity:
    """Something the portal keeps: its name, its plural, and its fields with their kinds."""

    name: str
    plural: str
    fields: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """`booking` as the name of a type."""
        return self.name.capitalize()

    @property
    def titles(self) -> str:
        """`bookings` as the name of a type."""
        return self.plural.capitalize()


def render(template: str, entity: Entity, **blocks: str) -> str:
    """A template with the entity's names in it. A block takes the place of `%key%`, indented."""
    text = dedent(template).lstrip("\n")
    lines: list[str] = []
    for line in text.split("\n"):
        key = line.strip().strip("%")
        if line.strip() == f"%{key}%" and key in blocks:
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + row if row else "" for row in blocks[key].split("\n")]
        else:
            lines.append(line)
    names = {"name": entity.name, "plural": entity.plural, "Name": entity.title,
             "Plural": entity.titles, "NAME": entity.name.upper()}  # fmt: skip
    result = "\n".join(lines)
    for key, value in names.items():
        result = result.replace(f"%{key}%", value)
    return result


def each(entity: Entity, line: Callable[[str, str], str]) -> str:
    """One line, or a few, for each field."""
    return "\n".join(line(name, kind) for name, kind in entity.fields)


def camel(name: str) -> str:
    """`unread_count` as a name of TypeScript."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def label(name: str) -> str:
    """`unread_count` as people read it."""
    return name.replace("_", " ").capitalize()
