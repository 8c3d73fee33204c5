"""Policies in the tree, beside the repository and on the machine: all count, none loosens another."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.policy import places
from agentguard.policy.load import BUILT_IN
from agentguard.policy.places import IN_TREE
from agentguard.policy.stack import Stack, load_stack
from agentguard.repo.repository import open_repository
from tests import kit

NAMED = 'version = 1\nrepository = "{}"\n'


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A policy of the machine, which does not exist yet."""
    path = tmp_path / "etc" / "policy.toml"
    path.parent.mkdir()
    monkeypatch.setattr(places, "MACHINE", path)
    return path


@pytest.fixture
def bare(tmp_path: Path, machine: Path) -> kit.Work:
    return kit.init(tmp_path / "portal.git", "--bare")


def commit(bare: kit.Work, files: dict[str, str | bytes | None], tmp_path: Path) -> str:
    """A commit on the server's main branch."""
    work = kit.Work(tmp_path / "work")
    if not work.path.exists():
        kit.init(work.path)
        work.git("remote", "add", "origin", str(bare.path))
    tip = work.commit("Change", files)
    work.push("main", check=True)
    return tip


def beside(bare: kit.Work, text: str) -> Path:
    path = bare.path / "agentguard" / "policy.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def load(bare: kit.Work, tip: str = "", name: str = "") -> Stack:
    return load_stack(open_repository(bare.path), tip, name=name)


def test_none_is_the_built_in_one(bare: kit.Work) -> None:
    stack = load(bare)
    assert [policy.source for policy in stack.policies] == [BUILT_IN]
    assert stack.repository == str(bare.path)
    assert (stack.platform, stack.deadline) == ("account", 20.0)
    assert load(bare, name="acme/portal").repository == "acme/portal"


def test_all_that_exist_count_and_the_servers_name_wins(
    bare: kit.Work, machine: Path, tmp_path: Path
) -> None:
    tip = commit(
        bare, {".agentguard.toml": NAMED.format("in-tree") + "[limits]\ndeadline='3s'"}, tmp_path
    )
    assert load(bare, tip).repository == "in-tree"
    machine.write_text(NAMED.format("machine"))
    assert load(bare, tip).repository == "machine"
    beside(bare, NAMED.format("server") + "[limits]\ndeadline='30s'")
    stack = load(bare, tip)
    assert stack.repository == "server"
    assert [policy.source for policy in stack.policies] == [
        "agentguard/policy.toml",
        str(machine),
        ".agentguard.toml",
    ]
    assert stack.deadline == 3.0


def test_the_tree_is_read_as_it_was_before_the_push(bare: kit.Work, tmp_path: Path) -> None:
    old = commit(bare, {".agentguard.toml": NAMED.format("old")}, tmp_path)
    commit(bare, {".agentguard.toml": NAMED.format("new")}, tmp_path)
    assert load(bare, old).repository == "old"
    assert [policy.source for policy in load(bare, "").policies] == [BUILT_IN]


@pytest.mark.parametrize("text", ["version = 2", "not toml", "version = 1\n[rules.x]\na=1"])
def test_a_broken_policy_closes_the_gate(bare: kit.Work, tmp_path: Path, text: str) -> None:
    tip = commit(bare, {".agentguard.toml": text}, tmp_path)
    with pytest.raises(ConfigurationError, match=r"\A\.agentguard\.toml: "):
        load(bare, tip)
    beside(bare, text)
    with pytest.raises(ConfigurationError, match=r"\Aagentguard/policy\.toml: "):
        load(bare)


def test_a_policy_that_is_a_link_closes_the_gate(bare: kit.Work, tmp_path: Path) -> None:
    commit(bare, {"a": "1"}, tmp_path)
    (tmp_path / "work" / ".agentguard.toml").symlink_to("a")
    tip = commit(bare, {}, tmp_path)
    with pytest.raises(EvaluationError, match="not a regular file"):
        load(bare, tip)


@pytest.mark.parametrize("place", ["file", "folder"])
def test_a_policy_others_can_write_is_none(bare: kit.Work, place: str) -> None:
    path = beside(bare, "version = 1")
    changed = path if place == "file" else path.parent
    changed.chmod(0o777)
    with pytest.raises(ConfigurationError, match="can be written by everyone: chmod o-w it"):
        load(bare)


def test_a_policy_that_cannot_be_read_closes_the_gate(bare: kit.Work) -> None:
    (bare.path / "agentguard" / "policy.toml").mkdir(parents=True)
    with pytest.raises(EvaluationError, match="cannot be read: Is a directory"):
        load(bare)
    (bare.path / "agentguard" / "policy.toml").rmdir()
    (bare.path / "agentguard").rmdir()
    (bare.path / "agentguard").write_text("")
    with pytest.raises(EvaluationError, match="cannot be read: Not a directory"):
        load(bare)


PLATFORM = 'version = 1\n[server]\nplatform = "{}"\n'


def test_only_the_server_says_which_platform_it_is(
    bare: kit.Work, machine: Path, tmp_path: Path
) -> None:
    tip = commit(bare, {".agentguard.toml": PLATFORM.format("gitea")}, tmp_path)
    assert load(bare, tip).platform == "account"
    machine.write_text(PLATFORM.format("gitolite"))
    beside(bare, "version = 1")
    assert load(bare, tip).platform == "gitolite"
    beside(bare, PLATFORM.format("gitlab"))
    assert load(bare, tip).platform == "gitlab"


