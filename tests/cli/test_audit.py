"""`agentguard audit` on a server that real pushes went to, through real hooks."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from agentguard.ledger.opening import FILE
from agentguard.repo.repository import Repository
from agentguard.server.checkpoints import FAILED
from tests import kit
from tests.cli.conftest import Cli, said
from tests.ledger import chains

FILES: dict[str, str | bytes] = {
    "README.md": "Portal\n",
    **{f"src/page{n}.py": f"page = {n}\n" * 50 for n in range(30)},
}
MAIN = "refs/heads/main"


@pytest.fixture(scope="session")
def _pushed(tmp_path_factory: pytest.TempPathFactory) -> kit.Server:
    """Opened, accepted, landed, refused, accepted with an approval, landed."""
    server = kit.make_template(tmp_path_factory.mktemp("audit"), FILES)
    server.work.commit("Say more", {"README.md": "The portal\n"})
    server.accepted()
    server.work.commit("Clean up", {f"src/page{n}.py": None for n in range(30)})
    refusal = server.refused()
    server.approve(statement=refusal.stderr)
    assert server.work.push().status == 0
    return server


@pytest.fixture
def pushed(_pushed: kit.Server, tmp_path: Path) -> kit.Server:
    return kit.copy_server(_pushed, tmp_path / "s")


def disabled(server: kit.Server, *names: str) -> None:
    for name in names:
        (server.bare.path / "hooks" / name).chmod(0o644)


def enabled(server: kit.Server, *names: str) -> None:
    for name in names:
        (server.bare.path / "hooks" / name).chmod(0o755)


def small(server: kit.Server, text: str = "more") -> str:
    return server.work.commit("Say more", {"README.md": f"The portal, {text}\n"})


# ---------------------------------------------------------------- log and show


def test_log_has_a_line_for_each_record_the_newest_last(pushed: kit.Server, cli: Cli) -> None:
    lines = cli(pushed.bare, "audit", "log").stdout.splitlines()

    assert [int(line.split()[0]) for line in lines] == [1, 2, 3, 4, 5, 6]
    assert all(len(line) <= 80 for line in lines)
    words = [line[25:] for line in lines]
    assert words[0] == "ledger opened for acme/portal, 1 ref there"
    assert words[1].startswith("accepted: main by ")
    assert words[2].startswith("landed: main ")
    assert words[3].startswith("refused, needs approval: main by ")
    assert words[4].startswith("accepted: main by ")


@pytest.mark.parametrize(
    ("arguments", "seqs"),
    [
        (["--last", "2"], [5, 6]),
        (["--last", "0"], [1, 2, 3, 4, 5, 6]),
        (["--verdict", "needs-approval"], [4]),
        (["--rule", "mass-deletion"], [4, 5]),
        (["--rule", "mass-deletion", "--last", "1"], [5]),
        (["--ref", "main"], [2, 3, 4, 5, 6]),
        (["--ref", "refs/heads/*", "--verdict", "accepted"], [2, 5]),
        (["--ref", "refs/tags/*"], []),
        (["--pusher", "nobody at all"], []),
        (["--since", "1h"], [1, 2, 3, 4, 5, 6]),
        (["--since", "2099-01-01"], []),
    ],
)
def test_filters(pushed: kit.Server, cli: Cli, arguments: list[str], seqs: list[int]) -> None:
    found = cli(pushed.bare, "audit", "log", "--format", "json", *arguments)
    records = json.loads(found.stdout)["records"]
    assert [each["record"]["seq"] for each in records] == seqs

    listed = cli(pushed.bare, "audit", "log", *arguments).stdout.splitlines()
    assert len(listed) == (len(seqs) or 1)
    if not seqs:
        assert listed == ["there is no such record"]


def test_a_time_that_is_none(pushed: kit.Server, cli: Cli) -> None:
    found = cli(pushed.bare, "audit", "log", "--since", "yesterday")
    assert (found.status, "is none of: a date" in said(found)) == (2, True)


def test_of_one_pusher(pushed: kit.Server, cli: Cli) -> None:
    chains.tell(pushed.bare.path, chains.decision(pusher="eve"), chains.decision(pusher="sam"))
    lines = cli(pushed.bare, "audit", "log", "--pusher", "eve").stdout.splitlines()
    assert [line[25:] for line in lines] == ["accepted: main by eve"]


HOSTILE = "=cmd|' /C calc'!A0\x1b[2J\n"


def test_text_from_outside_is_harmless_everywhere(pushed: kit.Server, cli: Cli) -> None:
    chains.tell(pushed.bare.path, chains.decision(pusher=HOSTILE), ("+x", {"-by": "＝1+1"}))

    for form in ("text", "csv"):
        shown = cli(pushed.bare, "audit", "log", "--format", form).stdout
        assert shown.replace("\n", "").isprintable()
    rows = list(csv.DictReader(io.StringIO(shown)))
    assert rows[-2]["pusher"] == "'=cmd|' /C calc'!A0\\x1b[2J\\x0a"
    assert rows[-1]["event"] == "'+x"
    assert rows[0]["refs"] == ""
    assert rows[3]["verdict"] == "needs-approval"
    assert "mass-deletion" in rows[3]["rules"].split()
    assert rows[4]["approvers"] == kit.JANE
    assert cli(pushed.bare, "audit", "show", "7").stdout.replace("\n", "").isprintable()


def test_every_kind_of_record_is_told_in_words(pushed: kit.Server, cli: Cli) -> None:
    chains.tell(
        pushed.bare.path,
        ("freeze-on", {"until": "2026-12-24", "refs": ["refs/heads/main", "refs/tags/*"]}),
        ("freeze-off", {}),
        ("lockdown-on", {"by": "root", "agents_only": True}),
        ("lockdown-off", {"reason": "over"}),
        ("incident-opened", {"id": "17"}),
        ("checkpoint", {"record": 11, "to": "a file"}),
        ("never-heard-of", {"deep": {"a": 1}, "empty": ""}),
        ("applied", {"late": True, "moves": [{
            "ref": "refs/tags/v1", "old": "", "new": "a" * 40, "base": "", "environment": "",
            "decision": 0, "kept": "x"}]}),
    )  # fmt: skip
    lines = cli(pushed.bare, "audit", "log", "--last", "8").stdout.splitlines()
    assert [line[25:] for line in lines] == [
        "freeze begins: of main, refs/tags/*, until 2026-12-24",
        "freeze ends",
        "lockdown begins: by root, agents only",
        "lockdown ends: reason over",
        "incident opened: id 17",
        "checkpoint of record 11, to a file",
        "never heard of: deep {'a': 1}",
        "landed (found out later): refs/tags/v1 nothing..aaaaaa…",
    ]
    named = cli(pushed.bare, "audit", "log", "--ref", "main", "--last", "1").stdout
    assert "freeze begins" in named


def test_a_record_that_was_altered_is_listed_too(pushed: kit.Server, cli: Cli) -> None:
    chains.alter(pushed.bare.path, "UPDATE records SET record = '{}' WHERE seq = 3")
    for arguments in ((), ("--rule", "mass-deletion")):
        assert "audit verify" in cli(pushed.bare, "audit", "log", *arguments).stdout
    assert "audit verify" in cli(pushed.bare, "audit", "log", "--format", "csv").stdout
    shown = json.loads(cli(pushed.bare, "audit", "log", "--format", "json").stdout)
    assert shown["records"][2]["record"] is None
    assert cli(pushed.bare, "audit", "show", "3").status == 3


def test_show_has_all_of_a_record(pushed: kit.Server, cli: Cli) -> None:
    shown = cli(pushed.bare, "audit", "show", "5").stdout
    stored = json.loads(cli(pushed.bare, "audit", "show", "5", "--format", "json").stdout)
    [update] = stored["body"]["updates"]
    [approval] = update["approvals"]

    assert stored["seq"] == 5
    for text in (approval["statement"], approval["signature"], approval["signed"]):
        assert text
        assert all(f"\n      {line}\n" in shown for line in text.rstrip("\n").split("\n"))
    for finding in update["findings"]:
        assert f"rule: {finding['rule']}\n" in shown
        for name, value in finding["measured"].items():
            assert f"{name}: {value}\n" in shown
    for value in (
        approval["key"], kit.JANE, update["update"]["new"], stored["body"]["tool"]["code"],
        *stored["body"]["policies"].values(), stored["previous"],
    ):  # fmt: skip
        assert value in shown
    assert "ALTERED" not in shown


def test_show_says_that_a_record_was_altered(pushed: kit.Server, cli: Cli) -> None:
    chains.alter(pushed.bare.path, "UPDATE records SET hash = 'x' WHERE seq = 2")
    assert cli(pushed.bare, "audit", "show", "2").stdout.startswith("ALTERED: ")


def test_show_takes_records_that_hold_anything(pushed: kit.Server, cli: Cli) -> None:
    chains.tell(
        pushed.bare.path, ("odd", {"list": [1, {"a": True}], "none": None, "lines": "a\nb"})
    )
    shown = cli(pushed.bare, "audit", "show", "7").stdout
    assert shown.endswith("lines:\n  a\n  b\nlist 1:\n  1\nlist 2:\n  a: true\n")
    chains.tell(pushed.bare.path, ("checkpoint", {}))
    assert "not what records" in cli(pushed.bare, "audit", "show", "8").stdout


@pytest.mark.parametrize("number", ["99", "0", "x", str(2**70)])
def test_a_record_that_is_not_there(pushed: kit.Server, cli: Cli, number: str) -> None:
    assert cli(pushed.bare, "audit", "show", number).status == 2


# ---------------------------------------------------------------- verify and export


def head_of(pushed: kit.Server, cli: Cli) -> str:
    """The head that a push prints."""
    small(pushed, "head")
    [line] = [
        x for x in pushed.accepted().remote.splitlines() if x.startswith("agentguard: ledger")
    ]
    return line.removeprefix("agentguard: ")


def test_a_head_that_a_push_printed_is_found_again(pushed: kit.Server, cli: Cli) -> None:
    head = head_of(pushed, cli)
    found = cli(pushed.bare, "audit", "verify", "--head", f" {head.removeprefix('ledger ')}… ")
    assert (found.status, found.stdout.split()[:3]) == (0, ["intact:", "8", "records,"])

    chains.alter(pushed.bare.path, "DELETE FROM records WHERE seq >= 7")
    chains.alter(pushed.bare.path, "DELETE FROM moves WHERE seq >= 7")
    assert cli(pushed.bare, "audit", "verify").status == 0
    found = cli(pushed.bare, "audit", "verify", "--head", head)
    assert found.status == 1
    assert "record 7: is in the head that was kept, but the ledger ends at 6" in found.stdout


def test_each_fault_is_printed_and_what_to_do(pushed: kit.Server, cli: Cli) -> None:
    for seq in (2, 5):
        sql = "UPDATE records SET record = replace(record, 'main', 'mian') WHERE seq = ?"
        chains.alter(pushed.bare.path, sql, seq)
    found = cli(pushed.bare, "audit", "verify")
    assert found.status == 1
    assert {line.split(":")[0] for line in found.stdout.splitlines() if line.startswith("rec")} == {
        "record 2",
        "record 5",
    }
    assert "NOT intact" in found.stdout
    assert "audit export" in found.stdout
    assert all(len(line) <= 72 for line in found.stdout.splitlines())


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (["--head", "42"], 2, "is no head"),
        (["--head", "42 7f3a"], 2, "at least 12 hex digits"),
        (["--head", "0 7f3a9c0d1e2f"], 2, "is no head"),
        (["--checkpoint", "x"], 2, "--key"),
        (["--key", "x"], 2, "--key"),
        (["--checkpoint", "x", "--key", "y"], 2, "cannot be read"),
        (["--file", "x"], 2, "cannot be read"),
    ],
)
def test_wrong_usage(
    pushed: kit.Server, cli: Cli, arguments: list[str], status: int, why: str
) -> None:
    found = cli(pushed.bare, "audit", "verify", *arguments)
    assert (found.status, why in said(found)) == (status, True)


COMMANDS = (["log"], ["show", "1"], ["verify"], ["export"], ["checkpoint", "--key", "x"],
            ["reconcile"])  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_without_a_ledger_or_with_a_damaged_one_nothing_is_said_to_be_well(
    pushed: kit.Server, cli: Cli, command: list[str], tmp_path: Path
) -> None:
    file = pushed.bare.path / FILE
    file.write_bytes(b"no database" * 100)
    assert cli(pushed.bare, "audit", *command).status == 3
    for path in file.parent.glob("records*"):
        path.unlink()
    found = cli(tmp_path, "audit", *command, "--repository", pushed.bare.path)
    assert (found.status, "there is no ledger" in said(found)) == (3, True)
    assert not file.exists()
    assert cli(tmp_path, "audit", *command).status == 2


def test_an_export_is_verified_elsewhere(pushed: kit.Server, cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "export"
    assert "wrote 6 records" in cli(pushed.bare, "audit", "export", "--output", file).stdout
    assert cli(pushed.bare, "audit", "export").stdout == file.read_text()
    assert cli(tmp_path, "audit", "verify", "--file", file).status == 0

    file.write_text(file.read_text().replace("accepted", "accreted", 1))
    found = cli(tmp_path, "audit", "verify", "--file", file)
    assert found.status == 1
    assert found.stdout.startswith("record 2: ")


def test_a_slice_is_exported_and_says_so(pushed: kit.Server, cli: Cli, tmp_path: Path) -> None:
    chains.tell(pushed.bare.path, ("later", {}), start=chains.NOW.replace(year=2099))
    file = tmp_path / "export"
    cli(pushed.bare, "audit", "export", "--since", "2098-12-31T23:00Z", "--output", file)
    found = cli(tmp_path, "audit", "verify", "--file", file)

    assert (found.status, "1 record from record 7 on" in found.stdout) == (0, True)
    found = cli(pushed.bare, "audit", "export", "--since", "2200-01-01", "--output", file)
    assert (found.status, len(file.read_text().splitlines())) == (2, 2)


def test_an_export_that_cannot_be_written_leaves_nothing(
    pushed: kit.Server, cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    for output in (tmp_path / "folder", tmp_path / "no" / "file"):
        found = cli(pushed.bare, "audit", "export", "--output", output)
        assert (found.status, "cannot be written" in said(found)) == (2, True)
    assert sorted(each.name for each in tmp_path.iterdir() if each.name != "s") == ["folder"]


# ---------------------------------------------------------------- checkpoints


def test_a_checkpoint_shows_a_chain_that_was_written_anew(
    pushed: kit.Server, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoints"
    public = f"{pushed.key}.pub"
    kept = ("--checkpoint", file, "--key", public)
    for _ in range(2):
        assert (
            cli(pushed.bare, "audit", "checkpoint", "--key", pushed.key, "--output", file).status
            == 0
        )
    found = cli(pushed.bare, "audit", "verify", *kept)
    assert (found.status, "2 kept heads compared" in found.stdout) == (0, True)

    with chains.ledger(pushed.bare.path) as ledger:
        rows = chains.rewritten(list(ledger.rows()), 3, pusher="somebody else")
    for row in rows:
        sql = "UPDATE records SET record = ?, hash = ? WHERE seq = ?"
        chains.alter(pushed.bare.path, sql, row.text, row.hash, row.seq)
    assert cli(pushed.bare, "audit", "verify").status == 0
    found = cli(pushed.bare, "audit", "verify", *kept)
    assert (found.status, found.stdout.count("the chain was")) == (1, 2)
    assert cli(pushed.bare, "audit", "export", "--output", tmp_path / "e").status == 0
    assert cli(tmp_path, "audit", "verify", "--file", tmp_path / "e", *kept).status == 1


def test_a_checkpoint_is_printed_where_no_place_is_named(pushed: kit.Server, cli: Cli) -> None:
    found = cli(pushed.bare, "audit", "checkpoint", "--key", pushed.key)
    assert found.stdout.startswith("Agentguard-Checkpoint: v1\n")
    assert found.stdout.endswith("-----END SSH SIGNATURE-----\n")
    found = cli(pushed.bare, "audit", "checkpoint")
    assert (found.status, "give --key FILE" in said(found)) == (2, True)


def with_checkpoints(pushed: kit.Server, place: str, every: int = 4) -> None:
    pushed.add_policy(
        f'[ledger]\ncheckpoint_every = {every}\ncheckpoint_key = "{pushed.key}"\n'
        f'checkpoint_to = "{place}"\n'
    )


def test_checkpoints_are_made_after_pushes(pushed: kit.Server, cli: Cli, tmp_path: Path) -> None:
    with_checkpoints(pushed, "agentguard/checkpoints")
    file = pushed.bare.path / "agentguard" / "checkpoints"
    for number in range(3):  # records 7 8, checkpoint 9, 10 11, 12 13, checkpoint 14
        small(pushed, str(number))
        assert "checkpoint" not in pushed.accepted().remote

    found = cli(pushed.bare, "audit", "log", "--last", "0").stdout.splitlines()
    assert [line[25:39] for line in found if "checkpoint" in line] == ["checkpoint of "] * 2
    assert file.read_text().count("Agentguard-Checkpoint") == 2
    kept = ("--checkpoint", file, "--key", f"{pushed.key}.pub")
    assert cli(pushed.bare, "audit", "verify", *kept).status == 0
    assert "signed in agentguard/checkpoints" in cli(pushed.bare, "audit", "checkpoint").stdout
    assert file.read_text().count("Agentguard-Checkpoint") == 3


def test_checkpoints_go_to_another_host(pushed: kit.Server, cli: Cli, tmp_path: Path) -> None:
    far = kit.init(tmp_path / "far.git", "--bare")
    with_checkpoints(pushed, f"{far.path}#refs/heads/checkpoints", every=1)
    for number in range(2):
        small(pushed, str(number))
        pushed.accepted()

    file = tmp_path / "kept"
    file.write_text(far.out("log", "--format=%B", "checkpoints"))
    assert file.read_text().count("Agentguard-Checkpoint") == 2
    kept = ("--checkpoint", file, "--key", f"{pushed.key}.pub")
    assert cli(pushed.bare, "audit", "verify", *kept).status == 0


@pytest.mark.parametrize("place", ["no/such/folder/file", "{tmp_path}/nowhere.git#refs/heads/x"])
def test_a_checkpoint_that_cannot_be_made_loses_nothing(
    pushed: kit.Server, cli: Cli, tmp_path: Path, place: str
) -> None:
    with_checkpoints(pushed, place.format(tmp_path=tmp_path))
    tip = small(pushed)
    told = " ".join(pushed.accepted().remote.replace("agentguard: ", "").split())
    assert f"{FAILED}" in told
    assert place.format(tmp_path=tmp_path) not in told
    assert pushed.tip() == tip
    assert cli(pushed.bare, "audit", "verify").stdout.startswith("intact: 8 records")
    assert cli(pushed.bare, "audit", "checkpoint").status in {2, 3}


# ---------------------------------------------------------------- reconcile


def kinds(server: kit.Server, cli: Cli, *arguments: str) -> tuple[int, list[tuple[str, str]]]:
    """The exit code, and kind and fate of everything but what landed as it should."""
    found = cli(server.bare, "audit", "reconcile", "--format", "json", *arguments)
    document = json.loads(found.stdout)
    assert document["explained"] is (found.status == 0)
    return found.status, [(step["kind"], step["old_tip"]) for step in document["steps"]]


def test_a_quiet_server_is_explained(pushed: kit.Server, cli: Cli) -> None:
    assert cli(pushed.bare, "audit", "reconcile").stdout == "all explained: 2 landed\n"
    state = pushed.state()
    assert cli(pushed.bare, "audit", "reconcile", "--repair").stdout == "all explained: 2 landed\n"
    assert pushed.state() == state


def test_a_crash_before_post_receive_is_found_and_repaired(pushed: kit.Server, cli: Cli) -> None:
    disabled(pushed, "post-receive")
    tip = small(pushed)
    pushed.accepted()

    assert kinds(pushed, cli) == (1, [("unrecorded", "")])
    text = cli(pushed.bare, "audit", "reconcile").stdout
    assert "landed as accepted, but nobody noted that (record 7)" in text
    assert "audit reconcile --repair" in text
    repaired = cli(pushed.bare, "audit", "reconcile", "--repair")
    assert (repaired.status, "put right: 1 thing" in repaired.stdout) == (0, True)
    assert pushed.tip() == tip
    last = cli(pushed.bare, "audit", "log", "--last", "1").stdout
    assert "landed (found out later): main" in last
    assert cli(pushed.bare, "audit", "verify").status == 0


def rewound(server: kit.Server) -> str:
    """An approved rewind of main that nobody noted; the old tip."""
    old = server.tip()
    server.work.git("reset", "-q", "--hard", "HEAD~1")
    refusal = server.refused("+HEAD:main")
    disabled(server, "post-receive")
    option = server.approve("--push-option", statement=refusal.stderr).stdout.strip()
    assert server.work.git("push", "-o", option, "origin", "+HEAD:main").status == 0
    return old


def collect_garbage(server: kit.Server) -> None:
    server.bare.git("reflog", "expire", "--expire=now", "--all")
    server.bare.git("gc", "-q", "--prune=now")


def test_a_rewind_that_nobody_noted_loses_nothing(pushed: kit.Server, cli: Cli) -> None:
    old = rewound(pushed)
    assert kinds(pushed, cli) == (1, [("unrecorded", "loose")])
    assert "git will remove it" in cli(pushed.bare, "audit", "reconcile").stdout
    assert kinds(pushed, cli, "--repair") == (0, [])
    collect_garbage(pushed)
    assert pushed.bare.out("cat-file", "-t", old) == "commit"
    assert pushed.tip() == pushed.work.tip()


def test_a_rewind_that_is_noted_too_late_is_noted_nevertheless(
    pushed: kit.Server, cli: Cli
) -> None:
    rewound(pushed)
    collect_garbage(pushed)
    assert kinds(pushed, cli) == (1, [("unrecorded", "gone")])
    assert kinds(pushed, cli, "--repair") == (1, [("landed", "gone")])


def test_an_old_tip_that_is_gone_is_said_to_be(pushed: kit.Server, cli: Cli) -> None:
    tip = pushed.tip()
    pushed.bare.git("update-ref", MAIN, f"{tip}~1")
    collect_garbage(pushed)

    assert kinds(pushed, cli, "--repair") == (1, [("unaccounted", "gone")])
    assert "is gone from the repository" in cli(pushed.bare, "audit", "reconcile").stdout


def test_what_another_hook_stopped_is_harmless(pushed: kit.Server, cli: Cli) -> None:
    hook = pushed.bare.path / "hooks" / "update"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    small(pushed)
    assert pushed.work.push().status
    assert kinds(pushed, cli) == (0, [("not-landed", "")])
    assert "not-landed (record 7)" in cli(pushed.bare, "audit", "reconcile").stdout


def test_a_gate_that_was_passed_by_is_named(pushed: kit.Server, cli: Cli) -> None:
    small(pushed)
    pushed.seed("main")
    assert kinds(pushed, cli, "--repair") == (1, [("undecided", "")])
    assert "A person has to find out" in cli(pushed.bare, "audit", "reconcile").stdout


def test_what_moved_by_hand_is_named_and_its_old_tip_kept(pushed: kit.Server, cli: Cli) -> None:
    tip = pushed.tip()
    pushed.bare.git("update-ref", "refs/heads/odd", tip)
    pushed.bare.git("update-ref", MAIN, f"{tip}~1")
    assert kinds(pushed, cli) == (1, [("unaccounted", "held"), ("unaccounted", "")])
    pushed.bare.git("update-ref", "-d", "refs/heads/odd")
    assert kinds(pushed, cli) == (1, [("unaccounted", "loose")])
    assert kinds(pushed, cli, "--repair") == (1, [("unaccounted", "kept")])
    kept = pushed.bare.out("for-each-ref", "--format=%(objectname)", "refs/agentguard/keep/")
    assert kept == tip
    assert pushed.tip() != tip


def test_a_push_while_it_is_looked_at_is_no_riddle(
    pushed: kit.Server, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Repository.tips
    later = [small(pushed)]

    def before(repository: Repository, prefixes: Sequence[str]) -> dict[str, str]:
        """Where the refs stood before a push that comes right then."""
        found = real(repository, prefixes)
        if later:
            later.pop()
            pushed.accepted()
        return found

    monkeypatch.setattr(Repository, "tips", before)
    assert kinds(pushed, cli) == (0, [])
    assert not later


def test_a_ledger_that_does_not_say_how_it_began(pushed: kit.Server, cli: Cli) -> None:
    """As one whose repository has more refs than are written down."""
    sql = "UPDATE records SET record = replace(record, '\"refs\":{', '\"more\":{') WHERE seq = 1"
    chains.alter(pushed.bare.path, sql)
    pushed.bare.git("update-ref", "refs/heads/older", MAIN)
    assert kinds(pushed, cli) == (0, [("unknown", "")])
    chains.alter(pushed.bare.path, "UPDATE records SET record = 'x' WHERE seq = 1")
    assert kinds(pushed, cli) == (0, [("unknown", "")])
