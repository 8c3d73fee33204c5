"""The one door to rules and hooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard import bundled
from agentguard.errors import EvaluationError


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    bundled.folder.cache_clear()


def test_the_installed_package_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "src" / "agentguard"
    monkeypatch.setattr(bundled, "PACKAGE", package)
    (tmp_path / "rules").mkdir()
    assert bundled.folder("rules") == tmp_path / "rules"
    bundled.folder.cache_clear()
    (package / "_data" / "rules").mkdir(parents=True)
    assert bundled.folder("rules") == package / "_data" / "rules"
    bundled.folder.cache_clear()


def test_a_lost_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "PACKAGE", tmp_path / "src" / "agentguard")
    with pytest.raises(EvaluationError, match="has no rules folder; reinstall it"):
        bundled.folder("rules")


def test_a_lost_file_is_an_error() -> None:
    assert bundled.data("hooks", "pre-receive").startswith(b"#!/bin/sh\n")
    with pytest.raises(EvaluationError, match="bundled file hooks/nope is not readable"):
        bundled.data("hooks", "nope")
