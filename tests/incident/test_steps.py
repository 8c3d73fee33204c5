"""Each step by itself: what it refuses, what it keeps, what it does twice."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agentguard.approvals.sign import public_key_of
from agentguard.clock import iso
from agentguard.errors import EvaluationError
from agentguard.incident.actions import plan
from agentguard.incident.capture import hash_of
from agentguard.incident.case import load
from agentguard.incident.contain import contain
from agentguard.repo.bundle import heads
from tests import kit
from tests.incident.conftest import ID, MAIN, Case, Run, folder
from tests.incident.test_sequence import records

REVERT = f"refs/heads/agentguard/revert-{ID}-main"


def opened(case: Case, run: Run, *arguments: str | Path, status: int = 0) -> str:
    given = ("--since", case.since, "--reason", "main is odd")
    return run(case.server, "open", ID, *given, *arguments, status=status)


# ---------------------------------------------------------------- open, verify, restore


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("Portal", "--since", "1h", "--reason", "x"), "no name of an incident"),
        (("../x", "--since", "1h", "--reason", "x"), "no name of an incident"),
        ((ID, "--since", "soon", "--reason", "x"), "is none of: a date"),
        ((ID, "--since", "2999-01-01", "--reason", "x"), "yet to come"),
        ((ID, "--since", "1h", "--reason", " "), "--reason must not be empty"),
        ((ID, "--since", "1h", "--reason", "x", "--refs", "main"), "not a full ref name"),
    ],
)
def test_what_cannot_be_meant_does_nothing(
    arguments: tuple[str, ...], fault: str, small: Case, run: Run
) -> None:
    assert fault in run(small.server, "open", *arguments, status=2)
    assert not (small.server.bare.path / "agentguard" / "incidents").exists()
    assert not records(small.server, "incident-open")


def test_a_clone_is_no_server(small: Case, run: Run) -> None:
    work = small.server.work.path

    for path, fault in ((work, "has a work tree"), (work / ".git", "has a work tree")):
        assert fault in run(small.server, "status", "--repository", path, status=2)
    assert "is not a bare" in run(small.server, "status", "--repository", work.parent, status=2)


def test_steps_have_an_order(small: Case, run: Run) -> None:
    assert "there is no incident" in run(small.server, "assess", ID, status=2)
    opened(small, run)
    assert "is open since" in opened(small, run, status=2)
    for step, before in (("contain", "assess"), ("recover", "assess"), ("close", "recover")):
        said = run(small.server, step, ID, status=2)
        assert f"{step} comes after {before}: run `agentguard incident {before} {ID}` first" in said
    key = small.server.key
    assert "there is no record yet" in run(small.server, "sign", ID, "--key", key, status=2)


def test_old_tips_are_in_the_evidence_though_no_ref_has_them(
    small: Case, run: Run, tmp_path: Path
) -> None:
    server = small.server
    server.work.push("main:refs/heads/topic", check=True)
    server.work.git("commit", "-q", "--amend", "-m", "Lost")
    lost = server.work.tip()
    server.work.push("+main:refs/heads/topic", check=True)
    server.work.push(f"+{small.bad}:refs/heads/topic", check=True)

    opened(small, run)
    run(server, "restore", ID, "--into", tmp_path / "out")

    assert kit.Work(tmp_path / "out").tip(f"refs/agentguard/incident/{lost}") == lost
    assert "not an empty folder" in run(server, "restore", ID, "--into", tmp_path / "out", status=2)


def test_everything_that_judges_is_in_the_evidence(small: Case, run: Run) -> None:
    hooks = small.server.bare.path / "hooks"
    (hooks / "update").symlink_to("nowhere")
    (hooks / "large").write_bytes(b"#" * (8 * 1024 * 1024 + 1))
    (small.server.bare.path / "agentguard" / "freezes.toml").write_text("# none\n")

    opened(small, run)

    evidence = folder(small.server) / "evidence"
    state = json.loads((evidence / "state.json").read_text())
    assert (evidence / "hooks" / "pre-receive").read_bytes() == (hooks / "pre-receive").read_bytes()
    assert (evidence / "policy" / "repository-policy.toml").exists()
    assert (evidence / "policy" / "repository-freezes.toml").read_text() == "# none\n"
    assert not (evidence / "hooks" / "large").exists()
    assert any("large was not kept" in note for note in state["notes"])
    assert any("a link to nowhere" in note for note in state["notes"])
    assert state["git"].startswith("git version")
    lines = (evidence / "ledger.jsonl").read_text().splitlines()
    manifest = json.loads((evidence / "MANIFEST.json").read_text())
    assert json.loads(lines[-1])["hash"] == manifest["ledger"]["hash"]
    assert "incident-open" in json.loads(lines[-1])["record"]


def test_evidence_that_breaks_off_does_not_look_whole(small: Case, run: Run) -> None:
    broken = small.server.bare.path / "refs" / "heads" / "broken"
    broken.write_text("1" * 40 + "\n")
    opened(small, run, status=3)

    assert not (folder(small.server) / "evidence").exists()
    assert not list(folder(small.server).glob(".evidence*"))
    assert "the evidence is NOT whole" in run(small.server, "status", ID)
    assert "assess comes after open" in run(small.server, "assess", ID, status=2)

    broken.unlink()
    opened(small, run)

    assert "as captured; not signed" in run(small.server, "verify", ID)


def _edit_manifest(evidence: Path) -> None:
    path = evidence / "MANIFEST.json"
    path.write_text(path.read_text().replace(ID, "another"))


FORGERIES: dict[str, tuple[Callable[[Path], object], str]] = {
    "changed": (lambda e: (e / "config.txt").write_text("x"), "config.txt was changed"),
    "missing": (lambda e: (e / "refs.json").unlink(), "refs.json is missing"),
    "added": (lambda e: (e / "more").write_text("x"), "more was added"),
    "bundle": (lambda e: (e / "repository.bundle").write_bytes(b""), "other refs"),
    "signature": (_edit_manifest, "the signature does not hold"),
}


@pytest.mark.parametrize(("forge", "fault"), FORGERIES.values(), ids=FORGERIES)
def test_evidence_that_was_touched_is_told(
    forge: Callable[[Path], object], fault: str, small: Case, run: Run, tmp_path: Path
) -> None:
    opened(small, run, "--key", small.server.key)
    forge(folder(small.server) / "evidence")

    assert fault in run(small.server, "verify", ID, status=1)
    assert "not as it was" in run(small.server, "restore", ID, "--into", tmp_path / "o", status=3)
    assert not (tmp_path / "o").exists()


HOSTILE: dict[str, Mapping[str, object]] = {
    "out of the folder": {"symbolic": {"refs/../../../evil": MAIN}},
    "beside the folder": {"symbolic": {"../evil": MAIN}},
    "its configuration": {"symbolic": {"config": MAIN}},
    "its hooks": {"symbolic": {"hooks/pre-receive": MAIN}},
    "an option": {"symbolic": {"--delete": "HEAD"}},
    "a target that is none": {"symbolic": {"refs/heads/link": "../../evil"}},
    "a list": {"symbolic": [MAIN]},
    "a number": {"symbolic": {MAIN: 3}},
    "a head that is none": {"head": "--stdin"},
    "a head of half a character": {"head": "refs/heads/\ud800"},
    "a head of nothing": {"head": None},
    "ids that are none": {"ids": {MAIN: 3}},
    "ids of nothing": {"ids": [MAIN]},
    "a format that is none": {"object_format": "--template=/"},
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_evidence_of_somebody_else_writes_nothing_outside(
    change: Mapping[str, object], small: Case, run: Run, tmp_path: Path
) -> None:
    opened(small, run)
    evidence = folder(small.server) / "evidence"
    refs = evidence / "refs.json"
    refs.write_text(json.dumps(json.loads(refs.read_text()) | change))
    _declare(evidence, refs)

    said = run(small.server, "restore", ID, "--into", tmp_path / "deep" / "out", status=3)

    assert "is not what was captured" in said
    assert not (tmp_path / "deep").exists()
    assert not list(tmp_path.glob("**/evil"))


def test_a_bundle_of_names_that_are_no_refs_is_not_unpacked(
    small: Case, run: Run, tmp_path: Path
) -> None:
    opened(small, run)
    evidence = folder(small.server) / "evidence"
    bundle = evidence / "repository.bundle"
    bundle.write_bytes(bundle.read_bytes().replace(b" refs/heads/main\n", b" ../../out/../evil\n"))
    _declare(evidence, bundle)

    said = run(small.server, "restore", ID, "--into", tmp_path / "out", status=3)

    assert "which is no ref" in said
    assert not (tmp_path / "out").exists()


def test_evidence_without_what_it_is_made_of_is_an_error(
    small: Case, run: Run, tmp_path: Path
) -> None:
    opened(small, run)
    evidence = folder(small.server) / "evidence"
    (evidence / "repository.bundle").unlink()
    (evidence / "config.txt").unlink()
    (evidence / "config.txt").symlink_to("nowhere")
    assert "cannot be read" in run(small.server, "verify", ID, status=3)
    manifest = evidence / "MANIFEST.json"
    manifest.write_text(json.dumps({"version": 1, "files": {}, "bundle": {}}))
    assert "repository.bundle is missing" in run(small.server, "verify", ID, status=1)
    manifest.write_text("[" * 100_000)
    assert "cannot be read" in run(small.server, "restore", ID, "--into", tmp_path / "o", status=3)


def _declare(evidence: Path, changed: Path) -> None:
    """Have the manifest speak of a file as it is now."""
    manifest = json.loads((evidence / "MANIFEST.json").read_text())
    manifest["files"][changed.name]["sha256"] = hash_of(changed)
    manifest["bundle"] = heads(evidence / "repository.bundle")
    (evidence / "MANIFEST.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 1, "files": {"a": 1}, "bundle": {}}'])
def test_a_manifest_that_is_none_is_an_error(content: str, small: Case, run: Run) -> None:
    opened(small, run)
    (folder(small.server) / "evidence" / "MANIFEST.json").write_text(content)

    assert "MANIFEST.json" in run(small.server, "verify", ID, status=3)


# ---------------------------------------------------------------- assess


def test_an_assessment_says_what_was_done_and_by_whom(assessed: Case, run: Run) -> None:
    report = run(assessed.server, "assess", ID)

    assert "Pushes: 4 accepted, 1 refused. 3 refs moved; 2 commits, 2 of them by agents." in report
    assert "“Fix typo in docs”: says “typo”; changes 25 files, 750 lines" in report
    assert "docs/incidents/2026-01-01.md" in report.partition("NOBODY VERIFIED:")[2]
    assert "refs/heads/old from" in report
    assert f"last tip a human approved: {assessed.approved[:12]}, by {kit.JANE}" in report
    assert "1 commit came after it, before the window" in report
    assert "many-files-deleted: 1 time" in report
    assert "incident-open by" in report
    assert "NOT EXPLAINED" not in report


def test_an_assessment_is_json_and_markdown_too(assessed: Case, run: Run) -> None:
    found = json.loads(run(assessed.server, "assess", ID, "--format", "json"))
    assert found["schema"] == "agentguard/incident-assessment/1"
    assert [each["ref"] for each in found["refs"]] == [MAIN, "refs/heads/new", "refs/heads/old"]
    shown = run(assessed.server, "assess", ID, "--format", "markdown")
    assert f"# Assessment of incident {ID}" in shown
    assert "## `refs/heads/main`" in shown


def test_only_the_refs_that_were_named_are_looked_at(small: Case, run: Run) -> None:
    opened(small, run, "--refs", "refs/heads/o*")
    report = run(small.server, "assess", ID)

    assert "1 ref moved" in report
    assert MAIN not in report


def test_what_no_decision_let_in_is_told(assessed: Case, run: Run) -> None:
    server = assessed.server
    server.bare.git("update-ref", MAIN, assessed.before)
    server.bare.git("update-ref", "refs/heads/still", assessed.bad)
    server.work.git("reset", "-q", "--hard", assessed.before)
    server.work.commit("Past the gate", {"x.txt": "x\n"})
    server.seed("+main:refs/heads/new")

    report = run(server, "assess", ID)

    assert f"left it at {assessed.bad[:12]}; it is at {assessed.before[:12]}" in report
    assert "it moved without a decision of the gate" in report
    assert "refs/heads/still" in report


def test_a_record_that_cannot_be_read_is_a_note(assessed: Case, run: Run) -> None:
    file = assessed.server.bare.path / "agentguard" / "ledger" / "records.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute("DROP TRIGGER records_update")
        database.execute("UPDATE records SET record = 'nonsense' WHERE seq = 2")

    assert "record 2 cannot be read" in run(assessed.server, "assess", ID)
    run(assessed.server, "recover", ID)
    run(assessed.server, "close", ID, "--unfinished", "a drill")
    assert "record 2 cannot be read" in (folder(assessed.server) / "record.md").read_text()


def test_an_assessment_that_was_edited_is_an_error(assessed: Case, run: Run) -> None:
    (folder(assessed.server) / "assessment.json").write_text("{}")

    assert "is damaged" in run(assessed.server, "contain", ID, status=3)


# ---------------------------------------------------------------- contain


def test_nothing_is_done_unless_it_is_asked_for(assessed: Case, run: Run) -> None:
    state = assessed.server.state()
    said = run(assessed.server, "contain", ID)

    assert f"--to approved {assessed.approved[:12]}" in said
    assert "needs --approved-by a named human" in said  # a migration came in
    assert "it came into being in the window" in said
    assert assessed.server.state() == state


def test_a_person_chooses_between_two_earlier_tips(assessed: Case, run: Run) -> None:
    state = assessed.server.state()

    assert "say which: --to approved or --to before" in run(
        assessed.server, "contain", ID, "--do", status=2
    )
    assert assessed.server.state() == state


@pytest.mark.parametrize("choice", ["approved", "before"])
def test_what_is_at_the_boundary_needs_a_named_human(choice: str, assessed: Case, run: Run) -> None:
    server, target = assessed.server, getattr(assessed, choice)
    run(server, "contain", ID, "--do", "--to", choice)
    assert server.tip() == assessed.bad
    assert not server.tip(REVERT)
    assert server.tip("refs/heads/old")  # inside: it changes no file that is named

    said = run(server, "contain", ID, "--do", "--to", choice, "--approved-by", "Eve", status=2)
    assert f"listed are {kit.JANE}" in said
    run(server, "contain", ID, "--do", "--to", choice, "--approved-by", kit.JANE)

    assert server.tip() == target
    assert server.bare.out("rev-parse", f"{REVERT}^") == assessed.bad
    assert server.tip("refs/heads/new") == assessed.bad  # nothing is deleted
    assert records(server, "incident-contain")[-1]["approved_by"] == kit.JANE


def test_what_is_outside_is_only_told(small: Case, run: Run) -> None:
    small.server.add_policy(
        "[repair_boundary]\ninside = ['restore-ref', 'revert-branch']\noutside = ['/migrations/']"
    )
    opened(small, run)
    run(small.server, "assess", ID)
    asked = ("contain", ID, "--to", "before")

    assert f"restore-ref {MAIN} → {small.before[:12]} escalate" in run(small.server, *asked)
    run(small.server, *asked, "--do", "--approved-by", kit.JANE)

    assert small.server.tip() == small.bad
    assert not small.server.bare.out("for-each-ref", f"refs/agentguard/keep/{MAIN}")


def test_a_ref_that_moved_since_stays(assessed: Case, run: Run) -> None:
    server = assessed.server
    server.work.commit("Go on", {"x.txt": "x\n"})
    server.accepted()
    asked = ("contain", ID, "--to", "before", "--approved-by", kit.JANE)

    assert "it moved since: run `agentguard incident assess" in run(server, *asked)
    run(server, *asked, "--do")

    assert server.tip() == server.work.tip()


def test_a_ref_that_moves_meanwhile_is_never_overwritten(assessed: Case) -> None:
    server = assessed.server
    case = load(server.bare.path, ID)
    found = plan(case, "before")
    server.work.commit("Go on", {"x.txt": "x\n"})
    server.accepted()
    landed = len(records(server, "applied"))

    with pytest.raises(EvaluationError, match="moved meanwhile"):
        list(contain(case, found.actions[2:], kit.JANE, "jane", datetime.now(UTC)))

    assert server.tip() == server.work.tip()
    assert len(records(server, "applied")) == landed


def test_a_move_that_git_refuses_is_on_record(assessed: Case, run: Run) -> None:
    lock = assessed.server.bare.path / "refs" / "heads" / "main.lock"
    lock.touch()
    asked = ("contain", ID, "--to", "before", "--approved-by", kit.JANE, "--do")

    run(assessed.server, *asked, status=3)

    assert MAIN in records(assessed.server, "incident-contain")[-1]["failed"]
    lock.unlink()
    run(assessed.server, *asked)
    assert assessed.server.tip() == assessed.before


def test_a_revert_branch_that_somebody_works_on_is_theirs(assessed: Case, run: Run) -> None:
    server = assessed.server
    server.bare.git("update-ref", REVERT, assessed.bad)

    said = run(server, "contain", ID, "--do", "--to", "before", "--approved-by", kit.JANE)

    assert "prepared" not in said
    assert server.tip(REVERT) == assessed.bad
    assert server.tip() == assessed.before


POLICY = """\
version = 1
[actors]
agent_emails = ["sam@example.com"]
[repair_boundary]
inside = ["restore-ref", "revert-branch", "keep-tip"]
outside = ["*.txt"]
"""
WIDE = """\
version = 1
[repair_boundary]
inside = ["restore-ref", "revert-branch", "keep-tip", "@migrations"]
"""


def test_the_policy_counts_as_it_was_before_the_window(small: Case, run: Run) -> None:
    """What came in took the tree's policy back, and would have everything inside."""
    server = small.server
    server.work.commit("A policy", {".agentguard.toml": POLICY})
    server.seed()
    time.sleep(1.1)  # the ledger's times are whole seconds
    since = iso(datetime.now(UTC))
    before = server.work.tip()
    server.work.commit("Widen", {".agentguard.toml": WIDE, "a.txt": "a\n", "migrations/3.sql": ""})
    server.seed()
    run(server, "open", ID, "--since", since, "--reason", "odd")

    assert "1 commit, 1 of them by agents" in run(server, "assess", ID)

    said = run(server, "contain", ID, "--to", "before")
    assert f"restore-ref {MAIN} → {before[:12]} escalate" in said


