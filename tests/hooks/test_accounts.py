"""Whose name a commit carries, beside the account that pushes it, as real pushes."""

from __future__ import annotations

from typing import Any

import pytest

from tests import kit

PLATFORM = '[server]\nplatform = "gitlab"\n'
ACCOUNTS = """
[accounts]
jdoe = ["jane@work.example.com", "jane@example.com"]
bob = ["bob@example.com"]
[actors]
agent_pushers = ["svc-claude"]
automation_emails = ["noreply@forge.example.com"]
"""
JANE, BOB = "Jane Doe <jane@work.example.com>", "Bob <bob@example.com>"
ADA = "Ada <ada@example.org>"
TOPIC = "refs/heads/topic"
AUTHOR, COMMITTER, LABEL = "author-not-pusher", "committer-not-pusher", "label-missing"


@pytest.fixture
def portal(server: kit.Server) -> kit.Server:
    """A server that knows the accounts of Jane and Bob, and one of an agent."""
    server.add_policy(PLATFORM + ACCOUNTS)
    return server


def commit(
    server: kit.Server,
    author: str,
    committer: str = "",
    file: str = "README.md",
    message: str = "Change",
) -> str:
    """A small change; whoever wrote it commits it, unless somebody else is named."""
    server.work.write(file, f"By {author}, {committer}\n")
    server.work.git("add", "-A")
    named: dict[str, Any] = {}
    for role, person in (("AUTHOR", author), ("COMMITTER", committer or author)):
        name, _, email = person.rstrip(">").partition(" <")
        named |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": email}
    server.work.git("commit", "-q", "-m", message, **named)
    return server.work.tip()


def pushed(server: kit.Server, by: str, *arguments: str) -> set[str]:
    """What the server warns of when an account pushes."""
    return server.accepted(*arguments, GL_USERNAME=by).warnings


@pytest.mark.parametrize(
    ("author", "committer", "warned"),
    [
        pytest.param(JANE, "", set(), id="her own"),
        pytest.param("Jane <JANE@example.com>", "", set(), id="under another address of hers"),
        pytest.param(BOB, JANE, {AUTHOR}, id="in Bob's name"),
        pytest.param(BOB, "", {AUTHOR, COMMITTER}, id="all in Bob's name"),
        pytest.param(ADA, JANE, set(), id="a patch by mail"),
        pytest.param(ADA, "", {COMMITTER}, id="by nobody known"),
        pytest.param(BOB, "Forge <noreply@forge.example.com>", {AUTHOR}, id="made by the forge"),
    ],
)
@pytest.mark.parametrize("ref", ["refs/heads/main", TOPIC])
def test_jane_pushes(
    portal: kit.Server, author: str, committer: str, warned: set[str], ref: str
) -> None:
    commit(portal, author, committer)
    assert pushed(portal, "JDoe", f"HEAD:{ref}") == warned


def test_the_report_says_who_is_named(portal: kit.Server) -> None:
    made = commit(portal, BOB)
    said = " ".join(portal.accepted(GL_USERNAME="jdoe").remote.split())
    assert f"{made[:12]} names bob@example.com as committer, and jdoe pushes it" in said
    assert f"{made[:12]} names bob@example.com as author, and jdoe pushes it" in said


def test_what_bob_pushed_is_his_whoever_merges_it(portal: kit.Server) -> None:
    portal.work.git("checkout", "-q", "-b", "topic")
    commit(portal, BOB, file="src/bob.py")
    assert pushed(portal, "bob", "HEAD:topic") == set()
    portal.work.git("checkout", "-q", "main")
    commit(portal, JANE, file="src/jane.py")
    portal.work.git(
        "merge", "-q", "--no-ff", "-m", "Merge", "topic",
        GIT_AUTHOR_EMAIL="jane@work.example.com", GIT_COMMITTER_EMAIL="jane@work.example.com",
    )  # fmt: skip
    assert pushed(portal, "jdoe", "HEAD:main") == set()


def test_what_bob_did_not_push_is_seen_where_it_arrives(portal: kit.Server) -> None:
    commit(portal, BOB)
    assert pushed(portal, "jdoe", f"HEAD:{TOPIC}") == {AUTHOR, COMMITTER}
    assert pushed(portal, "jdoe", "HEAD:refs/heads/other") == set()
    assert pushed(portal, "jdoe", "HEAD:main") == set()


