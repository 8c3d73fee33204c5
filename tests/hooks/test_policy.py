"""Which policy judges a push: the server's and the one before the push, all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.approvals.sign import public_key_of
from tests import kit
from tests.hooks.test_approvals import JOE, LOGIN, add_key, signed, statement

PAGES = {f"src/app/page{n}.py": None for n in range(5)}
STRICT = '[rules.many-files-deleted]\n[[rules.many-files-deleted.when]]\ndeleted_files = ">= 5"\n'
LOOSE = "[rules.many-files-deleted]\nenabled = false\n[rules.tree-share-deleted]\nenabled = false\n"
OFF = f"version = 1\n{LOOSE}"


def seed_policy(server: kit.Server, text: str) -> None:
    """A policy in the tree that was there before the gate."""
    server.work.commit("Policy", {".agentguard.toml": text})
    server.seed()


def test_the_servers_policy_tunes_a_rule(server: kit.Server) -> None:
    server.work.commit("Drop", PAGES)
    server.accepted()
    server.add_policy(STRICT)
    server.work.commit("Drop", {f"src/app/page{n}.py": None for n in range(5, 10)})
    refusal = server.refused()
    assert refusal.rules == {"many-files-deleted"}
    assert "5 deleted_files, limit >= 5" in refusal.remote


def test_the_policy_in_the_tree_counts_once_it_is_there(server: kit.Server) -> None:
    seed_policy(server, f"version = 1\n{STRICT}")
    server.work.commit("Drop", PAGES)
    refusal = server.refused()
    assert refusal.rules == {"many-files-deleted"}
    assert "(asked by .agentguard.toml)" not in refusal.remote


def test_the_tree_cannot_loosen_the_server(server: kit.Server) -> None:
    seed_policy(server, OFF)
    server.work.commit("Drop", {f"src/app/page{n}.py": None for n in range(12)})
    assert server.refused().rules == {"many-files-deleted"}


def test_the_server_cannot_loosen_the_tree(server: kit.Server) -> None:
    server.add_policy(LOOSE)
    server.work.commit("Drop", {f"src/app/page{n}.py": None for n in range(12)})
    server.accepted()
    seed_policy(server, "version = 1\n")
    server.work.commit("Drop", {f"src/app/page{n}.py": None for n in range(12, 24)})
    assert "many-files-deleted" in server.refused().rules


def test_each_policy_wants_its_own_approver(server: kit.Server) -> None:
    joe = add_key(server, "joe")
    in_tree = f'version = 1\n[approvers."{JOE}"]\nkeys = ["{public_key_of(joe).line}"]\n'
    seed_policy(server, in_tree)
    server.work.commit("Drop", {LOGIN: None})
    asked = statement(server.refused())
    signed(server, asked, key=server.key)
    assert server.refused().rules == {"auth-paths"}
    signed(server, asked, key=joe, approver=JOE)
    server.accepted()


def test_a_policy_in_the_push_does_not_judge_it(server: kit.Server) -> None:
    server.work.commit("Policy", {".agentguard.toml": OFF})
    server.work.commit("Drop", {f"src/app/page{n}.py": None for n in range(12)})
    assert server.refused().rules == {"gate-files", "many-files-deleted"}


def test_a_policy_is_changed_with_approval(server: kit.Server) -> None:
    server.work.commit("Policy", {".agentguard.toml": f"version = 1\n{STRICT}"})
    refusal = server.refused()
    assert refusal.rules == {"gate-files"}
    server.approve(statement=refusal.text)
    server.accepted()
    server.work.commit("Drop", PAGES)
    assert server.refused().rules == {"many-files-deleted"}


BROKEN = {
    "no TOML": "version = [",
    "no version": "[rules.mass-deletion]\neffect = 'deny'\n",
    "a rule nobody knows": "version = 1\n[rules.mass-deletoin]\neffect = 'deny'\n",
    "a key nobody knows": "version = 1\nrepo = 'x'\n",
    "empty": "",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_policy_does_not_get_in(text: str, server: kit.Server) -> None:
    """Not even approved: with it the server would refuse everything, its repair too."""
    server.work.commit("Policy", {".agentguard.toml": text})
    refusal = server.refused()
    assert refusal.rules == {"broken-policy", "gate-files"}
    assert "agentguard: denied: refs/heads/main" in refusal.remote
    assert ".agentguard.toml" in refusal.remote
    assert "could not do its work" not in refusal.remote


def test_a_policy_that_is_a_link_does_not_get_in(server: kit.Server) -> None:
    (server.work.path / ".agentguard.toml").symlink_to("README.md")
    server.work.commit("Policy")
    assert {"broken-policy", "gate-files"} <= server.refused().rules


def test_a_broken_policy_on_a_topic_branch_is_nobodys_business(server: kit.Server) -> None:
    server.work.commit("Policy", {".agentguard.toml": "version = ["})
    server.accepted("HEAD:refs/heads/topic")
    server.work.git("reset", "-q", "--hard", "HEAD~1")
    server.work.commit("Fine", {"src/new.py": "new\n"})
    server.accepted()


def test_a_freeze_that_needs_approval(server: kit.Server) -> None:
    server.add_policy(
        "[[freeze]]\nfrom = 2000-01-01\nuntil = 2199-01-01\n"
        'refs = ["refs/heads/main"]\neffect = "approve"\n'
    )
    server.work.commit("Fix", {"src/new.py": "new\n"})
    refusal = server.refused()
    assert refusal.rules == {"freeze"}
    server.approve(statement=refusal.text)
    server.accepted()


@pytest.mark.parametrize(("start", "until"), [(2000, 2001), (2198, 2199)])
def test_a_freeze_that_is_over_or_to_come(start: int, until: int, server: kit.Server) -> None:
    server.add_policy(
        f"[[freeze]]\nfrom = {start}-01-01\nuntil = {until}-01-01\nrefs = ['refs/heads/main']\n"
    )
    server.work.commit("Fix", {"src/new.py": "new\n"})
    server.accepted()


def test_other_branches_can_be_protected(server: kit.Server) -> None:
    server.add_policy('[environments.staging]\nrefs = ["refs/heads/next"]\n')
    server.work.commit("Drop", {f"src/app/page{n}.py": None for n in range(12)})
    assert "many-files-deleted" in server.refused("HEAD:refs/heads/next").rules


def test_a_rule_of_ones_own(server: kit.Server) -> None:
    server.add_policy(
        '[rules.no-todo]\ntitle = "Unfinished business"\nwhy = "It stays."\nfix = "Finish it."\n'
        'effect = "deny"\nseverity = "low"\n[rules.no-todo.when]\nadded = ["TODO"]\n'
    )
    server.work.commit("Note", {"src/new.py": "# TODO\n"})
    refusal = server.refused()
    assert refusal.rules == {"no-todo"}
    assert "no approval can allow this (asked by agentguard/policy.toml)" in refusal.remote


def test_an_account_of_an_agent(server: kit.Server) -> None:
    """Who pushes is what the platform named in the policy says, not any variable there is."""
    server.add_policy('[server]\nplatform = "gitolite"\n[actors]\nagent_pushers = ["svc-claude"]\n')
    server.work.commit("Fix", {"src/new.py": "new\n"})
    assert "unsigned-agent-commit" in server.refused(GL_USER="svc-claude").rules
    server.accepted(GL_USER="sam", GITEA_PUSHER_NAME="svc-claude")


def test_the_policy_in_the_tree_counts_when_head_names_another_branch(server: kit.Server) -> None:
    seed_policy(server, f"version = 1\n{STRICT}")
    server.bare.git("symbolic-ref", "HEAD", "refs/heads/master")
    server.work.commit("Drop", PAGES)
    assert server.refused().rules == {"many-files-deleted"}


# ---------------------------------------------------------------- an empty repository


@pytest.fixture
def empty(tmp_path: Path) -> kit.Server:
    """A server that had the gate before it had anything else."""
    bare = kit.init(tmp_path / "server.git", "--bare")
    work = kit.init(tmp_path / "work")
    work.git("remote", "add", "origin", str(bare.path))
    key = kit.make_key(tmp_path / "keys" / "jane")
    kit.agentguard(
        "install", "--server", "--approver", f"{kit.JANE}={key}.pub", "--repository", "acme/portal",
        bare.path, cwd=tmp_path,
    )  # fmt: skip
    return kit.Server(bare, work, key)


def test_a_first_push(empty: kit.Server) -> None:
    empty.work.commit("Start", {f"src/page{n}.py": f"page = {n}\n" for n in range(50)})
    empty.accepted("main")
    empty.work.commit("Go on", {"src/page0.py": "page = 'zero'\n"})
    empty.accepted("main")


def test_a_first_push_with_credentials(empty: kit.Server) -> None:
    empty.work.commit("Start", {"README.md": "Portal\n", ".env": "TOKEN=1\n"})
    refusal = empty.refused("main")
    assert refusal.rules == {"credential-paths"}
    empty.approve(statement=refusal.text)
    empty.accepted("main")


def test_a_first_push_with_a_broken_policy(empty: kit.Server) -> None:
    empty.work.commit("Start", {".agentguard.toml": "version = ["})
    assert "broken-policy" in empty.refused("main").rules


def test_a_first_push_with_a_broken_policy_to_another_branch_than_head(empty: kit.Server) -> None:
    empty.bare.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    empty.work.commit("Start", {".agentguard.toml": "version = ["})
    assert "broken-policy" in empty.refused("main").rules


def test_a_first_push_of_several_branches(empty: kit.Server) -> None:
    empty.work.commit("Start", {"README.md": "Portal\n"})
    empty.work.git("branch", "release/1")
    empty.work.git("branch", "topic")
    empty.work.git("tag", "v1")
    empty.accepted("--all")
    empty.accepted("--tags")


def test_the_policy_that_init_writes_locks_nobody_out(server: kit.Server) -> None:
    """It lists nobody at first; those of the server may approve, its own completion included."""
    work = server.work
    work.agentguard("init", check=True)
    work.commit("Adopt agentguard")
    refusal = server.refused("main")
    assert "gate-files" in refusal.rules
    server.approve(statement=refusal.text)
    server.accepted("main")
    policy = (work.path / ".agentguard.toml").read_text()
    work.commit("Say more", {".agentguard.toml": f"{policy}\n# more\n"})
    server.approve(statement=server.refused("main").text)
    server.accepted("main")
