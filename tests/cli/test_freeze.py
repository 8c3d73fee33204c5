"""`agentguard freeze` on a server's repositories."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests import kit
from tests.cli.conftest import Cli, said


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return kit.init(tmp_path / "portal.git", "--bare").path


def test_the_repository_of_this_folder(
    cli: Cli, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_USER", "jane")
    result = cli(bare, "freeze", "on", "--until", "8h", "--reason", "release")
    assert (result.status, result.stderr) == (0, "")
    assert f"everything in production of {bare}" in result.stdout
    [freeze] = tomllib.loads((bare / "agentguard" / "freezes.toml").read_text())["freeze"]
    assert set(freeze) == {"from", "until", "effect", "reason", "by", "declared"}
    assert (freeze["effect"], freeze["reason"]) == ("deny", "release")
    assert "(sudo: jane)" in freeze["by"]
    assert (freeze["until"] - freeze["from"]).total_seconds() == 8 * 3600
    result = cli(bare, "freeze", "status")
    assert result.status == 1
    assert "everything in production frozen until" in result.stdout
    result = cli(bare, "freeze", "off", "--reason", "released")
    assert result.status == 0
    assert "ended: " in result.stdout
    result = cli(bare, "freeze", "status")
    assert (result.status, result.stdout) == (0, f"agentguard: {bare}: no freeze\n")


def test_several_repositories_and_refs(cli: Cli, bare: Path, tmp_path: Path) -> None:
    other = kit.init(tmp_path / "shop.git", "--bare").path
    options = ("--refs", "refs/heads/main", "--refs", "refs/heads/x/*", "--effect", "warn")
    result = cli(
        tmp_path, "freeze", "on", "--until", "1d", "--reason", "r", *options, bare, "shop.git"
    )
    assert result.status == 0
    for directory in (bare, other):
        [freeze] = tomllib.loads((directory / "agentguard" / "freezes.toml").read_text())["freeze"]
        assert freeze["refs"] == ["refs/heads/main", "refs/heads/x/*"]
        assert freeze["effect"] == "warn"
    assert cli(tmp_path, "freeze", "status", bare, other).stdout.count("refs/heads/x/*") == 2


ON = ("freeze", "on", "--until", "8h", "--reason", "r")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("freeze", "on", "--reason", "r"), "Missing option '--until'"),
        (("freeze", "on", "--until", "8h"), "Missing option '--reason'"),
        (("freeze", "on", "--until", "8h", "--reason", " "), "--reason must not be empty"),
        (("freeze", "on", "--until", "2020-01-01", "--reason", "r"), "is over"),
        (("freeze", "on", "--until", "soon", "--reason", "r"), "'soon' is none of: a date"),
        ((*ON, "--refs", "main"), "--refs 'main' is not a full ref name"),
        ((*ON, "--effect", "stop"), "'stop' is not one of 'deny', 'approve', 'warn'"),
        ((*ON, "nowhere"), "nowhere is not a folder"),
        ((*ON, "work"), "work has a work tree: it is somebody's clone"),
        ((*ON, "refs"), "refs is not a repository, though it lies in"),
        (("freeze", "off"), "Missing option '--reason'"),
        (("freeze", "off", "--reason", ""), "--reason must not be empty"),
        (("freeze", "off", "--reason", "r", "work"), "work has a work tree"),
        (("freeze", "status", "work"), "work has a work tree"),
    ],
)
def test_wrong_usage_changes_nothing(
    cli: Cli, bare: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    kit.init(bare / "work")
    result = cli(bare, *arguments)
    assert result.status == 2
    assert complaint in said(result)
    assert not (bare / "agentguard").exists()
