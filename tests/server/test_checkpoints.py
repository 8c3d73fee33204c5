"""Checkpoints after a push, as a function; `tests/cli/test_audit.py` pushes for real."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from agentguard.ledger.settings import LedgerSettings
from agentguard.server import checkpoints
from agentguard.server.checkpoints import FAILED, after_a_push
from tests import kit
from tests.ledger import chains
from tests.ledger.chains import NOW


@pytest.fixture
def settings(tmp_path: Path) -> LedgerSettings:
    kit.make_key(tmp_path / "key")
    chains.tell(tmp_path, *chains.STORY)
    return LedgerSettings(checkpoint_every=5, checkpoint_key="key", checkpoint_to="kept")


def events(folder: Path) -> list[str]:
    with chains.ledger(folder) as ledger:
        return [row.record.event for row in ledger.rows(8)]


def after(folder: Path, settings: LedgerSettings) -> str:
    with chains.ledger(folder) as ledger:
        return after_a_push(ledger, settings, folder, NOW)


def test_one_is_made_once(tmp_path: Path, settings: LedgerSettings) -> None:
    assert [after(tmp_path, settings) for _ in range(3)] == [""] * 3
    assert events(tmp_path) == ["checkpoint"]
    assert (tmp_path / "kept").read_text().count("Agentguard-Checkpoint") == 1


def test_none_is_made_unless_asked_for(tmp_path: Path, settings: LedgerSettings) -> None:
    assert after(tmp_path, LedgerSettings()) == ""
    assert after(tmp_path, LedgerSettings(checkpoint_every=8)) == ""
    assert events(tmp_path) == []


def test_one_that_fails_is_tried_again(tmp_path: Path, settings: LedgerSettings) -> None:
    key = (tmp_path / "key").rename(tmp_path / "away")
    assert after(tmp_path, settings) == FAILED
    assert events(tmp_path) == []
    key.rename(tmp_path / "key")
    assert after(tmp_path, settings) == ""
    assert events(tmp_path) == ["checkpoint"]


def test_nobody_waits_for_another_host_for_ever(
    tmp_path: Path, settings: LedgerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "PATIENCE", 0.01)
    monkeypatch.setattr(checkpoints, "keeper_of", lambda *_: lambda _text: signal.pause())
    assert after(tmp_path, settings) == FAILED
    assert events(tmp_path) == []
