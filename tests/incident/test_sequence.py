"""The whole sequence on the repository of the incident that agentguard was made for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from demo import incident
from demo import portal as portal_files

from tests import kit

ID = "2026-11-21-portal"
MAIN = "refs/heads/main"
WARN = "\n".join(
    f"[rules.{rule}]\neffect = 'warn'"
    for rule in (
        "agent-rule-files", "auth-paths", "autonomy-widened", "directory-removed", "files-gutted",
        "human-records", "live-code-deleted", "many-files-deleted", "mass-deletion", "routing-paths",
        "too-many-files", "tree-share-deleted", "unknown-reference", "unsigned-agent-commit",
    )
)  # fmt: skip


@pytest.fixture(scope="session")
def files() -> Mapping[str, str]:
    return portal_files.build()


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory, files: Mapping[str, str]) -> kit.Server:
    """The portal, and the incident's four commits, let in by a gate that only warned."""
    server = kit.make_template(tmp_path_factory.mktemp("portal"), files)
    server.add_policy(WARN)
    for step in incident.steps(files):
        server.work.commit(step.message, step.files)
        server.accepted()
    server.work.git("checkout", "-q", "-b", "topic")
    server.work.commit("Try something", {"notes.txt": "a\n"})
    server.work.push("topic", check=True)
    server.work.git("commit", "-q", "--amend", "-m", "Try something else")
    server.work.push("+topic", check=True)
    server.work.git("checkout", "-q", "main")
    return server


@pytest.fixture
def broken(_built: kit.Server, tmp_path: Path) -> kit.Server:
    return kit.copy_server(_built, tmp_path / "portal")


def run(server: kit.Server, *arguments: str | Path, status: int = 0) -> str:
    found = kit.agentguard("incident", *arguments, cwd=server.bare.path, check=False)
    assert found.status == status, found.text
    return found.text


def folder(server: kit.Server) -> Path:
    return server.bare.path / "agentguard" / "incidents" / ID


def opened(server: kit.Server, *arguments: str | Path) -> str:
    return run(server, "open", ID, "--since", "1h", "--reason", "The portal is down", *arguments)


def records(server: kit.Server, event: str) -> list[dict[str, Any]]:
    from agentguard.ledger.opening import open_ledger
    from agentguard.ledger.settings import ledger_settings

    directory = server.bare.path
    with open_ledger(directory, ledger_settings(directory)) as ledger:
        found = [row.record for row in ledger.rows()]
    return [dict(record.body) for record in found if record.event == event]


def test_the_whole_sequence(broken: kit.Server, tmp_path: Path) -> None:
    before = broken.work.tip("HEAD~4")
    bad = broken.tip()
    refs = broken.bare.out("for-each-ref", "--format=%(objectname) %(refname)")

    said = opened(broken, "--key", broken.key)

    assert "nothing stops pushes" in said
    assert f"agentguard incident assess {ID}" in said
    assert "as captured; signed by SHA256:" in run(broken, "verify", ID)
    assert "each where it was" in run(broken, "restore", ID, "--into", tmp_path / "out.git")
    out = kit.Work(tmp_path / "out.git")
    shown = out.out("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
    extra = [line for line in shown if "refs/agentguard/incident/" in line]
    assert [line for line in shown if line not in extra] == refs.splitlines()
    assert out.out("rev-parse", f"{bad}^{{tree}}") == broken.bare.out("rev-parse", f"{bad}^{{tree}}")

    report = run(broken, "assess", ID)

    assert "4 of them by agents" in report
    assert "340 files changed" not in report  # all four commits together are more
    assert "Fix login redirect" in report
    assert "deletes 212 files and does not say so" in report
    assert "NOBODY VERIFIED" in report
    assert "no tip that a human approved is on record" in report
    found = json.loads((folder(broken) / "assessment.json").read_text())
    [main] = [each for each in found["refs"] if each["ref"] == MAIN]
    assert (main["before"], main["now"]) == (before, bad)
    assert main["totals"]["actors"] == {"agent": 4}
    assert "auth" in main["sensitive"]

    plan = run(broken, "contain", ID, "--to", "before")

    assert f"restore-ref {MAIN}" in plan
    assert broken.tip() == bad

    done = run(broken, "contain", ID, "--do")

    assert f"restored {MAIN} to {before[:12]}" in done
    assert broken.tip() == before
    revert = broken.tip(f"refs/heads/agentguard/revert-{ID}-main")
    assert broken.bare.out("rev-parse", f"{revert}^") == bad
    assert broken.bare.out("rev-parse", f"{revert}^{{tree}}") == broken.bare.out(
        "rev-parse", f"{before}^{{tree}}"
    )
    assert bad in broken.bare.out("for-each-ref", "--format=%(objectname)", "refs/agentguard/keep/")
    state = broken.state()
    assert "nothing is left to be done" in run(broken, "contain", ID, "--do")
    assert broken.state() == state
    assert [each["moves"][0]["new"] for each in records(broken, "applied")][-2:]

    assert "by hand" not in run(broken, "assess", ID)

    run(broken, "recover", ID)

    plan_file = folder(broken) / "plan.md"
    assert "- [ ] " in plan_file.read_text()
    said = run(broken, "close", ID, status=2)
    assert "are not ticked" in said
    plan_file.write_text(plan_file.read_text().replace("- [ ]", "- [x]"))
    run(broken, "close", ID)
    record = (folder(broken) / "record.md").read_text()
    assert record.startswith("> **Generated and unsigned.**")
    assert "incident-contain" in record
    assert "generated and unsigned" in run(broken, "status", ID)

    assert f"Signed by {kit.JANE}" in run(broken, "sign", ID, "--key", broken.key)

    assert f"signed by {kit.JANE}" in run(broken, "status", ID)
    file = folder(broken) / "record.md"
    file.write_text(file.read_text() + "One more thing.\n")
    assert "EDITED after it was signed" in run(broken, "status", ID)
    assert "was closed" in run(broken, "assess", ID, status=2)
    events = ["open", "assess", "contain", "recover", "close", "sign"]
    assert all(records(broken, f"incident-{event}") for event in events)
