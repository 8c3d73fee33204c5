"""`agentguard lockdown` on a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentguard import lockdown as module
from tests.cli.conftest import Cli, said


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "etc" / "lockdown.json"
    monkeypatch.setattr(module, "FILE", path)
    return path


def test_on_and_off(cli: Cli, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "jane")
    result = cli(tmp_path, "lockdown", "status")
    assert (result.status, result.stdout) == (0, "agentguard: no lockdown is in force\n")
    result = cli(tmp_path, "lockdown", "on", "--reason", "tables are gone")
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout == "agentguard: locked: every push to every repository of this server\n"
    [order] = json.loads(file.read_text())["orders"]
    assert order["by"].endswith(" (sudo: jane)")
    assert (order["reason"], order["agents_only"], order["repos"]) == ("tables are gone", False, [])
    result = cli(tmp_path, "lockdown", "status")
    assert result.status == 1
    assert "tables are gone" in result.stdout
    result = cli(tmp_path, "lockdown", "off", "--reason", "they are back")
    assert (result.status, result.stderr) == (0, "")
    assert not file.exists()
    assert cli(tmp_path, "lockdown", "status").status == 0


def test_some_repositories_for_agents(cli: Cli, file: Path, tmp_path: Path) -> None:
    (tmp_path / "a.git").mkdir()
    (tmp_path / "link").symlink_to("a.git")
    result = cli(
        tmp_path, "lockdown", "on", "--agents-only", "--reason", "look into it",
        "--repos", f"{tmp_path}/link", "--repos", f"{tmp_path}/b.git", "--repos", "acme/*",
    )  # fmt: skip
    assert result.status == 0
    [order] = json.loads(file.read_text())["orders"]
    assert order["agents_only"] is True
    assert order["repos"] == [f"{tmp_path}/a.git", f"{tmp_path}/b.git", "acme/*"]
    assert f"WARNING: no path here is {tmp_path}/b.git" in result.stdout
    assert "WARNING: acme/* is looked for among the names" in result.stdout
    assert result.stdout.count("WARNING") == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("on",), "Missing option '--reason'"),
        (("on", "--reason", ""), "--reason must not be empty"),
        (("on", "--reason", "r", "--repos", " "), "--repos must not be empty"),
        (("off",), "Missing option '--reason'"),
        (("off", "--reason", " "), "--reason must not be empty"),
    ],
)
def test_without_a_reason_nothing_happens(
    cli: Cli, file: Path, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    result = cli(tmp_path, "lockdown", *arguments)
    assert result.status == 2
    assert complaint in said(result)
    assert not file.exists()
    cli(tmp_path, "lockdown", "on", "--reason", "r")
    before = file.read_bytes()
    assert cli(tmp_path, "lockdown", *arguments).status == 2
    assert file.read_bytes() == before


def test_without_a_right_to_the_folder_nothing_happens(
    cli: Cli, file: Path, tmp_path: Path
) -> None:
    file.parent.write_text("in the way")
    result = cli(tmp_path, "lockdown", "on", "--reason", "r")
    assert result.status == 2
    assert "etc cannot be changed: Not a directory" in said(result)


def test_what_was_ordered_is_on_record(cli: Cli, file: Path, tmp_path: Path) -> None:
    cli(tmp_path, "lockdown", "on", "--reason", "tables are gone")
    cli(tmp_path, "lockdown", "off", "--reason", "they are back")
    log = cli(tmp_path, "audit", "log", "--repository", str(file.parent))
    assert log.status == 0
    _opened, on, off = log.stdout.splitlines()
    assert "tables are gone" in on
    assert "they are back" in off
    assert cli(tmp_path, "audit", "verify", "--repository", str(file.parent)).status == 0
