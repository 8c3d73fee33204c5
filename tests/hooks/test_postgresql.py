"""Real pushes whose decisions go into a real PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agentguard.ledger.opening import FILE, open_ledger
from agentguard.ledger.settings import ledger_settings
from tests import kit
from tests.hooks import approving
from tests.hooks.approving import Asked, needs_ssh_keygen
from tests.ledger.chain import followed
from tests.postgresql import Cluster

SECRET = "hunter2"
# The gate as it is, but for what it does not wait for: fifty at once make any machine slow.
PATIENT = """\
from agentguard.boundary import guarded
from agentguard.hook import pre_receive
from agentguard.ledger import postgresql
pre_receive.PATIENCE = 900
postgresql.CONNECTION = {**postgresql.CONNECTION, "connect_timeout": 900}
postgresql.SESSION = postgresql.SESSION.replace("15s", "900s").replace("60s", "900s")
raise SystemExit(guarded(pre_receive.run))
"""


def record_in(server: kit.Server, url: str, repository: str = "") -> None:
    """Have a server's decisions recorded elsewhere, in a ledger that begins now."""
    text = server.policy.read_text()
    if repository:
        text = re.sub(r'(?m)^repository = ".*"$', f'repository = "{repository}"', text)
    server.policy.write_text(f'{text}\n[ledger]\nurl = "{url}"\n')
    for file in server.bare.path.joinpath(FILE.parent).glob(f"{FILE.name}*"):
        file.unlink()


def patient(server: kit.Server) -> None:
    """Have the gate wait for as long as it takes."""
    program = server.bare.path / "patient.py"
    program.write_text(PATIENT)
    hook = server.bare.path / "hooks" / "pre-receive"
    text = hook.read_text().replace("-I -m agentguard hook pre-receive", f"-I '{program}'")
    assert str(program) in text
    hook.write_text(text)
    server.add_policy('[limits]\ndeadline = "900s"\n')


def records(server: kit.Server) -> list[dict[str, Any]]:
    """All that is on record, found to be one chain; beside the repository if that is where."""
    with open_ledger(server.bare.path, ledger_settings(server.bare.path)) as ledger:
        return followed(list(ledger.rows()))


def events(server: kit.Server) -> list[str]:
    return [record["body"].get("verdict", record["event"]) for record in records(server)]


# ---------------------------------------------------------------- the same as SQLite


def many_pushes(asked: Asked, expires: str) -> None:
    """A refusal, an approved push, ordinary work, a tag, a deletion, a rewind, a topic, a trick."""
    server, work = asked.server, asked.work
    release = "refs/heads/release/1"

    def approved(*refs: str) -> None:
        text = approving.statement(server.refused(*refs))
        option = approving.option(Asked(server, "", text).signed(expires=expires))
        server.accepted("-o", option, *refs)

    approved("HEAD")
    work.commit("Something ordinary", {"src/app.py": "app(1)\n" * 40})
    server.accepted(f"HEAD:{release}", "HEAD")
    work.git("tag", "-m", "One", "v1")
    server.accepted("v1")
    approved(f":{release}")
    approved("+HEAD~1:main")
    server.accepted("HEAD~1:refs/heads/topic")
    server.accepted("+HEAD:refs/heads/topic")
    server.refused("HEAD:refs/agentguard/canary")


def plain(found: Sequence[object], server: kit.Server) -> Any:
    """Without what has to differ: times (also in names of kept tips and in statements that nobody
    signed), the hashes that follow from them, and the policy's, which names the database."""
    policy = server.policy.read_bytes()
    text = json.dumps(found)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r"\d{8}T\d{6}Z", "TIME", text)
    text = text.replace(hashlib.sha256(policy).hexdigest(), "POLICY").replace(
        str(server.bare.path), "SERVER"
    )
    return re.sub(r'"previous": "[0-9a-f]{64}"', '"previous": ""', text)


@needs_ssh_keygen
def test_the_same_records_for_the_same_pushes(
    cluster: Cluster, database: str, asked: Asked, tmp_path: Path
) -> None:
    """An approval is signed by a key whose signatures are always alike, and expires for both at
    one time, so it has to be the same to the byte."""
    expires = approving.soon()
    found = []
    other = approving.copied(asked, tmp_path / "other")
    for each, url in ((asked, "sqlite"), (other, cluster.url(database))):
        record_in(each.server, url)
        many_pushes(each, expires)
        with open_ledger(each.server.bare.path, ledger_settings(each.server.bare.path)) as ledger:
            rows = followed(list(ledger.rows()))
            uses = [(use.seq, use.approval, use.ref, use.old, use.new) for use in ledger.uses()]
            moves = [(move.seq, move.event, move.key, move.lost) for move in ledger.moves()]
        found.append((rows, uses, moves, plain([rows, uses, moves], each.server)))
    assert found[0][1:] == found[1][1:]
    verdicts = [row["body"].get("verdict", "applied") for row in found[0][0][1:]]
    assert {"accepted", "needs-approval", "denied", "applied"} == set(verdicts)
    assert len(found[0][1]) == 3
    [signatures] = {
        tuple(
            approval["signature"]
            for row in rows
            for update in row["body"].get("updates", ())
            for approval in update["approvals"]
        )
        for rows, *_ in found
    }
    assert len(signatures) == 3
    assert all(signatures)


# ---------------------------------------------------------------- many at once


