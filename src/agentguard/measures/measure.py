"""What a measure is, what it looks at, and the two shapes of limit most of them share."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from agentguard.change import Change, Commit, Content, FileChange, Patch
from agentguard.finding import Value
from agentguard.measures.sizes import NOTHING, Sizes
from agentguard.paths import PathClasses
from agentguard.regex import compile_regex

if TYPE_CHECKING:
    from agentguard.accounts import Account
    from agentguard.actors import Attribution
    from agentguard.policy.model import Policy

Limit = Any

NUMBER = re.compile(r"\s*(>=|<=|==|>|<)\s*(\d[\d_]*(?:\.\d+)?)\s*")
LONGEST_NUMBER = 20  # characters
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class View:
    """What one evaluation of a rule sees: the files its scope leaves, of a change or one commit.

    `attribution` is set when a single commit is looked at, and `scopes` are the paths that a policy
    allows changes of the ref to touch, for each pattern that matches it. `earlier` is what earlier
    pushes add to the measures that add up. `account` is who pushes, where the policy knows them.
    """

    change: Change
    files: tuple[FileChange, ...]
    classes: PathClasses
    commit: Commit | None = None
    attribution: Attribution | None = None
    scopes: tuple[tuple[str, ...], ...] = ()
    earlier: Sizes = NOTHING
    account: Account | None = None

    def patch(self, path: str) -> Patch | None:
        """The lines a file gained and lost, if a rule asked for its text."""
        return (self.commit or self.change).patches.get(path)

    def content(self, path: str) -> Content | None:
        """A whole file before and after, if a rule asked for it; of a commit, only what neither end
        of the push holds."""
        return (self.commit or self.change).contents.get(path)

    @property
    def removed_directories(self) -> tuple[str, ...]:
        """Directories that are gone afterwards."""
        return (self.commit or self.change).removed_directories

    def after(self, earlier: Sizes) -> View:
        """The same view with what earlier pushes add. Which files are noise is not asked again."""
        view = replace(self, earlier=earlier)
        view.__dict__["source_files"] = self.source_files
        return view

    @cached_property
    def source_files(self) -> tuple[FileChange, ...]:
        """The files without noise: lock, vendored, generated, locale and snapshot files."""
        return tuple(file for file in self.files if not self.classes.noise(file.path))


@dataclass(frozen=True, slots=True)
class Reading:
    """A measured value and where it was seen, in no particular order; `details` say it in words."""

    value: Value
    paths: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One name a rule can use.

    `parse` turns what the rule says into a limit and raises ValueError, with what is expected, for
    anything else. `read` measures; `holds` compares the value with the limit. `of` tells what the
    value is about: `files` that the scope leaves, one `commit`, or the `ref`. `said` measures know
    it from the commit alone, and are tried before any path is matched. `text` measures need
    the lines of the files in scope, `whole` ones the files themselves, `looked_up` ones the names
    in them; of these three, the last two look at the net change alone, but for a `vanished` one: it
    also looks at what single commits brought and neither end of the push holds. One that `adds_up`
    can be summed over pushes. `arrival` ones need to know which commits arrive with the push.
    `possible` tells whether a limit can ever be met under a policy, for who pushes ("" for nobody
    known): otherwise nothing is read for it. None: always.
    """

    name: str
    about: str
    parse: Callable[[object], Limit]
    read: Callable[[View, Limit], Reading]
    holds: Callable[[Value, Limit], bool]
    of: Literal["files", "commit", "ref"] = "files"
    said: bool = False
    text: bool = False
    whole: bool = False
    looked_up: bool = False
    vanished: bool = False
    adds_up: bool = False
    arrival: bool = False
    possible: Callable[[Limit, Policy, str], bool] | None = None


@dataclass(frozen=True, slots=True)
class NumberLimit:
    """`>= 1000` and its like."""

    symbol: str
    number: float

    def holds(self, value: Value) -> bool:
        """Whether a measured number is past the limit."""
        measured = value if isinstance(value, int | float) else 0
        return OPERATORS[self.symbol](measured, self.number)

    @property
    def least(self) -> int:
        """The smallest whole number that could be past the limit."""
        if self.symbol == ">":
            return math.floor(self.number) + 1
        return math.ceil(self.number) if self.symbol in (">=", "==") else 0


def parse_number(raw: object) -> NumberLimit:
    """A limit on a number. Raises ValueError."""
    match = NUMBER.fullmatch(raw) if isinstance(raw, str) else None
    if match is None or len(match[2]) > LONGEST_NUMBER:
        raise ValueError('expected a comparison such as ">= 1000" or "< 0.5"')
    return NumberLimit(match[1], float(match[2].replace("_", "")))


def number(
    name: str, about: str, read: Callable[[View], Reading], *, adds_up: bool = False
) -> Measure:
    """A measure whose value is a number."""
    return Measure(
        name,
        about,
        parse_number,
        lambda view, _: read(view),
        lambda value, limit: limit.holds(value),
        adds_up=adds_up,
    )


def shortened(text: str, longest: int) -> str:
    """Text of at most so many characters, with … for what is left out of its end."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def anything(value: Value, _limit: Limit) -> bool:
    """Whether something was found at all; the limit said what to look for."""
    return bool(value)


def one_of(allowed: Sequence[str]) -> Callable[[object], tuple[str, ...]]:
    """Reads a list of allowed words, or one of them. What it gives raises ValueError."""

    def parse(raw: object) -> tuple[str, ...]:
        listed = [raw] if isinstance(raw, str) else raw
        if not isinstance(listed, list) or not listed or any(x not in allowed for x in listed):
            raise ValueError(f"expected a list of: {', '.join(allowed)}")
        return tuple(listed)

    return parse


def within(value: Value, limit: Sequence[str]) -> bool:
    """Whether a word is one of those that the limit lists."""
    return value in limit


def parse_flag(raw: object) -> bool:
    """A limit on a fact. Raises ValueError."""
    if not isinstance(raw, bool):
        raise ValueError("expected true or false")  # noqa: TRY004  one error type for a bad limit
    return raw


def flag(name: str, about: str, read: Callable[[View], bool]) -> Measure:
    """A measure of the ref that is true or false."""
    return Measure(
        name, about, parse_flag, lambda view, _: Reading(read(view)), operator.eq, of="ref"
    )


def parse_patterns(raw: object) -> tuple[re.Pattern[str], ...]:
    """A list of regular expressions. Raises ValueError."""
    listed = [raw] if isinstance(raw, str) else raw
    if not isinstance(listed, list) or not listed or not all(isinstance(x, str) for x in listed):
        raise ValueError("expected a list of regular expressions")
    return tuple(compile_regex(pattern) for pattern in listed)
