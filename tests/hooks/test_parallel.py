"""Pushes at once: one chain, no refusal that nobody deserved, and git's own answer to who is late."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import kit
from tests.ledger import chain

REPOSITORIES, EACH, RIVALS = 10, 5, 20
PATIENT = "[limits]\ndeadline = '60s'\n"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> kit.Server:
    server = kit.make_template(tmp_path_factory.mktemp("busy"), {"README.md": "Portal\n"})
    server.add_policy(PATIENT)
    (server.bare.path / chain.FILE).unlink()  # the first pushes make it, all of them at once
    return server


@pytest.fixture
def busy(template: kit.Server, tmp_path: Path) -> kit.Server:
    return kit.copy_server(template, tmp_path / "busy")


def siblings(server: kit.Server, count: int) -> list[str]:
    """Commits that all start from the main branch."""
    start = server.work.tip("origin/main")
    made = []
    for number in range(count):
        server.work.git("reset", "-q", "--hard", start)
        made.append(server.work.commit(f"Note {number}", {"notes.txt": f"{number}\n"}))
    return made


def at_once(pushes: Sequence[tuple[kit.Server, str]]) -> list[kit.Result]:
    """Push each refspec to its server. By path, so that no two of them note it in the clone."""
    started = [
        subprocess.Popen(
            ["git", "push", str(server.bare.path), refspec],
            cwd=server.work.path,
            env=kit.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for server, refspec in pushes
    ]
    said = [push.communicate(timeout=300) for push in started]
    return [kit.Result(push.returncode, *s) for push, s in zip(started, said, strict=True)]


def test_to_many_repositories(template: kit.Server, tmp_path: Path) -> None:
    servers = [kit.copy_server(template, tmp_path / str(n)) for n in range(REPOSITORIES)]
    pushes = [
        (server, f"{commit}:refs/heads/release/{number}")
        for server in servers
        for number, commit in enumerate(siblings(server, EACH))
    ]
    for result in at_once(pushes):
        assert not result.status, result.text
        assert "agentguard: accepted: " in result.remote
    for server in servers:
        records = chain.verify(server.bare.path)
        assert sorted(chain.events(server.bare.path)) == ["applied"] * EACH + ["decision"] * EACH
        assert records[0]["body"] == {"ledger": "acme/portal"}
        assert len(list((server.bare.path / "refs/heads/release").iterdir())) == EACH


def test_to_one_ref(busy: kit.Server) -> None:
    """Git's compare-and-swap lets one through; the gate refuses none of them."""
    waits = kit.gather(busy, RIVALS)
    commits = siblings(busy, RIVALS)
    results = at_once([(busy, f"{commit}:main") for commit in commits])
    [winner] = [n for n, result in enumerate(results) if not result.status]
    assert busy.tip() == commits[winner]
    for result in results:
        assert "agentguard: accepted: " in result.remote, result.text
        if result.status:
            assert "[remote rejected]" in result.stderr
            assert "failed to update ref" in result.stderr or "cannot lock ref" in result.stderr
    chain.verify(busy.bare.path)
    assert sorted(chain.events(busy.bare.path)) == ["applied", *["decision"] * RIVALS]
    waits.unlink()
    _retry(busy, [commit for commit in commits if commit != commits[winner]][:3])


def _retry(server: kit.Server, late: Sequence[str]) -> None:
    """Whoever was late lands with the same work on what is there now."""
    for number, commit in enumerate(late):
        server.work.git("fetch", "-q", "origin")
        server.work.git("reset", "-q", "--hard", "origin/main")
        server.work.commit(f"Late {number}", {f"{commit}.txt": "late\n"})
        server.accepted()
        assert chain.verify(server.bare.path)[-1]["event"] == "applied"


def test_a_push_that_overtakes_what_is_noted_of_the_one_before(busy: kit.Server) -> None:
    """The ref moved, its post-receive still waits, and the next push notes it first."""
    hooks = busy.bare.path / "hooks"
    (hooks / "post-receive").rename(hooks / "noted")
    slow = hooks / "post-receive"
    slow.write_text(
        '#!/bin/sh\n[ -n "$QUICK" ] || until [ -e go ]; do sleep 0.1; done\nhooks/noted\n'
    )
    slow.chmod(0o755)
    first, second = busy.work.commit("First"), busy.work.commit("Second")
    waiting = subprocess.Popen(
        ["git", "push", "-q", str(busy.bare.path), f"{first}:main"],
        cwd=busy.work.path,
        env=kit.environment(),
        stderr=subprocess.DEVNULL,
    )
    try:
        while busy.tip() != first:
            assert waiting.poll() is None
        busy.accepted(f"{second}:main", QUICK="1")
    finally:
        (busy.bare.path / "go").touch()
        assert waiting.wait(60) == 0
    noted = [
        (move["new"], move["decision"])
        for record in chain.verify(busy.bare.path)
        if record["event"] == "applied"
        for move in record["body"]["moves"]
    ]
    assert (noted.count((first, 2)), noted.count((second, 4))) == (1, 1)
