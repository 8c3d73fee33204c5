"""Patterns give pathspec's answers, whatever way they are matched; pathspec is the oracle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec import PathSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from agentguard import patterns
from agentguard.errors import ConfigurationError
from agentguard.names import fold
from agentguard.patterns import check_pattern, compile_patterns, folded_pattern

STEPS = [
    "a",
    "b",
    "ab",
    "a.b",
    ".a",
    "*",
    "**",
    "?",
    "a*",
    "*a",
    "*.b",
    "a?",
    "[ab]",
    "[0-9]",
    "*a*",
    "a-b",
    "a[._-]b",
    "?*",
]
PATTERNS = st.builds(
    lambda start, steps, end: start + "/".join(steps) + end,
    st.sampled_from(["", "/", "**/"]),
    st.lists(st.sampled_from(STEPS), min_size=1, max_size=4),
    st.sampled_from(["", "/", "/**"]),
)
NAMES = ["a", "b", "ab", "a.b", ".a", "xa", "aab", "a-b", "a_b", "7"]
PATHS = st.builds("/".join, st.lists(st.sampled_from(NAMES), min_size=1, max_size=5))


def oracle(wanted: list[str], path: str) -> bool:
    """Pathspec's answer, for the path as a file and as a directory."""
    spec = PathSpec(map(GitIgnoreSpecPattern, wanted))
    return spec.match_file(path) or spec.match_file(path + "/")


@settings(max_examples=1500, deadline=None)
@given(wanted=st.lists(PATTERNS, min_size=1, max_size=3), path=PATHS)
def test_patterns_answer_as_pathspec_does(wanted: list[str], path: str) -> None:
    assert compile_patterns(wanted)(path) == oracle(wanted, path)


@settings(max_examples=500, deadline=None)
@given(PATTERNS)
def test_patterns_that_are_taken_unseen_are_taken_by_pathspec(pattern: str) -> None:
    check_pattern(pattern)
    assert patterns._compiled(pattern).pattern


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab*?/[]!\\#. -0z", max_size=8))
def test_any_text_is_taken_or_refused_with_a_reason(pattern: str) -> None:
    try:
        check_pattern(pattern)
    except ConfigurationError:
        return
    if not pattern.startswith("!"):
        compile_patterns([pattern])("a/b")


@pytest.mark.parametrize(
    "pattern",
    ["", "/", "# comment", "   ", "[", "[z-a]", "!", "./a", "a/../b", "a//b", "a/./b", "!./a"],
)
def test_a_pattern_that_matches_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigurationError):
        check_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["a", "!a", r"\#a", r"\!a", "a b", "V[0-9]*__*.sql", "Straße/**"]
)
def test_a_pattern_is_taken(pattern: str) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        pytest.param("auth/**", "auth", True, id="a file where the directory stood"),
        pytest.param("auth/", "src/auth", True, id="a link where a directory stood"),
        pytest.param(
            ".github/workflows/**", "sub/.github/workflows/ci.yml", False, id="a slash anchors"
        ),
        pytest.param("**/db/migrate/", "app/db/migrate/1.rb", True, id="free at any depth"),
        pytest.param("**/db/migrate/", "appdb/migrate/1.rb", False, id="whole names only"),
        pytest.param("*.key", "a\nb/server.key", True, id="behind a line feed"),
        pytest.param("**/x/**/y.key", "a\nb/x/c\nd/y.key", True, id="line feeds in between"),
        pytest.param("*.KEY", "server.key", True, id="pattern in capitals"),
        pytest.param("SECRETS.*.y*ml", "secrets.prod.yaml", True, id="expression in capitals"),
        pytest.param("**/.*/mcp.json", "x/.vscode/mcp.json", True, id="text in the middle"),
        pytest.param("a[]b]c*d", "a]cd", True, id="a set that holds its own end"),
        pytest.param(r"\!a", "!a", True, id="escaped sign"),
        pytest.param("?*", "x", True, id="everything"),
        pytest.param("/deploy*", "deployment/x", True, id="beginning of a name at the root"),
        pytest.param("/deploy*", "src/deployment", False, id="and only there"),
        pytest.param("", "x", False, id="no pattern"),
    ],
)
def test_matching(pattern: str, path: str, *, expected: bool) -> None:
    assert compile_patterns([pattern] if pattern else [])(path) is expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("Straße/**", "STRASSE/plan.md"),
        ("Caf\u00e9/", "cafe\u0301/menu"),
        ("сервис/**", "Сервис/a.py"),
        ("ｄｏｃｓ/*.md", "docs/a.md"),
        ("é*", "e\u0301a"),
    ],
)
def test_a_pattern_is_folded_like_the_paths(pattern: str, path: str) -> None:
    assert compile_patterns([pattern])(fold(path))


def test_folding_leaves_the_signs_of_a_pattern() -> None:
    assert folded_pattern("Ä/**/[a-z]?*") == "ä/**/[a-z]?*"
