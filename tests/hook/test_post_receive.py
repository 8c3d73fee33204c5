"""`post-receive` as a function; `tests/hooks/test_single_use.py` pushes through it for real."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from agentguard.approvals.used import FILE, UsedApprovals
from agentguard.change import RefUpdate
from agentguard.errors import EvaluationError
from agentguard.hook import post_receive
from tests.approvals.makers import NOW, STATEMENT
from tests.approvals.test_used import decided

OLD, NEW, NONE = "1" * 40, "2" * 40, "0" * 40
MAIN = STATEMENT.ref


def receive(monkeypatch: pytest.MonkeyPatch, *lines: str) -> int:
    stdin = "".join(f"{line}\n" for line in lines).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    return post_receive.run()


def landed(directory: Path) -> list[tuple[str, str]]:
    records = map(json.loads, (directory / FILE).read_text().splitlines())
    return [(each["ref"], each["new"]) for each in records if each["event"] == "landed"]


@pytest.mark.parametrize("given", ["", ".", "absolute"])
def test_what_landed_is_noted_in_the_repository(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if given:
        monkeypatch.setenv("GIT_DIR", str(tmp_path) if given == "absolute" else given)
    approved = decided(RefUpdate(OLD, NEW, MAIN), STATEMENT)
    UsedApprovals(tmp_path).record([approved], "sam", NOW)
    lines = (f"{OLD} {NEW} {MAIN}", f"{NONE} {NEW} refs/heads/next")
    assert receive(monkeypatch, *lines) == 0
    assert landed(tmp_path) == [(MAIN, NEW)]


def test_a_deletion_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    UsedApprovals(tmp_path).record([decided(RefUpdate(OLD, "", MAIN), STATEMENT)], "sam", NOW)
    assert receive(monkeypatch, f"{OLD} {NONE} {MAIN}") == 0
    assert landed(tmp_path) == [(MAIN, "")]


def test_what_needed_no_approval_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert receive(monkeypatch, f"{OLD} {NEW} {MAIN}") == 0
    assert not (tmp_path / FILE).exists()


def test_what_git_does_not_write_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EvaluationError, match="cannot be read"):
        receive(monkeypatch, "nonsense")
