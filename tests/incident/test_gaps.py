"""What is missing, broken or odd on the server: it is told, and nothing stops for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentguard.incident import capture, evidence, window
from agentguard.repo.bundle import Refs
from tests import kit
from tests.incident.conftest import ID, MAIN, Case, Run, folder
from tests.incident.test_sequence import records


def assess(server: kit.Server, run: Run, since: str = "1h") -> str:
    run(server, "open", ID, "--since", since, "--reason", "odd")
    return run(server, "assess", ID)


def without_afterwards(server: kit.Server) -> None:
    (server.bare.path / "hooks" / "post-receive").unlink()


def test_what_landed_unnoticed_is_part_of_it(server: kit.Server, run: Run) -> None:
    """A crash after the decision: nothing says that it landed, but there it stands."""
    without_afterwards(server)
    before = server.tip()
    for n in range(2):
        server.work.commit(f"Change {n}", {f"{n}.txt": "x\n"})
        server.accepted()

    report = assess(server, run)

    assert "Pushes: 2 accepted, 0 refused. 1 ref moved; 2 commits" in report
    assert f"from {before[:12]} to {server.tip()[:12]}" in report
    assert "NOT EXPLAINED" not in report


def test_what_was_accepted_and_never_landed_is_not(server: kit.Server, run: Run) -> None:
    server.work.commit("Change", {"a.txt": "x\n"})
    (server.bare.path / "refs" / "heads" / "main.lock").touch()
    assert server.work.push().status

    assert "0 accepted" in assess(server, run)


def test_a_rewind_that_lost_commits_can_be_undone(server: kit.Server, run: Run) -> None:
    server.add_policy("[rules.protected-ref-rewound]\neffect = 'warn'")
    server.work.commit("Good", {"a.txt": "x\n"})
    server.accepted()
    good = server.work.tip()
    server.work.git("reset", "-q", "--hard", "HEAD~1")
    server.work.commit("Other", {"b.txt": "x\n"})
    server.accepted("+HEAD")
    report = assess(server, run)

    assert "kept: refs/agentguard/keep/refs/heads/main/" in report
    assert good in server.bare.out("for-each-ref", "--format=%(objectname)")


def test_objects_that_are_gone_are_told(small: Case, run: Run) -> None:
    server = small.server
    run(server, "open", ID, "--since", small.since, "--reason", "odd")
    for revision in (small.approved, f"{small.bad}~1"):
        name = server.bare.out("rev-parse", revision)
        (server.bare.path / "objects" / name[:2] / name[2:]).unlink()

    report = run(server, "assess", ID)

    assert "cannot be read" in report
    assert f"{small.approved[:12]}, which {kit.JANE} approved, is gone" in report
    assert "is no longer in the repository" not in run(server, "contain", ID)
    name = small.before
    (server.bare.path / "objects" / name[:2] / name[2:]).unlink()
    assert "the difference cannot be read" in run(server, "assess", ID)
    assert "is no longer in the repository" in run(server, "contain", ID)
    run(server, "recover", ID)
    plan = (folder(server) / "plan.md").read_text()
    assert "was not possible: " in plan
    assert "explained: the difference cannot be read" in plan


def test_credentials_that_were_touched_are_replaced(server: kit.Server, run: Run) -> None:
    server.add_policy("[rules.credential-paths]\neffect = 'warn'")
    server.work.commit("Add", {".env": "A=b\n"})
    server.accepted()
    server.work.git("checkout", "-q", "-b", "topic")
    server.work.push("topic", check=True)
    assess(server, run)
    run(server, "recover", ID)

    plan = (folder(server) / "plan.md").read_text()
    assert "Credentials that were touched are replaced (at the boundary)" in plan
    assert "@credentials: a named human decided about .env" in plan
    assert "Somebody decided whether the new refs/heads/topic stays" in plan


def test_refs_that_stand_for_others_stay(small: Case, run: Run) -> None:
    server = small.server
    assess(server, run, small.since)
    server.bare.git("update-ref", "-d", "refs/heads/new")
    server.bare.git("symbolic-ref", MAIN, "refs/heads/still")
    server.bare.git("update-ref", "refs/heads/still", small.bad)

    assert "it only stands for another ref" in run(server, "contain", ID, "--to", "before")


def test_policies_that_cannot_be_read_are_left_out_and_told(small: Case, run: Run) -> None:
    small.server.policy.write_text("nonsense = 1\n")

    report = assess(small.server, run, small.since)

    assert "the policies of the server cannot be read, so it was left out" in report


def test_a_policy_in_the_tree_that_is_no_file_is_told(small: Case, run: Run) -> None:
    work = small.server.work
    (work.path / ".agentguard.toml").symlink_to("README.md")
    work.commit("Link")
    small.server.seed()

    run(small.server, "open", ID, "--since", "1h", "--reason", "odd")

    state = json.loads((folder(small.server) / "evidence" / "state.json").read_text())
    assert any(note.startswith(".agentguard.toml was not kept") for note in state["notes"])


def test_only_so_many_hooks_are_kept(
    small: Case, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "MOST_FILES", 1)
    run(small.server, "open", ID, "--since", "1h", "--reason", "odd")

    state = json.loads((folder(small.server) / "evidence" / "state.json").read_text())
    assert "1 more hooks were not kept" in state["notes"]


def test_only_so_many_events_and_records_are_listed(
    small: Case, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agentguard.incident import close

    assess(small.server, run, small.since)
    monkeypatch.setattr(window, "MOST_EVENTS", 1)
    monkeypatch.setattr(close, "MOST_LINES", 2)
    assert "… and 2 more" in run(small.server, "assess", ID)
    run(small.server, "recover", ID)
    run(small.server, "close", ID, "--unfinished", "a drill")

    assert "more records" in (folder(small.server) / "record.md").read_text()


def test_a_break_of_the_folder_is_our_own_error(small: Case, run: Run) -> None:
    run(small.server, "open", ID, "--since", "1h", "--reason", "odd")
    path = folder(small.server) / "incident.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"done": {}}))

    said = run(small.server, "open", ID, "--since", "1h", "--reason", "odd", status=3)

    assert "evidence cannot be captured" in said
    assert len(records(small.server, "incident-open")) == 2


def test_differences_between_what_was_captured_and_what_came_back() -> None:
    one = Refs("refs/heads/main", {"refs/heads/a": "1" * 40}, {})
    other = Refs("", {"refs/heads/b": "1" * 40}, {"refs/heads/b": "refs/heads/a"})

    found = list(evidence._differences(one, other))

    assert found == [
        f"refs/heads/a should be {'1' * 12} and is nothing",
        f"refs/heads/b should be nothing and is {'1' * 12}",
        "HEAD should be refs/heads/main and is ",
        "refs that stand for others stand for different ones",
    ]


def test_refs_that_lack_what_they_need_are_an_error(small: Case, run: Run, tmp_path: Path) -> None:
    run(small.server, "open", ID, "--since", "1h", "--reason", "odd")
    place = folder(small.server) / "evidence"
    (place / "refs.json").write_text("{}")
    manifest = json.loads((place / "MANIFEST.json").read_text())
    manifest["files"]["refs.json"]["sha256"] = capture.hash_of(place / "refs.json")
    (place / "MANIFEST.json").write_text(json.dumps(manifest))

    said = run(small.server, "restore", ID, "--into", tmp_path / "out", status=3)

    assert "is not what was captured" in said


def test_what_the_gate_said_of_messages_is_taken_over() -> None:
    from agentguard.incident.window import Step
    from agentguard.ledger.moves import LANDED, Move

    findings = [{"rule": "message-understates", "commits": ["1" * 40]}, {"rule": "x"}]
    step = Step(Move(1, LANDED, "", MAIN, "", "1" * 40), None, {"findings": findings})

    assert step.understated == {"1" * 40}
    assert step.pusher == ""
    assert not list(step.approvals)


def test_nobody_is_called_an_approver_for_plain_text(server: kit.Server, run: Run) -> None:
    server.add_policy("[approvals]\ntrust = 'trailer'")
    server.work.commit("Add it", {"src/auth/login.py": "check()\n" * 20})
    server.accepted()
    said = f"Drop it\n\nAgentguard-Approved-by: {kit.JANE}\n"
    server.work.commit(said, {"src/auth/login.py": None})
    assert server.work.push().status == 0

    report = assess(server, run)

    assert "no tip that a human approved is on record" in report
    assert "unverified plain text" in report
    run(server, "recover", ID)
    assert "(plain text, unverified)" in (folder(server) / "plan.md").read_text()
