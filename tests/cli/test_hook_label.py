"""`agentguard hook prepare-commit-msg`, called by git on commits as agents and people make them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from agentguard.actors import attribute, load_markers
from agentguard.bundled import data
from tests import kit
from tests.cli.conftest import Cli
from tests.test_actors import NOW, POLICY, commit

CLAUDE = {"CLAUDECODE": "1"}
LABEL = "Assisted-by: Claude Code"
MARK = "Co-Authored-By: Claude <noreply@anthropic.com>"


@pytest.fixture
def labelled(clone: kit.Work) -> kit.Work:
    """A clone with the hook as it ships."""
    script = data("hooks", "prepare-commit-msg").decode().replace("@PYTHON@", kit.PYTHON)
    hook = clone.path / ".git" / "hooks" / "prepare-commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(script)
    hook.chmod(0o755)
    return clone


def git(work: kit.Work, *arguments: str, **extra: str) -> kit.Result:
    return kit.run(
        "git", *arguments, cwd=work.path, check=False, env=kit.environment(**{**CLAUDE, **extra})
    )


def committed(work: kit.Work, *arguments: str, **extra: str) -> str:
    """The message that an empty commit ends up with."""
    result = git(work, "commit", "-q", "--allow-empty", *arguments, **extra)
    assert result.status == 0, result.text
    return work.git("log", "-1", "--format=%B").text.strip()


def test_an_agent_s_commit_is_labelled(labelled: kit.Work) -> None:
    assert committed(labelled, "-m", "Fix") == f"Fix\n\n{LABEL}"
    assert committed(labelled, "-m", "Fix", CLAUDECODE="", CURSOR_AGENT="1").endswith(
        "\n\nAssisted-by: Cursor"
    )


def test_a_person_s_commit_is_not(labelled: kit.Work) -> None:
    assert committed(labelled, "-m", "Fix", CLAUDECODE="") == "Fix"


def test_a_label_joins_the_trailers(labelled: kit.Work) -> None:
    message = "Fix\n\nBody.\n\nSigned-off-by: Jane <jane@example.com>"
    assert committed(labelled, "-m", message) == f"{message}\n{LABEL}"


@pytest.mark.parametrize("message", ["#12: fix", "Fix\n\n---\nA line in the middle.", "fix: it"])
def test_odd_messages(labelled: kit.Work, message: str) -> None:
    assert committed(labelled, "-m", message) == f"{message}\n\n{LABEL}"


@pytest.mark.parametrize("mark", [LABEL, MARK, "assisted-by: Claude Code:opus"])
def test_nothing_is_said_twice(labelled: kit.Work, mark: str) -> None:
    message = f"Fix\n\n{mark}"
    assert committed(labelled, "-m", message) == message


def test_a_quoted_mark_is_no_label(labelled: kit.Work) -> None:
    message = f"Fix\n\n> {MARK}"
    assert committed(labelled, "-m", message) == f"{message}\n\n{LABEL}"


def test_amending_adds_one_label_and_takes_none_away(labelled: kit.Work) -> None:
    committed(labelled, "-m", "Fix", CLAUDECODE="")
    assert committed(labelled, "--amend", "--no-edit") == f"Fix\n\n{LABEL}"
    assert committed(labelled, "--amend", "--no-edit") == f"Fix\n\n{LABEL}"
    assert committed(labelled, "--amend", "--no-edit", CLAUDECODE="") == f"Fix\n\n{LABEL}"


def test_a_message_that_is_written_in_an_editor(labelled: kit.Work) -> None:
    """Left empty it stops the commit, as ever; an amended one is shown with its label."""
    assert git(labelled, "commit", "--allow-empty", GIT_EDITOR="true").status == 1
    committed(labelled, "-m", "Fix", CLAUDECODE="")
    amended = committed(labelled, "--amend", "-v", GIT_EDITOR="true")
    assert amended == f"Fix\n\n{LABEL}"


def test_another_sign_for_comments(labelled: kit.Work) -> None:
    labelled.git("config", "core.commentChar", ";")
    committed(labelled, "-m", "# Fix", CLAUDECODE="")
    assert committed(labelled, "--amend", GIT_EDITOR="true") == f"# Fix\n\n{LABEL}"


def test_a_message_without_a_line_end(labelled: kit.Work) -> None:
    file = labelled.path / "message"
    file.write_bytes(b"Fix")
    said = committed(labelled, "-F", "message", "--cleanup=verbatim")
    assert said == f"Fix\n\n{LABEL}"


class TestWhatGitPutsTogether:
    def two_branches(self, work: kit.Work) -> None:
        work.git("checkout", "-q", "-b", "other", "main")
        work.commit("Other", {"other.txt": "x\n"})
        work.git("checkout", "-q", "topic")
        work.commit("Topic", {"topic.txt": "x\n"})

    def test_merges(self, labelled: kit.Work) -> None:
        self.two_branches(labelled)
        assert git(labelled, "merge", "-q", "--no-edit", "other").status == 0
        assert "Assisted-by" not in labelled.git("log", "-1", "--format=%B").text

    def test_squashes(self, labelled: kit.Work) -> None:
        self.two_branches(labelled)
        assert git(labelled, "merge", "-q", "--squash", "other").status == 0
        assert "Assisted-by" not in committed(labelled, "--no-edit")

    def test_commits_of_others_that_are_moved(self, labelled: kit.Work) -> None:
        self.two_branches(labelled)
        assert git(labelled, "cherry-pick", "other").status == 0
        assert "Assisted-by" not in labelled.git("log", "-1", "--format=%B").text
        labelled.git("reset", "-q", "--hard", "HEAD~1")
        result = git(labelled, "rebase", "-i", "other", GIT_SEQUENCE_EDITOR="true")
        assert result.status == 0, result.text
        assert "Assisted-by" not in labelled.git("log", "--format=%B", "main..").text


def test_a_linked_work_tree(labelled: kit.Work, tmp_path: Path) -> None:
    labelled.git("worktree", "add", "-q", str(tmp_path / "linked"))
    assert committed(kit.Work(tmp_path / "linked"), "-m", "Fix") == f"Fix\n\n{LABEL}"


def test_without_its_python_it_stops_and_says_so(labelled: kit.Work) -> None:
    hook = labelled.path / ".git" / "hooks" / "prepare-commit-msg"
    hook.write_text(data("hooks", "prepare-commit-msg").decode())
    result = git(labelled, "commit", "-q", "--allow-empty", "-m", "Fix")
    assert result.status == 1
    assert "the label cannot be added, its Python is gone" in result.text


def test_the_commit_is_touched_by_its_agent(labelled: kit.Work) -> None:
    markers = load_markers(data("rules", "actors.toml"), "actors.toml")
    found = attribute(commit(committed(labelled, "-m", "Fix")), markers, POLICY, NOW)
    assert (found.agent, found.certainty) == ("claude-code", "touched")


class TestFailures:
    @pytest.fixture(autouse=True)
    def _session(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CLAUDECODE", "1")

    def test_there_is_no_such_file(self, clone: kit.Work, cli: Cli) -> None:
        result = cli(clone, "hook", "prepare-commit-msg", "nowhere")
        assert result.status == 3
        assert "the commit message cannot be read" in result.stderr

    def test_the_file_cannot_be_written(
        self, clone: kit.Work, cli: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (clone.path / "message").write_bytes(b"Fix")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", full)
        result = cli(clone, "hook", "prepare-commit-msg", "message", "message")
        assert result.status == 3
        assert "the commit message cannot be written" in result.stderr

    def test_git_refuses(
        self, clone: kit.Work, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (clone.path / "message").write_bytes(b"Fix\n")
        program = tmp_path / "bin" / "git"
        program.parent.mkdir()
        real = shutil.which("git")
        script = f'case "$1" in interpret-trailers) exit 5;; esac\nexec {real} "$@"\n'
        program.write_text(f"#!/bin/sh\n{script}")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        result = cli(clone, "hook", "prepare-commit-msg", "message", "message")
        assert result.status == 3
        assert "git could not add" in result.stderr