# ---------------------------------------------------------------- recover, close, sign


def test_a_plan_keeps_what_people_wrote(assessed: Case, run: Run) -> None:
    run(assessed.server, "recover", ID)
    path = folder(assessed.server) / "plan.md"
    assert "at: needs --approved-by a named human" in path.read_text()
    ticked = path.read_text().replace("- [ ]", "- [x]", 2) + "- [ ] Call the customers\n"
    path.write_text(ticked)

    assert "kept" in run(assessed.server, "recover", ID)
    assert path.read_text() == ticked

    lines = ticked.splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "<!-- tests -->" not in line))
    run(assessed.server, "recover", ID)
    assert path.read_text().count("<!-- tests -->") == 1
    assert path.read_text().count("- [x]") == 2


def test_open_boxes_need_a_reason(assessed: Case, run: Run) -> None:
    run(assessed.server, "recover", ID)
    assert "say why" in run(assessed.server, "close", ID, "--unfinished", " ", status=2)
    assert "needs a reason" in run(
        assessed.server, "close", ID, "--unfinished", "x", "--unlock", " ", status=2
    )

    said = run(assessed.server, "close", ID, "--unfinished", "a drill", "--unlock", "it is over")

    assert "the lockdown has ended" in said
    record = (folder(assessed.server) / "record.md").read_text()
    assert "Closed unfinished: a drill" in record
    assert "- [ ]" in record
    assert records(assessed.server, "incident-close")[-1]["unlock"] == "it is over"


