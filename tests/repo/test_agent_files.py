"""What agents' files lead to is read from the tree before a push and from the one after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentguard.change import Followed
from agentguard.repo.agent_files import LARGEST
from agentguard.repo.extras import Wanted
from agentguard.repo.git import Git
from agentguard.repo.objects import Objects
from tests.changes import BASE
from tests.repo.crafted import Crafted, Files, craft, link, submodule

WANTED = Wanted(follow=BASE.classes.selector(("@agent-rules",)))


def followed(crafted: Crafted, before: Files, *after: Files) -> Followed:
    """What is found in a push from one set of files to others, one commit each."""
    first, *_, last = crafted.history(before, *after)
    return crafted.read(first, last, wanted=WANTED).followed


LED: Files = {"CLAUDE.md": link("docs/a.md"), "AGENTS.md": "@b.md\n", "b.md": "b\n"}


def test_only_the_target_changes(crafted: Crafted) -> None:
    before: Files = {**LED, "docs/a.md": "a\n"}
    found = followed(crafted, before, {**before, "docs/a.md": "A\n", "b.md": "B\n", "c.md": "c\n"})
    assert found == Followed({"docs/a.md": "CLAUDE.md"}, {"b.md": "AGENTS.md"})


def test_nothing_is_looked_for_where_no_rule_asks(crafted: Crafted) -> None:
    first, last = crafted.history(LED, {**LED, "b.md": "B\n"})
    assert crafted.read(first, last).followed == Followed()


def test_a_push_that_changes_nothing(crafted: Crafted) -> None:
    assert followed(crafted, LED, LED) == Followed()


def test_a_chain_of_links(crafted: Crafted) -> None:
    before: Files = {"CLAUDE.md": link("a"), "a": link("b/c"), "b": link("d"), "d/c": "1\n"}
    found = followed(crafted, before, {**before, "d/c": "2\n"})
    assert found.links == {"d/c": "CLAUDE.md"}


def test_what_no_longer_leads_there_and_what_does_from_now_on(crafted: Crafted) -> None:
    before: Files = {"CLAUDE.md": link("old.md"), "old.md": "1\n", "new.md": "1\n"}
    after: Files = {"CLAUDE.md": link("new.md"), "old.md": "2\n", "new.md": "2\n"}
    assert followed(crafted, before, after).links.keys() == {"old.md", "new.md"}


def test_a_target_that_comes_later(crafted: Crafted) -> None:
    before: Files = {"CLAUDE.md": link("a.md")}
    assert followed(crafted, before, {**before, "a.md": "a\n"}).links == {"a.md": "CLAUDE.md"}


def test_links_of_the_same_push(crafted: Crafted) -> None:
    found = followed(
        crafted, {"a.md": "1\n"}, {"a.md": "2\n"}, {"a.md": "2\n", "CLAUDE.md": link("a.md")}
    )
    assert found.links == {"a.md": "CLAUDE.md"}


def test_a_path_that_only_a_commit_on_the_way_touches(crafted: Crafted) -> None:
    before: Files = {**LED, "x": "1\n"}
    found = followed(crafted, before, {**before, "b.md": "B\n"}, {**before, "x": "2\n"})
    assert found.imports == {"b.md": "AGENTS.md"}


def test_a_submodule_behind_a_link(crafted: Crafted) -> None:
    before: Files = {".claude/skills": link("../vendor/skills"), "vendor": submodule("1")}
    found = followed(crafted, before, {**before, "vendor": submodule("2")})
    assert found.links == {"vendor": ".claude/skills"}


def test_names_that_are_no_text(crafted: Crafted) -> None:
    before: Files = {"CLAUDE.md": link("d\udce9/\udcff.md"), "d\udce9/\udcff.md": "1\n"}
    found = followed(crafted, before, {**before, "d\udce9/\udcff.md": "2\n"})
    assert found.links == {"d\udce9/\udcff.md": "CLAUDE.md"}


def test_a_file_that_becomes_a_folder(crafted: Crafted) -> None:
    before: Files = {".claude/a": link("../x"), "x": "1\n"}
    found = followed(crafted, before, {".claude/a": link("../x"), "x/y": "1\n"})
    assert found.links.keys() == {"x", "x/y"}


def test_a_folder_that_becomes_a_link(crafted: Crafted) -> None:
    found = followed(crafted, {".claude/a": "1\n"}, {".claude": link("lib"), "lib/a": "1\n"})
    assert "lib/a" in found.links


def test_sha256(tmp_path: Path) -> None:
    crafted = craft(tmp_path / "other.git", "--object-format=sha256")
    found = followed(crafted, LED, {**LED, "b.md": "B\n"})
    assert found.imports == {"b.md": "AGENTS.md"}


@pytest.mark.parametrize(("size", "told"), [(LARGEST, False), (LARGEST + 1, True)])
def test_how_much_is_read(crafted: Crafted, size: int, *, told: bool) -> None:
    before: Files = {"CLAUDE.md": " " * size, "a": "1\n"}
    found = followed(crafted, before, {**before, "a": "2\n"})
    assert bool(found.unknown) == told


@pytest.mark.parametrize("sides", [(0, LARGEST), (LARGEST, 0)])
def test_what_is_not_known_of_either_side_is_told(crafted: Crafted, sides: tuple[int, int]) -> None:
    before, after = ({"CLAUDE.md": "x" * (size + 1)} for size in sides)
    assert followed(crafted, before, after).unknown == (("CLAUDE.md", "is too large to be read"),)


def test_a_new_branch_and_an_empty_repository(crafted: Crafted) -> None:
    first, last = crafted.history({"a": "1\n"}, {**LED, "a": "2\n"})
    assert crafted.read("", last, default=first, wanted=WANTED).followed.imports
    assert crafted.read("", last, default="", wanted=WANTED).followed.imports


class Counts:
    """Git commands that were started, and objects whose content was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.commands: list[str] = []
        self.objects: list[str] = []
        start, contents = Git.start, Objects.contents

        def started(git: Git, *arguments: str, **options: Any) -> Any:
            self.commands.append(arguments[0])
            return start(git, *arguments, **options)

        def read(objects: Objects, names: Iterable[str]) -> Any:
            listed = list(names)
            self.objects.extend(listed)
            return contents(objects, listed)

        monkeypatch.setattr(Git, "start", started)
        monkeypatch.setattr(Objects, "contents", read)

    def of(self, crafted: Crafted, files: Files) -> tuple[list[str], int]:
        """What it takes to read a small push to a tree of these files."""
        first, last = crafted.history(files, {**files, "b.md": "B\n"})
        self.commands.clear()
        self.objects.clear()
        assert crafted.read(first, last, wanted=WANTED).followed.imports
        return list(self.commands), len(self.objects)


