"""The text a rule reads: added and removed lines, whatever they hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.change import Patch
from agentguard.errors import EvaluationError
from agentguard.repo.extras import Wanted
from agentguard.repo.patches import parse
from tests.repo.crafted import Crafted, link, program, submodule

STRANGE = [
    "plain",
    "",
    " ",
    "+plus",
    "-minus",
    "-- header",
    "++ header",
    "--- a/1",
    "+++ b/1",
    "@@ -1 +1 @@",
    "diff --git a/x b/x",
    "\\ No newline at end of file",
    "carriage\rreturn",
    "end\r",
    "form\x0cfeed",
    "vertical\x0btab",
    "next\x85line",
    "line\u2028separator",
    "paragraph\u2029separator",
    "file\x1cseparator",
    "nul\0byte",
    "latin\udce9",
    "\ufeffmark",
    "Binary files a and b differ",
    f"{'0' * 40} {'1' * 40}",
    "x" * 5000,
]


def text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("line", STRANGE, ids=range(len(STRANGE)))
def test_line_is_the_line_it_is(crafted: Crafted, line: str) -> None:
    added = crafted.between({"a": "0\n"}, {"a": text(["0", line])}).patches["a"]
    assert added == Patch("a", (line,), ())
    removed = crafted.between({"a": text(["0", line])}, {"a": "0\n"}).patches["a"]
    assert removed == Patch("a", (), (line,))


def test_all_strange_lines_together(crafted: Crafted) -> None:
    change = crafted.between({"a": text(STRANGE), "b": ""}, {"a": "", "b": text(STRANGE[::-1])})
    assert change.patches["a"].removed == tuple(STRANGE)
    assert change.patches["b"].added == tuple(STRANGE[::-1])


def test_last_line_without_an_end(crafted: Crafted) -> None:
    patch = crafted.between({"a": "1\n2"}, {"a": "1\n2\n"}).patches["a"]
    assert patch == Patch("a", ("2",), ("2",))


@pytest.mark.parametrize(
    ("before", "after", "added", "removed"),
    [
        ({"a": "1\n"}, {}, (), ("1",)),
        ({}, {"a": "1\n"}, ("1",), ()),
        ({}, {"a": ""}, (), ()),
        ({"a": "1\n"}, {"a": program("1\n")}, (), ()),
        ({"a": "1\n2\n"}, {"a": link("x")}, ("x",), ("1", "2")),
        ({"a": link("x")}, {"a": link("y")}, ("y",), ("x",)),
        (
            {"a": submodule("1")},
            {"a": submodule("2")},
            (f"Subproject commit {'2' * 40}",),
            (f"Subproject commit {'1' * 40}",),
        ),
        ({"a": "1\n"}, {"a": submodule("2")}, (f"Subproject commit {'2' * 40}",), ("1",)),
        ({"a/b": "1\n"}, {"a": "2\n"}, ("2",), ()),
        ({"a": b"\0\n1\n"}, {"a": b"\0\n2\n"}, ("2",), ("1",)),
    ],
)
def test_every_kind_of_change_has_its_text(
    crafted: Crafted, before: Any, after: Any, added: tuple[str, ...], removed: tuple[str, ...]
) -> None:
    assert crafted.between(before, after).patches["a"] == Patch("a", added, removed)


def test_only_files_that_are_asked_about_are_read(crafted: Crafted) -> None:
    old, new = crafted.history({"a": "1\n", "a.d/x": "1\n"}, {"a": "2\n", "a.d/x": "2\n"})
    wanted = Wanted(patch=lambda file: file.path == "a")
    change = crafted.read(old, new, wanted=wanted)
    assert set(change.patches) == {"a"}
    assert set(change.commits[0].patches) == {"a"}


def test_each_commit_has_the_text_of_its_own_files(crafted: Crafted) -> None:
    versions = [{f"f{number}": f"{number}\n", "a": f"{number}\n"} for number in range(4)]
    old, *_, new = crafted.history(*versions)
    commits = crafted.read(old, new).commits
    assert [commit.patches["a"].added for commit in commits] == [("1",), ("2",), ("3",)]
    assert [set(commit.patches) for commit in commits] == [
        {f"f{number}", f"f{number + 1}", "a"} for number in range(3)
    ]


def test_many_files_are_read_at_once(crafted: Crafted) -> None:
    before = {f"directory/{'x' * 100}{number}": f"{number}\n" for number in range(1200)}
    after = {path: f"new {content}" for path, content in before.items()}
    patches = crafted.between(before, after).patches
    assert set(patches) == set(before)
    assert all(patch.added == (f"new {patch.removed[0]}",) for patch in patches.values())


SHORT = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2"


@pytest.mark.parametrize(
    ("body", "order", "wanted"),
    [
        ("", ["x"], ["x"]),
        (SHORT, [], []),
        (SHORT, ["x"], ["x", "y"]),
        (SHORT, ["x", "y"], ["x"]),
        (SHORT.replace("@@ -1 +1 @@", "@@ -1,9 +1,9 @@"), ["x"], ["x"]),
    ],
)
def test_patch_that_does_not_hold_what_was_asked_is_refused(
    body: str, order: list[str], wanted: list[str]
) -> None:
    with pytest.raises(EvaluationError):
        parse(body.split("\n"), order, wanted)


def test_nothing_asked_is_nothing_found() -> None:
    assert parse([], [], []) == {}


LINE = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=6)
CONTENT = st.lists(st.sampled_from(["a", "b", "", "-", "+x", "@@ -1 +1 @@"]) | LINE, max_size=8)
NAMES = st.sampled_from(["a", "b", "c d", "caf\u00e9", 'q"', "t\tab", "n\nl", "dev/null"])
FILES = st.dictionaries(NAMES, CONTENT, max_size=4)


@settings(max_examples=25, deadline=None)
@given(pairs=st.lists(st.tuples(FILES, FILES), min_size=1, max_size=6))
def test_patch_turns_one_content_into_the_other(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[Any, Any]]
) -> None:
    """Removed lines leave the old content and added lines are in the new one, counted."""
    from collections import Counter

    from agentguard.repo.diff import diff_trees
    from agentguard.repo.objects import open_objects
    from agentguard.repo.patches import read_patches
    from tests.repo.crafted import craft

    crafted = craft(tmp_path_factory.mktemp("patches"))
    git = crafted.repository().git
    trees = {
        tuple(crafted.tree({path: text(lines) for path, lines in side.items()}) for side in pair): (
            pair
        )
        for pair in pairs
    }
    with open_objects(git) as objects:
        diffs = diff_trees(git, objects, [(old, new) for old, new in trees])
    for trees_of, patches in read_patches(git, diffs).items():
        before, after = trees[trees_of]
        for path, patch in patches.items():
            old, new = Counter(before.get(path, [])), Counter(after.get(path, []))
            assert old - Counter(patch.removed) + Counter(patch.added) == new
