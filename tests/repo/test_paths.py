"""A path may hold any byte; none of them hides a file or turns into something else."""

from __future__ import annotations

import pytest

from agentguard.errors import EvaluationError
from agentguard.names import fold
from tests.repo.crafted import Crafted, by_path, lines, statuses

ODD = [
    "src/auth/caf\u00e9.py",
    "src/auth/new\nline",
    "src/auth/tab\there",
    'src/auth/quo"te',
    "src/auth/back\\slash",
    "src/auth/a => b",
    "src/auth/{a => b}/c",
    "src/auth/a -> b",
    "src/auth/\u2192 arrow",
    "src/auth/latin\udce9",
    "src/auth/\x1b[2Jescape",
    "src/auth/\x7f",
    "src/auth/zero\u200cwidth",
    "src/auth/\u202eexe",
    "src/auth/ leading and trailing ",
    "src/auth/\u2028separator",
    "src/auth/return\r",
    "src/auth/\x0cfeed",
    "src/auth/1\t2\tsrc",
    "src/auth/:100644",
    "src/auth/*",
    "src/auth/b/diff --git a/x b/x",
    "--output=x",
    "-",
    ":(exclude)x",
    ":!x",
    "!x",
    "src/../auth",
    "./src",
    "../src",
    "@",
    "HEAD",
    f"{'0' * 40} {'0' * 40}",
]


@pytest.mark.parametrize("path", ODD, ids=ascii)
def test_odd_path_is_the_path_it_is(crafted: Crafted, path: str) -> None:
    before, after = {"a": "1\n", path: lines(4), "z": "1\n"}, {"a": "2\n", path: "line 3\nx\n"}
    change = crafted.between(before, after)
    file = by_path(change)[path]
    assert (file.status, file.added, file.deleted) == ("modified", 1, 3)
    assert change.patches[path].added == ("x",)
    assert change.patches[path].removed == ("line 0", "line 1", "line 2")
    assert set(change.patches) == {"a", path, "z"}


@pytest.mark.parametrize("path", ODD, ids=ascii)
def test_odd_path_is_put_back_moved_and_new(crafted: Crafted, path: str) -> None:
    files = {path: "1\n", "keep/x": "x\n"}
    *_, second, third = crafted.history(files, {"keep/x": "x\n"}, files)
    change = crafted.read(second, third)
    assert change.put_back == {path}
    assert path in {name.path for name in change.new_names}
    moved = crafted.between({path: "1\n"}, {"elsewhere/now": "1\n"})
    assert [file.old_path for file in moved.files] == [path]


def test_naive_listing_of_odd_paths_misses_them(crafted: Crafted) -> None:
    old, new = crafted.history(dict.fromkeys(ODD, "1\n"), {"a": "2\n"})
    listed = crafted.naive("diff", "--name-only", old, new).splitlines()
    assert '"src/auth/caf\\303\\251.py"' in listed
    assert not set(listed) & {path for path in ODD if '"' in path or not path.isascii()}
    assert set(statuses(crafted.read(old, new))) == {*ODD, "a"}


def test_case_and_normalisation_twins_are_new_names_beside_the_old(crafted: Crafted) -> None:
    old, new = crafted.history(
        {"src/auth/login": "1\n", "caf\u00e9/menu": "1\n"},
        {
            "src/auth/login": "1\n",
            "src/AUTH/login": "2\n",
            "src/au\u200cth/login": "2\n",
            "caf\u00e9/menu": "1\n",
            "cafe\u0301/menu": "2\n",
        },
    )
    assert crafted.naive("diff", "--name-only", old, new, "--", "src/auth", "caf\u00e9") == ""
    change = crafted.read(old, new)
    found = {name.path: name for name in change.new_names}
    assert {"src/AUTH", "src/au\u200cth", "cafe\u0301"} <= set(found)
    for path in ("src/AUTH", "src/au\u200cth"):
        twins = [name for name in found[path].siblings if fold(name) == fold("auth")]
        assert len(twins) == 3
    assert found["cafe\u0301"].directory == ""
    assert "caf\u00e9" in found["cafe\u0301"].siblings


def test_new_names_of_existing_directories_are_only_the_files(crafted: Crafted) -> None:
    change = crafted.between({"a/b/c": "1\n"}, {"a/b/c": "2\n", "a/b/d": "1\n", "a/e/f": "1\n"})
    names = {name.path: set(name.siblings) for name in change.new_names}
    assert names == {"a/b/d": {"c", "d"}, "a/e": {"b", "e"}, "a/e/f": {"f"}}


