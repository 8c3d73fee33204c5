"""`agentguard init`: what it writes, and what it keeps."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from agentguard.policy.load import built_in, load_policy
from agentguard.setup.init import HOOK, with_hook
from tests import kit
from tests.cli.conftest import Cli, said
from tests.cli.repositories import plain

yaml = pytest.importorskip("yaml")
POLICY, CONFIG = ".agentguard.toml", ".pre-commit-config.yaml"


def test_a_fresh_clone(cli: Cli, clone: kit.Work) -> None:
    result = cli(clone.path / "src", "init")
    assert result.stdout == (
        "agentguard: wrote .agentguard.toml for refs/heads/main\n"
        "agentguard: list in it who may approve, then commit it\n"
        "agentguard: added the hook to .pre-commit-config.yaml: `pre-commit install` puts it in place\n"
    )
    policy = load_policy((clone.path / POLICY).read_bytes(), POLICY, built_in())
    assert policy.repository == "acme/portal"
    assert policy.environments["production"][0] == "refs/heads/main"
    [repository] = yaml.safe_load((clone.path / CONFIG).read_text())["repos"]
    assert repository == yaml.safe_load(HOOK)[0]


def test_again(cli: Cli, clone: kit.Work) -> None:
    cli(clone, "init")
    before = [(clone.path / name).read_bytes() for name in (POLICY, CONFIG)]
    result = cli(clone, "init")
    assert result.stdout == f"agentguard: kept {POLICY}\nagentguard: kept {CONFIG}\n"
    assert before == [(clone.path / name).read_bytes() for name in (POLICY, CONFIG)]


@pytest.mark.parametrize(
    ("branch", "expected"), [("trunk", "refs/heads/trunk"), ("ümlaut/😀", "refs/heads/ümlaut/😀")]
)
def test_before_the_first_commit(cli: Cli, tmp_path: Path, branch: str, expected: str) -> None:
    work = kit.init(tmp_path / "työ 😀", "-b", branch)
    assert cli(work, "init").status == 0
    found = tomllib.loads((work.path / POLICY).read_text(encoding="utf-8"))
    assert found["environments"]["production"]["refs"][0] == expected
    assert found["repository"] == f"{tmp_path.name}/työ 😀"


def test_a_branch_that_toml_cannot_name(cli: Cli, tmp_path: Path) -> None:
    work = kit.init(tmp_path / "work", "-b", "x\udcff")
    result = cli(work, "init")
    assert result.status == 2
    assert "is not UTF-8, so no policy can name it" in said(result)
    assert not (work.path / POLICY).exists()


def test_needs_a_work_tree(cli: Cli, tmp_path: Path) -> None:
    bare = kit.init(tmp_path / "bare.git", "--bare")
    result = cli(bare, "init")
    assert result.status == 2
    assert said(result) == "this needs a work tree, and there is none here"


KEPT = [
    "repos:\n  - repo: https://example.com/x  # why\n    rev: v1\n    hooks: [{id: x}]\n",
    "# top\nci: {skip: []}\nrepos:   # all of them\n\n# first\n- repo: local # here\n  hooks: []\n",
    "repos:\n    - repo: meta\n      hooks:\n      - id: identity\ndefault_stages: [pre-push]\n",
    "repos:\r\n- repo: meta\r\n  hooks:\r\n  - id: identity\r\n",
    "repos:\n- repo: meta\n  hooks: [{id: identity}]",
]


@pytest.mark.parametrize("before", KEPT)
def test_a_configuration_keeps_every_byte(cli: Cli, repo: kit.Work, before: str) -> None:
    repo.write(CONFIG, before)
    assert cli(repo, "init").status == 0
    after = (repo.path / CONFIG).read_bytes().decode()
    found, old = yaml.safe_load(after), yaml.safe_load(before)
    assert found["repos"] == [yaml.safe_load(HOOK)[0], *old["repos"]]
    assert {**found, "repos": 0} == {**old, "repos": 0}
    lines, added = after.splitlines(keepends=True), len(HOOK.splitlines())
    [at] = [at for at in range(len(lines)) if "".join(lines[:at] + lines[at + added :]) == before]
    new = lines[at : at + added]
    assert [line.strip() for line in new] == [line.strip() for line in HOOK.splitlines()]
    assert all(line.endswith("\r\n") == ("\r\n" in before) for line in new)


@pytest.mark.parametrize(
    "before",
    ["repos: []\n", "repos: [{repo: meta, hooks: []}]\n", "", "- repo: meta\n", "repos:\n"],
)
def test_a_configuration_written_otherwise(cli: Cli, repo: kit.Work, before: str) -> None:
    repo.write(CONFIG, before)
    result = cli(repo, "init")
    assert result.status == 0
    after = (repo.path / CONFIG).read_text()
    if before == "repos:\n":
        assert yaml.safe_load(after)["repos"] == yaml.safe_load(HOOK)
    else:
        assert after == before
        assert "is not written in the usual way" in result.stdout
        assert "agentguard:     - id: agentguard\n" in result.stdout


@pytest.mark.parametrize(
    ("before", "there"),
    [
        ("repos:\n- repo: x\n  hooks:\n  - id: agentguard\n", True),
        ("repos:\n- repo: x\n  hooks: [{id: 'agentguard-pre-push'}]\n", True),
        ("# agentguard, one day\nrepos:\n- repo: x\n  hooks: []\n", False),
    ],
)
def test_whether_the_hook_is_there(cli: Cli, repo: kit.Work, before: str, there: bool) -> None:
    repo.write(CONFIG, before)
    assert (f"kept {CONFIG}" in cli(repo, "init").stdout) == there


def test_a_link_stays_one(cli: Cli, repo: kit.Work, tmp_path: Path) -> None:
    (tmp_path / "shared.yaml").write_text(KEPT[0])
    (repo.path / CONFIG).symlink_to(tmp_path / "shared.yaml")
    cli(repo, "init")
    assert (repo.path / CONFIG).is_symlink()
    assert "agentguard" in (tmp_path / "shared.yaml").read_text()


def test_with_hook_takes_bytes_as_they_are() -> None:
    after = with_hook(b"# \xff\nrepos:\n- repo: local\n")
    assert after is not None
    assert after.startswith(b"# \xff\nrepos:\n- repo: local\n  hooks:")


def test_a_policy_of_its_own_is_what_the_clone_is_judged_by(cli: Cli, tmp_path: Path) -> None:
    work = plain(tmp_path / "work")
    cli(work, "init")
    work.commit("Guard", {})
    assert f"policy {POLICY}" in cli(work, "policy", "show").stdout
