"""`agentguard hook pre-commit`, called by git on commits as people make them."""

from __future__ import annotations

import os
import pty
from pathlib import Path

import pytest

from agentguard.change import RefUpdate
from agentguard.client import terminal
from agentguard.client.terminal import advise
from agentguard.decision import Decision, UpdateDecision
from agentguard.finding import Finding
from tests import kit
from tests.cli.conftest import Cli
from tests.cli.repositories import GONE, PLAIN, at_terminal

STOPPED = "agentguard: refused: refs/heads/main needs a human's approval"


@pytest.fixture
def hooked(clone: kit.Work, cli: Cli) -> kit.Work:
    cli(clone, "install")
    return clone


def stage(work: kit.Work, *, gone: bool = False) -> None:
    """Stage a small change, or the deletion of all pages."""
    for path in GONE if gone else ():
        (work.path / path).unlink()
    work.write("src/app.py", "print('changed')\n")
    work.git("add", "-A")


class TestWithoutTerminal:
    def test_a_small_change_is_committed_without_a_word(self, hooked: kit.Work) -> None:
        stage(hooked)
        result = hooked.git("commit", "-q", "-m", "Small")
        assert result.text == ""

    def test_a_mass_deletion_is_stopped(self, hooked: kit.Work) -> None:
        before = hooked.tip()
        stage(hooked, gone=True)
        result = hooked.git("commit", "-q", "-m", "Clean up", check=False)
        assert result.status == 1
        assert STOPPED in result.text
        assert "mass-deletion" in result.text
        assert hooked.tip() == before

    def test_a_warning_is_shown_and_goes_on(self, hooked: kit.Work) -> None:
        tests = {f"tests/test_{number}.py": "x\n" for number in range(4)}
        hooked.commit("Tests", tests)
        hooked.git("rm", "-q", "-r", "tests/test_0.py", "tests/test_1.py", "tests/test_2.py")
        result = hooked.git("commit", "-q", "-m", "Fewer", check=False)
        assert "tests-deleted" in result.text

    @pytest.mark.parametrize("gone", [False, True])
    def test_part_of_what_changed(self, hooked: kit.Work, gone: bool) -> None:
        """`git commit FILE` commits another index than the one that is staged."""
        stage(hooked, gone=True)
        paths = list(GONE) if gone else ["src/app.py"]
        result = hooked.git("commit", "-q", "-m", "Part", "--", *paths, check=False)
        assert result.status == (1 if gone else 0), result.text

    def test_all_that_changed(self, hooked: kit.Work) -> None:
        for path in GONE:
            (hooked.path / path).unlink()
        assert hooked.git("commit", "-q", "-a", "-m", "All", check=False).status == 1

    def test_in_a_sub_directory(self, hooked: kit.Work) -> None:
        stage(hooked, gone=True)
        arguments = ("-C", "src", "commit", "-q", "-m", "Clean up")
        assert hooked.git(*arguments, check=False).status == 1
        hooked.git("reset", "-q", "--hard")
        stage(hooked)
        assert hooked.git(*arguments, "app.py", check=False).status == 0

    def test_in_a_linked_work_tree(self, hooked: kit.Work, tmp_path: Path) -> None:
        hooked.git("worktree", "add", "-q", str(tmp_path / "linked"))
        linked = kit.Work(tmp_path / "linked")
        stage(linked, gone=True)
        assert linked.git("commit", "-q", "-m", "All", check=False).status == 1
        assert linked.git("commit", "-q", "-m", "Part", "src/app.py", check=False).status == 0

    def test_the_first_commit(self, repo: kit.Work, cli: Cli) -> None:
        cli(repo, "install")
        stage(repo)
        assert repo.git("commit", "-q", "-m", "First").text == ""

    def test_an_orphan_branch(self, hooked: kit.Work) -> None:
        hooked.git("checkout", "-q", "--orphan", "fresh")
        assert hooked.git("commit", "-q", "-m", "Fresh").text == ""

    def test_after_install_in_a_repository_with_a_broken_policy(self, hooked: kit.Work) -> None:
        hooked.git("checkout", "-q", "main")
        hooked.commit("Broken", {".agentguard.toml": "version = 9\n"})
        hooked.git("push", "-q", "--no-verify", "origin", "main")
        stage(hooked)
        result = hooked.git("commit", "-m", "Small", check=False)
        assert result.status == 1  # whatever a hook ends with, git's own status is 1
        assert ".agentguard.toml: version: " in result.text


