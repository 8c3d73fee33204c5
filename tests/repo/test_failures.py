"""What cannot be read is refused with a reason; nothing is ever taken for empty."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard.deadline import deadline
from agentguard.errors import DeadlineError, EvaluationError
from agentguard.repo import git as git_module
from agentguard.repo import objects as objects_module
from agentguard.repo.commits import read_commits
from agentguard.repo.diff import diff_trees
from agentguard.repo.git import Git, failure, stream
from agentguard.repo.merges import merge_trees, scratch
from agentguard.repo.objects import open_objects
from tests import kit
from tests.repo.crafted import Crafted, Files, lines

Break = Callable[[Crafted, str], None]


def remove(crafted: Crafted, name: str) -> None:
    crafted.object(name).unlink()


def corrupt(crafted: Crafted, name: str) -> None:
    crafted.object(name).write_bytes(b"not zlib at all")


def truncate(crafted: Crafted, name: str) -> None:
    content = crafted.object(name).read_bytes()
    crafted.object(name).write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("part", ["commit", "tree", "subtree", "blob", "base tree", "old commit"])
@pytest.mark.parametrize("damage", [remove, corrupt, truncate])
def test_damaged_object_is_refused(crafted: Crafted, part: str, damage: Break) -> None:
    before: Files = {"d/a": lines(500)}
    after: Files = {"d/a": lines(400, "new"), "d/bin": b"\0" + b"x" * 9999}
    old, middle, new = crafted.history(before, after, {**after, "e": "1\n"})
    names = {
        "commit": middle,
        "tree": crafted.tree(after),
        "subtree": crafted.tree({path[2:]: body for path, body in after.items()}),
        "blob": crafted.put("blob", b"\0" + b"x" * 9999),
        "base tree": crafted.tree(before),
        "old commit": old,
    }
    damage(crafted, names[part])
    with pytest.raises(EvaluationError):
        crafted.read(old, new)


def test_unknown_object_is_refused(crafted: Crafted) -> None:
    [old] = crafted.history({"a": "1\n"})
    with pytest.raises(EvaluationError, match="is missing"):
        crafted.read(old, "1" * 40)


def test_shallow_repository_is_refused(tmp_path: Path) -> None:
    work = kit.init(tmp_path / "work")
    tips = [work.commit("Change", {"a": f"{number}\n"}) for number in range(3)]
    kit.run("git", "clone", "-q", "--depth=2", f"file://{work.path}", "shallow", cwd=tmp_path)
    clone = kit.Work(tmp_path / "shallow")
    assert clone.out("rev-list", "--count", "HEAD") == "2"
    with pytest.raises(EvaluationError, match="shallow"):
        Crafted(clone, clone.path / ".git").read(tips[1], tips[2])
    clone.git("worktree", "add", "-q", "../linked", "HEAD")
    linked = Crafted(clone, clone.path / ".git" / "worktrees" / "linked")
    with pytest.raises(EvaluationError, match="shallow"):
        linked.read(tips[1], tips[2])


def test_commit_that_is_no_commit(crafted: Crafted) -> None:
    tree = crafted.tree({"a": "1\n"})
    commit = crafted.commit(tree)
    git = crafted.repository().git
    with open_objects(git) as objects, pytest.raises(EvaluationError, match="is a tree"):
        read_commits(git, _Renamed(objects, tree), [commit])  # type: ignore[arg-type]


class _Renamed:
    """Objects that answer for another id: what a damaged index of a pack does."""

    def __init__(self, objects: objects_module.Objects, instead: str) -> None:
        self.objects, self.instead = objects, instead

    def contents(self, names: list[str]) -> list[tuple[str, str, bytes]]:
        [(_, kind, body)] = self.objects.contents([self.instead])
        return [(name, kind, body) for name in names]


def test_subtree_that_is_no_tree_is_refused(crafted: Crafted) -> None:
    old = crafted.commit({"d/a": "1\n"})
    blob = crafted.put("blob", b"1\n")
    new = crafted.commit(crafted.raw_tree([(b"40000", b"d", blob)]), old)
    with pytest.raises(EvaluationError):
        crafted.read(old, new)


def shim(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program of ours in git's place, which goes on as git unless the script ends it."""
    real = git_module.git_program()
    program = folder / "git"
    program.write_text(f'#!/bin/sh\n{script}\nexec {real} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(git_module, "git_program", lambda: str(program))


COMMANDS = ["cat-file", "rev-list", "log", "diff-tree", "merge-tree", "ls-tree", "merge-base"]


@pytest.fixture
def merge(crafted: Crafted) -> tuple[str, str]:
    """A push that takes every git command to read."""
    base = crafted.commit({"a": "1\n", "gone": "1\n"})
    old, side = (crafted.commit({"a": "1\n", "gone": "1\n", x: x}, base) for x in "xy")
    return old, crafted.commit({"a": "2\n", "x": "x", "y": "y"}, old, side)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("kill -9 $$", "killed by signal 9"),
        ("echo fatal: no >&2; exit 7", "status 7"),
    ],
)
def test_git_that_dies_is_a_refusal(
    crafted: Crafted,
    merge: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    end: str,
    said: str,
) -> None:
    repository = crafted.repository()
    shim(tmp_path, monkeypatch, f'case " $* " in *" {command} "*) {end};; esac')
    monkeypatch.setattr(Crafted, "repository", lambda _self: repository)
    with pytest.raises(EvaluationError, match=said):
        crafted.read(*merge)


