"""Reading a push while it is in quarantine: the objects are not in the repository yet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentguard.errors import EvaluationError
from agentguard.repo.environment import clean_environment, scratch_environment
from tests import kit
from tests.repo.crafted import lines

PROBE = Path(__file__).with_name("probe.py")
MAIN = "refs/heads/main"


@dataclass(frozen=True)
class Probed:
    """A server whose hook writes down what it reads, and a clone."""

    bare: kit.Work
    work: kit.Work
    report: Path

    def push(self, *arguments: str) -> Any:
        """What the hook saw of a push."""
        self.report.unlink(missing_ok=True)
        pushed = self.work.push(*arguments)
        assert pushed.status, pushed.text
        assert self.report.exists(), pushed.text
        return json.loads(self.report.read_text())


def probed(folder: Path, *options: str, name: str = "server.git") -> Probed:
    bare = kit.init(folder / name, "--bare", *options)
    work = kit.init(folder / "work", *options)
    work.git("remote", "add", "origin", str(bare.path))
    work.commit("Start", {"a": lines(20), "b/c": "c\n"})
    work.push("main", check=True)
    hook = bare.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    report = folder / "report"
    hook.write_text(f"#!/bin/sh\nexec {kit.PYTHON} -I {PROBE} {report}\n")
    hook.chmod(0o755)
    return Probed(bare, work, report)


@pytest.mark.parametrize("name", ["server.git", "co:lon.git", 'quo"te:.git', "sp ace.git"])
@pytest.mark.parametrize("unpack", [True, False])
def test_pushed_objects_are_read_in_quarantine(tmp_path: Path, name: str, unpack: bool) -> None:
    probe = probed(tmp_path, name=name)
    probe.bare.git("config", "receive.unpackLimit", "100" if unpack else "1")
    head = probe.work.commit("Change", {"a": lines(5), "new": "1\n"})
    assert probe.push()[MAIN] == {
        "commits": ["Change"],
        "merges": ["none"],
        "files": [["a", "modified", 0, 15], ["new", "added", 1, 0]],
        "patches": {"a": [], "new": ["1"]},
        "new_names": ["new"],
    }
    naive = probe.bare.git("diff", "--numstat", f"{MAIN}..{head}", check=False)
    assert naive.status == 128, "without the quarantine's variables the objects are not there"


def test_merge_is_computed_in_quarantine_and_leaves_it_alone(tmp_path: Path) -> None:
    probe = probed(tmp_path, name="co:lon.git")
    probe.work.git("checkout", "-q", "-b", "side")
    probe.work.commit("Side", {"s": "s\n"})
    probe.work.git("checkout", "-q", "main")
    probe.work.commit("Main", {"m": "m\n"})
    probe.work.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    before = sorted((probe.bare.path / "objects").rglob("*"))
    assert sorted(probe.push()[MAIN]["merges"]) == ["clean", "none", "none"]
    assert sorted((probe.bare.path / "objects").rglob("*")) == before


def test_every_ref_of_a_push_is_read(tmp_path: Path) -> None:
    probe = probed(tmp_path)
    probe.work.commit("Change", {"new": "1\n"})
    probe.work.git("tag", "light")
    probe.work.git("tag", "-m", "x", "annotated")
    tree = probe.work.tip("HEAD^{tree}")
    probe.work.git("update-ref", "refs/tags/tree", tree)
    seen = probe.push("main", "main:topic", "light", "annotated", "refs/tags/tree")
    assert seen[MAIN]["commits"] == ["Change"]
    assert seen["refs/heads/topic"] == seen[MAIN]
    assert seen["refs/tags/annotated"] == seen["refs/tags/light"] == seen[MAIN]
    assert [file[1] for file in seen["refs/tags/tree"]["files"]] == ["added"] * 3


def test_tree_for_a_branch_is_refused(tmp_path: Path) -> None:
    probe = probed(tmp_path)
    seen = probe.push(f"{probe.work.tip('HEAD^{tree}')}:refs/heads/odd")
    assert seen["refs/heads/odd"] == "a branch cannot point to a tree"


def test_sha256_push(tmp_path: Path) -> None:
    probe = probed(tmp_path, "--object-format=sha256")
    probe.work.commit("Change", {"a": lines(2)})
    assert probe.push()[MAIN]["files"] == [["a", "modified", 0, 18]]


def test_shallow_push_is_refused(tmp_path: Path) -> None:
    """With receive.shallowUpdate git takes histories that nobody can walk."""
    probe = probed(tmp_path)
    for number in range(3):
        probe.work.commit("Change", {"a": f"{number}\n"})
    probe.bare.git("config", "receive.shallowUpdate", "true")
    address = f"file://{probe.work.path}"
    kit.run("git", "clone", "-q", "--depth=1", address, "shallow", cwd=tmp_path)
    shallow = kit.Work(tmp_path / "shallow")
    shallow.git("checkout", "-q", "--orphan", "other")
    shallow.git("reset", "-q", "--hard", "origin/main")
    shallow.git("push", str(probe.bare.path), "HEAD:refs/heads/other", check=False)
    seen = json.loads(probe.report.read_text())["refs/heads/other"]
    assert "git rev-list failed" in seen or "git merge-base failed" in seen or "shallow" in seen


def hook_environment(git_dir: Path, **changed: str) -> dict[str, str]:
    quarantine = "objects/tmp_objdir-incoming-abc"
    base = {
        "GIT_DIR": ".",
        "GIT_QUARANTINE_PATH": quarantine,
        "GIT_OBJECT_DIRECTORY": quarantine,
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "objects",
        "GIT_EXTERNAL_DIFF": "false",
    }
    return base | changed


def test_only_the_quarantine_is_taken_from_a_hooks_environment(tmp_path: Path) -> None:
    found = clean_environment(tmp_path, hook_environment(tmp_path))
    assert found["GIT_OBJECT_DIRECTORY"] == str(tmp_path / "objects/tmp_objdir-incoming-abc")
    assert found["GIT_ALTERNATE_OBJECT_DIRECTORIES"] == str(tmp_path / "objects")
    assert "GIT_EXTERNAL_DIFF" not in found


@pytest.mark.parametrize(
    "changed",
    [
        {"GIT_QUARANTINE_PATH": "/tmp/elsewhere", "GIT_OBJECT_DIRECTORY": "/tmp/elsewhere"},
        {"GIT_OBJECT_DIRECTORY": "objects"},
        {"GIT_OBJECT_DIRECTORY": ""},
        {"GIT_QUARANTINE_PATH": "objects/../../x", "GIT_OBJECT_DIRECTORY": "objects/../../x"},
    ],
)
def test_quarantine_outside_the_repository_is_refused(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    with pytest.raises(EvaluationError, match="quarantine"):
        clean_environment(tmp_path, hook_environment(tmp_path, **changed))


def test_scratch_objects_go_elsewhere_and_the_others_stay_in_sight(tmp_path: Path) -> None:
    inside = clean_environment(tmp_path, hook_environment(tmp_path))
    found = scratch_environment(inside, Path("/scratch"))
    assert found["GIT_OBJECT_DIRECTORY"] == "/scratch"
    quarantine = tmp_path / "objects/tmp_objdir-incoming-abc"
    assert found["GIT_ALTERNATE_OBJECT_DIRECTORIES"] == f"{quarantine}:{tmp_path}/objects"


def test_scratch_quotes_what_git_would_split(tmp_path: Path) -> None:
    plain = clean_environment(tmp_path / 'co:l"on')
    found = scratch_environment(plain, Path("/scratch"))
    quoted = str(tmp_path / 'co:l\\"on' / "objects")
    assert found["GIT_ALTERNATE_OBJECT_DIRECTORIES"] == f'"{quoted}"'


def test_quoted_alternates_are_left_as_git_wrote_them(tmp_path: Path) -> None:
    quoted = '"/a:b/objects"'
    hook = hook_environment(tmp_path, GIT_ALTERNATE_OBJECT_DIRECTORIES=quoted)
    assert clean_environment(tmp_path, hook)["GIT_ALTERNATE_OBJECT_DIRECTORIES"] == quoted
