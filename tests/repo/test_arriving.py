"""Which commits come to the repository with a push, and which some ref held before."""

from __future__ import annotations

import pytest

from agentguard.repo.extras import Wanted
from tests.repo.crafted import MAIN, Crafted

ARRIVING = Wanted(arriving=True)


@pytest.fixture
def commits(crafted: Crafted) -> list[str]:
    """Three commits in a line; `main` stands at the first."""
    made = crafted.history({"a": "0\n"}, {"a": "1\n"}, {"a": "2\n"})
    crafted.ref(MAIN, made[0])
    return made


def arriving(crafted: Crafted, commits: list[str]) -> list[str]:
    change = crafted.read(commits[0], commits[-1], wanted=ARRIVING)
    assert [each.id for each in change.commits] == commits[1:]
    return [each for each in commits if each in change.arriving]


def test_what_no_ref_holds_arrives(crafted: Crafted, commits: list[str]) -> None:
    assert arriving(crafted, commits) == commits[1:]


@pytest.mark.parametrize(
    "ref",
    [
        "refs/heads/topic",
        "refs/tags/v1",
        "refs/pull/7/head",
        "refs/agentguard/keep/refs/heads/x/20260101T000000Z",
    ],
)
def test_what_any_ref_holds_was_there(crafted: Crafted, commits: list[str], ref: str) -> None:
    crafted.ref(ref, commits[1])
    assert arriving(crafted, commits) == commits[2:]
    crafted.ref(ref, commits[2])
    assert arriving(crafted, commits) == []


def test_hidden_refs_count(crafted: Crafted, commits: list[str]) -> None:
    crafted.ref("refs/internal/1", commits[1])
    crafted.work.git("config", "transfer.hideRefs", "refs/internal")
    crafted.work.git("config", "receive.hideRefs", "refs")
    assert arriving(crafted, commits) == commits[2:]


def test_a_tag_object_brings_its_commits(crafted: Crafted, commits: list[str]) -> None:
    tag = crafted.tag(commits[1], "commit")
    change = crafted.read("", tag, ref="refs/tags/v1", default=commits[0], wanted=ARRIVING)
    assert change.arriving == {commits[1]}


def test_nothing_is_asked_unless_a_rule_does(crafted: Crafted, commits: list[str]) -> None:
    assert crafted.read(commits[0], commits[2], wanted=Wanted()).arriving == frozenset()
    assert crafted.read(commits[2], commits[0], wanted=ARRIVING).arriving == frozenset()
