"""A change is read in a handful of git processes, however many commits and files it has."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from agentguard.repo.git import Git
from tests.repo.crafted import EVERYTHING, Crafted


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that were started."""
    commands: list[str] = []
    start = Git.start

    @contextlib.contextmanager
    def counted(self: Git, *arguments: str, **options: Any) -> Iterator[Any]:
        commands.append(arguments[0])
        with start(self, *arguments, **options) as process:
            yield process

    monkeypatch.setattr(Git, "start", counted)
    return commands


OPENING = ["version", "symbolic-ref", "rev-parse"]
READING = ["cat-file", "merge-base", "rev-list", "log", "diff-tree", "diff-tree", "diff-tree"]
PUTTING_BACK = ["rev-list", "diff-tree"]


def linear(crafted: Crafted, commits: int, files: int) -> tuple[str, str]:
    first, *_, last = crafted.history(
        *(
            {f"d{number % 9}/{number}": f"{commit}\n" for number in range(files)}
            for commit in range(commits + 1)
        )
    )
    return first, last


@pytest.mark.parametrize(("commits", "files"), [(1, 1), (50, 3), (300, 2), (1, 1500)])
def test_processes_do_not_grow_with_the_push(
    crafted: Crafted, started: list[str], commits: int, files: int
) -> None:
    change = crafted.read(*linear(crafted, commits, files))
    assert (len(change.commits), len(change.files)) == (commits, files)
    assert started == [*OPENING, *READING, *PUTTING_BACK]


def test_merges_take_two_more(crafted: Crafted, started: list[str]) -> None:
    tip = start = crafted.commit({"a": "0\n"})
    for number in range(100):
        side = crafted.commit({"a": f"{number}\n", "s": f"{number}\n"}, tip)
        tip = crafted.commit({"a": f"{number}\n", "s": f"{number}\n"}, tip, side)
    crafted.read(start, tip)
    assert started.count("merge-tree") == 1
    assert len(started) == len([*OPENING, *READING, *PUTTING_BACK]) + 2


def test_what_arrives_takes_one_more(crafted: Crafted, started: list[str]) -> None:
    first, last = linear(crafted, 50, 3)
    crafted.read(first, last, wanted=replace(EVERYTHING, arriving=True))
    assert started == [*OPENING, *READING, *PUTTING_BACK, "rev-list"]


def test_refs_of_the_repository_do_not_matter(crafted: Crafted, started: list[str]) -> None:
    first, last = linear(crafted, 1, 1)
    others = [crafted.commit({"a": f"{number}\n"}) for number in range(400)]
    crafted.read(first, last, protected=others)
    assert started == [*OPENING, *READING, *PUTTING_BACK]
