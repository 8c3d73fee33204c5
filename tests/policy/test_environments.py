"""Which refs are protected, however their names are spelt."""

from __future__ import annotations

import pytest

from agentguard.policy.environments import PRODUCTION, environment_of, literal_prefix, ref_matches


@pytest.mark.parametrize(
    ("pattern", "ref", "matches"),
    [
        pytest.param("refs/heads/main", "refs/heads/main", True, id="itself"),
        pytest.param("refs/heads/main", "refs/heads/main2", False, id="not a beginning"),
        pytest.param("refs/heads/main", "refs/heads/Main", True, id="other case"),
        pytest.param("refs/heads/Main", "refs/heads/main", True, id="pattern in other case"),
        pytest.param("refs/heads/main", "refs/heads/ma\u200bin", True, id="zero width space"),
        pytest.param("refs/heads/main", "refs/heads/m\u0430in", True, id="Cyrillic letter"),
        pytest.param("refs/heads/main", "refs/heads/ｍain", True, id="full width"),
        pytest.param("refs/heads/main", "refs/heads/main.", True, id="trailing dot"),
        pytest.param("refs/heads/*", "refs/heads/a/b/c", True, id="star takes slashes"),
        pytest.param("refs/heads/release/*", "refs/heads/release/1.0", True, id="below"),
        pytest.param(
            "refs/heads/release/*", "refs/heads/RELEASE/1.0", True, id="below, other case"
        ),
        pytest.param(
            "refs/heads/release/*", "refs/heads/release", False, id="not the folder itself"
        ),
        pytest.param("refs/heads/release/*", "refs/heads/releases", False, id="not its neighbour"),
        pytest.param("refs/tags/v*", "refs/tags/v1", True, id="inside a name"),
        pytest.param("refs/tags/v1.*", "refs/tags/v1.5", True, id="after a dot"),
        pytest.param("refs/tags/v1.*", "refs/tags/v15", False, id="a dot is a dot"),
        pytest.param("refs/*/main", "refs/heads/x/main", True, id="star inside"),
        pytest.param("refs/heads/*-prod", "refs/heads/eu-prod", True, id="ending"),
        pytest.param("refs/heads/*", "refs/heads/a\nb", True, id="line feed"),
        pytest.param("refs/heads/über/*", "refs/heads/U\u0308BER/x", True, id="accent taken apart"),
    ],
)
def test_a_pattern_covers_a_ref(pattern: str, ref: str, *, matches: bool) -> None:
    assert ref_matches(pattern, ref) is matches


@pytest.mark.parametrize(
    ("ref", "environment"),
    [
        ("refs/heads/main", "production"),
        ("refs/heads/MASTER", "production"),
        ("refs/heads/next", "staging"),
        ("refs/heads/both", "production"),
        ("refs/heads/feature", "development"),
        ("refs/notes/commits", "development"),
        ("refs/tags/v1", "production"),
    ],
)
def test_the_strictest_environment_counts(ref: str, environment: str) -> None:
    environments = {
        "staging": ("refs/heads/next", "refs/heads/both"),
        "production": (*PRODUCTION, "refs/heads/both"),
    }
    assert environment_of(ref, environments) == environment


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [
        ("refs/heads/main", "refs/heads/main"),
        ("refs/heads/release/*", "refs/heads/release/"),
        ("refs/heads/re*", "refs/heads/"),
        ("refs/*", "refs/"),
        ("*", ""),
    ],
)
def test_what_git_can_look_up(pattern: str, prefix: str) -> None:
    assert literal_prefix(pattern) == prefix