def test_each_policy_has_its_own_approvers_and_rules(bare: kit.Work, machine: Path) -> None:
    machine.write_text("version = 1\n[rules.mass-deletion]\nenabled = false")
    beside(bare, "version = 1\n[rules.mass-deletion]\neffect = 'deny'")
    effects = {
        policy.source: next((r.effect, r.enabled) for r in policy.rules if r.id == "mass-deletion")
        for policy in load(bare).policies
    }
    assert effects == {"agentguard/policy.toml": ("deny", True), str(machine): ("approve", False)}


LIVE = "version = 1\n[environments.production]\nrefs = ['refs/heads/live']\n"


def test_the_branch_of_the_policy_stays_protected(bare: kit.Work, tmp_path: Path) -> None:
    tip = commit(bare, {".agentguard.toml": LIVE}, tmp_path)
    stack = load(bare, tip)
    assert stack.environment("refs/heads/live") == "production"
    assert stack.environment("refs/heads/main") == "production"
    assert stack.environment("refs/heads/master") == "development"


def test_a_policy_may_put_its_branch_into_staging(bare: kit.Work, tmp_path: Path) -> None:
    text = LIVE + "[environments.staging]\nrefs = ['refs/heads/main']\n"
    tip = commit(bare, {".agentguard.toml": text}, tmp_path)
    assert load(bare, tip).environment("refs/heads/main") == "staging"


def test_the_server_may_leave_its_branch_free(bare: kit.Work) -> None:
    beside(bare, LIVE)
    assert load(bare).environment("refs/heads/main") == "development"


def test_the_strictest_of_all_policies_counts(bare: kit.Work, machine: Path) -> None:
    machine.write_text("version = 1\n[environments.staging]\nrefs = ['refs/heads/next']")
    beside(bare, LIVE.replace("live", "next"))
    assert load(bare).environment("refs/heads/next") == "production"


def test_only_what_production_holds_everywhere_is_no_longer_new(
    bare: kit.Work, machine: Path, tmp_path: Path
) -> None:
    tip = commit(bare, {"a": "1"}, tmp_path)
    for ref in ("refs/heads/release/1", "refs/heads/topic", "refs/heads/next", "refs/tags/v1"):
        bare.git("update-ref", ref, tip)
    repository = open_repository(bare.path)
    assert load(bare).protected(repository) == dict.fromkeys(
        ("refs/heads/main", "refs/heads/release/1"), tip
    )
    machine.write_text("version = 1\n[environments.staging]\nrefs = ['refs/heads/next']")
    assert set(load(bare).protected(repository)) == {"refs/heads/main", "refs/heads/release/1"}
    beside(bare, "version = 1\n[environments.production]\nrefs = ['refs/heads/main']")
    assert set(load(bare).protected(repository)) == {"refs/heads/main"}


def test_a_policy_that_lists_nobody_takes_the_approvers_of_the_server(
    bare: kit.Work, tmp_path: Path
) -> None:
    """And the keys the server revoked: what `init` writes must not lock everybody out."""
    revoking = f"version = 1\n[approvals]\nrevoked = ['SHA256:{'b' * 43}']"
    tip = commit(bare, {IN_TREE: revoking}, tmp_path)
    key = kit.make_key(tmp_path / "jane").with_name("jane.pub").read_text().strip()
    beside(
        bare,
        f"version = 1\n[approvers.jane]\nkeys = ['{key}']\n"
        f"[approvals]\nrevoked = ['SHA256:{'a' * 43}']",
    )
    server, tree = load(bare, tip).policies
    assert set(tree.approvers) == set(server.approvers) == {"jane"}
    assert tree.approvals.revoked == {"SHA256:" + "a" * 43, "SHA256:" + "b" * 43}


def test_the_server_takes_no_approver_from_the_tree(bare: kit.Work, tmp_path: Path) -> None:
    key = kit.make_key(tmp_path / "eve").with_name("eve.pub").read_text().strip()
    tip = commit(bare, {IN_TREE: f"version = 1\n[approvers.eve]\nkeys = ['{key}']"}, tmp_path)
    beside(bare, "version = 1")
    server, tree = load(bare, tip).policies
    assert (set(server.approvers), set(tree.approvers)) == (set(), {"eve"})


REVOKED = "version = 1\n[approvals]\nrevocation_file = 'agentguard/revoked'\n"
LISTED = "# lost on a train\nSHA256:" + "c" * 43 + "  # jane\n\n"


def test_a_revocation_list_beside_the_repository(bare: kit.Work) -> None:
    beside(bare, REVOKED)
    with pytest.raises(ConfigurationError, match=r"approvals\.revocation_file: .*cannot be read"):
        load(bare)
    (bare.path / "agentguard" / "revoked").write_text(LISTED)
    assert load(bare).policies[0].approvals.revoked == {"SHA256:" + "c" * 43}
    (bare.path / "agentguard" / "revoked").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="neither UTF-8 nor a KRL"):
        load(bare)


def test_a_revocation_list_in_the_tree(bare: kit.Work, tmp_path: Path) -> None:
    tip = commit(bare, {IN_TREE: REVOKED, "agentguard/revoked": LISTED}, tmp_path)
    assert load(bare, tip).policies[0].approvals.revoked == {"SHA256:" + "c" * 43}
    other = commit(bare, {"agentguard/revoked": None}, tmp_path)
    with pytest.raises(ConfigurationError, match="is not a file of"):
        load(bare, other)
