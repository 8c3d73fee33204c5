"""Patterns in agents' settings."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.agent_files.globs import glob, matches


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("docs/*.md", "docs/a.md", True),
        ("docs/*.md", "docs/a.txt", False),
        ("docs/*.md", "docs/deep/a.md", False),
        ("docs/*.md", "more/docs/a.md", False),
        ("docs/**/*.md", "docs/a.md", True),
        ("docs/**/*.md", "docs/b/c/a.md", True),
        ("docs/**/*.md", "doc/b/c/a.md", False),
        ("**/notes.md", "a/b/notes.md", True),
        ("**/notes.md", "a/b/notes.md.txt", False),
        ("**/a/**/b", "x/a/y/a/z/b", True),
        ("docs/**", "docs/a/b", True),
        ("docs", "docs/a/b", True),
        ("d?cs/[ab].md", "docs/a.md", True),
        ("d?cs/[ab].md", "docs/c.md", False),
        ("docs/{a,b}.md", "docs/b.md", True),
        ("[", "[", True),
        ("[z-a]*", "z", False),
    ],
)
def test_patterns(pattern: str, path: str, *, expected: bool) -> None:
    assert matches(glob(pattern), path.split("/")) is expected


@pytest.mark.parametrize("pattern", ["*a" * 500 + "b", "**/" * 300 + "b", "**/a/" * 100 + "b"])
def test_patterns_take_no_time(pattern: str) -> None:
    assert not matches(glob(pattern), ["a" * 200] * 200)


NAMES = st.text(alphabet="ab*?", min_size=1, max_size=3)
PARTS = st.lists(
    NAMES.filter(lambda name: "**" not in name) | st.just("**"), min_size=1, max_size=4
)


@given(PARTS, st.lists(st.text(alphabet="ab", min_size=1, max_size=2), min_size=1, max_size=4))
def test_as_the_definition_says(pattern: list[str], path: list[str]) -> None:
    def holds(pattern: list[str], path: list[str]) -> bool:
        if not pattern:
            return True
        if pattern[0] == "**":
            return any(holds(pattern[1:], path[at:]) for at in range(len(path) + 1))
        fits = path and PurePosixPath(path[0]).match(pattern[0])
        return bool(fits) and holds(pattern[1:], path[1:])

    assert matches(pattern, path) == holds(pattern, path)


@given(st.text(max_size=20), st.lists(st.text(min_size=1, max_size=5), max_size=5))
def test_any_text_is_a_pattern(pattern: str, path: list[str]) -> None:
    assert matches(glob(pattern), path) in (True, False)