def test_neither_processes_nor_reading_grow_with_the_tree(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five thousand folders that the push does not touch cost nothing."""
    counts = Counts(monkeypatch)
    commands, objects = counts.of(crafted, LED)
    many = {f"d{number // 70}/e{number}/f": "f\n" for number in range(5000)}
    assert counts.of(crafted, {**LED, **many}) == (commands, objects)
    assert commands.count("cat-file") == 1


def test_what_stands_on_both_sides_is_read_once(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts(monkeypatch)
    _, objects = counts.of(crafted, LED)
    skills = {f".claude/skills/{number}/SKILL.md": "Do.\n" for number in range(50)}
    assert counts.of(crafted, {**LED, **skills})[1] == objects + 2 + 1  # the skills are alike


def test_a_push_that_touches_too_many_folders_says_so(crafted: Crafted) -> None:
    before: Files = {f"d{n}/f": "1\n" for n in range(2100)} | {**LED}
    found = followed(
        crafted, before, {path: "2\n" if path[0] == "d" else body for path, body in before.items()}
    )
    [(place, reason)] = found.unknown
    assert "2,000 folders" in reason
    assert place.startswith("d")


def test_text_is_read_of_what_they_lead_to(crafted: Crafted) -> None:
    first, last = crafted.history(LED, {**LED, "b.md": "B\n"})
    again = Wanted(patch=lambda file: file.path == "b.md")
    change = crafted.read(first, last, wanted=replace(WANTED, again=lambda _followed: again))
    assert change.patches["b.md"].added == ("B",)
