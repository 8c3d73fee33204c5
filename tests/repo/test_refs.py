"""What a ref update is compared with, and what counts as new."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.errors import EvaluationError
from agentguard.repo.extras import Wanted
from tests.repo.crafted import MAIN, Crafted, Entry, craft, lines, statuses, totals

V1 = "refs/tags/v1"


def test_commit_already_on_an_unprotected_branch_is_still_new(crafted: Crafted) -> None:
    old, evil = crafted.history({"a": lines(9)}, {"a": ""})
    crafted.ref(MAIN, old)
    crafted.ref("refs/heads/drafts/x", evil)

    assert crafted.naive("rev-list", evil, "--not", "--all") == ""
    change = crafted.read(old, evil)
    assert [commit.id for commit in change.commits] == [evil]
    assert totals(change.files) == (0, 9)


def test_commit_on_another_protected_branch_is_not_new_but_its_files_are(crafted: Crafted) -> None:
    old, seen, new = crafted.history({"a": "1\n"}, {"a": "2\n"}, {"a": "2\n", "b": "3\n"})
    change = crafted.read(old, new, protected=[old, seen])
    assert [commit.id for commit in change.commits] == [new]
    assert statuses(change) == {"a": "modified", "b": "added"}


def test_new_branch_is_compared_with_where_it_left_the_default_branch(crafted: Crafted) -> None:
    fork = crafted.commit({"a": lines(5), "b": "b\n"})
    main = crafted.commit({"a": lines(5), "b": "b\n", "later": "1\n"}, fork)
    new = crafted.commit({"a": lines(5)}, fork)

    assert crafted.naive("diff", "--numstat", "0" * 40, new) == ""
    assert crafted.naive("diff", "--numstat", main, new) == "0\t1\tb\n0\t1\tlater"
    change = crafted.read("", new, "refs/heads/release/1", default=main)
    assert change.update.created
    assert change.base == fork
    assert statuses(change) == {"b": "deleted"}
    assert not change.rewound


def test_first_push_into_an_empty_repository_adds_everything(crafted: Crafted) -> None:
    first, second = crafted.history({"a": lines(3)}, {"a": lines(3), "b/c": "c\n"})
    assert crafted.naive("diff", "--numstat", "0" * 40, second) == ""
    change = crafted.read("", second)
    assert change.base == ""
    assert [commit.id for commit in change.commits] == [first, second]
    assert totals(change.files) == (4, 0)
    assert {name.path for name in change.new_names} == {"a", "b", "b/c"}


def test_new_branch_without_common_history_is_compared_with_the_default(crafted: Crafted) -> None:
    main, orphan = crafted.commit({"a": "a\n"}), crafted.commit({"b": "b\n"})
    change = crafted.read("", orphan, "refs/heads/other", default=main)
    assert change.base == main
    assert statuses(change) == {"a": "deleted", "b": "added"}


def test_new_branch_at_an_old_commit_brings_nothing(crafted: Crafted) -> None:
    old, main = crafted.history({"a": "a\n"}, {"a": "b\n"})
    change = crafted.read("", old, "refs/heads/release/1", default=main, protected=[main])
    assert (change.base, change.files, change.commits) == (old, (), ())


def test_deletion_has_no_content_and_says_so(crafted: Crafted) -> None:
    [old] = crafted.history({"a": "a\n"})
    assert crafted.naive("diff", "--numstat", old, "0" * 40) == ""
    change = crafted.read(old, "")
    assert change.update.deleted
    assert (change.target, change.base, change.head) == ("none", old, "")


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_tags_are_peeled_however_deep(crafted: Crafted, depth: int) -> None:
    old, target = crafted.history({"a": lines(4)}, {"a": "line 0\n"})
    new, kind = target, "commit"
    for _ in range(depth):
        new, kind = crafted.tag(new, kind), "tag"

    change = crafted.read("", new, V1, default=old)
    assert (change.head, change.target, change.tag) == (target, "commit", True)
    assert [commit.id for commit in change.commits] == [target]
    assert totals(change.files) == (0, 3)


def test_moved_tag_is_compared_with_its_old_target_in_either_direction(crafted: Crafted) -> None:
    first, second = crafted.history({"a": "1\n"}, {"a": "2\n"})
    change = crafted.read(crafted.tag(second, "commit"), crafted.tag(first, "commit"), V1)
    assert (change.tag_moved, change.rewound) == (True, False)
    assert (change.base, change.head) == (second, first)


def test_tag_made_anew_for_the_same_commit_moves_without_content(crafted: Crafted) -> None:
    [target] = crafted.history({"a": "1\n"})
    change = crafted.read(target, crafted.tag(target, "commit"), V1)
    assert (change.tag_moved, change.rewound, change.files) == (True, False, ())


def test_tag_of_a_tree_is_read_as_its_files(crafted: Crafted) -> None:
    tree = crafted.tree({"a": lines(2), "b/c": "c\n"})
    tag = crafted.tag(tree, "tree")
    assert crafted.naive("rev-list", tag) == ""
    change = crafted.read("", tag, V1, default="")
    assert (change.target, change.head, change.commits) == ("tree", tree, ())
    assert totals(change.files) == (3, 0)


def test_tag_moved_between_trees_and_commits(crafted: Crafted) -> None:
    tree = crafted.tree({"a": "1\n", "b": "1\n"})
    commit = crafted.commit({"a": "1\n"})
    onto_tree = crafted.read(commit, tree, V1)
    assert (onto_tree.tag_moved, statuses(onto_tree)) == (True, {"b": "added"})
    onto_commit = crafted.read(tree, commit, V1, default=commit)
    assert (onto_commit.tag_moved, statuses(onto_commit)) == (True, {"b": "deleted"})
    assert [each.id for each in onto_commit.commits] == [commit]


def test_tag_of_a_blob_has_no_tree(crafted: Crafted) -> None:
    blob = crafted.put("blob", b"text\n")
    commit = crafted.commit({"a": "1\n"})
    change = crafted.read("", crafted.tag(blob, "blob"), V1)
    assert (change.target, change.head, change.files) == ("blob", blob, ())
    back = crafted.read(blob, commit, V1, default="", protected=[blob])
    assert (back.base, back.tag_moved, statuses(back)) == ("", True, {"a": "added"})


def test_branch_that_would_point_to_a_tag_is_refused(crafted: Crafted) -> None:
    [commit] = crafted.history({"a": "1\n"})
    with pytest.raises(EvaluationError, match="a branch cannot point to a tag"):
        crafted.read("", crafted.tag(commit, "commit"))


def test_endless_tags_are_refused(crafted: Crafted) -> None:
    name, kind = crafted.commit({"a": "1\n"}), "commit"
    for _ in range(17):
        name, kind = crafted.tag(name, kind), "tag"
    with pytest.raises(EvaluationError, match="deep"):
        crafted.read("", name, V1)


@pytest.mark.parametrize("objects", ["", "object {0}\nobject {0}\n", "object {0}\n info {0}\n"])
def test_tag_that_does_not_name_one_object_is_refused(crafted: Crafted, objects: str) -> None:
    commit = crafted.commit({"a": "1\n"})
    tag = crafted.put("tag", f"{objects.format(commit)}type commit\ntag x\n\nx\n".encode())
    with pytest.raises(EvaluationError):
        crafted.read("", tag, V1)


def test_rewind_has_no_new_commits_but_takes_lines_away(crafted: Crafted) -> None:
    first, second = crafted.history({"a": "1\n"}, {"a": lines(8)})
    assert crafted.naive("rev-list", f"{second}..{first}") == ""
    change = crafted.read(second, first)
    assert (change.rewound, change.commits) == (True, ())
    assert totals(change.files) == (1, 8)


def test_rewritten_history_is_a_rewind_with_new_commits(crafted: Crafted) -> None:
    base = crafted.commit({"a": "1\n"})
    old, new = (crafted.commit({"a": f"{who}\n"}, base) for who in ("theirs", "mine"))
    change = crafted.read(old, new)
    assert (change.rewound, change.base) == (True, old)
    assert [commit.id for commit in change.commits] == [new]
    assert totals(change.files) == (1, 1)


def test_orphan_history_is_a_rewind_that_loses_all_files(crafted: Crafted) -> None:
    old, orphan = crafted.commit({"a": lines(7)}), crafted.commit({"b": "b\n"})
    assert crafted.naive("diff", "--numstat", f"{old}...{orphan}") == ""
    change = crafted.read(old, orphan)
    assert change.rewound
    assert statuses(change) == {"a": "deleted", "b": "added"}
    assert totals(change.files) == (1, 7)


def test_sha256_repository(tmp_path: Path) -> None:
    crafted = craft(tmp_path / "sha256.git", "--object-format=sha256")
    first, second = crafted.history({"a": lines(3), "b": "b\n"}, {"x/b": "b\n", "a": b"\0"})
    merge = crafted.commit({"x/b": "b\n", "a": b"\0"}, second, crafted.commit({"b": "b\n"}, first))
    change = crafted.read(first, merge)
    assert len(change.head) == 64
    assert change.object_format == "sha256"
    assert statuses(change) == {"a": "modified", "x/b": "renamed"}
    assert change.removed_directories == ()
    assert crafted.read("", crafted.tag(merge, "commit"), V1).head == merge


def test_what_no_rule_asks_for_is_not_read(crafted: Crafted) -> None:
    old, new = crafted.history({"a": "1\n", "b": "2\n"}, {"b": "3\n"})
    plain = crafted.read(old, new, wanted=Wanted())
    assert (plain.patches, plain.put_back, plain.tracked_files) == ({}, frozenset(), 0)
    assert crafted.read(old, new, wanted=Wanted(content=False)).files == ()
    tree = crafted.tree({"a": Entry(content=b"x")})
    assert crafted.read("", tree, V1, wanted=Wanted(content=False)).files == ()


def test_files_of_the_base_are_counted_when_enough_is_lost(crafted: Crafted) -> None:
    before = {f"d{n % 3}/{n}": "x\n" for n in range(30)}
    after = {path: text for path, text in before.items() if not path.endswith("7")}
    old, new = crafted.history(before, after)
    assert crafted.read(old, new, wanted=Wanted(tracked_files=3)).tracked_files == 30
    assert crafted.read(old, new, wanted=Wanted(tracked_files=4)).tracked_files == 0


def test_directories_that_are_gone(crafted: Crafted) -> None:
    before = {"a/b/c": "1\n", "a/d": "2\n", "e/f": "3\n", "g/h/i": "4\n"}
    after = {"a/d": "2\n", "e": "a file now\n", "moved/i": "4\n"}
    change = crafted.between(before, after)
    assert change.removed_directories == ("a/b", "e", "g", "g/h")
    [commit] = change.commits
    assert commit.removed_directories == change.removed_directories


def test_approval_commits_on_top_are_left_out_of_the_head(crafted: Crafted) -> None:
    files = {"a": "2\n"}
    old, new = crafted.history({"a": "1\n"}, files)
    message = "Agentguard approval\n\nAgentguard-Approval: v1\n"
    approval = crafted.commit(files, new, message=message)
    change = crafted.read(old, approval)
    assert change.head == new
    assert [commit.id for commit in change.commits] == [new]
    assert [commit.id for commit in change.approval_commits] == [approval]


def test_commit_that_calls_itself_an_approval_and_changes_files_is_judged(
    crafted: Crafted,
) -> None:
    old = crafted.commit({"a": "1\n"})
    message = "Agentguard approval\n\nAgentguard-Approval: v1\n"
    evil = crafted.commit({"a": ""}, old, message=message)
    change = crafted.read(old, evil)
    assert change.head == evil
    assert [commit.id for commit in change.commits] == [evil]
    assert totals(change.files) == (0, 1)


def test_files_before_each_commit_are_reckoned_from_the_base(crafted: Crafted) -> None:
    """What one commit of the push adds and another deletes is a small share of what was there."""
    two = {"a": "1\n", "b": "1\n"}
    many = {**two, **{f"new/{number}": f"{number}\n" for number in range(98)}}
    fewer = {path: text for path, text in many.items() if path not in ("new/1", "new/2")}
    old, _, new = crafted.history(two, many, fewer)
    change = crafted.read(old, new, wanted=Wanted(tracked_files=2))
    assert [commit.tracked_files for commit in change.commits] == [2, 100]
    assert change.tracked_files == 2
