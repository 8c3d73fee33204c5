"""`name = value` line by line, below `[section]`: ini, env, properties and their like."""

from __future__ import annotations

import re

from agentguard.structure.leaves import Tree

_SECTION = re.compile(r"\[([^\]]+)\]\s*(?:[#;].*)?\Z")
_MIDDLE = re.compile(r"[=:]")
_REMARK = re.compile(r"\s[#;].*")
_QUOTED = re.compile(r"([\"'])(.*)\1(?:\s*[#;].*)?\Z")


def read_lines(text: str) -> Tree:
    """Every setting, by section and name. Lines of another form are left out."""
    found: list[tuple[str, Tree]] = []
    section = ""
    for line in map(str.strip, text.splitlines()):
        if opened := _SECTION.match(line):
            section = opened[1].strip()
        elif pair := _setting(line):
            found.append((section, (pair,)) if section else pair)
    return tuple(found)


def _setting(line: str) -> tuple[str, str] | None:
    middle = _MIDDLE.search(line)
    if middle is None or line.startswith(("#", ";")):
        return None
    name = line[: middle.start()].removeprefix("export ").strip()
    plain = name and not any(map(str.isspace, name))
    return (name, _value(line[middle.end() :].strip())) if plain else None


def _value(written: str) -> str:
    quoted = _QUOTED.match(written)
    return quoted[2] if quoted else _REMARK.sub("", written, count=1)