def test_only_a_human_that_is_listed_signs(assessed: Case, run: Run, tmp_path: Path) -> None:
    run(assessed.server, "recover", ID)
    run(assessed.server, "close", ID, "--unfinished", "a drill")
    eve = kit.make_key(tmp_path / "eve")

    assert "no valid key of an approver" in run(assessed.server, "sign", ID, "--key", eve, status=2)

    assert "generated and unsigned" in run(assessed.server, "status", ID)
    kept = assessed.server.policy.read_text()
    fingerprint = public_key_of(assessed.server.key).fingerprint
    assessed.server.add_policy(f"[approvals]\nrevoked = ['{fingerprint}']")
    assert "no valid key of an approver" in run(
        assessed.server, "sign", ID, "--key", assessed.server.key, status=2
    )
    assessed.server.policy.write_text(kept)
    run(assessed.server, "sign", ID, "--key", assessed.server.key)
    policy = assessed.server.policy
    policy.write_text(
        policy.read_text().replace(
            "[approvers",
            "[actors]\n[approvers.nobody]\nkeys = ["
            f'"{eve.with_suffix(".pub").read_text().strip()}"]\n[approvers',
            1,
        )
    )
    assert f"signed by {kit.JANE}" in run(assessed.server, "status", ID)
    policy.write_text("version = 1\n")
    assert "no approver's key that counts now" in run(assessed.server, "status", ID)
    record = folder(assessed.server) / "record.md"
    record.write_text("gone\n")
    assert "EDITED" in run(assessed.server, "status", ID)


