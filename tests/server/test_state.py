"""Changing what pushes are judged by."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

import pytest

from agentguard.errors import ConfigurationError
from agentguard.server.state import changing, said


def test_a_folder_that_is_missing_is_made_so_that_pushes_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with changing(tmp_path / "etc" / "file"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "etc").stat().st_mode) == 0o755


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    with changing(tmp_path / "file"):
        pass
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_one_change_at_a_time(tmp_path: Path) -> None:
    other = os.open(tmp_path, os.O_RDONLY)
    with changing(tmp_path / "file"), pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("in the way")
    with pytest.raises(ConfigurationError, match="etc cannot be changed: Not a directory"):
        changing(tmp_path / "etc" / "file").__enter__()


def test_an_account_that_may_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ConfigurationError, match="cannot be changed by this account"):
        changing(tmp_path / "file").__enter__()


def test_a_reason() -> None:
    assert said(" why ") == "why"
    with pytest.raises(ConfigurationError, match="--reason must not be empty"):
        said(" \n")