def at_once(pushes: Sequence[tuple[kit.Work, str]]) -> list[subprocess.CompletedProcess[str]]:
    """All of these pushes, each begun without waiting for the others."""
    running = [
        subprocess.Popen(
            ["git", "push", "origin", refs],
            cwd=work.path,
            env=kit.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for work, refs in pushes
    ]
    ended = [(push.communicate(timeout=300), push) for push in running]
    return [
        subprocess.CompletedProcess(push.args, push.returncode, out, err)
        for (out, err), push in ended
    ]


def clones(server: kit.Server, folder: Path, number: int) -> list[kit.Work]:
    """Clones of one server, each with a commit of its own on main."""
    made = []
    for name in range(number):
        work = kit.Work(folder / f"clone{name}")
        kit.run("git", "clone", "-q", server.bare.path, work.path, cwd=folder)
        work.commit(f"Change {name}", {f"src/new{name}.py": f"n = {name}\n"})
        made.append(work)
    return made


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> kit.Server:
    return kit.make_template(tmp_path_factory.mktemp("fleet"), {"README.md": "Portal\n"})


def test_fifty_pushes_to_ten_repositories(
    cluster: Cluster, database: str, template: kit.Server, tmp_path: Path
) -> None:
    servers = []
    for number in range(10):
        server = kit.copy_server(template, tmp_path / str(number))
        record_in(server, cluster.url(database), f"acme/shop{number}")
        patient(server)
        server.work.commit("Change", {"src/new.py": f"n = {number}\n"})
        servers.append(server)
    pushes = [
        (server.work, f"HEAD:refs/heads/release/{turn}") for turn in range(5) for server in servers
    ]
    ended = at_once(pushes)
    assert [(push.returncode, push.stderr) for push in ended if push.returncode] == []
    for server in servers:
        assert sorted(events(server)) == ["accepted"] * 5 + ["applied"] * 5 + ["opened"]
        landed = {
            move["ref"]: move["new"]
            for record in records(server)
            for move in record["body"].get("moves", ())
        }
        assert landed == {f"refs/heads/release/{n}": server.work.tip() for n in range(5)}
    assert cluster.do("SELECT count(DISTINCT ledger)::int FROM agentguard.records",
                      database=database) == [(10,)]  # fmt: skip


def test_twenty_pushes_to_one_ref(
    cluster: Cluster, database: str, template: kit.Server, tmp_path: Path
) -> None:
    """Git itself lets one of them move the ref; what is on record fits what it did."""
    server = kit.copy_server(template, tmp_path / "server")
    record_in(server, cluster.url(database))
    patient(server)
    kit.gather(server, 20)
    works = clones(server, tmp_path, 20)
    ended = at_once([(work, "HEAD:main") for work in works])
    winners = [work for work, push in zip(works, ended, strict=True) if not push.returncode]
    assert len(winners) == 1
    assert server.tip() == winners[0].tip()
    found = records(server)
    accepted = [record for record in found if record["body"].get("verdict") == "accepted"]
    [applied] = [record for record in found if record["event"] == "applied"]
    [decision] = [
        record for record in accepted if record["seq"] == applied["body"]["moves"][0]["decision"]
    ]
    assert decision["body"]["updates"][0]["update"]["new"] == winners[0].tip()
    assert len(found) == 1 + len(accepted) + 1
    for push in ended:
        if push.returncode:
            assert re.search(r"rejected|failed to (push|update)", push.stderr), push.stderr
            assert "agentguard: push refused" not in push.stderr


# ---------------------------------------------------------------- what fails


def refused_for(server: kit.Server, reason: str) -> None:
    """A protected ref is refused with a reason; one of development passes, with a note."""
    server.work.commit("Something ordinary", {"src/app.py": "app(2)\n"})
    refusal = server.refused("HEAD:main")
    assert reason in approving.said(refusal)
    passed = server.work.push("HEAD:refs/heads/topic")
    assert not passed.status
    assert "note: not recorded: the ledger postgresql://" in approving.said(passed)
    assert not re.search("ledger [0-9]", passed.remote)
    for said in (refusal, passed):
        assert SECRET not in said.text


def test_a_server_that_is_not_there(server: kit.Server) -> None:
    record_in(server, f"postgresql://gate:{SECRET}@127.0.0.1:1/ledgers")
    refused_for(server, "the ledger postgresql://127.0.0.1:1/ledgers cannot be used: ")


def test_a_role_that_may_do_nothing(cluster: Cluster, database: str, server: kit.Server) -> None:
    cluster.do(f"CREATE ROLE {database}_stranger LOGIN", database=database)
    record_in(server, cluster.url(database, f"{database}_stranger"))
    refused_for(server, f"permission denied for database {database}")


def test_a_role_that_may_only_read_and_add(
    cluster: Cluster, database: str, server: kit.Server
) -> None:
    """It serves every kind of push; the tables were made when the gate was installed."""
    record_in(server, cluster.url(database))
    bare = server.bare.path
    said = kit.agentguard("install", "--server", bare, cwd=bare).text
    assert f"decisions go to postgresql:///{database}" in said
    server.policy.write_text(
        server.policy.read_text().replace("//keeper@", f"//{cluster.granted(database)}@")
    )
    server.work.commit("Something ordinary", {"src/app.py": "app(2)\n"})
    assert re.search(r"ledger 2 [0-9a-f]{12}", server.accepted("HEAD:main").remote)
    server.refused(":main")
    assert events(server) == ["opened", "accepted", "applied", "needs-approval"]


def test_a_password_in_the_policy_is_on_no_record(
    cluster: Cluster, database: str, server: kit.Server
) -> None:
    cluster.do(f"ALTER ROLE keeper PASSWORD '{SECRET}'", database=database)
    record_in(server, cluster.tcp(database, password=SECRET))
    server.work.commit("Something ordinary", {"src/app.py": "app(2)\n"})
    assert SECRET not in server.accepted("HEAD:main").text
    assert SECRET not in json.dumps(records(server))
