"""`agentguard install` and `uninstall`, in clones and in server repositories."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tomllib
from pathlib import Path

import pytest

from agentguard.errors import ConfigurationError
from agentguard.ledger.opening import FILE
from agentguard.setup import install as setup
from agentguard.setup.files import write_whole
from tests import kit
from tests.cli.conftest import Cli, Stdin, said
from tests.cli.repositories import destroyed, plain

FOREIGN = "#!/bin/sh\nexit 0\n"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return kit.init(tmp_path / "acme" / "portal.git", "--bare").path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return kit.make_key(tmp_path / "keys" / "jane")


def policy(bare: Path) -> Path:
    return bare / "agentguard" / "policy.toml"


class TestClone:
    def test_both_hooks_are_there_and_run(self, cli: Cli, clone: kit.Work) -> None:
        result = cli(clone, "install")
        hooks = [clone.path / ".git" / "hooks" / name for name in ("pre-commit", "pre-push")]
        assert result.stdout == "".join(f"agentguard: installed {hook}\n" for hook in hooks)
        assert (result.status, result.stderr) == (0, "")
        for hook in hooks:
            assert stat.S_IMODE(hook.stat().st_mode) == 0o755
            assert sys.executable in hook.read_text()
            assert "@PYTHON@" not in hook.read_text()
        for path in (clone.path / "pages").iterdir():
            path.unlink()
        committed = clone.git("commit", "-q", "-a", "-m", "Clean up", check=False)
        assert committed.status == 1
        assert "mass-deletion" in committed.text
        clone.git("commit", "-q", "-a", "-m", "Clean up", "--no-verify")
        pushed = clone.push("topic:main")
        assert pushed.status == 1
        assert "mass-deletion" in pushed.text

    def test_again(self, cli: Cli, clone: kit.Work) -> None:
        cli(clone, "install")
        hook = clone.path / ".git" / "hooks" / "pre-commit"
        first = hook.read_bytes()
        hook.write_bytes(first + b"# an older version\n")
        hook.chmod(0o600)
        assert cli(clone, "install").status == 0
        assert hook.read_bytes() == first
        assert os.access(hook, os.X_OK)
        assert sorted(path.name for path in hook.parent.iterdir()) == ["pre-commit", "pre-push"]

    def test_several_paths_of_any_depth(self, cli: Cli, clone: kit.Work, tmp_path: Path) -> None:
        other = plain(tmp_path / "a folder with spaces")
        assert cli(tmp_path, "install", clone.path / "src", other.path).status == 0
        for work in (clone, other):
            assert (work.path / ".git" / "hooks" / "pre-push").is_file()
        destroyed(other)
        other.write("README.md", "more\n")
        assert other.git("commit", "-q", "-a", "-m", "Fine").status == 0

    @pytest.mark.parametrize("link", [False, True])
    def test_a_hook_of_somebody_else(self, cli: Cli, clone: kit.Work, link: bool) -> None:
        hook = clone.path / ".git" / "hooks" / "pre-push"
        hook.parent.mkdir(exist_ok=True)
        if link:
            hook.symlink_to("nowhere")
        else:
            hook.write_text(FOREIGN)
        result = cli(clone, "install")
        assert result.status == 2
        assert "is a hook of somebody else's and stays as it is" in said(result)
        assert "Call `agentguard hook pre-push` from it" in said(result)
        assert hook.is_symlink() if link else hook.read_text() == FOREIGN
        assert not hook.with_name("pre-commit").exists()
        result = cli(clone, "uninstall")
        assert result.status == 0
        assert result.stdout.count("is not ours, or not there: left alone") == 2
        assert hook.is_symlink() == link

    def test_a_link_to_one_of_ours(self, cli: Cli, clone: kit.Work, tmp_path: Path) -> None:
        cli(clone, "install")
        hook = clone.path / ".git" / "hooks" / "pre-commit"
        shutil.move(hook, tmp_path / "shared")
        hook.symlink_to(tmp_path / "shared")
        assert cli(clone, "install").status == 0
        assert not hook.is_symlink()
        assert (tmp_path / "shared").is_file()

    def test_core_hooks_path(self, cli: Cli, clone: kit.Work, tmp_path: Path) -> None:
        clone.git("config", "core.hooksPath", str(tmp_path / "team"))
        result = cli(clone, "install")
        assert result.status == 0
        assert f"installed {tmp_path / 'team' / 'pre-commit'}" in result.stdout
        assert result.stdout.count("core.hooksPath is set") == 2
        clone.git("rm", "-q", "-r", "pages")
        assert clone.git("commit", "-m", "x", check=False).status == 1
        assert cli(clone, "uninstall").status == 0
        assert list((tmp_path / "team").iterdir()) == []

    def test_linked_work_tree(self, cli: Cli, clone: kit.Work, tmp_path: Path) -> None:
        clone.git("worktree", "add", "-q", str(tmp_path / "linked"))
        result = cli(tmp_path / "linked", "install")
        assert result.status == 0
        assert (clone.path / ".git" / "hooks" / "pre-commit").is_file()

    @pytest.mark.parametrize("command", ["install", "uninstall"])
    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (["nowhere"], "nowhere is not a folder"),
            (["."], ". is not in a git repository"),
            ([], "is not in a git repository"),
            (["--server"], "--server needs the path of at least one repository"),
            (["--server", "nowhere"], "nowhere is not a folder"),
        ],
    )
    def test_where_it_cannot_be(
        self, cli: Cli, tmp_path: Path, command: str, arguments: list[str], complaint: str
    ) -> None:
        result = cli(tmp_path, command, *arguments)
        assert result.status == 2
        assert complaint in said(result)

    def test_options_of_a_server(self, cli: Cli, clone: kit.Work) -> None:
        for option in (("--approver", "a=b"), ("--repository", "x")):
            result = cli(clone, "install", *option)
            assert result.status == 2
            assert "--approver and --repository go with --server" in said(result)

    def test_a_python_with_a_quote(
        self, cli: Cli, clone: kit.Work, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "executable", "/o'dd/python")
        result = cli(clone, "install")
        assert result.status == 2
        assert "the path of this Python holds a quote: /o'dd/python" in said(result)

    def test_where_nothing_can_be_written(self, cli: Cli, clone: kit.Work) -> None:
        shutil.rmtree(clone.path / ".git" / "hooks", ignore_errors=True)
        (clone.path / ".git" / "hooks").write_text("in the way")
        result = cli(clone, "install")
        assert result.status == 2
        assert "cannot be written" in said(result)


def test_half_a_file_is_never_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write_whole(tmp_path / "file", "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match="cannot be written: No space left on device"):
        write_whole(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


class TestServer:
    def test_gate_and_policy(self, cli: Cli, bare: Path, key: Path) -> None:
        result = cli(bare.parent, "install", "--server", "--approver", f"jane={key}", bare)
        assert (result.status, result.stderr) == (0, "")
        hook = bare / "hooks" / "pre-receive"
        assert result.stdout == (
            f"agentguard: wrote {policy(bare)}\n"
            "agentguard: set receive.advertisePushOptions: approvals may come with a push\n"
            "agentguard: set transfer.hideRefs: old tips that are kept cannot be fetched\n"
            f"agentguard: decisions go to {bare / FILE}\n"
            f"agentguard: installed {hook}\n"
            f"agentguard: installed {hook.with_name('post-receive')}\n"
        )
        found = tomllib.loads(policy(bare).read_text())
        line = " ".join(key.with_name("jane.pub").read_text().split()[:2])
        approvers = {"jane": {"keys": [line]}}
        assert found == {"version": 1, "repository": "acme/portal", "approvers": approvers}
        assert os.access(hook, os.X_OK)

    def test_again(self, cli: Cli, bare: Path, key: Path) -> None:
        arguments = ("install", "--server", "--approver", f"jane={key}.pub", bare)
        cli(bare, *arguments)
        before = policy(bare).read_bytes()
        result = cli(bare, *arguments)
        assert result.status == 0
        assert f"kept {policy(bare)}" in result.stdout
        assert policy(bare).read_bytes() == before

    def test_an_approver_joins_a_policy_that_is_kept(
        self, cli: Cli, bare: Path, key: Path, tmp_path: Path
    ) -> None:
        policy(bare).parent.mkdir()
        written = "# Ours\nversion = 1\n\n[rules.mass-deletion]\napprovals = 2 # two, please"
        policy(bare).write_text(written)
        sue = kit.make_key(tmp_path / "sue")
        result = cli(
            bare, "install", "--server", bare,
            "--approver", f"jane={key}", "--approver", f'o"dd={sue}',
        )  # fmt: skip
        assert result.status == 0
        assert f'added jane, o"dd to {policy(bare)}' in result.stdout
        assert policy(bare).read_text().startswith(f"{written}\n[approvers")
        assert set(tomllib.loads(policy(bare).read_text())["approvers"]) == {"jane", 'o"dd'}

    def test_nobody_to_approve(self, cli: Cli, bare: Path) -> None:
        result = cli(bare, "install", "--server", bare)
        assert result.status == 0
        assert "WARNING: nobody can approve anything here" in result.stdout

    def test_somebody_is_asked_for_at_a_terminal(
        self, cli: Cli, bare: Path, key: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Stdin, "terminal", True)
        result = cli(bare, "install", "--server", bare, stdin=f"jane={key}\n")
        assert "WARNING" not in result.stdout
        assert "jane" in policy(bare).read_text()
        assert cli(bare, "install", "--server", bare).status == 0  # and not asked again
        other = kit.init(bare.with_name("other.git"), "--bare").path
        assert "WARNING" in cli(bare, "install", "--server", other, stdin="\n").stdout
        result = cli(bare, "install", "--server", other)
        assert (result.status, said(result)) == (1, "nothing was done")

    def test_several(self, cli: Cli, bare: Path, key: Path, tmp_path: Path) -> None:
        other = kit.init(tmp_path / "with space" / "x.git", "--bare").path
        result = cli(tmp_path, "install", "--server", "--approver", f"jane={key}", bare, other)
        assert result.status == 0
        assert 'repository = "with space/x"' in policy(other).read_text()
        assert 'repository = "acme/portal"' in policy(bare).read_text()
        result = cli(tmp_path, "install", "--server", "--repository", "one", bare, other)
        assert result.status == 2
        assert "--repository names one repository" in said(result)

    def test_the_gate_runs_in_a_path_with_spaces(self, cli: Cli, key: Path, tmp_path: Path) -> None:
        bare = kit.init(tmp_path / "a b" / "c d.git", "--bare")
        work = plain(tmp_path / "work")
        work.git("remote", "add", "origin", str(bare.path))
        work.push("main", check=True)
        cli(tmp_path, "install", "--server", "--approver", f"jane={key}", bare.path)
        destroyed(work)
        pushed = work.push("main")
        assert pushed.status == 1
        assert "agentguard: refused: refs/heads/main" in pushed.remote

    @pytest.mark.parametrize(
        ("approver", "complaint"),
        [
            ("jane", "'jane' is not ID=KEYFILE"),
            ("jane=", "'jane=' is not ID=KEYFILE"),
            ("=file", "'=file' is not ID=KEYFILE"),
            ("jane=nowhere", "nowhere cannot be read: No such file or directory"),
            ("jane=alone", "alone: not a public key of OpenSSH: expected one line that begins"),
            ("jane=bad.pub", "bad.pub: the key's base64 is damaged"),
            ("ja\x1bne={key}", "an approver needs a name of printable characters"),
        ],
    )
    def test_a_bad_approver(
        self, cli: Cli, bare: Path, key: Path, approver: str, complaint: str
    ) -> None:
        shutil.copy(key, bare / "alone")
        (bare / "bad.pub").write_text("ssh-ed25519 AAAA=A= jane\n")
        result = cli(bare, "install", "--server", "--approver", approver.format(key=key), bare)
        assert result.status == 2
        assert complaint in said(result)
        assert not policy(bare).exists()
        assert not (bare / "hooks" / "pre-receive").exists()

    def test_the_approver_has_another_key_already(
        self, cli: Cli, bare: Path, key: Path, tmp_path: Path
    ) -> None:
        cli(bare, "install", "--server", "--approver", f"jane={key}", bare)
        other = kit.make_key(tmp_path / "other")
        result = cli(bare, "install", "--server", "--approver", f"jane={other}", bare)
        assert result.status == 2
        assert "lists other keys for jane: add this one there" in said(result)

    def test_the_policy_says_another_name(self, cli: Cli, bare: Path, key: Path) -> None:
        cli(bare, "install", "--server", "--approver", f"jane={key}", bare)
        result = cli(bare, "install", "--server", "--repository", "acme/shop", bare)
        assert result.status == 2
        assert "says repository = 'acme/portal': change it there" in said(result)
        assert cli(bare, "install", "--server", "--repository", "acme/portal", bare).status == 0

    @pytest.mark.parametrize("content", [b"version = 2\n", b"\xff", b"version =\n"])
    def test_a_policy_that_is_wrong(self, cli: Cli, bare: Path, content: bytes) -> None:
        policy(bare).parent.mkdir()
        policy(bare).write_bytes(content)
        result = cli(bare, "install", "--server", bare)
        assert result.status == 2
        assert "policy.toml: " in said(result)
        assert policy(bare).read_bytes() == content
        assert not (bare / "hooks" / "pre-receive").exists()

    def test_a_hook_of_somebody_else(self, cli: Cli, bare: Path, key: Path) -> None:
        hook = bare / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(FOREIGN)
        result = cli(bare, "install", "--server", "--approver", f"jane={key}", bare)
        assert result.status == 2
        assert "stays as it is" in said(result)
        assert hook.read_text() == FOREIGN
        assert not policy(bare).exists()

    def test_a_folder_in_a_repository_is_none(self, cli: Cli, clone: kit.Work) -> None:
        result = cli(clone, "install", "--server", clone.path / "src")
        assert result.status == 2
        assert "is not a repository, though it lies in" in said(result)
        assert cli(clone, "install", "--server", clone.path).status == 0
        assert 'repository = "' in (clone.path / ".git/agentguard/policy.toml").read_text()

    def test_uninstall(self, cli: Cli, bare: Path, key: Path) -> None:
        cli(bare, "install", "--server", "--approver", f"jane={key}", bare)
        result = cli(bare, "uninstall", "--server", bare)
        assert result.stdout == "".join(
            f"agentguard: removed {bare / 'hooks' / name}\n"
            for name in ("pre-receive", "post-receive")
        )
        assert policy(bare).exists()
        assert "left alone" in cli(bare, "uninstall", "--server", bare).stdout

    def test_a_lost_bundle(self, cli: Cli, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(setup, "GATE", ("no-such-hook",))
        result = cli(bare, "install", "--server", bare)
        assert result.status == 3
        assert "bundled file hooks/no-such-hook is not readable" in said(result)
