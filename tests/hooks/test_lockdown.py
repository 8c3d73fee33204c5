"""A lockdown stops real pushes, whatever is in them and whoever approved it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agentguard.lockdown import Lockdown, Order, as_text
from tests import kit
from tests.hooks import approving
from tests.hooks.approving import GLASS, WHY, Asked, needs_ssh_keygen
from tests.hooks.test_broken import BROKEN, SOFT, Break, interpreter

SINCE = datetime(2026, 11, 21, 9, tzinfo=UTC)
FROZEN = '[[freeze]]\nfrom = 2000-01-01\nuntil = 2199-01-01\nrefs = ["refs/heads/main"]\n'
CLAUDE = "Claude <noreply@anthropic.com>"


def place(server: kit.Server) -> Path:
    """A lockdown file that the hook of this server looks at, instead of the machine's."""
    file = server.bare.path.parent / "etc" / "lockdown.json"
    file.parent.mkdir(exist_ok=True)
    code = server.bare.path / "lockdown.py"
    code.write_text(
        "import sys\nfrom pathlib import Path\nfrom agentguard import lockdown\n"
        f"lockdown.FILE = Path({str(file)!r})\n"
        "from agentguard.__main__ import main\n"
        "sys.argv[1:] = ['hook', 'pre-receive']\nsys.exit(main())\n"
    )
    real = f'exec "{kit.PYTHON}" -I'
    script = f'case "$*" in *pre-receive) {real} "{code}" ;; *) {real} "$@" ;; esac'
    interpreter(server, script)
    return file


def lock(server: kit.Server, *orders: Order) -> Path:
    file = place(server)
    file.write_text(as_text(Lockdown(orders)))
    return file


def order(*repos: str, agents_only: bool = False) -> Order:
    return Order("tables are gone", "root (sudo: jane)", SINCE, agents_only, repos)


def fix(server: kit.Server, author: str = kit.SOMEBODY, message: str = "Fix") -> None:
    server.work.commit(message, {"src/new.py": "new\n"}, author=author)


def said(result: kit.Result) -> str:
    return " ".join(result.remote.split())


@pytest.mark.parametrize(
    "refspec", ["main", "HEAD:refs/heads/topic", "HEAD:refs/tags/v1", ":refs/heads/old"]
)
def test_nothing_moves_until_it_ends(refspec: str, server: kit.Server) -> None:
    server.bare.git("branch", "old", "main")
    file = lock(server, order())
    fix(server)
    refusal = server.refused(refspec)
    assert refusal.rules == {"lockdown"}
    assert "Locked since 2026-11-21T09:00:00Z by root (sudo: jane): tables are gone" in said(
        refusal
    )
    assert "Only whoever runs this server can end the lockdown." in said(refusal)
    assert "agentguard lockdown" not in refusal.remote
    assert "signs:" not in refusal.remote
    assert max(map(len, refusal.remote.splitlines())) <= 72
    file.unlink()
    server.accepted("main")


def test_it_is_looked_for_before_anything_else(server: kit.Server) -> None:
    """Not even the policy is read, or the repository opened."""
    lock(server, order())
    server.add_policy("[[[")
    (server.bare.path / "shallow").write_text(server.tip() + "\n")
    fix(server)
    assert server.refused().rules == {"lockdown"}


@pytest.mark.parametrize("text", ["", "{}", '{"version": 2, "orders": []}', "\0"])
def test_one_that_cannot_be_read_locks_everything(text: str, server: kit.Server) -> None:
    place(server).write_text(text)
    fix(server)
    refusal = server.refused("HEAD:refs/heads/topic")
    assert refusal.rules == {"lockdown"}
    assert "What is locked cannot be read, so everything is" in said(refusal)


def test_one_that_everybody_can_write_locks_everything(server: kit.Server) -> None:
    lock(server, order("acme/shop")).chmod(0o666)
    fix(server)
    assert "can be written by everyone" in said(server.refused("HEAD:refs/heads/topic"))


@pytest.mark.parametrize("by", ["acme/portal", "acme/*", "PATH", "PARENT/*"])
def test_the_repositories_that_are_named(by: str, server: kit.Server) -> None:
    path = server.bare.path.resolve()
    pattern = by.replace("PATH", str(path)).replace("PARENT", str(path.parent))
    fix(server)
    lock(server, order(pattern))
    assert server.refused("HEAD:refs/heads/topic").rules == {"lockdown"}
    lock(server, order("acme/shop", str(path.parent)))
    server.accepted("HEAD:refs/heads/topic")


