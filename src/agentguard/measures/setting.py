"""What files are set to, before and after: the parsed value counts, not how its line is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agentguard.change import Content, FileChange
from agentguard.measures.measure import (
    Limit,
    Measure,
    Reading,
    View,
    anything,
    parse_patterns,
    shortened,
)
from agentguard.structure import DENIED, Leaf, UnreadableError, format_of, leaves

Patterns = Sequence[re.Pattern[str]]
# What a rule names: keys, and for each the values that matter.
Settings = Sequence[tuple[re.Pattern[str], Patterns]]

# Differences that are kept for the next rule that looks at the same file.
KEPT = 1 << 12
LONGEST_KEY = 100
LONGEST_VALUE = 60
# A value is not shown when its key looks like one of a secret, nor the part of it that could be one.
SECRET_KEY = re.compile(
    r"pass|pwd|secret|token|credential|private|dsn|(?:api|access|auth|encryption|signing)[_-]?key"
    r"|(?:connection|database)[_-]?(?:string|ur[il])",
    re.IGNORECASE,
)
SECRET_VALUE = re.compile(r"(?<=://)[^/@\s]*@|[\w+=~-]{32,}")
# Templates of settings become settings elsewhere, and are no fault where they stand.
TEMPLATE = re.compile(rb"\{\{|\{%|<%")
# A value of a statement that forbids, or of a table in it.
FORBIDDEN = re.compile(rf"{re.escape(DENIED)}\.(?:\w+\.)?\w+(?:\[\])?\Z")
NUMBER = re.compile(r"\s*([+-]?[0-9][0-9_]{0,30}(?:\.[0-9]{1,30})?)\s*%?\s*")


@dataclass(frozen=True, slots=True)
class Difference:
    """The leaves that a file gains and loses, as often as it does; `fault` says why its new ones are
    not known, "" when they are; `unread` is true also where its old ones were not known either."""

    gained: tuple[Leaf, ...] = ()
    lost: tuple[Leaf, ...] = ()
    fault: str = ""
    unread: bool = False


def difference(file: FileChange, content: Content | None) -> Difference:
    """What happens to the settings of a file, which a scope may see as half of a rename."""
    if content is None or not content.whole:
        return Difference(fault="is too large to be read", unread=True)
    before = b"" if file.status == "added" else content.before
    after = b"" if file.status == "deleted" else content.after
    return _difference(file.path, before, after)


@lru_cache(maxsize=KEPT)
def _difference(path: str, before: bytes, after: bytes) -> Difference:
    if before == after:
        return Difference()
    old, new = _leaves(path, before), _leaves(path, after)
    if new is None:
        template = not before and TEMPLATE.search(after)
        fault = f"can no longer be read as {format_of(path)}"
        known = old is not None and not template
        return Difference(lost=tuple(old or ()), fault=fault if known else "", unread=True)
    had, has = Counter(old or ()), Counter(new)
    return Difference(tuple((has - had).elements()), tuple((had - has).elements()))


def _leaves(path: str, content: bytes) -> tuple[Leaf, ...] | None:
    """None when it cannot be read."""
    try:
        return leaves(path, content)
    except UnreadableError:
        return None


def _over_files(
    find: Callable[[Difference, Limit], Iterator[str]],
) -> Callable[[View, Limit], Reading]:
    """The reading of a measure that says in words what it finds in one difference."""

    def read(view: View, limit: Limit) -> Reading:
        found = [
            (file.path, words)
            for file in view.files
            for words in find(difference(file, view.content(file.path)), limit)
        ]
        details = tuple(f"{path}: {words}" for path, words in found)
        return Reading(len(found), tuple(dict.fromkeys(path for path, _ in found)), details)

    return read


def _sets(change: Difference, limit: Settings) -> Iterator[str]:
    if change.fault:
        yield change.fault
    for key, value in _matching(change.gained, limit):
        yield f"{_shortened(key, LONGEST_KEY)} is now {_shown(key, value)}"


def _grants(change: Difference, limit: Settings) -> Iterator[str]:
    if change.unread:
        yield change.fault or "cannot be read"
    for key, value in _matching(change.gained, limit):
        if not FORBIDDEN.search(key):
            yield f"{_shortened(key, LONGEST_KEY)} is now {_shown(key, value)}"


def _unsets(change: Difference, limit: Settings) -> Iterator[str]:
    if change.fault and not change.lost:
        yield change.fault
    for key, value in _matching(change.lost, limit):
        yield f"{_shortened(key, LONGEST_KEY)} is no longer {_shown(key, value)}"


def _matching(leaves: Sequence[Leaf], limit: Settings) -> Iterator[Leaf]:
    for key, value in leaves:
        if any(k.search(key) and any(v.search(value) for v in values) for k, values in limit):
            yield key, value


def _lowers(change: Difference, limit: Patterns) -> Iterator[str]:
    """Numbers that went down: of several at one key, the lowest is compared with the lowest."""
    gained, lost = _numbers(change.gained, limit), _numbers(change.lost, limit)
    if change.fault and (lost or not change.lost):
        yield change.fault
    for key, numbers in lost.items():
        name = _shortened(key, LONGEST_KEY)
        for old, new in zip(sorted(numbers), sorted(gained.get(key, ())), strict=False):
            if new < old:
                yield f"{name} goes from {old:.15g} to {new:.15g}"


def _numbers(leaves: Sequence[Leaf], keys: Patterns) -> Mapping[str, list[float]]:
    found: dict[str, list[float]] = {}
    for key, value in leaves:
        number = NUMBER.fullmatch(value)
        if number and any(pattern.search(key) for pattern in keys):
            found.setdefault(key, []).append(float(number[1].replace("_", "")))
    return found


def _shown(key: str, value: str) -> str:
    return (
        "…" if SECRET_KEY.search(key) else _shortened(SECRET_VALUE.sub("…", value), LONGEST_VALUE)
    )


def _shortened(text: str, longest: int) -> str:
    """One line of text that can be encoded: a file may well name half a surrogate pair."""
    line = " ".join(text[: 4 * longest].encode("utf-8", "replace").decode().split())
    return shortened(line, longest)


def _parse_settings(raw: object) -> Settings:
    if not isinstance(raw, dict) or not raw:
        raise ValueError("expected a table of regular expressions: { 'key' = ['value', …] }")
    return tuple((parse_patterns([key])[0], parse_patterns(values)) for key, values in raw.items())


MEASURES: tuple[Measure, ...] = (
    Measure(
        "sets",
        "settings that get a value which matches, or a file that can no longer be read",
        _parse_settings,
        _over_files(_sets),
        anything,
        whole=True,
    ),
    Measure(
        "grants",
        "settings outside of what forbids that get a value which matches, or a file not readable",
        _parse_settings,
        _over_files(_grants),
        anything,
        whole=True,
    ),
    Measure(
        "unsets",
        "settings that lose a value which matches",
        _parse_settings,
        _over_files(_unsets),
        anything,
        whole=True,
    ),
    Measure(
        "lowers",
        "settings whose number goes down",
        parse_patterns,
        _over_files(_lowers),
        anything,
        whole=True,
    ),
)
