"""Opening a repository: where it is, what it holds, and which hook git would run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.repo import repository as module
from agentguard.repo.extras import Wanted
from agentguard.repo.git import Git
from agentguard.repo.reader import Known, read_trees
from agentguard.repo.repository import (
    find_git_directory,
    hook_path,
    open_repository,
    resolve,
)
from tests import kit
from tests.repo.crafted import MAIN, Crafted, Files, link, statuses, submodule


def test_default_branch_and_tips(crafted: Crafted) -> None:
    commit = crafted.commit({"a": "1\n"})
    for ref in (MAIN, "refs/heads/release/1", "refs/heads/released", "refs/tags/v1"):
        crafted.ref(ref, commit)
    repository = crafted.repository()
    assert (repository.default_branch, repository.object_format) == (MAIN, "sha1")
    assert repository.tips([]) == {}
    assert repository.tips([MAIN, "refs/heads/release"]) == {
        MAIN: commit,
        "refs/heads/release/1": commit,
    }


def test_detached_head_names_no_branch(crafted: Crafted) -> None:
    (crafted.directory / "HEAD").write_text(crafted.commit({"a": "1\n"}) + "\n")
    assert crafted.repository().default_branch == ""


@pytest.mark.parametrize("worktree", ["", "..", "/"])
def test_file_of_a_commit(tmp_path: Path, worktree: str) -> None:
    """Wherever core.worktree says the files are; git would look below that otherwise."""
    work = kit.init(tmp_path / "work")
    if worktree:
        work.git("config", "core.worktree", worktree)
    crafted = Crafted(work, work.path / ".git")
    files: Files = {
        "d/policy": b"a\r\n\0",
        "link": link("d"),
        "sub": submodule("1"),
        "d/*": "star\n",
    }
    commit = crafted.commit(files)
    repository = crafted.repository()
    assert repository.file(commit, "d/policy") == b"a\r\n\0"
    assert repository.file(commit, "d/*") == b"star\n"
    assert repository.file(commit, "nothing") is None
    for path in ("d", "link", "sub"):
        with pytest.raises(EvaluationError, match="not a regular file"):
            repository.file(commit, path)


def test_text_is_read_wherever_the_work_tree_is_said_to_be(tmp_path: Path) -> None:
    work = kit.init(tmp_path / "work")
    crafted = Crafted(work, work.path / ".git")
    old, new = crafted.history({"a": "1\n"}, {"a": "2\n"})
    work.git("config", "core.worktree", "..")
    assert crafted.read(old, new).patches["a"].added == ("2",)


def test_what_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError):
        open_repository(tmp_path)


@pytest.mark.parametrize(
    ("said", "fine"),
    [
        ("git version 2.38.5", False),
        ("git version 2.39.0", True),
        ("git version 3.0.rc1", True),
        ("git version 2.50.1 (Apple Git-155)", True),
        ("git version 1.9", False),
    ],
)
def test_git_must_be_new_enough(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch, said: str, fine: bool
) -> None:
    answer = Git.output

    def output(self: Git, *arguments: str, stdin: bytes = b"") -> bytes:
        if arguments == ("version",):
            return said.encode()
        return answer(self, *arguments, stdin=stdin)

    monkeypatch.setattr(Git, "output", output)
    if fine:
        assert crafted.repository().default_branch == MAIN
    else:
        with pytest.raises(EvaluationError, match="too old"):
            crafted.repository()


def test_unknown_object_format_is_refused(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_require", lambda _git: None)
    monkeypatch.setattr(Git, "output", lambda *_arguments: b"sha3\n")
    with pytest.raises(EvaluationError, match="sha3"):
        crafted.repository()


@pytest.mark.parametrize(
    "name", ["", "-x", "--output=x", "a\0b", "main\nmain", "nothing", "main:a"]
)
def test_names_that_resolve_to_nothing(crafted: Crafted, name: str) -> None:
    crafted.ref(MAIN, crafted.commit({"a": "1\n"}))
    assert resolve(crafted.repository(), name) is None


def test_names_that_resolve(crafted: Crafted) -> None:
    commit = crafted.commit({"a": "1\n"})
    crafted.ref(MAIN, commit)
    crafted.ref("refs/tags/v1", crafted.tag(commit, "commit"))
    names = ("HEAD", "main", "v1", commit[:12], "main^{commit}")
    assert {resolve(crafted.repository(), name) for name in names} == {commit}


def test_git_directory_is_found_as_git_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = kit.init(tmp_path / "work")
    below = work.write("a/b").parent
    assert find_git_directory(below) == work.path / ".git"
    with pytest.raises(ConfigurationError, match="not in a git repository"):
        find_git_directory(tmp_path)
    monkeypatch.setenv("GIT_DIR", "../.git")
    assert find_git_directory(below) == work.path / ".git"


def test_hook_is_where_all_configuration_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = kit.init(tmp_path / "bare.git", "--bare").path
    assert hook_path(bare, "pre-receive") == bare / "hooks" / "pre-receive"
    config = tmp_path / "home" / ".gitconfig"
    config.parent.mkdir()
    config.write_text("[core]\n\thooksPath = /elsewhere\n")
    monkeypatch.setenv("HOME", str(config.parent))
    monkeypatch.setenv("GIT_DIR", "/nonsense")
    assert hook_path(bare, "pre-receive") == Path("/elsewhere/pre-receive")


def test_linked_work_tree_shares_the_objects(tmp_path: Path) -> None:
    work = kit.init(tmp_path / "work")
    old = work.commit("1", {"a": "1\n"})
    work.git("worktree", "add", "-q", "-b", "side", "../linked")
    linked = kit.Work(tmp_path / "linked")
    one = linked.commit("2", {"b": "1\n"})
    two = work.commit("3", {"c": "1\n"})
    linked.git("merge", "-q", "-m", "Merge", two)
    directory = find_git_directory(linked.path)
    assert directory == work.path / ".git" / "worktrees" / "linked"
    change = Crafted(linked, directory).read(old, linked.tip())
    assert sorted(commit.merge for commit in change.commits) == ["clean", "none", "none"]
    assert one in {commit.id for commit in change.commits}


def test_two_trees_are_read_without_history(crafted: Crafted) -> None:
    from agentguard.change import RefUpdate

    old, new = crafted.tree({"a": "1\n", "d/x": "x\n"}), crafted.tree({"a": "2\n"})
    wanted = Wanted(put_back=1, tracked_files=1)
    nobody = Known("", ())
    change = read_trees(crafted.repository(), RefUpdate(old, new, MAIN), nobody, wanted)
    assert statuses(change) == {"a": "modified", "d/x": "deleted"}
    assert (change.removed_directories, change.tracked_files, change.commits) == (("d",), 2, ())
    first, second = crafted.history({"a": "2\n"}, {"a": "1\n"})
    assert first
    back = read_trees(crafted.repository(), RefUpdate(second, new, MAIN), nobody, wanted)
    assert back.put_back == {"a"}


def _latin_1(name: str | bytes | os.PathLike[str]) -> bytes:
    name = os.fspath(name)
    return name if isinstance(name, bytes) else name.encode("latin-1", "replace")


def test_locale_does_not_change_what_a_path_is(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a Latin-1 locale Python would hand git other bytes than the path is made of."""
    old, new = crafted.history({"caf\u00e9": "1\n"}, {"caf\u00e9": "2\n"})
    monkeypatch.setattr(os, "fsencode", _latin_1)
    git = crafted.repository().git
    assert git.output("diff-tree", "-r", "--name-only", "-z", old, new, "--", "caf\u00e9") == (
        "caf\u00e9".encode() + b"\0"
    )
