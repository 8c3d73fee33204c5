"""A lockdown of all servers that share a database, ordered on one of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from agentguard import lockdown
from agentguard.__main__ import main
from agentguard.ledger.postgresql import PostgreSQL
from agentguard.lockdown import in_force
from agentguard.server import recording
from tests import kit
from tests.hooks.test_postgresql import record_in
from tests.postgresql import Cluster


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the machine that orders are given on."""
    folder = tmp_path / "etc"
    folder.mkdir()
    monkeypatch.setattr(lockdown, "FILE", folder / "lockdown.json")
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, status: int = 0) -> None:
    monkeypatch.setattr(sys, "argv", ["agentguard", "lockdown", *arguments])
    assert main() == status


def recorded() -> list[tuple[str, Any]]:
    with recording.server_ledger() as ledger:
        return [(row.record.event, row.record.body) for row in ledger.rows(2)]


def test_pushes_stop_on_every_server_of_the_fleet(
    cluster: Cluster,
    database: str,
    server: kit.Server,
    tmp_path: Path,
    machine: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = cluster.url(database)
    other = kit.copy_server(server, tmp_path / "other")
    record_in(server, url)
    record_in(other, url, "acme/other")
    run(monkeypatch, "on", "--reason", "tables are gone", "--database", url)
    for each in (server, other):
        each.work.commit("Say more", {"README.md": "More\n"})
        refusal = each.refused("HEAD", "HEAD:refs/heads/topic")
        assert refusal.rules == {"lockdown"}
        assert "tables are gone" in refusal.remote
        assert "agentguard: ledger " in refusal.remote
    run(monkeypatch, "status", "--database", url, status=1)
    run(monkeypatch, "off", "--reason", "they are back", "--database", url)
    run(monkeypatch, "status", "--database", url)
    for each in (server, other):
        each.accepted("HEAD", "HEAD:refs/heads/topic")
    assert [event for event, _ in recorded()] == ["lockdown-on", "lockdown-off"]
    assert not (machine / "lockdown.json").exists()


def test_one_repository_of_the_fleet(
    cluster: Cluster,
    database: str,
    server: kit.Server,
    machine: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = cluster.url(database)
    record_in(server, url)
    order = ("on", "--reason", "x", "--database", url, "--repos")
    run(monkeypatch, *order, "acme/else")
    server.work.commit("Say more", {"README.md": "More\n"})
    server.accepted()
    run(monkeypatch, *order, "acme/portal")
    server.work.commit("Say more still", {"README.md": "More still\n"})
    assert server.refused().rules == {"lockdown"}


def test_a_row_that_cannot_be_read_locks_everything(
    cluster: Cluster, database: str, server: kit.Server
) -> None:
    record_in(server, cluster.url(database))
    keeper = PostgreSQL(cluster.url(database))
    keeper.lock_down(b"nonsense")
    assert in_force(keeper.lockdown)
    keeper.close()
    server.work.commit("Say more", {"README.md": "More\n"})
    refusal = server.refused("HEAD:refs/heads/topic")
    assert "What is locked cannot be read" in refusal.remote


def test_a_url_that_cannot_be_meant(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "on", "--reason", "x", "--database", "mysql://u:hunter2@h/d", status=2)
    assert "--database: expected" in " ".join(capsys.readouterr().err.split())
    assert not (machine / "lockdown.json").exists()
