"""A small server to which an agent did something, and the portal of the incident."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
from demo import incident
from demo import portal as portal_files

from agentguard import lockdown
from agentguard.cli import main
from agentguard.clock import iso
from tests import kit
from tests.hooks.approving import statement

ID = "2026-11-21-portal"
MAIN = "refs/heads/main"
AGENT_MARK = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n"
FILES: dict[str, str | bytes] = {
    "README.md": "Portal\n",
    "src/auth/login.py": "check()\n" * 60,
    "src/app.py": "app()\n" * 40,
}
SWEEP = (
    "agent-rule-files", "auth-paths", "autonomy-widened", "directory-removed", "files-gutted",
    "human-records", "live-code-deleted", "many-files-deleted", "mass-deletion", "routing-paths",
    "too-many-files", "tree-share-deleted", "unknown-reference", "unsigned-agent-commit",
)  # fmt: skip


class Run(Protocol):
    """`agentguard incident ARGUMENTS` on a server, in this process; what it said, on one line."""

    def __call__(self, server: kit.Server, *arguments: str | Path, status: int = 0) -> str: ...


@pytest.fixture(autouse=True)
def lockdown_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the lockdown of the machine would be."""
    path = tmp_path / "etc" / "lockdown.json"
    monkeypatch.setattr(lockdown, "FILE", path)
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(server: kit.Server, *arguments: str | Path, status: int = 0) -> str:
        monkeypatch.chdir(server.bare.path)
        monkeypatch.setattr(sys, "argv", ["agentguard", "incident", *map(str, arguments)])
        capsys.readouterr()
        ended = main()
        said = capsys.readouterr()
        assert ended == status, said.out + said.err
        return " ".join((said.out + said.err).replace("agentguard: ", "").split())

    return run


def warning(*rules: str) -> str:
    """A policy in which these rules only warn, so that a gate lets in what it should not."""
    return "\n".join(f"[rules.{rule}]\neffect = 'warn'" for rule in rules)


def folder(server: kit.Server) -> Path:
    return server.bare.path / "agentguard" / "incidents" / ID


@pytest.fixture(scope="session")
def _portal(tmp_path_factory: pytest.TempPathFactory) -> kit.Server:
    """The portal, and the incident's four commits, let in by a gate that only warned."""
    files: Mapping[str, str] = portal_files.build()
    server = kit.make_template(tmp_path_factory.mktemp("portal"), files)
    server.add_policy(warning(*SWEEP, "deletions-add-up", "gutting-adds-up", "changes-add-up"))
    for step in incident.steps(files):
        server.work.commit(step.message, step.files)
        server.accepted()
    return server


@pytest.fixture
def portal(_portal: kit.Server, tmp_path: Path) -> kit.Server:
    return kit.copy_server(_portal, tmp_path / "portal")


@dataclass(frozen=True)
class Case:
    """A server, since when an agent was at it, and where `main` stood: approved by Jane, before the
    window, and after it."""

    server: kit.Server
    since: str
    approved: str
    before: str
    bad: str


@pytest.fixture(scope="session")
def _small(tmp_path_factory: pytest.TempPathFactory) -> Case:
    server = kit.make_server(tmp_path_factory.mktemp("small"), FILES)
    server.add_policy(warning("unsigned-agent-commit", "human-records"))
    work = server.work
    work.push("main:refs/heads/old", "main:refs/heads/still", check=True)
    work.commit("Drop the old login", {"src/auth/login.py": None})
    asked = statement(server.refused())
    assert server.approve(statement=asked).status == 0
    server.accepted()
    approved = work.tip()
    work.commit("Say more", {"README.md": "The portal\n"})
    server.accepted()
    before = work.tip()
    time.sleep(1.1)  # the ledger's times are whole seconds
    since = iso(datetime.now(UTC))
    work.commit(f"Fix typo in docs{AGENT_MARK}", {f"docs/a{n}.md": "x\n" * 30 for n in range(25)})
    server.accepted()
    files = {"migrations/002.sql": "select 1;\n", "docs/incidents/2026-01-01.md": "All is well.\n"}
    work.commit(f"Add a migration{AGENT_MARK}", files)
    server.accepted()
    bad = work.tip()
    work.push("main:refs/heads/new", check=True)
    work.push(":refs/heads/old", check=True)
    work.commit(f"Clean{AGENT_MARK}", {"README.md": None, "src/app.py": None, "docs": None})
    server.refused()
    work.git("reset", "-q", "--hard", bad)
    return Case(server, since, approved, before, bad)


@pytest.fixture
def small(_small: Case, tmp_path: Path) -> Case:
    server = kit.copy_server(_small.server, tmp_path / "small")
    return Case(server, _small.since, _small.approved, _small.before, _small.bad)


@pytest.fixture
def assessed(small: Case, run: Run) -> Case:
    """The same, with an incident that was opened and assessed."""
    run(small.server, "open", ID, "--since", small.since, "--reason", "main is odd")
    run(small.server, "assess", ID)
    return small
