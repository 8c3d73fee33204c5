"""Whole files, before and after, for the rules that read settings."""

from __future__ import annotations

import pytest

from agentguard.change import Content
from agentguard.repo import extras
from agentguard.repo.extras import Wanted
from tests.repo.crafted import Crafted, Files, lines, link, submodule

ALL = Wanted(whole=lambda _file: True)


def contents(crafted: Crafted, before: Files, after: Files, wanted: Wanted = ALL) -> set[Content]:
    old, new = crafted.history(before, after)
    found = crafted.read(old, new, wanted=wanted).contents
    assert all(path == content.path for path, content in found.items())
    return set(found.values())


def test_both_sides_of_each_file_that_changes(crafted: Crafted) -> None:
    before = {"a": "1\n", "b": "2\n", "c": "3\n"}
    assert contents(crafted, before, {"a": "1\n", "b": "two\n", "d": "4\n"}) == {
        Content("b", b"2\n", b"two\n"),
        Content("c", b"3\n", b""),
        Content("d", b"", b"4\n"),
    }


def test_only_files_that_a_rule_reads(crafted: Crafted) -> None:
    wanted = Wanted(whole=lambda file: file.path == "a", references=lambda file: file.path == "b")
    found = contents(crafted, {}, {"a": "1\n", "b": "2\n", "c": "3\n"}, wanted)
    assert {content.path for content in found} == {"a", "b"}
    assert contents(crafted, {}, {"a": "1\n"}, Wanted()) == set()


def test_a_file_that_moves_stands_at_both_paths(crafted: Crafted) -> None:
    text = lines(20)
    assert contents(crafted, {"a": text}, {"b": text}) == {
        Content("a", text.encode(), b""),
        Content("b", text.encode(), text.encode()),
    }


def test_links_are_where_they_lead_and_submodules_are_nothing(crafted: Crafted) -> None:
    found = contents(crafted, {"a": "1\n", "b": "2\n"}, {"a": link("b"), "b": submodule("a")})
    assert found == {Content("a", b"1\n", b"b"), Content("b", b"2\n", b"")}


@pytest.mark.parametrize(("before", "after"), [("x" * 101, "x"), ("x", "x" * 101)])
def test_a_file_too_large_to_be_read(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    monkeypatch.setattr(extras, "LARGEST", 100)
    found = contents(crafted, {"a": before, "b": "1"}, {"a": after, "b": "2"})
    assert found == {Content("a", b"", b"", whole=False), Content("b", b"1", b"2")}


def test_more_than_is_read_altogether(crafted: Crafted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "MOST_READ", 100)
    found = contents(crafted, {}, {"a": "x" * 60, "b": "y" * 60})
    assert found == {Content("a", b"", b"x" * 60), Content("b", b"", b"", whole=False)}


def test_deleted_files_that_are_named_are_looked_for_from_a_number_on(crafted: Crafted) -> None:
    before = {"app/tax.py": "1\n", "app/pay.py": "2\n", "main.py": "from app.tax import x\n"}
    after = {"main.py": before["main.py"]}
    old, new = crafted.history(before, after)
    [found] = crafted.read(old, new, wanted=Wanted(mentions=2)).mentions.found
    assert (found.path, found.by, found.line) == ("app/tax.py", "main.py", 1)
    for wanted in (Wanted(mentions=3), Wanted()):
        change = crafted.read(old, new, wanted=wanted)
        assert (change.mentions.found, change.mentions.complete) == ((), True)
