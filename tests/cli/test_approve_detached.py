"""`agentguard approve --print` and `--push-option`: an approval without a commit of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.approvals.carriers import signature
from agentguard.approvals.statement import KEYS, SIGNATURE_KEY
from tests import kit
from tests.cli.approving import AS_JANE
from tests.cli.conftest import Cli, said
from tests.cli.repositories import END, PLAIN, at_terminal, destroyed

LINES = [*KEYS, SIGNATURE_KEY]


def keys_of(text: str) -> list[str]:
    """The keys of lines that are nothing but trailers."""
    assert text.endswith("\n")
    return [line.partition(": ")[0] for line in text.splitlines()]


class Detached:
    """Jane approves what a refusal asks for, in words that leave her terminal."""

    def __init__(self, cli: Cli, gate: kit.Server) -> None:
        self.cli, self.gate = cli, gate

    def __call__(self, *arguments: str | Path, stdin: str = "") -> kit.Result:
        stated = ("--statement", "-") if stdin else ()
        given = ("approve", "--yes", "--key", self.gate.key, *AS_JANE, *stated, *arguments)
        return self.cli(self.gate.work, *given, stdin=stdin)


@pytest.fixture
def detached(cli: Cli, gate: kit.Server) -> Detached:
    return Detached(cli, gate)


class TestPrint:
    def test_nothing_but_the_lines_is_on_standard_output(
        self, detached: Detached, gate: kit.Server, refusal: Path
    ) -> None:
        tip = gate.work.tip()
        result = detached("--print", stdin=refusal.read_text())
        assert result.status == 0
        assert keys_of(result.stdout) == LINES
        assert "You are about to approve, as jane@example.com:" in result.stderr
        assert "jane@example.com approved topic: end the message" in said(result)
        assert gate.work.tip() == tip

    def test_amended_into_the_tip(
        self, detached: Detached, gate: kit.Server, refusal: Path
    ) -> None:
        lines = detached("--print", stdin=refusal.read_text()).stdout
        message = gate.work.out("log", "-1", "--format=%B")
        gate.work.git("commit", "--amend", "-q", "-F", "-", stdin=f"{message}\n\n{lines}")
        assert gate.work.push("topic:main").status == 0
        assert gate.tip() == gate.work.tip()

    def test_in_a_pipe_of_the_shell(self, gate: kit.Server, refusal: Path) -> None:
        approve = f"{kit.PYTHON} -I -m agentguard approve --print --yes --key {gate.key}"
        approve += f" --as {kit.JANE} --statement {refusal}"
        script = f"{{ git log -1 --format=%B; {approve}; }} | git commit --amend -q -F -"
        kit.run("sh", "-c", script, cwd=gate.work.path)
        assert gate.work.push("topic:main").status == 0

    @pytest.mark.parametrize(
        ("name", "form"),
        [
            ("HEAD", "--print"),
            ("HEAD~0", "--push-option"),
            ("origin/other", "--print"),
            ("v1", "--push-option"),
            ("{tip}", "--print"),
        ],
    )
    def test_any_revision(
        self, detached: Detached, gate: kit.Server, refusal: Path, name: str, form: str
    ) -> None:
        gate.work.git("tag", "-m", "One", "v1")
        gate.work.git("update-ref", "refs/remotes/origin/other", "HEAD")
        tip = gate.work.tip()
        gate.work.git("checkout", "-q", "--detach", *(["main"] if "HEAD" not in name else []))
        result = detached(name.format(tip=tip), form, stdin=refusal.read_text())
        assert result.status == 0, result.text

    @pytest.mark.parametrize("name", ["main..{tip}", "{main}..topic~0", "main.."])
    def test_any_range(self, detached: Detached, gate: kit.Server, name: str) -> None:
        named = name.format(tip=gate.work.tip(), main=gate.work.tip("main"))
        result = detached(named, "--push-option", "--policy", gate.policy)
        assert result.status == 0, result.text
        option = result.stdout.strip()
        assert gate.work.push("-o", option, "topic:main").status == 0


class TestPushOption:
    def test_one_word_that_the_server_takes(
        self, detached: Detached, gate: kit.Server, refusal: Path
    ) -> None:
        tip = gate.work.tip()
        result = detached("--push-option", stdin=refusal.read_text())
        assert result.status == 0
        option = result.stdout.removesuffix("\n")
        assert option.startswith(signature.OPTION)
        assert option.split() == [option]
        assert "You are about to approve" in result.stderr
        assert gate.work.push("-o", option, "topic:main").status == 0
        assert gate.tip() == tip

    def test_not_both(self, cli: Cli, gate: kit.Server) -> None:
        result = cli(gate.work, "approve", "--print", "--push-option")
        assert result.status == 2
        assert said(result).startswith("--print and --push-option exclude each other")

    def test_a_key_that_cannot_sign_prints_nothing(
        self, detached: Detached, gate: kit.Server, refusal: Path
    ) -> None:
        gate.key.unlink()
        result = detached("--push-option", stdin=refusal.read_text())
        assert (result.status, result.stdout) == (2, "")


class TestDeletion:
    @pytest.fixture(autouse=True)
    def _release(self, gate: kit.Server) -> None:
        """A branch of the server with one commit of its own."""
        gate.work.git("checkout", "-q", "-b", "release/1", "main")
        gate.work.commit("Release one", PLAIN)
        gate.work.push("release/1", check=True)
        gate.work.git("checkout", "-q", "main")

    def test_a_branch(self, detached: Detached, gate: kit.Server) -> None:
        refused = gate.work.push(":release/1")
        assert refused.status == 1
        result = detached("--push-option", stdin=refused.stderr)
        assert result.status == 0, result.text
        assert "deletes this ref, which stands at" in result.stderr
        assert "On it and not on the default branch: 1 commit, 1 file" in result.stderr
        assert f"{gate.work.tip('release/1')[:12]} Release one" in result.stderr
        pushed = gate.work.push("-o", result.stdout.strip(), ":release/1")
        assert pushed.status == 0, pushed.text
        assert gate.tip("refs/heads/release/1") == ""

    @pytest.mark.parametrize("options", [(), ("-m", "One")], ids=["lightweight", "annotated"])
    def test_a_tag(self, detached: Detached, gate: kit.Server, options: tuple[str, ...]) -> None:
        gate.work.git("tag", *options, "v1")
        gate.work.push("v1", check=True)
        refused = gate.work.push(":refs/tags/v1")
        assert refused.status == 1
        result = detached("--push-option", stdin=refused.stderr)
        assert result.status == 0, result.text
        assert "Everything on it is on the default branch as well." in result.stderr
        pushed = gate.work.push("-o", result.stdout.strip(), ":refs/tags/v1")
        assert pushed.status == 0, pushed.text

    def test_a_ref_that_the_server_alone_protects(
        self, detached: Detached, gate: kit.Server
    ) -> None:
        gate.add_policy('[environments.staging]\nrefs = ["refs/heads/dev"]\n')
        gate.work.push("main:dev", check=True)
        refused = gate.work.push(":dev")
        assert refused.status == 1
        result = detached("--push-option", stdin=refused.stderr)
        assert result.status == 0, result.text
        assert gate.work.push("-o", result.stdout.strip(), ":dev").status == 0

    def test_the_old_tip_can_be_given(self, detached: Detached, gate: kit.Server) -> None:
        refused = gate.work.push(":release/1")
        tip = gate.work.tip("release/1")
        gate.work.git("branch", "-q", "-D", "release/1")
        gate.work.git("update-ref", "-d", "refs/remotes/origin/release/1")
        assert detached("--push-option", stdin=refused.stderr).status == 2
        result = detached("--push-option", "--base", tip, stdin=refused.stderr)
        assert result.status == 0
        assert gate.work.push("-o", result.stdout.strip(), ":release/1").status == 0

    @pytest.mark.parametrize("form", [(), ("--print",)])
    def test_nothing_but_a_push_option_can_approve_it(
        self, detached: Detached, gate: kit.Server, form: tuple[str, ...]
    ) -> None:
        refused = gate.work.push(":release/1")
        result = detached(*form, stdin=refused.stderr)
        assert (result.status, result.stdout) == (2, "")
        complaint = "this deletes refs/heads/release/1, and a deletion brings no commit"
        assert said(result) == f"{complaint}: use --push-option"

    def test_another_tip_than_the_server_s(self, detached: Detached, gate: kit.Server) -> None:
        refused = gate.work.push(":release/1")
        gate.work.git("update-ref", "refs/remotes/origin/release/1", "topic")
        result = detached("--push-option", stdin=refused.stderr)
        assert result.status == 2
        assert "is not the change that was refused" in said(result)


def test_a_tag_that_moved(detached: Detached, gate: kit.Server) -> None:
    gate.work.git("checkout", "-q", "main")
    gate.work.git("tag", "-m", "One", "v1")
    old = gate.work.tip()
    gate.work.push("v1", check=True)
    gate.work.commit("More", PLAIN)
    gate.work.git("tag", "-f", "-m", "Two", "v1")
    refused = gate.work.push("-f", "v1")
    assert "tag-moved" in refused.rules
    result = detached("v1", "--push-option", "--base", old, stdin=refused.stderr)
    assert result.status == 0, result.text
    pushed = gate.work.push("-f", "-o", result.stdout.strip(), "v1")
    assert pushed.status == 0, pushed.text


class TestTerminal:
    def ask(self, gate: kit.Server, answer: str) -> tuple[kit.Result, str]:
        command = (kit.PYTHON, "-I", "-m", "agentguard", "approve", "--print", "--key", gate.key)
        return at_terminal(*command, "--policy", gate.policy, cwd=gate.work.path, answer=answer)

    def test_the_review_is_at_the_terminal_and_the_lines_alone_come_out(
        self, gate: kit.Server
    ) -> None:
        result, seen = self.ask(gate, "{wanted}")
        assert result.status == 0, result
        assert keys_of(result.stdout) == LINES
        assert "approve, as jane@example.com" in seen
        assert "Agentguard-Signature" not in seen
        assert "mass-deletion" not in result.stderr

    @pytest.mark.parametrize("answer", ["no", END])
    def test_without_the_digest_nothing_comes_out(self, gate: kit.Server, answer: str) -> None:
        result, _ = self.ask(gate, answer)
        assert (result.status, result.stdout) == (1, "")


def test_a_change_beside_the_refused_one(
    detached: Detached, gate: kit.Server, refusal: Path
) -> None:
    gate.work.git("checkout", "-q", "-b", "other", "main")
    gate.work.commit("Else", PLAIN)
    destroyed(gate.work)
    result = detached("--push-option", stdin=refusal.read_text())
    assert (result.status, result.stdout) == (2, "")
    assert said(result).startswith("'other' is not the change that was refused")
