"""Content that a path had before comes back: a revert that no log of the push shows."""

from __future__ import annotations

import pytest

from agentguard.repo import history
from agentguard.repo.extras import Wanted
from tests.repo.crafted import Crafted, link


def test_old_content_put_back_is_seen(crafted: Crafted) -> None:
    *_, old, new = crafted.history(
        {"auth": "weak\n", "b": "1\n"},
        {"auth": "strong\n", "b": "1\n"},
        {"auth": "stronger\n", "b": "2\n"},
        {"auth": "weak\n", "b": "3\n"},
    )
    assert crafted.naive("log", "--format=%s", f"{old}..{new}") == "Change"
    assert crafted.read(old, new).put_back == {"auth"}


def test_deleted_file_that_comes_back_as_it_was(crafted: Crafted) -> None:
    *_, old, new = crafted.history({"a": "1\n", "b": "b\n"}, {"b": "b\n"}, {"a": "1\n", "b": "b\n"})
    assert crafted.read(old, new).put_back == {"a"}


def test_content_of_another_path_is_new_here(crafted: Crafted) -> None:
    *_, old, new = crafted.history({"a": "1\n"}, {"a": "2\n"}, {"a": "2\n", "b": "1\n"})
    assert crafted.read(old, new).put_back == frozenset()


def test_mode_and_type_put_back_are_no_content(crafted: Crafted) -> None:
    *_, old, new = crafted.history({"a": link("b")}, {"a": "text\n"}, {"a": link("b")})
    assert crafted.read(old, new).put_back == frozenset()


def test_content_that_only_a_merge_brought_is_known_from_what_replaced_it(crafted: Crafted) -> None:
    base = crafted.commit({"a": "0\n"})
    side = crafted.commit({"a": "0\n", "s": "s\n"}, base)
    merge = crafted.commit({"a": "merged\n", "s": "s\n"}, base, side)
    old = crafted.commit({"a": "later\n", "s": "s\n"}, merge)
    new = crafted.commit({"a": "merged\n", "s": "s\n"}, old)
    assert crafted.read(old, new).put_back == {"a"}


@pytest.mark.parametrize(("bound", "expected"), [(4, {"a"}), (2, set())])
def test_look_back_is_bounded(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch, bound: int, expected: set[str]
) -> None:
    monkeypatch.setattr(history, "LOOK_BACK", bound)
    versions = [{"a": "first\n", "n": f"{number}\n"} for number in range(2)]
    versions += [{"a": "second\n", "n": f"{number}\n"} for number in range(3)]
    *_, old, new = crafted.history(*versions, {"a": "first\n", "n": "end\n"})
    assert crafted.read(old, new).put_back == expected


def test_history_is_read_only_when_enough_files_changed(crafted: Crafted) -> None:
    *_, old, new = crafted.history({"a": "1\n"}, {"a": "2\n"}, {"a": "1\n"})
    assert crafted.read(old, new, wanted=Wanted(put_back=1)).put_back == {"a"}
    assert crafted.read(old, new, wanted=Wanted(put_back=2)).put_back == frozenset()
    assert crafted.read(old, new, wanted=Wanted()).put_back == frozenset()


def test_without_a_base_nothing_was_there_before(crafted: Crafted) -> None:
    commit = crafted.commit({"a": "1\n"})
    assert crafted.read("", commit).put_back == frozenset()
    tree = crafted.tree({"a": "2\n"})
    assert crafted.read(crafted.tree({"a": "1\n"}), tree, "refs/tags/x").put_back == frozenset()


def test_nothing_changed_is_nothing_put_back(crafted: Crafted) -> None:
    *_, old, new = crafted.history({"a": "1\n"}, {"a": "2\n"}, {"b": "1\n"})
    change = crafted.read(old, crafted.commit({}, new), wanted=Wanted(put_back=0))
    assert change.put_back == frozenset()


def test_many_files_put_back_at_once(crafted: Crafted) -> None:
    first = {f"directory/{'x' * 100}{number}": f"{number}\n" for number in range(1200)}
    second = dict.fromkeys(first, "changed\n")
    *_, old, new = crafted.history(first, second, first)
    assert crafted.read(old, new).put_back == set(first)
