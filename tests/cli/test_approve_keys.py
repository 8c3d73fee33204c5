"""`agentguard approve`: with which key, and as whom."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import kit
from tests.cli.approving import approved
from tests.cli.conftest import Cli, said


class TestKeys:
    def sign(self, cli: Cli, gate: kit.Server, *arguments: str | Path) -> kit.Result:
        return cli(gate.work, "approve", "--yes", "--policy", gate.policy, *arguments)

    @pytest.fixture(autouse=True)
    def _no_agent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)

    def test_of_git_s_configuration(self, cli: Cli, gate: kit.Server) -> None:
        gate.work.git("config", "gpg.format", "ssh")
        gate.work.git("config", "user.signingkey", str(gate.key))
        assert self.sign(cli, gate).status == 0
        assert approved(gate).approver == kit.JANE

    def test_damaged_in_git_s_configuration(self, cli: Cli, gate: kit.Server) -> None:
        gate.work.git("config", "gpg.format", "ssh")
        gate.work.git("config", "user.signingkey", "key::ssh-ed25519 AAAA")
        result = self.sign(cli, gate)
        assert result.status == 2
        assert said(result).startswith("not a whole ssh-ed25519 key")

    def test_openpgp_in_git_s_configuration(self, cli: Cli, gate: kit.Server) -> None:
        gate.work.git("config", "user.signingkey", "0xDEADBEEF")
        result = self.sign(cli, gate)
        assert result.status == 2
        assert "this command signs with SSH alone: give an SSH key with --key FILE" in said(result)
        assert "approve with git (docs/approvals.md)" in said(result)

    def test_none_at_all(self, cli: Cli, gate: kit.Server) -> None:
        result = self.sign(cli, gate)
        assert result.status == 2
        assert said(result) == "no key to sign with was found: give one with --key FILE"

    def test_the_usual_one(self, cli: Cli, gate: kit.Server, tmp_path: Path) -> None:
        folder = tmp_path / "home" / ".ssh"
        folder.mkdir(parents=True)
        shutil.copy(gate.key, folder / "id_ed25519")
        shutil.copy(f"{gate.key}.pub", folder / "id_ed25519.pub")
        assert self.sign(cli, gate).status == 0
        gate.work.git("reset", "-q", "--hard", "HEAD~1")
        assert self.sign(cli, gate, "--key", "~/.ssh/id_ed25519").status == 0

    def test_nobody_knows_whose(self, cli: Cli, gate: kit.Server, tmp_path: Path) -> None:
        key = kit.make_key(tmp_path / "another")
        result = self.sign(cli, gate, "--key", key)
        assert result.status == 2
        assert said(result) == "who approves? Give your id in the policy with --as ID"
        gate.work.git("config", "user.email", "sue@example.com")
        assert self.sign(cli, gate, "--key", key).status == 0
        assert approved(gate).approver == "sue@example.com"

    def test_missing(self, cli: Cli, gate: kit.Server) -> None:
        tip = gate.work.tip()
        result = self.sign(cli, gate, "--key", "nowhere")
        assert result.status == 2
        assert "nowhere cannot be read" in said(result)
        assert gate.work.tip() == tip

    def test_no_identity(self, cli: Cli, gate: kit.Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GIT_COMMITTER_NAME", "")
        result = self.sign(cli, gate, "--key", gate.key)
        assert result.status == 2
        assert said(result) == "git does not know who you are: set user.name and user.email"

    @pytest.fixture
    def agent(self, tmp_path: Path) -> Iterator[str]:
        if not (shutil.which("ssh-agent") and shutil.which("ssh-keygen")):
            pytest.skip("needs OpenSSH")
        socket = tmp_path / "agent"
        process = subprocess.Popen(
            ["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL
        )
        while not socket.exists():
            assert process.poll() is None
        yield str(socket)
        process.terminate()
        process.wait()

    def test_a_public_key_whose_private_half_an_agent_holds(
        self, cli: Cli, gate: kit.Server, agent: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSH_AUTH_SOCK", agent)
        environment = kit.environment(SSH_AUTH_SOCK=agent)
        kit.run("ssh-add", "-q", gate.key, cwd=gate.work.path, env=environment)
        gate.key.unlink()
        assert self.sign(cli, gate, "--key", f"{gate.key}.pub").status == 0
        assert gate.work.push("topic:main").status == 0

    @pytest.mark.parametrize("prefix", ["key::", ""])
    def test_in_git_s_configuration_word_for_word(
        self,
        cli: Cli,
        gate: kit.Server,
        agent: str,
        monkeypatch: pytest.MonkeyPatch,
        prefix: str,
    ) -> None:
        monkeypatch.setenv("SSH_AUTH_SOCK", agent)
        environment = kit.environment(SSH_AUTH_SOCK=agent)
        kit.run("ssh-add", "-q", gate.key, cwd=gate.work.path, env=environment)
        line = Path(f"{gate.key}.pub").read_text().strip()
        gate.key.unlink()
        gate.work.git("config", "gpg.format", "ssh")
        gate.work.git("config", "user.signingkey", prefix + line)
        assert self.sign(cli, gate).status == 0
        assert gate.work.push("topic:main").status == 0
