"""A merge is compared with the tree git itself would have made; logs show nothing of it."""

from __future__ import annotations

import pytest

from agentguard.change import Change, Commit
from tests.repo.crafted import Crafted, statuses, totals

BASE = {"auth": "check\n", "shared": "1\n2\n3\n", "old": "old\n"}
OURS = {**BASE, "ours": "ours\n"}
THEIRS = {**BASE, "theirs": "theirs\n"}


@pytest.fixture
def sides(crafted: Crafted) -> tuple[str, str]:
    """Two branches that left one commit, each with a file of its own."""
    base = crafted.commit(BASE)
    return crafted.commit(OURS, base), crafted.commit(THEIRS, base)


def merge_of(change: Change) -> Commit:
    [merge] = [commit for commit in change.commits if len(commit.parents) > 1]
    return merge


def test_clean_merge_adds_nothing_of_its_own(crafted: Crafted, sides: tuple[str, str]) -> None:
    ours, theirs = sides
    merge = crafted.commit({**OURS, **THEIRS}, ours, theirs)
    change = crafted.read(ours, merge)
    assert (merge_of(change).merge, merge_of(change).files) == ("clean", ())
    assert statuses(change) == {"theirs": "added"}


def test_evil_merge_is_seen(crafted: Crafted, sides: tuple[str, str]) -> None:
    ours, theirs = sides
    merge = crafted.commit({**OURS, **THEIRS, "auth": "let everyone in\n"}, ours, theirs)

    logged = crafted.naive("log", "--name-only", "--format=", f"{ours}..{merge}")
    assert "auth" not in logged
    change = crafted.read(ours, merge)
    assert statuses(change) == {"auth": "modified", "theirs": "added"}
    assert merge_of(change).merge == "own"
    assert [file.path for file in merge_of(change).files] == ["auth"]
    assert merge_of(change).patches["auth"].added == ("let everyone in",)


def test_ours_merge_that_drops_upstream_work_is_seen(
    crafted: Crafted, sides: tuple[str, str]
) -> None:
    ours, theirs = sides
    merge = crafted.commit(OURS, ours, theirs)  # pushed to the branch that holds `theirs`

    assert crafted.naive("diff", "--name-only", f"{merge}^1", merge) == ""
    change = crafted.read(theirs, merge)
    assert statuses(change) == {"ours": "added", "theirs": "deleted"}
    assert [(file.path, file.status) for file in merge_of(change).files] == [("theirs", "deleted")]


def test_conflicted_merge_shows_how_it_was_resolved(crafted: Crafted) -> None:
    base = crafted.commit(BASE)
    ours = crafted.commit({**BASE, "shared": "1\nours\n3\n"}, base)
    theirs = crafted.commit({**BASE, "shared": "1\ntheirs\n3\n"}, base)
    merge = crafted.commit({**BASE, "shared": "1\nboth\n3\n"}, ours, theirs)
    found = merge_of(crafted.read(ours, merge))
    assert (found.merge, [file.path for file in found.files]) == ("own", ["shared"])
    assert found.patches["shared"].added == ("both",)


def test_octopus_is_taken_as_all_it_brings_to_its_first_parent(
    crafted: Crafted, sides: tuple[str, str]
) -> None:
    ours, theirs = sides
    third = crafted.commit({**BASE, "third": "3\n"}, crafted.commit(BASE))
    evil = {**OURS, **THEIRS, "third": "3\n", "auth": "open\n"}
    merge = crafted.commit(evil, ours, theirs, third)
    assert "auth" not in crafted.naive("log", "--name-only", "--format=", f"{ours}..{merge}")
    found = merge_of(crafted.read(ours, merge))
    assert found.merge == "octopus"
    assert {file.path for file in found.files} == {"auth", "theirs", "third"}


def test_merge_that_renames_on_one_side_is_clean(crafted: Crafted) -> None:
    text = "".join(f"{number}\n" for number in range(20))
    base = crafted.commit({"a": text})
    ours = crafted.commit({"moved/a": text}, base)
    theirs = crafted.commit({"a": text + "more\n"}, base)
    merge = crafted.commit({"moved/a": text + "more\n"}, ours, theirs)
    assert merge_of(crafted.read(ours, merge)).merge == "clean"


def test_merge_of_unrelated_histories(crafted: Crafted) -> None:
    ours, theirs = crafted.commit({"a": "a\n"}), crafted.commit({"b": "b\n"})
    change = crafted.read(ours, crafted.commit({"a": "a\n", "b": "b\n"}, ours, theirs))
    assert merge_of(change).merge == "clean"
    assert statuses(change) == {"b": "added"}


def test_many_merges_clean_and_conflicted_are_told_apart(crafted: Crafted) -> None:
    tip = start = crafted.commit({"shared": "0\n"})
    wanted = []
    for number in range(12):
        conflict = number % 3 == 0
        shared = f"{number}\n"
        side_files = {"shared": f"side {number}\n" if conflict else shared, f"s{number}": "s\n"}
        fork = crafted.commit({"shared": shared}, tip)
        side = crafted.commit(side_files, fork)
        main = crafted.commit({"shared": f"main {number}\n" if conflict else shared}, fork)
        tip = crafted.commit(side_files, main, side)
        wanted.append("own" if conflict else "clean")
    commits = crafted.read(start, tip).commits
    assert [commit.merge for commit in commits if len(commit.parents) == 2] == wanted


def test_computing_a_merge_leaves_nothing_behind(crafted: Crafted, sides: tuple[str, str]) -> None:
    ours, theirs = sides
    merge = crafted.commit({**OURS, "auth": "evil\n"}, ours, theirs)
    before = sorted((crafted.directory / "objects").rglob("*"))
    crafted.read(ours, merge)
    assert sorted((crafted.directory / "objects").rglob("*")) == before


def test_revert_of_a_revert_shares_trees_with_what_came_before(crafted: Crafted) -> None:
    """Commits with one and the same pair of trees each get their own files."""
    one, two = {"a": "1\n"}, {"a": "2\n", "b": "2\n"}
    first, *_, last = crafted.history(one, two, one, two)
    change = crafted.read(first, last)
    assert [len(commit.files) for commit in change.commits] == [2, 2, 2]
    assert totals(change.files) == (2, 1)
