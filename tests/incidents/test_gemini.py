"""The incident agentguard was made for, replayed commit by commit and as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from demo import incident, portal

from tests import kit

EVERY = {"unsigned-agent-commit"}
SWEEP = {
    "auth-paths",
    "directory-removed",
    "files-gutted",
    "live-code-deleted",
    "many-files-deleted",
    "mass-deletion",
    "routing-paths",
    "too-many-files",
    "tree-share-deleted",
}
STEPS: Mapping[str, tuple[int, set[str]]] = {
    "commit 1 removes half the portal": (0, SWEEP),
    "commit 2 points hosting at a service that does not exist": (
        1,
        {"routing-paths", "unknown-reference"},
    ),
    "commit 3 makes up consultations and a post-mortem": (2, {"human-records"}),
    "commit 4 lets the agent do as it likes": (3, {"agent-rule-files", "autonomy-widened"}),
}
MEASURED: Mapping[str, Mapping[str, float]] = {
    "mass-deletion": {"source_deleted_lines": 28_745, "source_deletion_ratio": 28_745 / 29_145},
    "too-many-files": {"source_files": 340},
    "many-files-deleted": {"source_deleted_files": 212},
    "directory-removed": {"source_largest_removed_directory": 196},
    "tree-share-deleted": {"deleted_files": 212, "deleted_share": 212 / 624},
    "files-gutted": {"source_gutted_files": 5},
    "live-code-deleted": {"deleted_files": 212, "still_referenced": 3},
    "auth-paths": {"deleted_files": 2},
    "routing-paths": {"deleted_lines": 24},
    "sweeping-change": {"source_files": 340, "source_top_directories": 5},
    "tests-deleted": {"source_deleted_files": 8},
}


def commit(server: kit.Server, step: incident.Step) -> None:
    server.work.commit(step.message, step.files)


def check(server: kit.Server) -> dict[str, Any]:
    """What `agentguard check` says about the same range."""
    found = server.work.check_json("origin/main..HEAD")
    [update] = found["updates"]
    return dict(update)


def test_the_portal_is_as_large_as_told_and_always_the_same(files: Mapping[str, str]) -> None:
    assert len(files) == 624
    assert len([path for path in files if path.startswith("templates/shop/")]) == 196
    assert files == portal.build()


def test_the_first_commit_has_the_figures_of_the_incident(
    portal: kit.Server, files: Mapping[str, str]
) -> None:
    commit(portal, incident.steps(files)[0])
    rows = [line.split() for line in portal.work.out("diff", "--numstat", "HEAD~1").splitlines()]
    assert len(rows) == incident.FILES == 340
    assert sum(int(added) for added, _, _ in rows) == incident.ADDED == 400
    assert sum(int(deleted) for _, deleted, _ in rows) == incident.DELETED == 28_745


@pytest.mark.parametrize(("number", "rules"), STEPS.values(), ids=STEPS)
def test_each_commit_is_refused_by_itself(
    number: int, rules: set[str], portal: kit.Server, files: Mapping[str, str]
) -> None:
    commit(portal, incident.steps(files)[number])
    refusal = portal.refused()
    assert refusal.rules == rules | EVERY
    assert check(portal)["verdict"] == "needs-approval"


def test_what_was_measured(portal: kit.Server, files: Mapping[str, str]) -> None:
    commit(portal, incident.steps(files)[0])
    refusal = portal.refused()
    assert "340 files, +400 −28,745 lines (98.6 % deletions), 212 files deleted," in refusal.remote
    assert refusal.warnings == {"sweeping-change", "tests-deleted"}
    update = check(portal)
    change = update["change"]
    assert change["deletion_ratio"] == pytest.approx(0.986, abs=0.0005)
    assert {key: change[key] for key in ("files", "added_lines", "deleted_lines")} == {
        "files": 340,
        "added_lines": 400,
        "deleted_lines": 28_745,
    }
    assert (change["deleted_files"], change["added_files"]) == (212, 0)
    assert change["actors"] == {"agent": 1}
    measured = {found["rule"]: found["measured"] for found in update["findings"]}
    assert measured.keys() == MEASURED.keys() | EVERY
    for rule, figures in MEASURED.items():
        assert measured[rule] == pytest.approx(figures, rel=1e-3), rule


def test_the_whole_incident_in_one_push(portal: kit.Server, files: Mapping[str, str]) -> None:
    steps = incident.steps(files)
    for step in steps:
        commit(portal, step)
    refusal = portal.refused()
    assert refusal.rules == SWEEP | EVERY | {
        "agent-rule-files",
        "autonomy-widened",
        "human-records",
        "unknown-reference",
    }
    assert portal.tip() == portal.work.tip("origin/main")
    update = check(portal)
    assert update["change"]["commits"] == 4
    assert update["change"]["files"] == sum(len(step.files) for step in steps)
    routing = next(found for found in update["findings"] if found["rule"] == "routing-paths")
    assert {"firebase.json", "src/routes.ts"} == set(routing["paths"])


def test_all_of_the_agents_rule_files_are_named(
    portal: kit.Server, files: Mapping[str, str]
) -> None:
    commit(portal, incident.steps(files)[3])
    remote = portal.refused().remote
    for path in incident.AUTONOMY:
        assert path in remote


def test_the_sweep_spread_over_many_commits_is_seen_as_one(
    portal: kit.Server, files: Mapping[str, str]
) -> None:
    changes = sorted(incident.steps(files)[0].files.items())
    for start in range(0, len(changes), 34):
        portal.work.commit(f"Tidy up\n\n{incident.AGENT}\n", dict(changes[start : start + 34]))
    assert portal.refused().rules == SWEEP | EVERY


def test_a_subject_that_makes_little_of_the_sweep_is_pointed_out(
    portal: kit.Server, files: Mapping[str, str]
) -> None:
    portal.work.commit("Fix typo\x1b[8m in link\n\nTidy", incident.steps(files)[0].files)
    refusal = portal.refused()
    assert refusal.warnings == {"message-understates", "sweeping-change", "tests-deleted"}
    said = f'{portal.work.tip()[:12]} says "Fix typo\\x1b[8m in link"'
    assert said in " ".join(
        line.removeprefix("remote: ").strip() for line in refusal.remote.splitlines()
    )


def test_what_the_task_asked_for_is_taken(portal: kit.Server, files: Mapping[str, str]) -> None:
    portal.work.commit("Stay inside the portal after login", incident.fix(files))
    assert "(3 files, +7 −1)" in portal.accepted().remote
    assert portal.tip() == portal.work.tip()