class TestMerges:
    def merge(self, work: kit.Work, *options: str) -> kit.Result:
        """Merge a branch that deleted all pages, and was approved elsewhere, into this one."""
        work.git("checkout", "-q", "-b", "other", "main")
        work.commit("Clean up", {**GONE, "README.md": "Other\n"})
        work.git("checkout", "-q", "topic")
        work.commit("Say more", PLAIN)
        return work.git("merge", "-q", "--no-commit", *options, "other", check=False)

    def test_what_the_other_side_did_is_not_this_commit_s_doing(self, hooked: kit.Work) -> None:
        self.merge(hooked)
        assert hooked.git("commit", "-q", "-m", "Merge").text == ""

    def test_what_is_slipped_in_is(self, hooked: kit.Work) -> None:
        hooked.commit("More pages", {f"more/{n}.html": "x\n" * 50 for n in range(40)})
        self.merge(hooked)
        hooked.git("rm", "-q", "-r", "more")
        result = hooked.git("commit", "-q", "-m", "Merge", check=False)
        assert result.status == 1
        assert "mass-deletion" in result.text

    def test_dropping_the_other_side_s_work_is(self, hooked: kit.Work) -> None:
        hooked.git("checkout", "-q", "-b", "other", "main")
        hooked.commit("More", {f"more/{n}.html": "x\n" * 50 for n in range(40)})
        hooked.git("checkout", "-q", "topic")
        hooked.commit("Say more", PLAIN)
        hooked.git("merge", "-q", "--no-commit", "-s", "ours", "other")
        result = hooked.git("commit", "-q", "-m", "Merge", check=False)
        assert result.status == 1
        assert "mass-deletion" in result.text

    def test_more_than_two_parents_count_as_all_they_bring(
        self, hooked: kit.Work, cli: Cli
    ) -> None:
        for name in ("one", "two"):
            hooked.git("checkout", "-q", "-b", name, "main")
            hooked.commit(name, {name: "x\n"})
        hooked.git("checkout", "-q", "topic")
        hooked.git("merge", "-q", "--no-commit", "one", "two")
        assert "(2 files, +2 −0)" in cli(hooked, "check", "--staged").stdout


class TestAtATerminal:
    def commit(self, work: kit.Work, answer: str) -> tuple[kit.Result, str]:
        stage(work, gone=True)
        command = ("git", "commit", "-q", "-m", "Clean up")
        return at_terminal(*command, cwd=work.path, answer=answer)

    def test_the_digest_goes_on(self, hooked: kit.Work) -> None:
        result, seen = self.commit(hooked, "{wanted}")
        assert result.status == 0
        assert STOPPED in seen
        assert "mass-deletion" in seen
        assert "(the server judges again): " in seen
        assert hooked.out("log", "-1", "--format=%s") == "Clean up"

    @pytest.mark.parametrize("answer", ["", "y", "{wanted}x"])
    def test_anything_else_stops(self, hooked: kit.Work, answer: str) -> None:
        before = hooked.tip()
        result, seen = self.commit(hooked, answer)
        assert result.status == 1
        assert STOPPED in seen
        assert hooked.tip() == before

    def test_nothing_is_asked_about_a_small_change(self, hooked: kit.Work) -> None:
        stage(hooked)
        result, seen = at_terminal(
            "git", "commit", "-q", "-m", "Small", cwd=hooked.path, answer="{wanted}"
        )
        assert (result.status, result.text, seen) == (0, "", "")

    def test_a_background_job_does_not_wait_for_an_answer(self, hooked: kit.Work) -> None:
        stage(hooked, gone=True)
        script = "set -m; git commit -q -m 'Clean up' & wait $!"
        result, seen = at_terminal("bash", "-c", script, cwd=hooked.path, answer="{wanted}")
        assert result.status == 1
        assert seen == ""
        assert STOPPED in result.text


def test_where_nobody_can_be_asked(
    hooked: kit.Work, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stage(hooked, gone=True)
    for place in (tmp_path / "nowhere", Path(os.devnull)):
        monkeypatch.setattr(terminal, "TERMINAL", place)
        result = cli(hooked, "hook", "pre-commit")
        assert result.status == 1
        assert STOPPED in result.stdout


@pytest.mark.parametrize(("foreground", "answer"), [(True, "yes"), (False, None)])
def test_an_answer(monkeypatch: pytest.MonkeyPatch, foreground: bool, answer: str | None) -> None:
    master, slave = pty.openpty()
    monkeypatch.setattr(terminal, "TERMINAL", Path(os.ttyname(slave)))
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp() if foreground else 0)
    os.write(master, b" yes \n")
    assert terminal.ask("sure? ") == answer
    os.close(master)
    os.close(slave)


UPDATE = RefUpdate("1" * 40, "2" * 40, "refs/heads/main")


def decided(verdict: str, *findings: Finding, digest: str = "") -> UpdateDecision:
    from agentguard.decision import Totals

    totals = Totals(digest=digest)
    return UpdateDecision(UPDATE, "production", verdict, totals, findings)  # type: ignore[arg-type]


def test_what_is_to_be_typed_names_each_ref_that_is_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "11111111 22222222"

    monkeypatch.setattr(terminal, "ask", answer)
    updates = (
        decided("needs-approval", digest="sha256:" + "1" * 64),
        decided("accepted", digest="sha256:" + "3" * 64),
        decided("denied"),
    )
    assert advise(Decision(updates)) == 0
    assert "type 11111111 22222222\n" in asked[0]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("verdict", "status"), [("accepted", 0), ("error", 3)])
def test_nothing_is_asked_about_the_rest(
    monkeypatch: pytest.MonkeyPatch, verdict: str, status: int
) -> None:
    monkeypatch.setattr(terminal, "ask", lambda _: pytest.fail("asked"))
    assert advise(Decision((decided(verdict),))) == status
