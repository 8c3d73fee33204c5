"""Lines that a change adds or removes, in the files the rule looks at and no others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from agentguard.change import Patch
from agentguard.measures.measure import Limit, Measure, Reading, View, anything, parse_patterns


def _lines(pick: Callable[[Patch], Sequence[str]]) -> Callable[[View, Limit], Reading]:
    def read(view: View, patterns: Sequence[re.Pattern[str]]) -> Reading:
        matches, paths = 0, []
        for file in view.files:
            patch = view.patch(file.path)
            lines = _shown(pick(patch)) if patch else ()
            found = sum(any(p.search(line) for p in patterns) for line in lines)
            if found:
                matches += found
                paths.append(file.path)
        return Reading(matches, tuple(paths))

    return read


def _shown(lines: Sequence[str]) -> Iterator[str]:
    """Lines as an editor shows them: a mark of the byte order at the start is no character."""
    return (line.removeprefix("\ufeff") for line in lines)


MEASURES: tuple[Measure, ...] = (
    Measure(
        "added",
        "added lines that match one of the regular expressions",
        parse_patterns,
        _lines(lambda patch: patch.added),
        anything,
        text=True,
    ),
    Measure(
        "removed",
        "removed lines that match one of the regular expressions",
        parse_patterns,
        _lines(lambda patch: patch.removed),
        anything,
        text=True,
    ),
)
