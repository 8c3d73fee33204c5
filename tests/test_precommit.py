"""The hooks as the real pre-commit installs and runs them, from a git repository of this project.

pre-commit builds an environment of its own and installs the package there with pip, so a package
index has to be within reach.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import kit
from tests.cli.repositories import FILES, GONE, PLAIN

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = (
    "src",
    "rules",
    "hooks",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    ".pre-commit-hooks.yaml",
)
STOPPED = "agentguard: refused: refs/heads/main needs a human's approval"
CONFIG = """\
repos:
- repo: {repo}
  rev: {rev}
  hooks:
  - id: agentguard
  - id: agentguard-pre-push
  - id: agentguard-label
"""

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("pre_commit") is None, reason="pre-commit is not installed"
    ),
    pytest.mark.skipif(
        not (ROOT / ".pre-commit-hooks.yaml").is_file(), reason="this is no checkout of the project"
    ),
]


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """pip needs its own configuration, and a home to work in."""
    import os

    pip = {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "SSL_"))}
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return kit.environment(
        HOME=str(home), PRE_COMMIT_HOME=str(folder / "store"), **{**pip, **extra}
    )


def pre_commit(work: kit.Work, folder: Path, *arguments: str, check: bool = False) -> kit.Result:
    command = (sys.executable, "-m", "pre_commit", *arguments)
    return kit.run(*command, cwd=work.path, check=check, env=environment(folder))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture(scope="session")
def project(folder: Path) -> kit.Work:
    """This project, as it stands, in a git repository of its own."""
    project = kit.init(folder / "agentguard")
    for name in SHIPPED:
        source, target = ROOT / name, project.path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    project.commit("As it stands")
    project.git("tag", "v0")
    return project


@pytest.fixture(scope="session")
def _installed(folder: Path, project: kit.Work) -> Mapping[str, str]:
    """An environment that pre-commit can make, made once for all tests."""
    consumer = kit.init(folder / "first")
    consumer.commit("Start", {".pre-commit-config.yaml": config(project)})
    try:
        result = pre_commit(consumer, folder, "install-hooks")
    except subprocess.TimeoutExpired:
        pytest.skip("pip could not install the package within five minutes")
    if result.status and any(
        sign in result.text
        for sign in ("No matching distribution", "Connection", "Network", "Temporary failure")
    ):
        pytest.skip("pip cannot reach a package index")
    assert result.status == 0, result.text
    return environment(folder)


def config(project: kit.Work) -> str:
    return CONFIG.format(repo=json.dumps(str(project.path)), rev="v0")


@pytest.fixture
def consumer(
    _installed: Mapping[str, str], folder: Path, project: kit.Work, tmp_path: Path
) -> kit.Work:
    """A clone whose commits and pushes go through pre-commit."""
    bare = kit.init(tmp_path / "acme" / "portal.git", "--bare")
    work = kit.init(tmp_path / "portal")
    work.commit("Start", {**FILES, ".pre-commit-config.yaml": config(project)})
    work.git("remote", "add", "origin", str(bare.path))
    work.push("main", check=True)
    stages = ("-t", "pre-commit", "-t", "pre-push", "-t", "prepare-commit-msg")
    pre_commit(work, folder, "install", *stages, check=True)
    return work


def git(work: kit.Work, folder: Path, *arguments: str, **extra: str) -> kit.Result:
    return kit.run("git", *arguments, cwd=work.path, check=False, env=environment(folder, **extra))


def test_a_small_commit_and_its_push_pass(consumer: kit.Work, folder: Path) -> None:
    for path, content in PLAIN.items():
        consumer.write(path, content)
    result = git(consumer, folder, "commit", "-a", "-m", "Say more")
    assert result.status == 0, result.text
    assert "agentguard...............................................................Passed" in (
        result.text
    )
    result = git(consumer, folder, "push", "origin", "main")
    assert result.status == 0, result.text
    assert "agentguard (pre-push)" in result.text


def test_a_mass_deletion_is_stopped_at_the_commit(consumer: kit.Work, folder: Path) -> None:
    before = consumer.tip()
    for path in GONE:
        (consumer.path / path).unlink()
    result = git(consumer, folder, "commit", "-a", "-m", "Clean up")
    assert result.status == 1
    assert "- exit code: 1" in result.text
    assert STOPPED in result.text
    assert "mass-deletion" in result.text
    assert consumer.tip() == before


def test_what_is_not_staged_does_not_count(consumer: kit.Work, folder: Path) -> None:
    consumer.write("src/app.py", "print('staged')\n")
    consumer.git("add", "-A")
    for path in GONE:
        (consumer.path / path).unlink()
    result = git(consumer, folder, "commit", "-m", "Only what is staged")
    assert result.status == 0, result.text


@pytest.mark.parametrize("target", ["main", "release/1"])
def test_a_mass_deletion_is_stopped_at_the_push(
    consumer: kit.Work, folder: Path, target: str
) -> None:
    for path in GONE:
        (consumer.path / path).unlink()
    git(consumer, folder, "commit", "-a", "-m", "Clean up", "--no-verify")
    result = git(consumer, folder, "push", "origin", f"main:{target}")
    assert result.status == 1
    assert f"refs/heads/{target} needs a human's approval" in result.text
    assert "mass-deletion" in result.text


def test_a_commit_in_an_agent_s_session_says_so(consumer: kit.Work, folder: Path) -> None:
    consumer.write("src/app.py", "print('labelled')\n")
    result = git(consumer, folder, "commit", "-a", "-m", "Say more", CLAUDECODE="1")
    assert result.status == 0, result.text
    assert consumer.git("log", "-1", "--format=%B").text == (
        "Say more\n\nAssisted-by: Claude Code\n\n"
    )


@pytest.mark.parametrize(("gone", "status"), [(False, 0), (True, 1)])
def test_try_repo(
    consumer: kit.Work, folder: Path, project: kit.Work, gone: bool, status: int
) -> None:
    for path in GONE if gone else ():
        (consumer.path / path).unlink()
    consumer.write("src/app.py", "print('staged')\n")
    consumer.git("add", "-A")
    result = pre_commit(consumer, folder, "try-repo", str(project.path), "agentguard")
    assert result.status == status, result.text
    assert (STOPPED in result.text) == gone


def test_hooks_are_described_for_pre_commit(project: kit.Work) -> None:
    yaml = pytest.importorskip("yaml")
    hooks = yaml.safe_load((project.path / ".pre-commit-hooks.yaml").read_text())
    ids = ["agentguard", "agentguard-pre-push", "agentguard-label"]
    assert [hook["id"] for hook in hooks] == ids
    for hook in hooks:
        labels = hook["id"] == "agentguard-label"
        assert hook["language"] == "python"
        # git names the file that holds the message; what is judged is not for pre-commit to pick.
        assert hook.get("pass_filenames", True) is labels
        assert hook["always_run"] is True
        assert hook["entry"] == f"agentguard hook {hook['stages'][0]}"
