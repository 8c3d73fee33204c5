"""What `agentguard approve` shows of real changes before it asks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import kit
from tests.cli.conftest import Cli
from tests.cli.repositories import GONE, cloned

LOGIN = {
    "portal/auth/login.py": "def login():\n    return check()\n" * 40,
    "portal/auth/session.py": "TIMEOUT = 5\n" * 40,
    "templates/welcome_page.html": "<h1>Welcome</h1>\n",
    "portal/web.py": 'from portal.auth import login\n\nrender("templates/welcome_page.html")\n',
}
WITHOUT: Mapping[str, str | bytes | None] = {
    **GONE,
    "portal/auth/login.py": None,
    "portal/auth/session.py": "TIMEOUT = 9\n",
    "templates/welcome_page.html": None,
}


@pytest.fixture(scope="module")
def _once(tmp_path_factory: pytest.TempPathFactory) -> kit.Work:
    """A clone whose branch `topic` deletes what the code that stays still needs."""
    folder = tmp_path_factory.mktemp("review")
    work = cloned(folder)
    work.commit("Login", LOGIN)
    work.push("topic:main", check=True)
    work.commit("Clean up", WITHOUT)
    kit.make_key(folder / "jane")
    return work


@pytest.fixture
def review(_once: kit.Work, cli: Cli) -> str:
    """All that is shown of it; nothing is done."""
    key = _once.path.parent / "jane"
    arguments = ("approve", "--yes", "--key", key, "--as", kit.JANE, "--print")
    result = cli(_once, *arguments)
    assert result.status == 0, result.text
    return result.stderr


def rule_on(paths: str) -> str:
    """A policy's own rule that asks for approval of any change to some paths."""
    return (
        '[rules.of-ours]\ntitle = "It changes"\nseverity = "low"\neffect = "approve"\n'
        f'why = "W"\nfix = "F"\nscope = {{ paths = "{paths}" }}\n'
        '[[rules.of-ours.when]]\nfiles = ">= 1"\n'
    )


def flat(text: str) -> str:
    return " ".join(text.split())


def test_totals_per_directory_add_up(review: str) -> None:
    assert "43 files, +1 −1,721 lines (99.9 % deletions), 42 files deleted," in review
    [table] = [part for part in review.split("\n\n") if part.startswith("directory ")]
    rows = [row.split() for row in table.splitlines()[1:]]
    assert sum(int(row[1]) for row in rows) == 43
    assert sum(int(row[4].lstrip("−").replace(",", "")) for row in rows) == 1721
    assert "pages/" in [row[0] for row in rows]


def test_deleted_files_that_are_still_named(review: str) -> None:
    assert "2 of 42 deleted files are still named by what stays:" in review
    assert "  portal/auth/login.py <- portal/web.py:1\n" in review
    assert "  templates/welcome_page.html <- portal/web.py:3\n" in review


def test_sensitive_files_by_class(review: str) -> None:
    assert "  @auth: 2 files\n    deleted    portal/auth/login.py\n" in review
    assert "    modified   portal/auth/session.py\n" in review


def test_every_rule_with_why_and_fix(review: str) -> None:
    for rule in ("mass-deletion", "auth-paths"):
        [part] = [part for part in review.split("\n\n") if part.startswith(f"✗ {rule}:")]
        assert "\n  why  " in part
        assert "\n  fix  " in part


def test_a_change_that_deletes_nothing(cli: Cli, clone: kit.Work, tmp_path: Path) -> None:
    clone.commit("More", {"docs/notes.md": "Notes\n", ".github/workflows/ci.yml": "on: push\n"})
    key = kit.make_key(tmp_path / "jane")
    policy = clone.write("policy.toml", f"version = 1\n{rule_on('@ci')}")
    arguments = ("approve", "--yes", "--key", key, "--as", kit.JANE, "--policy", policy)
    result = cli(clone, *arguments, "--print")
    assert result.status == 0, result.text
    assert "still named" not in result.stderr
    assert "  @ci: 1 file\n    added      .github/workflows/ci.yml\n" in result.stderr


def test_classes_of_rules_that_only_warn_are_left_out(
    cli: Cli, clone: kit.Work, tmp_path: Path
) -> None:
    clone.commit("More", {"src/auth/more.py": "more = 1\n" * 3, **GONE})
    key = kit.make_key(tmp_path / "jane")
    rules = (f'[rules.{name}]\neffect = "warn"\n' for name in ("auth-paths", "auth-check-off"))
    text = "version = 1\n" + "".join(rules)
    policy = clone.write("policy.toml", text)
    arguments = ("approve", "--yes", "--key", key, "--as", kit.JANE, "--policy", policy)
    result = cli(clone, *arguments)
    assert result.status == 0, result.text
    assert "@auth" not in result.stdout
    assert "No sensitive file is touched." in result.stdout


def test_what_its_place_alone_makes_a_test_is_shown(
    cli: Cli, clone: kit.Work, tmp_path: Path
) -> None:
    clone.commit("More", {"src/test/auth/check.py": "check = 1\n", **GONE})
    key = kit.make_key(tmp_path / "jane")
    result = cli(clone, "approve", "--yes", "--key", key, "--as", kit.JANE)
    assert result.status == 0, result.text
    assert "taken for tests, documents or examples:\n" in result.stdout
    assert "  @auth: 1 file, src/test/auth/check.py\n" in result.stdout


def test_a_rule_of_the_server_alone(cli: Cli, gate: kit.Server) -> None:
    gate.work.git("checkout", "-q", "-B", "topic", "main")
    gate.work.commit("Say more", {"README.md": "The portal\n"})
    gate.add_policy(rule_on("README.md"))
    refused = gate.work.push("topic:main")
    assert refused.rules == {"of-ours"}, refused.text
    arguments = ("approve", "--yes", "--key", gate.key, "--as", kit.JANE, "--statement", "-")
    result = cli(gate.work, *arguments, stdin=refused.stderr)
    assert result.status == 0, result.text
    assert result.stdout.startswith("agentguard: refused: refs/heads/main needs a human's")
    assert "by the server's policy, and nothing by this one" in flat(result.stdout)
    assert "  of-ours: not known here\n" in result.stdout
    assert gate.work.push("topic:main").status == 0


def test_names_cannot_fake_a_line(cli: Cli, clone: kit.Work, tmp_path: Path) -> None:
    hostile = "src/auth/x\nSensitive files: none\x1b[2J.py"
    entries: Mapping[str, str | bytes | None] = dict.fromkeys([hostile, "src/ok.py"], "a\n" * 30)
    clone.commit("Odd", entries)
    clone.push("topic:main", check=True)
    clone.commit("Gone", dict.fromkeys(entries))
    key = kit.make_key(tmp_path / "jane")
    result = cli(clone, "approve", "--yes", "--key", key, "--as", kit.JANE)
    assert result.status == 0, result.text
    assert "\x1b" not in result.text
    assert "\nSensitive files: none" not in result.text
    assert r"x\x0aSensitive" in result.text