def test_child_killed_while_it_answers_is_a_refusal(crafted: Crafted) -> None:
    name = crafted.put("blob", os.urandom(3_000_000))
    with open_objects(crafted.repository().git) as objects:
        objects._ask("contents", [name])
        objects._header(name)
        os.kill(objects.process.pid, signal.SIGKILL)
        with pytest.raises(EvaluationError, match="cat-file was killed by signal 9"):
            objects._read(3_000_000)


def test_child_that_is_dead_before_it_is_asked_is_a_refusal(crafted: Crafted) -> None:
    with open_objects(crafted.repository().git) as objects:
        os.kill(objects.process.pid, signal.SIGKILL)
        objects.process.wait()
        with pytest.raises(EvaluationError, match="cat-file was killed by signal 9"):
            objects.content("1" * 40)


@pytest.mark.parametrize("command", ["cat-file", "log", "diff-tree", "merge-tree"])
def test_answer_that_is_not_complete_is_refused(
    crafted: Crafted,
    merge: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    """These say something about each thing they are asked: silence is no success."""
    repository = crafted.repository()
    shim(tmp_path, monkeypatch, f'case " $* " in *" {command} "*) exit 0;; esac')
    monkeypatch.setattr(Crafted, "repository", lambda _self: repository)
    with pytest.raises(EvaluationError, match=r"did not answer|status 0"):
        crafted.read(*merge)


def test_merge_of_what_is_no_commit_is_refused(crafted: Crafted) -> None:
    blob = crafted.put("blob", b"x")
    commit = crafted.commit({"a": "1\n"})
    with scratch(crafted.repository().git) as git, pytest.raises(EvaluationError):
        merge_trees(git, [(commit, blob)])


def test_nothing_to_merge_starts_nothing(crafted: Crafted) -> None:
    assert merge_trees(crafted.repository().git, []) == {}
    with open_objects(crafted.repository().git) as objects:
        assert diff_trees(crafted.repository().git, objects, []) == {}


def test_object_too_large_to_hold_is_refused(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects_module, "LARGEST", 1000)
    old, new = crafted.history({}, {"a": b"\0" * 1001})
    with pytest.raises(EvaluationError, match="larger than 1,000 bytes"):
        crafted.read(old, new)


@pytest.mark.parametrize(
    "name", ["HEAD", "1" * 39, "1" * 41, f"{'1' * 40}\ninfo HEAD", "1" * 40 + " "]
)
def test_name_that_is_no_id_is_never_sent(crafted: Crafted, name: str) -> None:
    git = crafted.repository().git
    with open_objects(git) as objects, pytest.raises(EvaluationError, match="no object id"):
        objects.info([name])


def test_git_that_cannot_be_started_is_a_refusal(crafted: Crafted) -> None:
    git = crafted.repository().git
    with pytest.raises(EvaluationError, match="could not be started: Argument list too long"):
        git.output("rev-parse", "x" * 3_000_000)
    with pytest.raises(EvaluationError, match="No such file"):
        Git(crafted.directory / "nowhere", git.environment).output("version")


def test_missing_git_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    git_module.git_program.cache_clear()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EvaluationError, match="not found"):
        git_module.git_program()
    git_module.git_program.cache_clear()


def ended(process: int) -> bool:
    """Whether a process that was killed is gone, or about to be."""
    state = Path(f"/proc/{process}/stat")
    for _ in range(100):
        try:
            if state.read_text().split()[2] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.1)
    return False


def test_deadline_kills_git_and_what_it_started(
    crafted: Crafted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = crafted.repository().git
    shim(tmp_path, monkeypatch, f"sleep 600 & echo $! > {tmp_path}/child; wait")
    with pytest.raises(DeadlineError), deadline(2):  # time to start it on a busy machine
        git.output("version")
    assert ended(int((tmp_path / "child").read_text()))


def test_stream_that_stops_early_ends_git(crafted: Crafted) -> None:
    tree = crafted.tree({"a": "1\n"})
    chunks = crafted.repository().git.chunks("ls-tree", tree)
    assert next(chunks)
    chunks.close()  # type: ignore[attr-defined]


def test_pipe_that_was_not_opened() -> None:
    with pytest.raises(EvaluationError, match="not opened"):
        stream(None)


def test_failure_says_the_last_thing_git_said() -> None:
    assert failure("log", 1, b"warning: x\nfatal: y\n") == "git log failed with status 1: fatal: y"
    assert failure("log", 1, b"") == "git log failed with status 1"