def test_a_policy_that_cannot_be_read_is_no_way_out_of_a_name(server: kit.Server) -> None:
    lock(server, order("acme/portal"))
    server.add_policy("[[[")
    fix(server)
    server.refused("HEAD:refs/heads/topic")


@needs_ssh_keygen
@pytest.mark.parametrize("agents_only", [False, True])
def test_no_key_lifts_it(asked: Asked, agents_only: bool) -> None:
    """What lifts a freeze and approves all the rest does nothing for a lockdown."""
    text = asked.server.policy.read_text()
    asked.server.policy.write_text(text.replace("[actors]", '[actors]\nunproven = "agent"'))
    asked.policy(FROZEN)
    statement = approving.statement(asked.server.refused())
    signed = Asked(asked.server, asked.content, statement).signed(GLASS, reason=WHY)
    broken = approving.option(signed)
    file = lock(asked.server, order(agents_only=agents_only))
    refusal = asked.server.refused("-o", broken, "HEAD")
    assert refusal.rules == {"lockdown"}
    assert "signs:" not in refusal.remote
    file.unlink()
    assert "BREAK GLASS" in asked.server.accepted("-o", broken, "HEAD").remote


# ---------------------------------------------------------------- agents only


MADE_BY_AGENTS = {
    "author": (CLAUDE, "Fix"),
    "co-author": (kit.SOMEBODY, f"Fix\n\nCo-Authored-By: {CLAUDE}\n"),
    "marker": (kit.SOMEBODY, "Fix\n\n🤖 Generated with [Claude Code](https://claude.ai/code)\n"),
}


@pytest.mark.parametrize(("author", "message"), MADE_BY_AGENTS.values(), ids=MADE_BY_AGENTS)
@pytest.mark.parametrize("ref", ["heads/main", "heads/topic", "tags/x", "other/x"])
def test_what_agents_made_is_stopped_everywhere(
    author: str, message: str, ref: str, server: kit.Server
) -> None:
    file = lock(server, order(agents_only=True))
    fix(server, author, message)
    refusal = server.refused(f"HEAD:refs/{ref}")
    assert "lockdown" in refusal.rules
    assert "This server has stopped what agents push" in said(refusal)
    file.unlink()
    assert "lockdown" not in server.work.push(f"HEAD:refs/{ref}").remote


def test_one_commit_of_an_agent_below_others(server: kit.Server) -> None:
    lock(server, order(agents_only=True))
    fix(server, CLAUDE)
    server.work.commit("Go on", {"src/more.py": "more\n"})
    assert "lockdown" in server.refused("HEAD:refs/heads/topic").rules


@pytest.mark.parametrize(
    "message", ["Fix", f"Fix\n\nAssisted-by: {CLAUDE}\n"], ids=["unknown", "touched"]
)
def test_what_nobody_knows_the_maker_of_passes_as_ever(message: str, server: kit.Server) -> None:
    lock(server, order(agents_only=True))
    fix(server, message=message)
    server.accepted("HEAD:refs/heads/topic")
    server.accepted("HEAD:refs/heads/main")
    server.work.commit("Drop", {f"lib/part{n}.py": None for n in range(12)})
    assert server.refused().rules == {"many-files-deleted"}


def test_who_pushes_is_an_agent(server: kit.Server) -> None:
    server.add_policy('[server]\nplatform = "gitolite"\n[actors]\nagent_pushers = ["svc-claude"]\n')
    server.bare.git("branch", "old", "main")
    lock(server, order(agents_only=True))
    fix(server)
    for refspec in ("HEAD:refs/heads/topic", ":refs/heads/old", "origin/main:refs/tags/v1"):
        assert "lockdown" in server.refused(refspec, GL_USER="svc-claude").rules
        server.accepted(refspec, GL_USER="sam")


@pytest.mark.parametrize("fault", SOFT.values(), ids=SOFT)
def test_what_cannot_be_judged_is_refused_on_every_ref(fault: Break, server: kit.Server) -> None:
    fix(server)
    if fault is not BROKEN["the deadline passes"][0]:
        lock(server, order(agents_only=True))
        extra = fault(server)
    else:
        server.add_policy('[limits]\ndeadline = "1ms"\n')
        lock(server, order(agents_only=True))
        extra = {}
    server.refused("HEAD:refs/heads/topic", **extra)


def test_agents_here_and_everybody_there(server: kit.Server) -> None:
    fix(server)
    lock(server, order(agents_only=True), order("acme/shop"))
    server.accepted("HEAD:refs/heads/topic")
    lock(server, order(agents_only=True), order("acme/portal"))
    assert server.refused("HEAD:refs/heads/other").rules == {"lockdown"}
