"""Content that single commits brought and neither end of the push holds."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from agentguard.change import Content
from agentguard.measures import MEASURES
from agentguard.repo import extras
from agentguard.repo.extras import Wanted
from agentguard.repo.objects import Objects
from tests.repo.crafted import Crafted, Files

ALL = Wanted(vanished=lambda _file: True)


def contents(crafted: Crafted, *trees: Files, wanted: Wanted = ALL) -> list[set[Content]]:
    """What is read of each commit of a push; the first tree stood there before."""
    old, *_, new = crafted.history(*trees)
    found = crafted.read(old, new, wanted=wanted).commits
    return [{*each.contents.values()} for each in found]


def by_commit(crafted: Crafted, old: str, new: str) -> Mapping[str, set[Content]]:
    return {
        each.id: {*each.contents.values()} for each in crafted.read(old, new, wanted=ALL).commits
    }


def test_what_comes_and_goes_is_read_of_the_commit_that_brought_it(crafted: Crafted) -> None:
    before: Files = {"a": "1\n", "b": "1\n"}
    steps: tuple[Files, ...] = ({"a": "1\n", "b": "2\n", "c": "3\n"}, {"a": "1\n", "b": "4\n"})
    first = {Content("b", b"1\n", b"2\n"), Content("c", b"", b"3\n")}
    assert contents(crafted, before, *steps) == [first, set()]


def test_what_an_end_holds_is_left_out(crafted: Crafted) -> None:
    before: Files = {"a": "1\n", "b": "1\n", "kept": "9\n"}
    steps: tuple[Files, ...] = (
        {"a": "2\n", "b": "1\n", "kept": "8\n"},  # stays
        {"a": "2\n", "kept": "7\n"},
        {"a": "2\n", "b": "1\n", "kept": "9\n"},  # as they were
    )
    read = contents(crafted, before, *steps)
    assert [{each.after for each in found} for found in read] == [{b"8\n"}, {b"7\n"}, set()]


def test_what_only_moves_through_is_read_where_it_was(crafted: Crafted) -> None:
    steps: tuple[Files, ...] = ({"x": "0\n", "a": "1\n"}, {"x": "0\n", "b": "1\n"}, {"x": "2\n"})
    first, second, third = contents(crafted, {"x": "0\n"}, *steps)
    assert first == {Content("a", b"", b"1\n")}
    assert second == {Content("a", b"1\n", b""), Content("b", b"1\n", b"1\n")}
    assert third == set()


def test_only_files_that_a_rule_asks_for(crafted: Crafted) -> None:
    trees: tuple[Files, ...] = ({"x": "0\n"}, {"x": "0\n", "a": "1\n", "b": "1\n"}, {"x": "2\n"})
    some = Wanted(vanished=lambda file: file.path == "a")
    assert contents(crafted, *trees, wanted=some)[0] == {Content("a", b"", b"1\n")}
    assert contents(crafted, *trees, wanted=Wanted()) == [set(), set()]


def test_all_commits_share_one_limit(crafted: Crafted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "MOST_READ", 100)
    trees: tuple[Files, ...] = ({}, {"a": "x" * 60}, {"b": "y" * 60}, {"c": "z"})
    first, second, _ = contents(crafted, *trees)
    assert first == {Content("a", b"", b"x" * 60)}
    assert second == {Content("b", b"", b"", whole=False)}


def test_a_push_of_one_commit_reads_nothing_more(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(self: Objects, names: list[str]) -> object:
        asked.extend(names)
        return read(self, names)

    read = Objects.contents
    monkeypatch.setattr(Objects, "contents", counted)
    old, new = crafted.history({"a": "1\n"}, {"a": "2\n", "b": "3\n"})
    reads = []
    for wanted in (Wanted(), ALL):
        asked.clear()
        crafted.read(old, new, wanted=wanted)
        reads.append(list(asked))
    assert reads[0] == reads[1]


def test_what_a_merge_drops_is_read_where_it_was_brought(crafted: Crafted) -> None:
    base = crafted.commit({"a": "1\n"})
    secret = crafted.commit({"a": "1\n", "s": "secret\n"}, base)
    plain = crafted.commit({"a": "2\n"}, base)
    third = crafted.commit({"a": "1\n", "t": "3\n"}, base)
    for parents in ((plain, secret), (plain, secret, third)):
        tip = crafted.commit({"a": "2\n"}, *parents)
        found = by_commit(crafted, base, tip)
        assert found[secret] == {Content("s", b"", b"secret\n")}
        assert not found[plain] | found[tip]


def test_what_a_merge_writes_itself_is_compared_with_what_git_would_have_made(
    crafted: Crafted,
) -> None:
    """Git's own result is no object of the repository, and is read all the same."""
    base = crafted.commit({"a": "1\n2\n3\n4\n5\n"})
    one = crafted.commit({"a": "one\n2\n3\n4\n5\n"}, base)
    two = crafted.commit({"a": "1\n2\n3\n4\nfive\n"}, base)
    merge = crafted.commit({"a": "one\nkey\n3\n4\nfive\n"}, one, two)
    tip = crafted.commit({"a": "one\n2\n3\n4\nfive\n"}, merge)
    found = by_commit(crafted, base, tip)
    assert found[merge] == {
        Content("a", b"one\n2\n3\n4\nfive\n", b"one\nkey\n3\n4\nfive\n"),
    }


def test_secrets_are_what_is_looked_for_there() -> None:
    assert [name for name, measure in MEASURES.items() if measure.vanished] == ["secrets"]
