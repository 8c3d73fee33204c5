"""What lets a refused push through: a human's signature under exactly this change, and nothing else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard.approvals.sign import public_key_of
from tests import kit
from tests.hooks import crafted

LOGIN = "src/auth/login.py"
JOE = "joe@example.com"
SIGNS = shutil.which("ssh-keygen") is not None


def remove_login(server: kit.Server) -> str:
    """A change that needs approval for auth-paths; what the server asks to be signed."""
    server.work.commit("Drop the login page", {LOGIN: None})
    return statement(server.refused())


def statement(refusal: kit.Result) -> str:
    """The statement in a refusal, approver open."""
    found = re.findall(r"^(Agentguard-[A-Z][a-z]+:.*)$", refusal.remote, re.MULTILINE)
    assert len(found) == 7, refusal.text
    return "".join(f"{line}\n" for line in found)


def signed(
    server: kit.Server,
    text: str,
    *,
    key: Path | None = None,
    approver: str = kit.JANE,
    **other: str,
) -> None:
    """An approval commit with this statement on top, with some values changed."""
    for name, value in {**other, "approver": approver}.items():
        text = re.sub(rf"(?m)^(Agentguard-{name.capitalize()}:).*$", rf"\1 {value}".rstrip(), text)
    message = f"Agentguard approval\n\n{text}"
    server.work.git("reset", "-q", "--hard", crafted.commit(server.work, message, key=key))


def add_key(server: kit.Server, name: str) -> Path:
    """A key of another person; nobody lists it yet."""
    return kit.make_key(server.key.with_name(name))


def public(key: Path) -> str:
    return public_key_of(key).line


def add_joe(server: kit.Server) -> Path:
    """A second approver."""
    key = add_key(server, "joe")
    server.add_policy(f'[approvers."{JOE}"]\nkeys = ["{public(key)}"]\n')
    return key


# ---------------------------------------------------------------- approved


def test_agentguard_approve_from_the_pasted_refusal(server: kit.Server) -> None:
    server.work.commit("Drop the login page", {LOGIN: None})
    refusal = server.refused()
    assert refusal.rules == {"auth-paths"}
    approval = server.approve(statement=refusal.text)
    assert "You are about to approve, as jane@example.com" in approval.stdout
    answer = server.accepted()
    assert "✓ auth-paths" in answer.remote
    assert "Approved by jane@example.com until " in answer.remote
    assert server.tip() == server.work.tip()


def test_agentguard_approve_with_the_servers_policy(server: kit.Server) -> None:
    remove_login(server)
    approval = server.approve("--policy", server.policy)
    assert not approval.status, approval.text
    server.accepted()


@pytest.mark.skipif(not SIGNS, reason="git signs with ssh-keygen, which is not installed")
def test_plain_git(server: kit.Server) -> None:
    """What the refusal asks for can be done without agentguard."""
    message = f"Agentguard approval\n\n{remove_login(server).rstrip()} {kit.JANE}\n"
    server.work.git(
        "-c", "gpg.format=ssh", "-c", f"user.signingkey={server.key}",
        "commit", "--allow-empty", "-S", "--cleanup=verbatim", "-F", "-", stdin=message,
    )  # fmt: skip
    server.accepted()


def test_a_commit_signed_in_process(server: kit.Server) -> None:
    signed(server, remove_login(server), key=server.key)
    server.accepted()


def test_a_new_protected_branch(server: kit.Server) -> None:
    server.work.commit("Drop the login page", {LOGIN: None})
    asked = statement(server.refused("HEAD:refs/heads/release/3"))
    assert "Agentguard-Ref: refs/heads/release/3\n" in asked
    signed(server, asked, key=server.key)
    server.accepted("HEAD:refs/heads/release/3")


def test_a_rewind(server: kit.Server) -> None:
    server.work.commit("One more", {"src/new.py": "new\n"})
    server.accepted()
    server.work.git("reset", "-q", "--hard", "HEAD~1")
    refusal = server.refused("+HEAD:main")
    approval = server.approve("--base", "origin/main", statement=refusal.text)
    assert not approval.status, approval.text
    server.accepted("+HEAD:main")


def test_a_squash_keeps_the_approval(server: kit.Server) -> None:
    for number in range(3):
        server.work.commit("Drop", {f"src/app/page{number}.py": None})
    asked = remove_login(server)
    server.work.git("reset", "-q", "--soft", "HEAD~4")
    server.work.git("commit", "-q", "-m", "All of it")
    signed(server, asked, key=server.key)
    server.accepted()


def test_more_rules_than_were_found(server: kit.Server) -> None:
    signed(server, remove_login(server), key=server.key, rules="auth-paths mass-deletion")
    server.accepted()


# ---------------------------------------------------------------- two people

TWO = "[rules.auth-paths]\napprovals = 2\n"


def test_two_people(server: kit.Server) -> None:
    joe = add_joe(server)
    server.add_policy(TWO)
    asked = remove_login(server)
    signed(server, asked, key=server.key)
    refusal = server.refused()
    assert "needs 2 approvals, approved by jane@example.com" in refusal.remote
    signed(server, asked, key=joe, approver=JOE)
    assert "approved by jane@example.com, joe@example.com" in server.accepted().remote


def test_one_person_twice_is_one_person(server: kit.Server) -> None:
    second = add_key(server, "jane-2")
    lines = server.policy.read_text().replace(
        f'"{public(server.key)}"', f'"{public(server.key)}", "{public(second)}"'
    )
    server.policy.write_text(lines)
    server.add_policy(TWO)
    asked = remove_login(server)
    signed(server, asked, key=server.key)
    signed(server, asked, key=second)
    assert "needs 2 approvals, approved by jane@example.com\n" in server.refused().remote


def test_a_key_of_two_people_is_nobodys(server: kit.Server) -> None:
    server.add_policy(f'[approvers."{JOE}"]\nkeys = ["{public(server.key)}"]\n')
    server.work.commit("Drop the login page", {LOGIN: None})
    assert f"is also a key of {kit.JANE}" in " ".join(server.refused().remote.split())


def test_a_team(server: kit.Server) -> None:
    joe = add_key(server, "joe")
    server.add_policy(
        f'[approvers."{JOE}"]\nkeys = ["{public(joe)}"]\nteams = ["security"]\n'
        '[rules.auth-paths]\nteams = ["security"]\n'
    )
    asked = remove_login(server)
    signed(server, asked, key=server.key)
    assert "needs 1 approval from security" in server.refused().remote
    signed(server, asked, key=joe, approver=JOE)
    server.accepted()


# ---------------------------------------------------------------- refused

Forge = Callable[[kit.Server, str], None]
REFUSED: dict[str, tuple[Forge, str]] = {
    "no signature": (signed, "the commit is not signed"),
    "the agent's own key": (
        lambda s, text: signed(s, text, key=add_key(s, "agent")),
        "is not one that agentguard/policy.toml lists for 'jane@example.com'",
    ),
    "the agent as an approver of its own": (
        lambda s, text: signed(s, text, key=add_key(s, "eve"), approver="eve@example.com"),
        "'eve@example.com' is not an approver of agentguard/policy.toml",
    ),
    "no approver": (lambda s, text: signed(s, text, key=s.key, approver=""), "names no approver"),
    "expired": (
        lambda s, text: signed(s, text, key=s.key, expires="2020-01-01T00:00:00Z"),
        "it expired at 2020-01-01T00:00:00Z",
    ),
    "for longer than allowed": (
        lambda s, text: signed(s, text, key=s.key, expires="2199-01-01T00:00:00Z"),
        "may last for 1 day",
    ),
    "for another ref": (
        lambda s, text: signed(s, text, key=s.key, ref="refs/heads/release/1"),
        "it is for 'refs/heads/release/1', not for 'refs/heads/main'",
    ),
    "for another repository": (
        lambda s, text: signed(s, text, key=s.key, repository="acme/toys"),
        "it is for 'acme/toys', not for 'acme/portal'",
    ),
    "for another change": (
        lambda s, text: signed(s, text, key=s.key, change=f"sha256:{'4' * 64}"),
        "the change is another one than was approved",
    ),
    "rules in another order": (
        lambda s, text: signed(s, text, key=s.key, rules="mass-deletion auth-paths"),
        "not a sorted list",
    ),
    "words around the statement": (
        lambda s, text: signed(s, f"{text}\nThanks!\n", key=s.key),
        "the statement",
    ),
}


@pytest.mark.parametrize(("forge", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_count(forge: Forge, reason: str, server: kit.Server) -> None:
    forge(server, remove_login(server))
    refusal = server.refused()
    assert refusal.rules == {"auth-paths"}
    assert "does not count" in refusal.remote
    assert reason in " ".join(refusal.remote.split())


def test_a_revoked_key(server: kit.Server) -> None:
    server.add_policy(f'[approvals]\nrevoked = ["{public_key_of(server.key).fingerprint}"]\n')
    signed(server, remove_login(server), key=server.key)
    assert "is revoked" in server.refused().remote


def test_a_key_that_is_not_valid_any_more(server: kit.Server) -> None:
    entry = f'{{ key = "{public(server.key)}", valid_before = 2020-01-01 }}'
    text = server.policy.read_text().replace(f'"{public(server.key)}"', entry)
    server.policy.write_text(text)
    signed(server, remove_login(server), key=server.key)
    assert "is not valid now" in " ".join(server.refused().remote.split())


@pytest.mark.parametrize("part", ["author", "committer", "co-author", "alias"])
def test_nobody_approves_their_own_change(part: str, server: kit.Server) -> None:
    if part == "alias":
        server.policy.write_text(server.policy.read_text() + 'aliases = ["j.doe@home.example"]\n')
    message = "Drop the login page\n"
    if part == "co-author":
        message += f"\nCo-authored-by: Jane <{kit.JANE}>\n"
    author = {"author": f"Jane <{kit.JANE}>", "alias": "J <j.doe@home.example>"}.get(part)
    server.work.commit(message, {LOGIN: None}, author=author or kit.SOMEBODY)
    if part == "committer":
        server.work.git("commit", "-q", "--amend", "--no-edit", GIT_COMMITTER_EMAIL=kit.JANE)
    signed(server, statement(server.refused()), key=server.key)
    assert "and another person must approve" in " ".join(server.refused().remote.split())


def test_a_person_alone_with_an_agent_may_where_the_policy_says_so(server: kit.Server) -> None:
    server.add_policy('[approvals]\nself_approval = "allow"\n')
    server.work.commit("Drop", {LOGIN: None}, author=f"Jane <{kit.JANE}>")
    signed(server, statement(server.refused()), key=server.key)
    server.accepted()


def test_presence_that_a_plain_key_cannot_show(server: kit.Server) -> None:
    server.add_policy("[approvals]\nrequire_presence = true\n")
    signed(server, remove_login(server), key=server.key)
    assert "touch of a hardware key" in " ".join(server.refused().remote.split())


def test_one_byte_more_is_another_change(server: kit.Server) -> None:
    signed(server, remove_login(server), key=server.key)
    server.work.commit("One more thing", {"src/auth/session.py": "session = None\n"})
    said = " ".join(server.refused().remote.split())
    assert "The approval by jane@example.com does not count (change):" in said
    assert "Changed after the approval: 'src/auth/session.py'" in said


def test_content_changed_below_the_approval(server: kit.Server) -> None:
    asked = remove_login(server)
    server.work.commit("Amended", {"src/new.py": "new\n"})
    signed(server, asked, key=server.key)
    said = " ".join(server.refused().remote.split())
    assert "What the approval stands on, or the branch it goes to, is not what it was" in said


def test_an_approval_is_used_up(server: kit.Server) -> None:
    """The same statement does not let the same files be removed again later."""
    asked = remove_login(server)
    signed(server, asked, key=server.key)
    server.accepted()
    server.work.commit("Bring it back", {LOGIN: "check(1)\n" * 60})
    server.accepted()
    server.work.commit("Drop it again", {LOGIN: None})
    signed(server, asked, key=server.key)
    assert "another one than was approved" in " ".join(server.refused().remote.split())


def test_what_came_and_went_inside_the_push_is_part_of_the_change(server: kit.Server) -> None:
    """Credentials that a later commit takes out can be fetched all the same."""
    asked = remove_login(server)
    server.work.commit("Try", {".env": "TOKEN=1\n"})
    server.work.commit("Clean", {".env": None})
    signed(server, asked, key=server.key)
    refusal = server.refused()
    assert refusal.rules == {"auth-paths", "credential-paths"}
    approval = server.approve(statement=refusal.text)
    assert not approval.status, approval.text
    server.accepted()


def test_a_secret_that_came_and_went_is_approved_with_its_own_content(server: kit.Server) -> None:
    """The same net change with another secret behind it is another change."""
    start = server.work.tip()
    for character in "qw":
        server.work.git("reset", "-q", "--hard", start)
        token = "gh" + f"p_{character}7Rt2Vx9Lm4Kc8Zn3Wp6Yd5Bf7Hj2Sg9Ta4U"
        tried = server.work.commit("Try", {"src/app.py": f"TOKEN = '{token}'\n", "log.txt": "1\n"})
        server.work.commit("Clean", {"src/app.py": "app()\n" * 40, "log.txt": "2\n"})
        refusal = server.refused()
        assert refusal.rules == {"provider-token"}
        assert f"src/app.py in commit {tried[:12]}: GitHub token" in " ".join(
            refusal.remote.split()
        )
        assert token[4:] not in refusal.text
        if character == "q":
            asked = statement(refusal)
        else:
            assert statement(refusal).splitlines()[3] != asked.splitlines()[3]
    signed(server, asked, key=server.key)
    assert server.refused().rules == {"provider-token"}
    server.work.git("reset", "-q", "--hard", "HEAD~1")
    signed(server, statement(server.refused()), key=server.key)
    server.accepted()


def test_fewer_rules_than_were_found(server: kit.Server) -> None:
    server.work.commit("Drop", {LOGIN: None, "firebase.json": "{}\n"})
    asked = statement(server.refused())
    signed(server, asked, key=server.key, rules="auth-paths")
    refusal = server.refused()
    assert refusal.rules == {"routing-paths"}
    assert "✓ auth-paths" in refusal.remote


def test_an_approval_that_brings_content(server: kit.Server) -> None:
    asked = remove_login(server)
    server.work.write(".env", "TOKEN=1\n")
    server.work.git("add", "-A")
    tree = server.work.out("write-tree")
    message = f"Agentguard approval\n\n{asked.rstrip()} {kit.JANE}\n"
    commit = crafted.commit(server.work, message, tree=tree, key=server.key)
    refusal = server.refused(f"{commit}:main")
    assert "credential-paths" in refusal.rules
    assert "the commit changes files" in refusal.remote


def test_signed_words_of_a_person_are_no_approval(server: kit.Server) -> None:
    """An ordinary signed commit cannot be made into one."""
    text = remove_login(server)
    message = f"Merge the login change\n\n{text.rstrip()} {kit.JANE}\n"
    server.work.git("reset", "-q", "--hard", crafted.commit(server.work, message, key=server.key))
    assert server.refused().rules == {"auth-paths"}


# ---------------------------------------------------------------- agentguard approve


def test_approve_says_when_it_is_another_change(server: kit.Server) -> None:
    server.work.commit("Drop the login page", {LOGIN: None})
    refusal = server.refused()
    server.work.commit("And more", {"src/auth/session.py": None})
    answer = server.approve(statement=refusal.text)
    assert answer.status == 2
    assert "is not the change that was refused" in " ".join(answer.text.split())


def test_approve_without_a_terminal_and_yes_does_nothing(server: kit.Server) -> None:
    tip = server.work.commit("Drop the login page", {LOGIN: None})
    answer = kit.run(
        "setsid", kit.PYTHON, "-I", "-m", "agentguard", "approve", "--key", server.key,
        cwd=server.work.path, check=False,
    )  # fmt: skip
    assert answer.status
    assert server.work.tip() == tip
