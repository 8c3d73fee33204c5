"""The whole sequence on the repository of the incident that agentguard was made for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agentguard.ledger.opening import open_ledger
from agentguard.ledger.settings import ledger_settings
from tests import kit
from tests.incident.conftest import ID, MAIN, Run, folder

STEPS = ("open", "assess", "contain", "recover", "close", "sign")


def records(server: kit.Server, event: str) -> list[dict[str, Any]]:
    directory = server.bare.path
    with open_ledger(directory, ledger_settings(directory)) as ledger:
        found = [row.record for row in ledger.rows()]
    return [dict(record.body) for record in found if record.event == event]


def tree(work: kit.Work, revision: str) -> str:
    return work.out("rev-parse", f"{revision}^{{tree}}")


def test_the_whole_sequence(portal: kit.Server, tmp_path: Path, run: Run) -> None:
    before, bad = portal.work.tip("HEAD~4"), portal.tip()

    opened_with_evidence(portal, tmp_path, run)
    assessed(portal, run, before, bad)
    contained(portal, run, before, bad)
    recovered_and_closed(portal, run)
    signed(portal, run)

    assert all(records(portal, f"incident-{step}") for step in STEPS)


def opened_with_evidence(portal: kit.Server, tmp_path: Path, run: Run) -> None:
    refs = portal.bare.out("for-each-ref", "--format=%(objectname) %(refname)")

    said = run(portal, "open", ID, "--since", "1h", "--reason", "Down", "--key", portal.key)

    assert f"locked: every push to {portal.bare.path}" in said
    assert f"agentguard incident assess {ID}" in said
    assert folder(portal).stat().st_mode & 0o777 == 0o700
    assert "as captured; signed by SHA256:" in run(portal, "verify", ID)
    assert "each where it was" in run(portal, "restore", ID, "--into", tmp_path / "out.git")
    out = kit.Work(tmp_path / "out.git")
    shown = out.out("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
    assert [line for line in shown if "refs/agentguard/incident/" not in line] == refs.splitlines()
    assert out.out("symbolic-ref", "HEAD") == MAIN
    assert tree(out, MAIN) == tree(portal.bare, MAIN)
    out.git("fsck", "--full")


def assessed(portal: kit.Server, run: Run, before: str, bad: str) -> None:
    report = run(portal, "assess", ID)

    assert "Pushes: 4 accepted, 0 refused. 1 ref moved; 4 commits, 4 of them by agents." in report
    assert "347 files changed, +433 −28,768 lines, 212 files deleted" in report
    assert "“Fix login redirect”: deletes 212 files and does not say so" in report
    _, _, claimed = report.partition("Records that claim what NOBODY VERIFIED:")
    assert "docs/incidents/2025-11-18-post-mortem.md" in claimed
    assert "no tip that a human approved is on record" in report
    [main] = json.loads((folder(portal) / "assessment.json").read_text())["refs"]
    assert (main["ref"], main["before"], main["now"]) == (MAIN, before, bad)
    assert main["totals"]["actors"] == {"agent": 4}
    assert {"auth", "routing", "records", "agent-rules"} <= main["sensitive"].keys()


def contained(portal: kit.Server, run: Run, before: str, bad: str) -> None:
    assert f"restore-ref {MAIN} → {before[:12]} may be done at once" in run(portal, "contain", ID)
    assert portal.tip() == bad

    done = run(portal, "contain", ID, "--do")

    assert f"restored {MAIN} to {before[:12]}; {bad[:12]} is kept" in done
    assert portal.tip() == before
    revert = portal.tip(f"refs/heads/agentguard/revert-{ID}-main")
    assert portal.bare.out("rev-parse", f"{revert}^") == bad
    assert tree(portal.bare, revert) == tree(portal.bare, before)
    assert portal.bare.out("for-each-ref", "--points-at", bad, "refs/agentguard/keep/")
    moved = [each["moves"][0] for each in records(portal, "applied")[-2:]]
    assert [(each["ref"], each["new"]) for each in moved] == [
        (f"refs/heads/agentguard/revert-{ID}-main", revert),
        (MAIN, before),
    ]
    state = portal.state()
    assert "nothing is left to be done" in run(portal, "contain", ID, "--do")
    assert portal.state() == state
    assert "NOT EXPLAINED" not in run(portal, "assess", ID)


def recovered_and_closed(portal: kit.Server, run: Run) -> None:
    run(portal, "recover", ID)
    plan = folder(portal) / "plan.md"
    assert (
        "docs/incidents/2025-11-18-post-mortem.md claims what nobody verified" in plan.read_text()
    )
    assert "are not ticked" in run(portal, "close", ID, status=2)
    plan.write_text(plan.read_text().replace("- [ ]", "- [x]"))

    assert "the lockdown stays" in run(portal, "close", ID)

    record = (folder(portal) / "record.md").read_text()
    assert record.startswith("> **Generated and unsigned.**")
    assert "incident-contain" in record
    assert "Fix login redirect" in record
    assert "- [ ]" not in record
    assert "generated and unsigned" in run(portal, "status", ID)
    assert "was closed" in run(portal, "assess", ID, status=2)


def signed(portal: kit.Server, run: Run) -> None:
    said = run(portal, "sign", ID, "--key", portal.key)

    assert f"Signed by {kit.JANE} with SHA256:" in said
    record = folder(portal) / "record.md"
    assert said in record.read_text()
    assert f"record.md: signed by {kit.JANE}" in run(portal, "status", ID)
    record.write_text(record.read_text() + "One more thing.\n")
    assert "EDITED after it was signed" in run(portal, "status")
