"""The repair boundary: what it takes, and that nobody can make it looser than another."""

from __future__ import annotations

import pytest

from agentguard.errors import ConfigurationError
from agentguard.incident.policies import boundaries
from agentguard.policy.load import built_in, load_policy
from agentguard.policy.model import Policy
from agentguard.policy.places import IN_TREE
from agentguard.policy.repair import ACTIONS, DEFAULT, DONE_HERE
from agentguard.policy.stack import Stack
from agentguard.reports.incident import boundary
from agentguard.reports.policy_page import render


def policy(text: str, source: str = "server.toml") -> Policy:
    return load_policy(f"version = 1\n[repair_boundary]\n{text}".encode(), source, built_in())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("inside = ['revert-brnach']", "repair_boundary.inside: .*did you mean revert-branch"),
        ("at = ['everything']", "repair_boundary.at: 'everything' is not allowed; allowed: "),
        ("at = ['@migratoins']", "no path class @migratoins; did you mean migrations"),
        ("outside = ['!docs/']", "repair_boundary.outside: '!docs/' is not allowed"),
        ("outside = ['a/../b']", "repair_boundary.outside: 'a/../b' matches nothing"),
        ("inside = ['freeze']\nat = ['freeze']", "'freeze' stands in 'inside' as well"),
        ("within = ['freeze']", "repair_boundary.within: unknown key; .*inside"),
        ("inside = 3", "repair_boundary.inside: expected a string or a list"),
    ],
)
def test_what_cannot_be_meant_is_an_error_with_its_place(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=f"server.toml: (?s:.)*{fault}"):
        policy(text)


def test_the_default_does_what_can_be_taken_back_and_no_more() -> None:
    limits = boundaries([built_in()])

    assert [limits.of(name) for name in DONE_HERE] == ["inside"] * 3
    assert limits.of("rotate-credentials") == limits.of("change-schema") == "at"
    assert limits.of("restore-data") == limits.of("redeploy") == "outside"
    assert limits.of("restore-ref", ["src/a.py", "db/migrations/1.sql"]) == "at"
    assert limits.of("restore-ref", ["src/a.py"]) == "inside"


def test_what_stands_nowhere_is_outside() -> None:
    limits = boundaries([policy("at = ['revert-branch', '/docs/']")])

    assert limits.of("revert-branch", ["docs/a.md"]) == "at"
    assert limits.of("restore-ref") == "outside"


def test_the_strictest_level_that_names_a_path_counts() -> None:
    limits = boundaries([policy("inside = ['restore-ref', 'docs/**']\noutside = ['*.sql']")])

    assert limits.of("restore-ref", ["docs/a.md", "docs/b.sql"]) == "outside"
    assert limits.of("restore-ref", ["docs/a.md"]) == "inside"


def test_the_tree_can_only_make_it_stricter() -> None:
    wide = policy("inside = ['restore-ref', 'rotate-credentials', '@migrations']", IN_TREE)
    narrow = policy("at = ['restore-ref']", IN_TREE)
    server = policy("inside = ['restore-ref', 'rotate-credentials']")

    assert boundaries([wide]).of("rotate-credentials") == "at"
    assert boundaries([wide]).of("restore-ref", ["migrations/1.sql"]) == "at"
    assert boundaries([narrow]).of("restore-ref") == "at"
    assert boundaries([server]).of("rotate-credentials") == "inside"
    assert boundaries([server, narrow]).of("restore-ref") == "at"


def test_a_class_of_the_policy_s_own_may_stand_there_alone() -> None:
    text = "version = 1\n[paths.data]\ninclude = ['/data/']\n[repair_boundary]\nat = ['@data']\n"
    own = load_policy(text.encode(), "server.toml", built_in())

    assert boundaries([own]).of_paths(["data/x.csv"]) == "at"


def test_it_is_shown() -> None:
    own = policy("inside = ['restore-ref']\nat = ['@migrations']")

    shown = boundary(boundaries([own]))
    assert "inside: may be done at once\n  restore-ref         (done by contain)\n" in shown
    assert "at: needs --approved-by a named human\n  server.toml: @migrations\n" in shown
    assert all(name in shown for name in ACTIONS)
    assert "repair_boundary.at" in render(Stack((own,), "acme/portal"))
    assert {*DEFAULT.inside} <= {*ACTIONS}
