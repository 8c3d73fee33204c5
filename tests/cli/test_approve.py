"""`agentguard approve`: from the refusal of a real server to an approval that it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agentguard.approvals.statement import parse_pasted
from tests import kit
from tests.cli.approving import AS_JANE, approved
from tests.cli.conftest import Cli, said
from tests.cli.repositories import END, FILES, PLAIN, at_terminal, destroyed


class TestStated:
    def test_as_it_was_pasted(self, cli: Cli, gate: kit.Server, refusal: Path) -> None:
        assert "remote: Agentguard-Change: " in refusal.read_text()
        arguments = ("approve", "--yes", "--key", gate.key, *AS_JANE, "--statement", "-")
        result = cli(gate.work, *arguments, stdin=refusal.read_text())
        assert (result.status, result.stderr) == (0, "")
        assert "You are about to approve, as jane@example.com:" in result.stdout
        assert "repository  acme/portal" in result.stdout
        commit = gate.work.tip()[:12]
        end = f"agentguard: {kit.JANE} approved topic in commit {commit}. Push it now.\n"
        assert result.stdout.endswith(end)
        pushed = gate.work.push("topic:main")
        assert pushed.status == 0, pushed.text
        assert gate.tip() == gate.work.tip()

    def test_from_a_file_for_a_branch_that_is_not_checked_out(
        self, cli: Cli, gate: kit.Server, refusal: Path
    ) -> None:
        gate.work.git("checkout", "-q", "main")
        arguments = ("approve", "topic", "--yes", "--key", gate.key, *AS_JANE)
        assert cli(gate.work, *arguments, "--statement", refusal).status == 0
        assert approved(gate).approver == kit.JANE
        assert gate.work.push("topic:main").status == 0

    def test_another_branch_than_was_refused(
        self, cli: Cli, gate: kit.Server, refusal: Path
    ) -> None:
        change = parse_pasted(refusal.read_text()).change
        tip = gate.work.commit("One more", PLAIN)
        arguments = ("approve", "--yes", "--key", gate.key, *AS_JANE, "--statement", refusal)
        result = cli(gate.work, *arguments)
        assert result.status == 2
        assert "'topic' is not the change that was refused: onto 'refs/heads/main'" in said(result)
        assert f"refused was {change[7:15]}." in said(result)
        assert gate.work.tip() == tip

    def test_the_default_branch_went_on_meanwhile(
        self, cli: Cli, gate: kit.Server, refusal: Path
    ) -> None:
        gate.work.git("checkout", "-q", "-b", "other", "main")
        gate.work.commit("Elsewhere", PLAIN)
        gate.work.push("other:main", check=True)
        arguments = ("approve", "topic", "--yes", "--key", gate.key, *AS_JANE)
        assert cli(gate.work, *arguments, "--statement", refusal).status == 0

    def test_a_rewind(self, cli: Cli, gate: kit.Server) -> None:
        gate.work.git("checkout", "-q", "main")
        first = gate.work.tip()
        second = gate.work.commit("Second", PLAIN)
        gate.work.push("main", check=True)
        gate.work.git("reset", "-q", "--hard", first)
        refused = gate.work.push("-f", "main")
        assert "protected-ref-rewound" in refused.remote
        for base in ((), ("--base", second)):
            gate.work.git("reset", "-q", "--hard", first)
            arguments = ("approve", "--yes", "--key", gate.key, *AS_JANE, "--statement", "-", *base)
            result = cli(gate.work, *arguments, stdin=refused.stderr)
            assert result.status == 0, result.text
        pushed = gate.work.push("-f", "main")
        assert pushed.status == 0, pushed.text

    def test_a_wrong_base(self, cli: Cli, gate: kit.Server, refusal: Path) -> None:
        arguments = ("approve", "--yes", "--key", gate.key, *AS_JANE, "--statement", refusal)
        result = cli(gate.work, *arguments, "--base", "topic")
        assert result.status == 2
        assert "is not the change that was refused" in said(result)

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            (b"", "no statement there"),
            (b"\xff\xfe", "no statement there"),
            (b"Agentguard-Approval: v1\n", "the statement ends before Agentguard-Repository"),
        ],
    )
    def test_no_statement(self, cli: Cli, gate: kit.Server, text: bytes, complaint: str) -> None:
        result = cli(gate.work, "approve", "--statement", "-", stdin=text)
        assert result.status == 2
        assert complaint in said(result)

    def test_no_such_file(self, cli: Cli, gate: kit.Server) -> None:
        result = cli(gate.work, "approve", "--statement", "nowhere")
        assert result.status == 2
        assert said(result) == "nowhere cannot be read: No such file or directory"

    def test_an_old_refusal(self, cli: Cli, gate: kit.Server, refusal: Path) -> None:
        lines = [
            "Agentguard-Expires: 2020-01-01T00:00:00Z" if "Agentguard-Expires" in line else line
            for line in refusal.read_text().splitlines()
        ]
        arguments = ("approve", "--yes", "--key", gate.key, *AS_JANE, "--statement", "-")
        result = cli(gate.work, *arguments, stdin="\n".join(lines))
        assert result.status == 2
        assert "what was asked for ended at 2020-01-01 00:00 UTC: push again" in said(result)
        result = cli(gate.work, *arguments, "--expires", "1h", stdin="\n".join(lines))
        assert result.status == 0
        assert gate.work.push("topic:main").status == 0

    def test_sha256(self, cli: Cli, tmp_path: Path) -> None:
        server = kit.make_server(tmp_path, FILES, "--object-format=sha256")
        destroyed(server.work)
        refused = server.work.push("main")
        arguments = ("approve", "--yes", "--key", server.key, *AS_JANE, "--statement", "-")
        assert cli(server.work, *arguments, stdin=refused.stderr).status == 0
        assert len(server.work.tip()) == 64
        pushed = server.work.push("main")
        assert pushed.status == 0, pushed.text

    def test_with_a_policy_it_makes_no_sense(self, cli: Cli, gate: kit.Server) -> None:
        result = cli(gate.work, "approve", "--statement", "-", "--policy", gate.policy)
        assert result.status == 2
        assert "give one of them" in said(result)


class TestComputed:
    def test_by_the_server_s_policy(self, cli: Cli, gate: kit.Server) -> None:
        arguments = ("approve", "--yes", "--key", gate.key, "--policy", gate.policy)
        result = cli(gate.work, *arguments)
        assert result.status == 0
        assert f"{kit.JANE} approved topic" in result.stdout
        assert approved(gate).repository == "acme/portal"
        assert gate.work.push("topic:main").status == 0

    def test_without_a_policy_what_the_clone_knows_counts(self, cli: Cli, gate: kit.Server) -> None:
        gate.work.git("remote", "set-url", "origin", "git@example.com:acme/portal.git")
        assert cli(gate.work, "approve", "--yes", "--key", gate.key, *AS_JANE).status == 0
        assert approved(gate).repository == "acme/portal"
        gate.work.git("remote", "set-url", "origin", str(gate.bare.path))
        assert gate.work.push("topic:main").status == 0

    @pytest.mark.parametrize(("given", "hours"), [("30m", 0.5), ("7d", 168.0), ("3600500ms", 1.0)])
    def test_expires(self, cli: Cli, gate: kit.Server, given: str, hours: float) -> None:
        before = datetime.now(UTC) - timedelta(seconds=2)
        arguments = ("approve", "--yes", "--key", gate.key, *AS_JANE, "--expires", given)
        assert cli(gate.work, *arguments).status == 0
        span = approved(gate).expires - before
        assert timedelta(hours=hours) <= span <= timedelta(hours=hours, minutes=5)

    @pytest.mark.parametrize("given", ["soon", "0s", "-1h", "99999999999999d"])
    def test_expires_never(self, cli: Cli, gate: kit.Server, given: str) -> None:
        result = cli(gate.work, "approve", f"--expires={given}")
        assert result.status == 2
        assert f"{given!r} is not a length of time such as 30m, 24h or 7d" in said(result)

    def test_nothing_to_approve(self, cli: Cli, gate: kit.Server) -> None:
        gate.work.git("checkout", "-q", "main")
        for branch in ("main", ""):
            result = cli(gate.work, "approve", *([branch] if branch else []), "--key", gate.key)
            assert result.status == 2
            assert said(result).startswith(
                "there is nothing to approve: the change is accepted, as far as "
            )

    def test_what_cannot_be_judged(self, cli: Cli, gate: kit.Server, tmp_path: Path) -> None:
        head = gate.work.tip()
        (gate.work.path / ".git" / "shallow").write_text(f"{head}\n")
        result = cli(gate.work, "approve", "--base", "HEAD", "--key", gate.key)
        assert result.status == 2
        assert "there is nothing to approve: the repository is shallow" in said(result)

    def test_a_policy_that_cannot_be_read(self, cli: Cli, gate: kit.Server) -> None:
        result = cli(gate.work, "approve", "--policy", "nowhere")
        assert result.status == 2
        assert said(result) == "nowhere cannot be read: No such file or directory"


class TestBranches:
    @pytest.mark.parametrize("name", ["HEAD~1", "origin/main", "nope", "v1", "-x"])
    def test_not_a_branch(self, cli: Cli, gate: kit.Server, name: str) -> None:
        gate.work.git("tag", "v1")
        result = cli(gate.work, "approve", "--key", gate.key, "--", name)
        assert result.status == 2
        assert said(result).startswith(f"{name!r} is not a local branch with a commit")
        assert said(result).endswith("use --print or --push-option")

    def test_detached_head(self, cli: Cli, gate: kit.Server) -> None:
        gate.work.git("checkout", "-q", "--detach")
        result = cli(gate.work, "approve", "--key", gate.key)
        assert result.status == 2
        assert said(result).startswith("no branch is checked out: name the one to approve")

    def test_without_a_commit(self, cli: Cli, repo: kit.Work) -> None:
        result = cli(repo, "approve")
        assert result.status == 2
        assert said(result).startswith("'main' is not a local branch with a commit")

    def test_a_tag_of_the_same_name(self, cli: Cli, gate: kit.Server) -> None:
        gate.work.git("tag", "topic", "main")
        assert cli(gate.work, "approve", "--yes", "--key", gate.key, *AS_JANE).status == 0
        assert gate.work.tip("refs/tags/topic") == gate.work.tip("main")
        assert approved(gate).approver == kit.JANE

    def test_it_moved_meanwhile(
        self, cli: Cli, gate: kit.Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tip = gate.work.tip()

        def sign(*_: object) -> bytes:
            gate.work.git("update-ref", "refs/heads/topic", "main")
            return b"signature"

        monkeypatch.setattr("agentguard.client.approve.sign", sign)
        result = cli(gate.work, "approve", "--yes", "--key", gate.key, *AS_JANE)
        assert result.status == 2
        assert said(result) == "'topic' moved meanwhile: look at it again"
        assert gate.work.tip("topic") == gate.work.tip("main") != tip

    def test_a_range_onto_the_branch_it_ends_at(self, cli: Cli, gate: kit.Server) -> None:
        arguments = ("--yes", "--key", gate.key, "--policy", gate.policy)
        gate.work.git("checkout", "-q", "main")
        assert cli(gate.work, "approve", "main..topic", *arguments).status == 0
        assert gate.work.push("topic:main").status == 0

    def test_a_range_with_an_open_end(self, cli: Cli, gate: kit.Server, refusal: Path) -> None:
        arguments = ("--yes", "--key", gate.key, *AS_JANE, "--statement", refusal)
        assert cli(gate.work, "approve", "origin/main..", *arguments).status == 0
        assert approved(gate).approver == kit.JANE

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (("main..origin/topic",), "'origin/topic' names no commit here"),
            (("main..HEAD~0",), "'HEAD~0' is not a local branch with a commit"),
            (("main...topic",), "'main...topic' is not a range such as v1..main"),
            (("main..topic", "--base", "main"), "a range names the old tip itself"),
        ],
    )
    def test_no_range_that_a_commit_can_go_onto(
        self, cli: Cli, gate: kit.Server, arguments: tuple[str, ...], complaint: str
    ) -> None:
        result = cli(gate.work, "approve", "--key", gate.key, *arguments)
        assert result.status == 2
        assert said(result).startswith(complaint)

    def test_two_people_one_after_the_other(
        self, cli: Cli, gate: kit.Server, refusal: Path
    ) -> None:
        sam = kit.make_key(gate.key.with_name("sam"))
        for name, key in ((kit.JANE, gate.key), ("sue@example.com", sam)):
            arguments = ("--yes", "--key", key, "--as", name, "--statement", refusal)
            assert cli(gate.work, "approve", *arguments).status == 0
        bodies = gate.work.out("log", "-2", "--format=%B", "topic")
        assert bodies.count(parse_pasted(refusal.read_text()).change) == 2


class TestTerminal:
    def ask(self, gate: kit.Server, answer: str) -> tuple[kit.Result, str]:
        command = (kit.PYTHON, "-I", "-m", "agentguard", "approve", "--key", gate.key)
        return at_terminal(*command, "--policy", gate.policy, cwd=gate.work.path, answer=answer)

    def test_the_digest_is_typed(self, gate: kit.Server) -> None:
        result, seen = self.ask(gate, "{wanted}")
        assert result.status == 0, result
        assert "mass-deletion" in seen
        assert f"approve, as {kit.JANE}" in seen
        assert approved(gate).change[7:15] in seen
        assert gate.work.push("topic:main").status == 0

    @pytest.mark.parametrize("answer", ["yes", "{wanted}0", END])
    def test_something_else_is_typed(self, gate: kit.Server, answer: str) -> None:
        tip = gate.work.tip()
        result, _ = self.ask(gate, answer)
        assert (result.status, result.stderr) == (1, "agentguard: nothing was done\n")
        assert gate.work.tip() == tip

    @pytest.mark.parametrize(
        ("answer", "status", "complaint"),
        [
            (None, 2, "there is no terminal to ask at: --yes approves without asking"),
            ("no", 1, "nothing was done"),
        ],
    )
    def test_no_answer(
        self,
        cli: Cli,
        gate: kit.Server,
        monkeypatch: pytest.MonkeyPatch,
        answer: str | None,
        status: int,
        complaint: str,
    ) -> None:
        monkeypatch.setattr("agentguard.client.approve.ask", lambda _: answer)
        result = cli(gate.work, "approve", "--key", gate.key, "--policy", gate.policy)
        assert (result.status, result.stdout) == (status, "")
        assert said(result) == complaint

    def test_nobody_is_there(self, gate: kit.Server) -> None:
        tip = gate.work.tip()
        arguments = ("approve", "--key", gate.key, "--policy", gate.policy)
        command = (kit.PYTHON, "-I", "-m", "agentguard", *arguments)
        result = kit.run("setsid", "--wait", *command, cwd=gate.work.path, check=False)
        assert result.status == 2
        assert "there is no terminal to ask at" in said(result)
        assert gate.work.tip() == tip
