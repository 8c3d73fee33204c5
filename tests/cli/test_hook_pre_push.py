"""`agentguard hook pre-push`, called by git and as pre-commit calls it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import kit
from tests.cli.conftest import Cli, said
from tests.cli.repositories import GONE, PLAIN, at_terminal, destroyed, plain

STOPPED = "agentguard: refused: refs/heads/main needs a human's approval"
Judge = Callable[..., kit.Result]


@pytest.fixture
def hooked(clone: kit.Work, cli: Cli) -> kit.Work:
    cli(clone, "install")
    return clone


class TestByGit:
    def test_a_small_change_is_pushed_without_a_word(self, hooked: kit.Work) -> None:
        hooked.commit("Say more", PLAIN)
        result = hooked.push("topic:main", "-q")
        assert (result.status, result.text) == (0, "")

    def test_a_mass_deletion_is_stopped(self, hooked: kit.Work) -> None:
        destroyed(hooked)
        result = hooked.push("topic:main")
        assert result.status == 1
        assert STOPPED in result.text
        assert "Agentguard-Repository: acme/portal\n" in result.text

    def test_an_unprotected_branch_may_hold_anything(self, hooked: kit.Work) -> None:
        destroyed(hooked)
        assert hooked.push("topic").status == 0

    def test_nothing_to_push(self, hooked: kit.Work) -> None:
        result = hooked.push("main")
        assert result.status == 0
        assert "agentguard" not in result.text

    def test_a_new_protected_branch(self, hooked: kit.Work) -> None:
        destroyed(hooked)
        result = hooked.push("topic:release/1")
        assert result.status == 1
        assert "refs/heads/release/1" in result.text

    def test_a_deletion(self, hooked: kit.Work) -> None:
        hooked.push("topic:release/1", check=True)
        result = hooked.push(":release/1")
        assert result.status == 1
        assert "protected-ref-deleted" in result.text
        hooked.push("topic", check=True)
        assert hooked.push(":topic").status == 0

    def test_a_first_push_to_an_empty_server(self, hooked: kit.Work, tmp_path: Path) -> None:
        kit.init(tmp_path / "empty.git", "--bare")
        hooked.git("remote", "add", "empty", str(tmp_path / "empty.git"))
        hooked.commit("Add attributes", {".gitattributes": "* -diff\n"})
        result = hooked.git("push", "empty", "topic:main", check=False)
        assert result.status == 1
        assert "gate-files" in result.text

    def test_an_approval_is_left_to_a_server_that_alone_knows_the_approvers(
        self, hooked: kit.Work, cli: Cli, tmp_path: Path
    ) -> None:
        destroyed(hooked)
        key = kit.make_key(tmp_path / "jane")
        cli(hooked, "approve", "--yes", "--key", key, "--as", "jane@example.com")
        result = hooked.push("topic:main")
        assert result.status == 0
        assert "the server will check it" in result.text

    def test_a_rewind(self, hooked: kit.Work) -> None:
        hooked.commit("Say more", PLAIN)
        hooked.push("topic:main", check=True)
        result = hooked.push("-f", "topic~1:main")
        assert result.status == 1
        assert "protected-ref-rewound" in result.text

    def test_every_ref_of_a_push(self, hooked: kit.Work) -> None:
        hooked.commit("Say more", PLAIN)
        hooked.git("branch", "other")
        destroyed(hooked)
        result = hooked.push("other:main", "topic:release/1")
        assert result.status == 1
        assert "refs/heads/release/1 needs a human's approval" in result.text
        assert "no objection to refs/heads/main" in result.text

    def test_an_annotated_tag_that_is_moved(self, hooked: kit.Work) -> None:
        hooked.git("tag", "-a", "-m", "one", "v1")
        hooked.push("v1", check=True)
        hooked.commit("Say more", PLAIN)
        hooked.git("tag", "-f", "-a", "-m", "two", "v1")
        result = hooked.push("-f", "v1")
        assert result.status == 1
        assert "tag-moved" in result.text

    def test_somebody_else_pushed_meanwhile(
        self, hooked: kit.Work, cli: Cli, tmp_path: Path
    ) -> None:
        """Then git gives an old object that this clone has never seen."""
        hooked.git("clone", "-q", str(tmp_path / "acme" / "portal.git"), str(tmp_path / "second"))
        second = kit.Work(tmp_path / "second")
        second.commit("Meanwhile", {"other": "x\n"})
        second.push("main", check=True)
        hooked.commit("Say more", PLAIN)
        assert hooked.push("-f", "topic:main").status == 0
        destroyed(hooked)
        line = f"refs/heads/topic {hooked.tip()} refs/heads/main {second.tip()}\n"
        result = cli(hooked, "hook", "pre-push", "origin", "url", stdin=line)
        assert result.status == 1

    def test_to_a_remote_of_another_default_branch(self, hooked: kit.Work, tmp_path: Path) -> None:
        fork = kit.init(tmp_path / "fork.git", "--bare")
        hooked.git("remote", "add", "fork", str(fork.path))
        hooked.git("push", "-q", "--no-verify", "fork", "main:trunk")
        hooked.git("symbolic-ref", "refs/remotes/fork/HEAD", "refs/remotes/fork/trunk")
        destroyed(hooked)
        result = hooked.git("push", "fork", "topic:trunk", check=False)
        assert result.status == 1
        assert "refs/heads/trunk needs" in result.text
        assert hooked.git("push", str(fork.path), "topic:other", check=False).status == 0

    def test_the_first_push_of_all(self, cli: Cli, tmp_path: Path) -> None:
        work = plain(tmp_path / "work")
        bare = kit.init(tmp_path / "empty.git", "--bare")
        work.git("remote", "add", "origin", str(bare.path))
        cli(work, "install")
        assert work.push("main").status == 0

    def test_a_person_may_go_on(self, hooked: kit.Work) -> None:
        destroyed(hooked)
        command = ("git", "push", "-q", "origin", "topic:main")
        result, seen = at_terminal(*command, cwd=hooked.path, answer="no")
        assert result.status == 1
        assert STOPPED in seen
        result, _ = at_terminal(*command, cwd=hooked.path, answer="{wanted}")
        assert result.status == 0, result.text

    @pytest.mark.parametrize("line", ["a b c", "a b c d e", "x"])
    def test_lines_that_git_never_wrote(self, cli: Cli, clone: kit.Work, line: str) -> None:
        result = cli(clone, "hook", "pre-push", "origin", stdin=f"{line}\n")
        assert result.status == 3
        assert "git described the push in a way that cannot be read" in said(result)

    def test_outside(self, cli: Cli, tmp_path: Path) -> None:
        assert cli(tmp_path, "hook", "pre-push", "origin", "url").status == 2


class TestByPreCommit:
    """It holds back standard input, and describes the first branch of the push in variables."""

    @pytest.fixture
    def judge(self, cli: Cli, clone: kit.Work, monkeypatch: pytest.MonkeyPatch) -> Judge:
        def run(**variables: str) -> kit.Result:
            for name, value in {"PRE_COMMIT": "1", **variables}.items():
                monkeypatch.setenv(name, value)
            return cli(clone, "hook", "pre-push")

        return run

    @staticmethod
    def to(ref: str) -> dict[str, str]:
        return {
            "PRE_COMMIT_REMOTE_NAME": "origin",
            "PRE_COMMIT_REMOTE_URL": "url",
            "PRE_COMMIT_REMOTE_BRANCH": ref,
            "PRE_COMMIT_LOCAL_BRANCH": "refs/heads/topic",
        }

    def between(self, old: str, new: str) -> dict[str, str]:
        return {"PRE_COMMIT_FROM_REF": old, "PRE_COMMIT_TO_REF": new}

    def test_a_branch_the_remote_has(self, judge: Judge, clone: kit.Work) -> None:
        destroyed(clone)
        commits = self.between(clone.tip("main"), clone.tip())
        result = judge(**self.to("refs/heads/main"), **commits)
        assert result.status == 1
        assert STOPPED in result.stdout

    def test_a_new_branch_with_an_old_commit_that_pre_commit_made_up(
        self, judge: Judge, clone: kit.Work
    ) -> None:
        destroyed(clone)
        clone.commit("Say more", PLAIN)
        commits = self.between(clone.tip("HEAD~1"), clone.tip())
        result = judge(**self.to("refs/heads/release/1"), **commits)
        assert result.status == 1
        assert "mass-deletion" in result.stdout

    def test_a_branch_that_shares_nothing_with_the_remote(
        self, judge: Judge, clone: kit.Work
    ) -> None:
        clone.git("checkout", "-q", "--orphan", "fresh")
        clone.commit("Fresh", {"secrets/.env": "KEY=1\n"})
        clone.git("branch", "-q", "-f", "topic")
        result = judge(**self.to("refs/heads/release/1"))
        assert "refs/heads/release/1" in result.stdout
        assert result.status == 1

    def test_a_tag(self, judge: Judge, clone: kit.Work) -> None:
        clone.git("tag", "v1")
        commits = self.between(clone.tip("main"), clone.tip())
        assert judge(**self.to("refs/tags/v1"), **commits).status == 0

    def test_a_run_by_hand(self, judge: Judge, clone: kit.Work) -> None:
        assert judge().status == 0
        destroyed(clone)
        result = judge()
        assert result.status == 1
        assert STOPPED in result.stdout

    def test_a_run_by_hand_over_a_range(self, judge: Judge, clone: kit.Work) -> None:
        destroyed(clone)
        clone.commit("Say more", PLAIN)
        assert judge(**self.between("HEAD~1", "HEAD")).status == 0
        assert judge(**self.between("origin/main", "topic")).status == 1
        assert judge(**self.between("main", "nope")).status == 2


def test_names_that_are_no_utf_8(hooked: kit.Work) -> None:
    hooked.git("checkout", "-q", "-b", "release/\udcff\u202e")
    hooked.commit("Clean up", GONE)
    result = hooked.push("HEAD")
    assert result.status == 1
    shown = result.text.partition("To ")[0]
    assert "\\xff\\u202e needs a human's approval" in shown
    assert "\u202e" not in shown