def test_every_ref_of_one_push_brings_it(portal: kit.Server) -> None:
    commit(portal, BOB)
    result = portal.accepted("HEAD:main", f"HEAD:{TOPIC}", GL_USERNAME="jdoe")
    assert result.remote.count(f"! {COMMITTER}:") == 2


def test_a_signature_proves_who_made_it(portal: kit.Server) -> None:
    portal.work.commit("Change", {"README.md": "x\n"}, author=BOB, key=portal.key)
    assert pushed(portal, "bob") == set()


@pytest.mark.parametrize("by", ["kim", ""])
def test_who_is_not_known_is_not_asked(portal: kit.Server, by: str) -> None:
    commit(portal, BOB)
    assert pushed(portal, by) == set()


def test_no_other_variable_names_who_pushes(portal: kit.Server) -> None:
    commit(portal, BOB)
    result = portal.accepted(GL_USERNAME="jdoe", REMOTE_USER="bob", GL_USER="bob", USER="bob")
    assert result.warnings == {AUTHOR, COMMITTER}


def test_a_policy_can_restrict_who_commits(portal: kit.Server) -> None:
    portal.add_policy(f'[rules.{COMMITTER}]\neffect = "deny"\n')
    commit(portal, BOB)
    for ref in ("refs/heads/main", TOPIC, "refs/tags/v1"):
        assert portal.refused(f"HEAD:{ref}", GL_USERNAME="jdoe").rules == {COMMITTER}
    assert pushed(portal, "bob", f"HEAD:{TOPIC}") == set()


def test_the_tree_can_list_accounts_as_well(server: kit.Server) -> None:
    server.add_policy(PLATFORM)
    deny = f'[rules.{COMMITTER}]\neffect = "deny"\n'
    before = f'version = 1\n[accounts]\njdoe = "jane@work.example.com"\n{deny}'
    server.work.write(".agentguard.toml", before)
    commit(server, JANE)
    server.seed("HEAD:main")
    server.work.write(".agentguard.toml", before.replace("jane@", "bob@"))
    commit(server, "Bob <bob@work.example.com>")
    assert COMMITTER in server.refused(GL_USERNAME="jdoe").rules


def test_every_policy_asks_for_itself(portal: kit.Server) -> None:
    table = 'version = 1\n[accounts]\njdoe = "bob@example.com"\n'
    portal.work.write(".agentguard.toml", table)
    commit(portal, JANE)
    portal.seed("HEAD:main")
    for author in (JANE, BOB):
        commit(portal, author, file="src/new.py")
        assert COMMITTER in pushed(portal, "jdoe")


def test_an_agents_account_labels_what_it_makes(portal: kit.Server) -> None:
    commit(portal, ADA)
    assert LABEL in pushed(portal, "svc-claude", f"HEAD:{TOPIC}")
    assert LABEL not in pushed(portal, "svc-claude", "HEAD:refs/heads/other")
    commit(portal, ADA, file="b", message="Fix\n\nAssisted-by: Claude Code")
    assert LABEL not in pushed(portal, "svc-claude", "HEAD:refs/heads/third")


def test_an_agents_account_only_brings_what_was_there(portal: kit.Server) -> None:
    commit(portal, JANE)
    assert pushed(portal, "jdoe", f"HEAD:{TOPIC}") == set()
    commit(portal, ADA, file="b", message="Fix\n\nAssisted-by: Claude Code")
    assert LABEL not in portal.refused("HEAD:main", GL_USERNAME="svc-claude").warnings


def test_an_agents_address_and_key_say_so_on_every_branch(portal: kit.Server) -> None:
    text = portal.policy.read_text().replace(
        "[actors]", f'[actors]\nagent_emails = ["{ADA.partition("<")[2][:-1]}"]'
    )
    portal.policy.write_text(text)
    commit(portal, ADA)
    assert LABEL in pushed(portal, "kim", f"HEAD:{TOPIC}")
    assert LABEL in portal.refused("HEAD:main", GL_USERNAME="kim").warnings


def test_in_a_clone_nobody_pushes(portal: kit.Server) -> None:
    portal.work.write(".agentguard.toml", f"version = 1\n{ACCOUNTS}")
    commit(portal, JANE)
    portal.seed("HEAD:main")
    commit(portal, BOB)
    found = portal.work.check_json("HEAD")["updates"][0]["findings"]
    assert {each["rule"] for each in found} & {AUTHOR, COMMITTER, LABEL} == set()
