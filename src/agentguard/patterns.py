"""Gitignore-style patterns, matched fast against folded paths.

Most patterns only ask for a piece of text: a name, its beginning or end, or a place below the root.
Those are looked up as text. The rest become pathspec's own regular expressions, compiled when a
path holds the longest text in the pattern: on most pushes, never.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

from agentguard.errors import ConfigurationError
from agentguard.names import fold
from agentguard.regex import compile_regex

Match = Callable[[str], bool]

_TEXT = r"[^\s/*?\[\]\\!#]"
_PLAIN = re.compile(
    rf"(?:(?P<free>\*\*/)|(?P<root>/))?(?P<open>\*)?(?P<text>{_TEXT}+(?:/{_TEXT}+)*)"
    r"(?:(?P<more>\*)|(?P<below>/\*\*))?/?"
)
_EVERYTHING = ("*", "**", "?*")
_STEP = rf"(?:{_TEXT}|[*?]|\[0-9\]|\[a-z\])+"
_VALID = re.compile(rf"/?{_STEP}(?:/{_STEP})*/?")
_SIMPLE_SET = re.compile(r"\[[\w.-]+\]")
_GROUP_NAME = re.compile(r"\(\?P<\w+>")


@dataclass(frozen=True, slots=True)
class _Patterns:
    """What patterns look for in a path that is given a slash at both ends."""

    names: set[str] = field(default_factory=set)
    anywhere: list[str] = field(default_factory=list)
    at_root: list[str] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)

    def add(self, pattern: str) -> None:
        """Sort a pattern in."""
        found = _PLAIN.fullmatch(pattern)
        if found is None:
            self.others.append((_longest_text(pattern), pattern))
            return
        text = found["text"]
        anchored = found["root"] or (not found["free"] and ("/" in text or found["below"]))
        if found["open"] and (anchored or "/" in text):
            self.others.append((_longest_text(pattern), pattern))
            return
        needle = ("" if found["open"] else "/") + text + ("" if found["more"] else "/")
        if anchored:
            self.at_root.append(needle)
        elif needle == f"/{text}/" and "/" not in text:
            self.names.add(text)
        else:
            self.anywhere.append(needle)

    def test(self) -> Match:
        """The patterns as one function."""
        names, anywhere, others = frozenset(self.names), tuple(self.anywhere), tuple(self.others)
        at_root, texts = tuple(self.at_root), tuple(text for text, _ in self.others)

        def matches(path: str) -> bool:
            whole = f"/{path}/"
            return (
                not names.isdisjoint(path.split("/"))
                or whole.startswith(at_root)
                or any(map(whole.__contains__, anywhere))
                or (any(map(whole.__contains__, texts)) and looked_at(whole))
            )

        def looked_at(whole: str) -> bool:
            return any(
                text in whole and _compiled(pattern).match(whole[1:]) for text, pattern in others
            )

        return matches


def compile_patterns(patterns: Iterable[str]) -> Match:
    """One test for many patterns, none of which begins with `!`, against folded paths.

    A path is given a trailing slash, so that `auth/**` and `auth/` also match a file, symlink or
    submodule that stands where the directory stood; otherwise the answers are pathspec's.
    """
    folded = [folded_pattern(pattern) for pattern in patterns]
    if not folded:
        return lambda _path: False
    if not {*_EVERYTHING}.isdisjoint(folded):
        return lambda _path: True
    sorted_in = _Patterns()
    for pattern in folded:
        sorted_in.add(pattern)
    return sorted_in.test()


def check_pattern(pattern: str) -> None:
    """Raise ConfigurationError for a pattern that pathspec does not take or that matches nothing.

    A `!` in front is allowed.
    """
    folded = folded_pattern(pattern.removeprefix("!"))
    if not _VALID.fullmatch(folded):
        _compiled(folded)
    steps = folded.removeprefix("/").removesuffix("/").split("/")
    if not {"", ".", ".."}.isdisjoint(steps):
        raise ConfigurationError(
            f"{pattern!r} matches nothing: paths are given from the root, without . or .. or //"
        )


def folded_pattern(pattern: str) -> str:
    """A pattern in the form of the folded paths it is compared with, its own signs untouched."""
    if pattern.isascii():
        return pattern.lower()
    folded = re.sub(r"[^\x00-\x7f]+", lambda match: fold(match[0]), pattern.lower())
    return unicodedata.normalize("NFKC", folded)


def _longest_text(pattern: str) -> str:
    """A text that every path the pattern matches must hold, "" when that is not plain to see."""
    without_sets = _SIMPLE_SET.sub("*", pattern)
    plain = re.split(r"[\[\\]", without_sets, maxsplit=1)[0]
    return max(re.findall(f"{_TEXT}+", plain), key=len, default="")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression pathspec makes of a pattern."""
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    fault = f"{pattern!r} is not a gitignore-style pattern"
    try:
        found, include = GitIgnoreSpecPattern.pattern_to_regex(pattern)
        if found is None or not include:
            raise ConfigurationError(f"{fault}: it matches nothing")
        # A path may hold line feeds, and some of pathspec's expressions match anywhere.
        anchored = found if found.startswith("^") else f".*{found}"
        return compile_regex(_GROUP_NAME.sub("(?:", anchored), re.DOTALL)
    except ValueError as error:  # pathspec's own error is one too
        raise ConfigurationError(f"{fault}: {error}") from error
