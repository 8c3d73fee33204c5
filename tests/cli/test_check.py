"""`agentguard check` on everything a person may have checked out."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests import kit
from tests.cli.conftest import Cli, said
from tests.cli.repositories import FILES, GONE, PLAIN, destroyed, plain

ACCEPTED = "agentguard: accepted: refs/heads/main"
REFUSED = "agentguard: refused: refs/heads/main needs a human's approval"
NOTHING = "there is nothing to judge: "


def flat(text: str) -> str:
    return " ".join(text.split())


class TestBranch:
    def test_a_small_change_is_accepted(self, cli: Cli, clone: kit.Work) -> None:
        clone.commit("Say more", PLAIN)
        result = cli(clone, "check")
        assert (result.status, result.stderr) == (0, "")
        assert result.stdout == f"{ACCEPTED} (1 file, +1 −1)\n"

    def test_a_mass_deletion_is_refused(self, cli: Cli, clone: kit.Work) -> None:
        destroyed(clone)
        result = cli(clone, "check")
        assert result.status == 1
        assert result.stdout.startswith(REFUSED)
        assert "mass-deletion" in result.stdout
        assert "Agentguard-Repository: acme/portal\n" in result.stdout
        assert result.stdout.endswith("\n")

    @pytest.mark.parametrize("name", ["topic", "refs/heads/topic", "HEAD", "topic~0"])
    def test_the_branch_can_be_named(self, cli: Cli, clone: kit.Work, name: str) -> None:
        destroyed(clone)
        assert cli(clone, "check", name).status == 1
        clone.git("checkout", "-q", "main")
        assert cli(clone, "check", name).status == (0 if name == "HEAD" else 1)

    def test_it_counts_from_where_the_branch_left(self, cli: Cli, clone: kit.Work) -> None:
        clone.commit("Say more", PLAIN)
        clone.git("checkout", "-q", "main")
        destroyed(clone)
        clone.push("main", check=True)
        clone.git("checkout", "-q", "topic")
        assert cli(clone, "check").status == 0

    @pytest.mark.parametrize("branch", ["", "main"])
    def test_nothing_to_judge(self, cli: Cli, clone: kit.Work, branch: str) -> None:
        result = cli(clone, "check", *([branch] if branch else []))
        assert result.status == 0
        expected = f"{NOTHING}{branch or 'HEAD'} has no commit that origin/main lacks"
        assert expected in flat(result.stdout)

    def test_behind_is_nothing_to_judge(self, cli: Cli, clone: kit.Work) -> None:
        clone.git("checkout", "-q", "main")
        clone.commit("Ahead", PLAIN)
        clone.push("main", check=True)
        assert NOTHING in flat(cli(clone, "check", "topic").stdout)

    def test_nothing_to_judge_as_json(self, cli: Cli, clone: kit.Work) -> None:
        found = json.loads(cli(clone, "check", "--format", "json").stdout)
        assert found["verdict"] == "accepted"
        [update] = found["updates"]
        assert update["notes"] == [f"{NOTHING}HEAD has no commit that origin/main lacks"]

    def test_detached_head(self, cli: Cli, clone: kit.Work) -> None:
        destroyed(clone)
        clone.git("checkout", "-q", "--detach")
        assert cli(clone, "check").status == 1

    def test_of_a_branch_and_a_tag_with_one_name_the_branch(
        self, cli: Cli, clone: kit.Work
    ) -> None:
        clone.git("tag", "topic", "main")
        destroyed(clone)
        assert cli(clone, "check", "topic").status == 1

    def test_a_branch_without_common_history_would_replace_the_default_branch(
        self, cli: Cli, clone: kit.Work
    ) -> None:
        clone.git("checkout", "-q", "--orphan", "new")
        clone.git("rm", "-rqf", ".")
        clone.commit("All new", {"index.html": "new\n"})
        result = cli(clone, "check")
        assert result.status == 1
        assert "protected-ref-rewound" in result.stdout
        assert "mass-deletion" in result.stdout

    def test_the_policy_is_that_of_the_default_branch_now(self, cli: Cli, clone: kit.Work) -> None:
        destroyed(clone)
        clone.git("checkout", "-q", "main")
        off = "".join(
            f"[rules.{rule}]\nenabled = false\n"
            for rule in ("mass-deletion", "many-files-deleted", "tree-share-deleted",
                         "directory-removed", "deletions-add-up")
        )  # fmt: skip
        clone.commit("Policy", {".agentguard.toml": f"version = 1\n{off}"})
        clone.push("main", check=True)
        assert cli(clone, "check", "topic").status == 0

    def test_a_policy_in_the_branch_itself_changes_nothing(self, cli: Cli, clone: kit.Work) -> None:
        destroyed(clone)
        off = "version = 1\n[rules.mass-deletion]\nenabled = false\n"
        clone.commit("Loosen", {".agentguard.toml": off})
        found = cli(clone, "check").stdout
        assert "mass-deletion" in found
        assert "gate-files" in found

    def test_a_policy_nobody_can_read_is_a_configuration_error(
        self, cli: Cli, clone: kit.Work
    ) -> None:
        clone.git("checkout", "-q", "main")
        clone.commit("Broken", {".agentguard.toml": "version = 2\n"})
        clone.push("main", check=True)
        result = cli(clone, "check", "topic")
        assert result.status == 2
        assert ".agentguard.toml: version: " in result.stderr


class TestOnto:
    @pytest.mark.parametrize("onto", ["main", "origin/main", "refs/remotes/origin/main", "HEAD~1"])
    def test_a_branch_or_a_commit(self, cli: Cli, clone: kit.Work, onto: str) -> None:
        destroyed(clone)
        result = cli(clone, "check", "--onto", onto)
        assert result.status == 1
        assert REFUSED in result.stdout

    def test_another_branch_of_the_server(self, cli: Cli, clone: kit.Work) -> None:
        clone.push("main:release/1", check=True)
        destroyed(clone)
        result = cli(clone, "check", "--onto", "origin/release/1")
        assert result.status == 1
        assert "refs/heads/release/1" in result.stdout

    def test_unknown(self, cli: Cli, clone: kit.Work) -> None:
        result = cli(clone, "check", "--onto", "nope")
        assert (result.status, result.stdout) == (2, "")
        assert result.stderr == "agentguard: --onto 'nope' names no commit here\n"


class TestRange:
    def test_a_range(self, cli: Cli, clone: kit.Work) -> None:
        destroyed(clone)
        clone.commit("Say more", PLAIN)
        assert cli(clone, "check", "HEAD~1..HEAD").status == 0
        assert cli(clone, "check", "HEAD~2..HEAD").status == 1
        assert cli(clone, "check", "main..").status == 1

    def test_history_that_is_on_the_default_branch_long_since(
        self, cli: Cli, clone: kit.Work
    ) -> None:
        clone.git("checkout", "-q", "main")
        clone.commit("Clean up", GONE, author=kit.AGENT)
        clone.push("main", check=True)
        found = json.loads(cli(clone, "check", "main~1..main", "--format", "json").stdout)
        assert found["verdict"] == "needs-approval"
        assert found["updates"][0]["change"]["actors"] == {"agent": 1}

    def test_both_ends_are_one(self, cli: Cli, clone: kit.Work) -> None:
        result = cli(clone, "check", "main..topic")
        assert result.status == 0
        assert f"{NOTHING}both ends of the range are the same commit" in flat(result.stdout)

    @pytest.mark.parametrize(
        ("named", "said"),
        [
            ("..", "'..' is not a range such as v1..main"),
            ("main...topic", "'main...topic' is not a range such as v1..main"),
            ("main..nope", "'nope' names no commit here"),
            ("nope..main", "'nope' names no commit here"),
            ("nope", "'nope' names no commit here"),
            ("-x", "No such option"),
            ("HEAD^{tree}", "'HEAD^{tree}' names no commit here"),
        ],
    )
    def test_what_is_none(self, cli: Cli, clone: kit.Work, named: str, said: str) -> None:
        result = cli(clone, "check", named)
        assert (result.status, result.stdout) == (2, "")
        assert f"agentguard: {said}" in result.stderr


class TestStaged:
    def test_what_is_staged_and_no_more(self, cli: Cli, clone: kit.Work) -> None:
        clone.write("src/app.py", "print('staged')\n")
        clone.git("add", "-A")
        for path in GONE:
            (clone.path / path).unlink()
        result = cli(clone, "check", "--staged")
        assert result.stdout == f"{ACCEPTED} (1 file, +1 −1)\n"
        clone.git("add", "-A")
        result = cli(clone, "check", "--staged")
        assert result.status == 1
        assert "mass-deletion" in result.stdout
        assert "Agentguard-Approval" not in result.stdout

    def test_nothing(self, cli: Cli, clone: kit.Work) -> None:
        result = cli(clone, "check", "--staged")
        assert result.status == 0
        assert f"{NOTHING}nothing is staged" in flat(result.stdout)

    def test_only_this_commit_counts(self, cli: Cli, clone: kit.Work) -> None:
        destroyed(clone)
        clone.write("src/app.py", "print('staged')\n")
        clone.git("add", "-A")
        assert cli(clone, "check", "--staged").status == 0

    def test_with_a_branch_it_makes_no_sense(self, cli: Cli, clone: kit.Work) -> None:
        result = cli(clone, "check", "--staged", "topic")
        assert result.status == 2
        assert "--staged judges the index" in result.stderr

    def test_conflicts(self, cli: Cli, clone: kit.Work) -> None:
        clone.commit("One", {"src/app.py": "one\n"})
        clone.git("checkout", "-q", "-b", "other", "main")
        clone.commit("Other", {"src/app.py": "other\n"})
        clone.git("merge", "topic", check=False)
        result = cli(clone, "check", "--staged")
        assert result.status == 3
        assert "are all conflicts resolved?" in said(result)

    def test_leaves_no_object_behind(self, cli: Cli, clone: kit.Work) -> None:
        clone.write("new/file", "new\n")
        clone.git("add", "-A")
        before = clone.out("count-objects", "-v")
        cli(clone, "check", "--staged")
        assert clone.out("count-objects", "-v") == before


class TestReports:
    def test_json(self, cli: Cli, clone: kit.Work) -> None:
        destroyed(clone)
        result = cli(clone, "check", "--format", "json")
        found = json.loads(result.stdout)
        assert result.status == 1
        assert found["schema"] == "agentguard/decision/1"
        assert found["verdict"] == "needs-approval"
        assert found["updates"][0]["old"] == clone.tip("main")
        assert found["updates"][0]["new"] == clone.tip("topic")

    @pytest.mark.parametrize("form", ["text", "json"])
    def test_output(self, cli: Cli, clone: kit.Work, tmp_path: Path, form: str) -> None:
        destroyed(clone)
        result = cli(clone, "check", "--format", form, "--output", tmp_path / "report")
        assert (result.status, result.text) == (1, "")
        assert b"mass-deletion" in (tmp_path / "report").read_bytes()

    def test_output_that_cannot_be_written(self, cli: Cli, clone: kit.Work) -> None:
        result = cli(clone, "check", "--output", "nowhere/report")
        assert (result.status, result.stdout) == (2, "")
        assert said(result) == "nowhere/report cannot be written: No such file or directory"

    def test_unknown_format(self, cli: Cli, clone: kit.Work) -> None:
        result = cli(clone, "check", "--format", "xml")
        assert result.status == 2
        assert "'text', 'json'" in said(result)

    @pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
    def test_utf_8_whatever_the_locale_says(self, clone: kit.Work, locale: dict[str, str]) -> None:
        destroyed(clone)
        command = [kit.PYTHON, "-m", "agentguard", "check"]
        result = kit.run(*command, cwd=clone.path, check=False, env=kit.environment(**locale))
        assert result.status == 1
        assert "−" in result.stdout

    @pytest.mark.parametrize("out", ["full", "closed"])
    def test_a_report_nobody_can_read_is_no_success(self, clone: kit.Work, out: str) -> None:
        clone.commit("Say more", PLAIN)
        target = {"full": ">/dev/full", "closed": "| true"}[out]
        script = f'set -o pipefail; "$0" -I -m agentguard check {target}; echo "${{PIPESTATUS[0]}}"'
        result = kit.run("bash", "-c", script, kit.PYTHON, cwd=clone.path, check=False)
        if out == "full":
            assert result.stdout == "3\n"
            assert "could not be written: No space left on device" in said(result)
        assert "Traceback" not in result.stderr
        assert "Exception" not in result.stderr


class TestOddRepositories:
    def test_outside(self, cli: Cli, tmp_path: Path) -> None:
        result = cli(tmp_path, "check")
        assert result.status == 2
        assert "is not in a git repository" in said(result)

    @pytest.mark.parametrize("arguments", [(), ("main",), ("HEAD",), ("main..HEAD",)])
    def test_without_a_commit(self, cli: Cli, repo: kit.Work, arguments: tuple[str, ...]) -> None:
        result = cli(repo, "check", *arguments)
        assert result.status == 2
        assert "names no commit: HEAD has no commit yet" in said(result)

    def test_the_first_commit_of_all(self, cli: Cli, repo: kit.Work) -> None:
        assert NOTHING in flat(cli(repo, "check", "--staged").stdout)
        repo.write("README.md")
        repo.git("add", "-A")
        assert cli(repo, "check", "--staged").stdout == f"{ACCEPTED} (1 file, +1 −0)\n"

    def test_no_remote(self, cli: Cli, tmp_path: Path) -> None:
        work = plain(tmp_path / "acme" / "alone")
        work.git("checkout", "-q", "-b", "topic")
        destroyed(work)
        result = cli(work, "check")
        assert result.status == 1
        assert "Agentguard-Repository: acme/alone\n" in result.stdout

    def test_no_remote_and_a_default_branch_of_its_own_name(self, cli: Cli, tmp_path: Path) -> None:
        work = kit.init(tmp_path / "work", "-b", "trunk")
        work.commit("Start", FILES)
        assert NOTHING in flat(cli(work, "check").stdout)
        work.git("checkout", "-q", "-b", "topic")
        destroyed(work)
        result = cli(work, "check")
        assert result.status == 2
        assert "name it with --onto REF" in said(result)
        assert cli(work, "check", "--onto", "trunk").status == 1
        work.git("config", "init.defaultBranch", "trunk")
        assert cli(work, "check").status == 1

    def test_origin_head_is_missing(self, cli: Cli, clone: kit.Work) -> None:
        clone.git("remote", "set-head", "origin", "--delete")
        destroyed(clone)
        assert cli(clone, "check").status == 1

    def test_origin_head_names_a_branch_that_is_gone(self, cli: Cli, clone: kit.Work) -> None:
        clone.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
        destroyed(clone)
        assert cli(clone, "check").status == 1

    def test_origin_comes_before_other_remotes(self, cli: Cli, clone: kit.Work) -> None:
        destroyed(clone)
        clone.git("remote", "add", "fork", "https://example.com/me/portal.git")
        clone.git("update-ref", "refs/remotes/fork/main", "topic")
        assert cli(clone, "check").status == 1

    def test_a_remote_without_an_address(self, cli: Cli, tmp_path: Path) -> None:
        work = plain(tmp_path / "acme" / "work")
        work.git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
        work.git("checkout", "-q", "-b", "topic")
        destroyed(work)
        assert "Agentguard-Repository: acme/work\n" in cli(work, "check").stdout

    def test_nothing_was_fetched(self, cli: Cli, tmp_path: Path) -> None:
        work = plain(tmp_path / "work")
        work.git("remote", "add", "origin", "https://example.com/acme/portal.git")
        work.git("checkout", "-q", "-b", "topic")
        destroyed(work)
        result = cli(work, "check")
        assert result.status == 1
        assert "Agentguard-Repository: acme/portal\n" in result.stdout

    def test_bare(self, cli: Cli, clone: kit.Work, tmp_path: Path) -> None:
        destroyed(clone)
        clone.push("topic", check=True)
        bare = tmp_path / "acme" / "portal.git"
        assert cli(bare, "check", "topic").status == 1
        result = cli(bare, "check", "--staged")
        assert result.status == 2
        assert "needs a work tree" in result.stderr

    def test_linked_work_tree_and_sub_directory(
        self, cli: Cli, clone: kit.Work, tmp_path: Path
    ) -> None:
        clone.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
        linked = kit.Work(tmp_path / "linked")
        for path in GONE:
            (linked.path / path).unlink()
        linked.git("add", "-A")
        inside = linked.path / "src"
        assert cli(inside, "check", "--staged").status == 1
        assert cli(clone, "check", "--staged").status == 0
        linked.git("commit", "-q", "-m", "Clean up")
        assert cli(inside, "check").status == 1
        assert cli(clone.path / "src", "check").status == 0

    def test_git_directory_elsewhere(self, cli: Cli, tmp_path: Path) -> None:
        work = kit.init(tmp_path / "work", "--separate-git-dir", str(tmp_path / "apart.git"))
        work.write("README.md")
        work.git("add", "-A")
        assert cli(work, "check", "--staged").stdout == f"{ACCEPTED} (1 file, +1 −0)\n"

    def test_sha256(self, cli: Cli, tmp_path: Path) -> None:
        work = plain(tmp_path / "work", "--object-format=sha256")
        work.git("checkout", "-q", "-b", "topic")
        destroyed(work)
        assert cli(work, "check").status == 1
        work.write("README.md", "more\n")
        work.git("add", "-A")
        assert cli(work, "check", "--staged").status == 0


class TestHostileNames:
    BRANCH = "x\udcff\u202ey"
    PATH = "a\x1b]0;b\x07\udcfe\n"

    def test_bytes_that_are_no_utf_8(self, cli: Cli, clone: kit.Work) -> None:
        clone.git("config", "user.signingkey", "\udcff")
        clone.git("checkout", "-q", "-b", self.BRANCH)
        clone.git("pack-refs", "--all")
        blob = clone.out("hash-object", "-w", "--stdin")
        record = f"100644 {blob}\t{self.PATH}\0".encode("utf-8", "surrogateescape")
        clone.git("update-index", "-z", "--index-info", stdin=record)
        clone.git("commit", "-q", "-m", "\x1b[31m", GIT_AUTHOR_NAME="\x1b[2J\udcff")
        for arguments in (["check"], ["check", self.BRANCH], ["check", "--format", "json"]):
            result = cli(clone, *arguments)
            assert result.status == 1, result
            assert "suspicious-path" in result.stdout
            self.show_nothing_raw(result)

    @pytest.mark.parametrize(
        "arguments",
        [
            ("check", "\x1b[2J\udcff"),
            ("check", "--onto", "\x1b[2J"),
            ("check", "--\x1b[2J"),
            ("check", "--format", "\x1b[2J"),
            ("check", "--output", "no\x1b[2J/x"),
            ("approve", "\x1b[2J\udcff"),
            ("rules", "\x1b[2J"),
            ("rules", "test", "\x1b[2J.toml"),
            ("policy", "validate", "\x1b[2J"),
            ("install", "\x1b[2J"),
            ("uninstall", "\x1b[2J"),
            ("\x1b[2J",),
        ],
    )
    def test_on_the_command_line(
        self, cli: Cli, clone: kit.Work, arguments: tuple[str, ...]
    ) -> None:
        result = cli(clone, *arguments)
        assert result.status == 2
        assert "a fault in agentguard itself" not in result.stderr
        self.show_nothing_raw(result)

    @staticmethod
    def show_nothing_raw(result: kit.Result) -> None:
        for character in ("\x1b", "\x07", "\u202e", "\udcff", "\udcfe"):
            assert character not in result.text


def test_a_shallow_clone_cannot_be_judged(cli: Cli, clone: kit.Work, tmp_path: Path) -> None:
    clone.commit("Say more", PLAIN)
    clone.push("topic", check=True)
    url = f"file://{tmp_path / 'acme' / 'portal.git'}"
    clone.git("clone", "-q", "--depth=1", "--no-single-branch", url, str(tmp_path / "shallow"))
    result = cli(tmp_path / "shallow", "check", "origin/topic")
    assert result.status == 3
    assert "shallow" in result.text


def test_git_is_asked_in_a_clean_environment(
    cli: Cli, clone: kit.Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroyed(clone)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "true")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "diff.external")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    assert cli(clone, "check").status == 1
    assert os.environ["GIT_EXTERNAL_DIFF"] == "true"