def test_nothing_is_listed_where_nothing_happened(server: kit.Server, run: Run) -> None:
    assert run(server, "status") == "no incident was opened here"
    assert "inside: may be done at once keep-tip (done by contain)" in run(server, "boundary")


def test_what_cannot_be_recorded_is_not_done(assessed: Case, run: Run) -> None:
    ledger = assessed.server.bare.path / "agentguard" / "ledger" / "records.sqlite3"
    for path in ledger.parent.glob("records.sqlite3-*"):
        path.unlink()
    ledger.write_bytes(b"not a database" * 100)
    state = assessed.server.state()

    run(assessed.server, "recover", ID, status=3)
    run(assessed.server, "contain", ID, "--do", "--to", "before", status=3)
    run(assessed.server, "open", "next", "--since", "1h", "--reason", "x", status=3)

    assert assessed.server.state() == state
    assert not (folder(assessed.server) / "plan.md").exists()
    assert not (folder(assessed.server).parent / "next").exists()


def test_a_case_that_is_damaged_is_an_error(assessed: Case, run: Run) -> None:
    path = folder(assessed.server) / "incident.json"
    document = json.loads(path.read_text())
    for content in ("{", "[]", json.dumps(document | {"version": 2}), json.dumps({"version": 1})):
        path.write_text(content)
        run(assessed.server, "assess", ID, status=3)
    shutil.rmtree(path.parent)
    run(assessed.server, "assess", ID, status=2)