def test_special_names_reach_the_rules(crafted: Crafted) -> None:
    paths = [".git/config", "a/../b", "b", ".GIT/x", "auth::$INDEX_ALLOCATION/x", "con"]
    change = crafted.between({}, dict.fromkeys(paths, "x\n"))
    assert set(statuses(change)) == set(paths)


def test_tree_that_holds_a_name_twice_is_refused(crafted: Crafted) -> None:
    """A checkout would take the second; a diff against the old tree shows a mere addition."""
    good, evil = crafted.put("blob", b"check\n"), crafted.put("blob", b"open\n")
    old = crafted.commit({"auth": "check\n"})
    tree = crafted.raw_tree([(b"100644", b"auth", good), (b"100644", b"auth", evil)])
    new = crafted.commit(tree, old)
    assert crafted.naive("diff-tree", "--name-status", old, new) == "A\tauth"
    with pytest.raises(EvaluationError, match="twice"):
        crafted.read(old, new)


def test_tree_that_holds_a_directory_twice_is_refused(crafted: Crafted) -> None:
    old = crafted.commit({"auth/login": "check\n"})
    good, evil = crafted.tree({"login": "check\n"}), crafted.tree({"login": "open\n"})
    rows = [(b"40000", b"auth", good), (b"40000", b"auth", evil)]
    with pytest.raises(EvaluationError, match="twice"):
        crafted.read(old, crafted.commit(crafted.raw_tree(rows), old))


def test_tree_in_the_wrong_order_is_refused(crafted: Crafted) -> None:
    old = crafted.commit({"a": "1\n", "b": "2\n"})
    one, two = crafted.put("blob", b"1\n"), crafted.put("blob", b"2\n")
    tree = crafted.raw_tree([(b"100644", b"b", two), (b"100644", b"a", one)])
    with pytest.raises(EvaluationError, match="twice"):
        crafted.read(old, crafted.commit(tree, old))


def test_entry_that_stands_for_a_path_below_a_directory_is_refused(crafted: Crafted) -> None:
    auth, evil = crafted.tree({"login": "check\n"}), crafted.put("blob", b"open\n")
    old = crafted.commit({"auth/login": "check\n"})
    tree = crafted.raw_tree([(b"40000", b"auth", auth), (b"100644", b"auth/login", evil)])
    with pytest.raises(EvaluationError, match="twice"):
        crafted.read(old, crafted.commit(tree, old))


@pytest.mark.parametrize("mode", [b"040000", b"40755"])
def test_directory_with_an_unusual_mode_is_a_directory(crafted: Crafted, mode: bytes) -> None:
    inside = crafted.tree({"x": "1\n", "y": "2\n"})
    before = crafted.commit(crafted.raw_tree([(mode, b"d", inside)]))
    less = crafted.tree({"x": "1\n", "new": "1\n"})
    change = crafted.read(before, crafted.commit(crafted.raw_tree([(mode, b"d", less)]), before))
    assert statuses(change) == {"d/y": "deleted", "d/new": "added"}
    assert change.removed_directories == ()
    assert [name.path for name in change.new_names] == ["d/new"]


def test_unusual_file_mode_is_what_git_takes_it_for(crafted: Crafted) -> None:
    blob = crafted.put("blob", b"1\n")
    old = crafted.commit({})
    tree = crafted.raw_tree([(b"100666", b"a", blob)])
    [file] = crafted.read(old, crafted.commit(tree, old)).files
    assert file.new_mode == 0o100644


def test_very_deep_path_is_refused_before_it_is_walked(crafted: Crafted) -> None:
    from agentguard.repo.objects import open_objects
    from agentguard.repo.trees import DEEPEST, Trees

    with open_objects(crafted.repository().git) as objects:
        trees = Trees(objects, crafted.tree({"a/b/c": "1\n"}))
        assert set(trees.names("a/b")) == {"c"}
        assert not trees.exists("a/b/c")
        with pytest.raises(EvaluationError, match="deep"):
            trees.names("a/" * DEEPEST + "a")
        with pytest.raises(EvaluationError, match="should be a tree and is a blob"):
            Trees(objects, crafted.put("blob", b"x")).names("")


def test_path_longer_than_a_command_line_is_read(crafted: Crafted) -> None:
    """Such a name fits into no argument; it must be judged like any other."""
    path = "d/" + "x" * 200_000
    *_, second, third = crafted.history({path: "1\n"}, {}, {path: "1\n", "b": "b\n"})
    change = crafted.read(second, third)
    assert change.patches[path].added == ("1",)
    assert change.put_back == {path}
