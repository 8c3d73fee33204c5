"""Lines of a kind that became more or fewer, counted over whole files: what only moves is no change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from agentguard.change import FileChange
from agentguard.finding import Value
from agentguard.measures.measure import Measure, NumberLimit, Reading, View, parse_number
from agentguard.regex import compile_regex

BEYOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class LinesLimit:
    """Which lines are counted, and by how many they may change."""

    pattern: re.Pattern[str]
    number: NumberLimit


def _parse(raw: object) -> LinesLimit:
    """One regular expression and a comparison. Raises ValueError."""
    if not isinstance(raw, dict) or len(raw) != 1:
        raise ValueError("""expected { 'REGULAR EXPRESSION' = ">= 5" }""")
    [(pattern, number)] = raw.items()
    return LinesLimit(compile_regex(pattern), parse_number(number))


def _read(view: View, limit: LinesLimit, *, sign: int) -> Reading:
    """The balance over all files in scope, and those that tip it. What is too large to be read may
    hold anything, so it is over any limit."""
    unread = [file.path for file in view.files if _unread(file, view)]
    if unread:
        details = tuple(f"{path} is too large to be read" for path in unread)
        return Reading(BEYOND, tuple(unread), details)
    change = {file.path: sign * _balance(file, view, limit.pattern) for file in view.files}
    paths = tuple(path for path, count in change.items() if count > 0)
    return Reading(max(0, sum(change.values())), paths)


def _unread(file: FileChange, view: View) -> bool:
    content = view.content(file.path)
    return content is not None and not content.whole


def _balance(file: FileChange, view: View, pattern: re.Pattern[str]) -> int:
    """How many more lines match than before. What a scope sees as one half of a move has one side."""
    content = view.content(file.path)
    if content is None:
        return 0
    before = 0 if file.status == "added" else _count(content.before, pattern)
    return (0 if file.status == "deleted" else _count(content.after, pattern)) - before


def _count(side: bytes, pattern: re.Pattern[str]) -> int:
    lines = side.decode("utf-8", "surrogateescape").removeprefix("\ufeff").split("\n")
    return sum(pattern.search(line) is not None for line in lines)


def _holds(value: Value, limit: LinesLimit) -> bool:
    return limit.number.holds(value)


MEASURES: tuple[Measure, ...] = (
    Measure(
        "more_lines",
        "lines that match are more than before",
        _parse,
        partial(_read, sign=1),
        _holds,
        whole=True,
    ),
    Measure(
        "fewer_lines",
        "lines that match are fewer than before",
        _parse,
        partial(_read, sign=-1),
        _holds,
        whole=True,
    ),
)