def test_a_sha256_repository_goes_the_same_way(tmp_path: Path, run: Run) -> None:
    server = kit.make_server(tmp_path, {"a": "a\n"}, "--object-format=sha256")
    server.work.commit("Change", {"a": "b\n"})
    server.accepted()
    case = Case(server, "1h", "", "", "")
    opened(case, run)
    run(server, "restore", ID, "--into", tmp_path / "out")
    assert kit.Work(tmp_path / "out").tip("main") == server.tip()
    assert "1 commit" in run(server, "assess", ID)


def test_a_detached_head_and_links_between_refs_come_back(
    small: Case, run: Run, tmp_path: Path
) -> None:
    bare = small.server.bare
    bare.git("symbolic-ref", "refs/heads/alias", MAIN)
    bare.git("update-ref", "--no-deref", "HEAD", small.before)
    opened(small, run)
    run(small.server, "restore", ID, "--into", tmp_path / "out")

    out = kit.Work(tmp_path / "out")
    assert out.tip("HEAD") == small.before
    assert out.out("symbolic-ref", "refs/heads/alias") == MAIN


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else for a while")
def test_what_root_does_the_account_that_serves_can_go_on_with(assessed: Case, run: Run) -> None:
    with tempfile.TemporaryDirectory() as place:  # others cannot enter pytest's own folders
        server = kit.copy_server(assessed.server, Path(place))
        Path(place).chmod(0o755)
        bare = server.bare.path
        for path in (bare, *bare.rglob("*")):
            if "incidents" not in path.parts:
                os.chown(path, 12345, 12345, follow_symlinks=False)

        run(server, "contain", ID, "--do", "--to", "before", "--approved-by", kit.JANE)

        assert os.geteuid() == 0
        assert (bare / MAIN).read_text().strip() == assessed.before
        ours = [path for path in bare.rglob("*") if path.stat().st_uid == 0]
        assert not [path for path in ours if "incidents" not in path.parts]
