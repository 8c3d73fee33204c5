"""What the whole catalog costs on the push of the incident, in processes and in what is read.

Times are printed by `benchmarks/rules.py`; they depend on the machine, and these counts do not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentguard.repo.git import Git
from agentguard.repo.objects import Objects
from tests.incident_push import gate, incident_push

# Opening and reading a push, as in tests/repo/test_processes.py, and what rules ask for beyond it:
# the lines of files, the number of files, what files held before, names that are still mentioned,
# and names that stand nowhere else.
MOST_PROCESSES = 16


class Counts:
    """Git commands that were started, and objects whose content was read."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.objects: list[str] = []


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    found = Counts()
    start, contents = Git.start, Objects.contents

    @contextlib.contextmanager
    def started(self: Git, *arguments: str, **options: Any) -> Iterator[Any]:
        found.commands.append(arguments[0])
        with start(self, *arguments, **options) as process:
            yield process

    def read(self: Objects, names: Any) -> Iterator[Any]:
        listed = list(names)
        found.objects.extend(listed)
        return iter(contents(self, listed))

    monkeypatch.setattr(Git, "start", started)
    monkeypatch.setattr(Objects, "contents", read)
    return found


def judged(folder: Path, counts: Counts, copies: int = 1) -> set[str]:
    """Which rules found something; the counts are those of the judgement alone."""
    folder.mkdir()
    repository, update = incident_push(folder, copies)
    counts.commands.clear()
    counts.objects.clear()
    [decided] = gate(repository, update).judge([update]).updates
    assert not decided.errors
    return {finding.rule for finding in decided.findings}


def test_the_catalog_takes_a_handful_of_processes(tmp_path: Path, counts: Counts) -> None:
    found = judged(tmp_path / "one", counts)

    assert {"mass-deletion", "human-records", "autonomy-widened"} <= found
    assert len(counts.commands) <= MOST_PROCESSES, counts.commands
    assert counts.commands.count("grep") <= 2


def test_a_push_that_is_larger_takes_no_more_of_them(tmp_path: Path, counts: Counts) -> None:
    judged(tmp_path / "one", counts)
    once = list(counts.commands)
    judged(tmp_path / "five", counts, copies=5)

    assert counts.commands == once


def test_only_files_that_rules_look_at_are_read(tmp_path: Path, counts: Counts) -> None:
    """Both sides of the files that a rule reads as a whole, and of those whose lines are counted."""
    judged(tmp_path / "one", counts)
    changed = 340 + 1 + 3 + 3

    assert len(counts.objects) <= 2 * 2 * changed
    judged(tmp_path / "five", counts, copies=5)
    assert len(counts.objects) <= 5 * 2 * 2 * changed
