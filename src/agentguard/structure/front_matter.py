"""The YAML between two lines of `---` that a Markdown file may begin with."""

from __future__ import annotations

import re

from agentguard.structure.leaves import Tree, UnreadableError
from agentguard.structure.yaml import read_yaml

_FENCE = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_LINE = re.compile(r"^([\w-]+):[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)


def read_front_matter(text: str) -> Tree:
    """The front matter as a tree, nothing when there is none.

    Much of it is no YAML (`globs: *.ts`), and the agents that read it do not mind: then each line
    `name: value` counts.
    """
    first = _FENCE.match(text)
    last = _FENCE.search(text, first.end()) if first else None
    if not first or not last:
        return ()
    matter = text[first.end() : last.start()]
    try:
        return read_yaml(matter)
    except UnreadableError:
        return tuple(_LINE.findall(matter))
