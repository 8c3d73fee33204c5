"""`agentguard rules`: the list, a page, and the examples of rules of one's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agentguard.bundled import folder
from agentguard.policy.load import built_in
from agentguard.reports.rule_page import render
from tests.cli.conftest import Cli, said

OWN = """
id = "readme-touched"
title = "The front page changes"
severity = "low"
effect = "warn"
why = "People read it."
fix = "Ask."
[scope]
paths = ["/README.md"]
[when]
files = ">= 1"
"""
EXAMPLES = """
[[examples]]
name = "A word"
expect = "match"
after = { "README.md" = "word" }
[[examples]]
name = "Something else"
expect = "no match"
after = { "src/app.py" = "word" }
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "pack" / "readme-touched.toml"
    path.parent.mkdir()
    path.write_text(OWN + EXAMPLES)
    return path


def test_the_list(cli: Cli, tmp_path: Path) -> None:
    result = cli(tmp_path, "rules")
    lines = result.stdout.splitlines()
    assert (result.status, result.stderr) == (0, "")
    assert [line.split()[0] for line in lines] == [rule.id for rule in built_in().rules]
    assert all(line.split()[1] in {"warn", "approve", "deny"} for line in lines)


def test_the_page_of_a_rule_that_adds_up(cli: Cli, tmp_path: Path) -> None:
    page = cli(tmp_path, "rules", "deletions-add-up").stdout
    assert (
        "| Looks at | what a push changes in all, added to what was accepted without approval in "
        "the 24h before, on the same ref or from the same account |"
    ) in page


@pytest.mark.parametrize("rule", built_in().rules, ids=lambda rule: rule.id)
def test_a_page(cli: Cli, tmp_path: Path, rule: object) -> None:
    rule_id = getattr(rule, "id")  # noqa: B009
    result = cli(tmp_path, "rules", rule_id)
    assert result.status == 0
    assert result.stdout.startswith(f"# {rule_id}\n")


def test_a_page_is_what_the_documentation_holds(cli: Cli, tmp_path: Path) -> None:
    rule = built_in().rules[0]
    assert cli(tmp_path, "rules", rule.id).stdout == render(rule)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nope"], "there is no rule 'nope'; `agentguard rules` lists them all"),
        (["mass-deletion", "tag-moved"], "one rule at a time"),
        (["test"], "name at least one rule file, or a folder that holds some"),
        (["test", "nowhere.toml"], "nowhere.toml cannot be read: No such file or directory"),
        (["test", "."], "name at least one rule file, or a folder that holds some"),
    ],
)
def test_wrong_use(cli: Cli, tmp_path: Path, arguments: list[str], complaint: str) -> None:
    result = cli(tmp_path, "rules", *arguments)
    assert result.status == 2
    assert complaint in said(result)


def test_a_rule_of_one_s_own(cli: Cli, own: Path, tmp_path: Path) -> None:
    for path in (own, own.parent, tmp_path):
        result = cli(tmp_path, "rules", "test", path)
        assert (result.status, result.stderr) == (0, "")
        assert result.stdout == "agentguard: rules tested: 1, failures: 0\n"


def test_a_built_in_folder(cli: Cli, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(folder("rules") / "evidence", rules / "evidence")
    for name in ("paths.toml", "actors.toml"):
        shutil.copy(folder("rules") / name, rules)
    result = cli(tmp_path, "rules", "test", rules)
    assert result.status == 0
    assert "rules tested: 8, failures: 0" in result.stdout


def test_a_policy_with_a_rule_of_its_own(cli: Cli, tmp_path: Path) -> None:
    head, _, rest = OWN.partition("[scope]")
    fields = head.replace('id = "readme-touched"', "[rules.readme-touched]")
    tables = (
        ("[scope]" + rest)
        .replace("[", "[rules.readme-touched.", 1)
        .replace("[when]", "[rules.readme-touched.when]")
    )
    examples = EXAMPLES.replace("[[examples]]", "[[rules.readme-touched.examples]]")
    policy = tmp_path / ".agentguard.toml"
    policy.write_text(
        f'version = 1\n[rules.mass-deletion]\neffect = "warn"\n{fields}{tables}{examples}'
    )
    result = cli(tmp_path, "rules", "test", policy)
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout == "agentguard: rules tested: 1, failures: 0\n"


@pytest.mark.parametrize(
    ("old", "new", "failure"),
    [
        ('"README.md" = "word"', '"x" = "word"', "'A word' should be a match and is not"),
        ('"src/app.py" =', '"README.md" =', "'Something else' should be a no match and is not"),
        ('"no match"', '"match"', "'Something else' should be a match and is not"),
        ('"A word"\nexpect = "match"', '"A word"\nexpect = "no match"', "should be a no match"),
        (EXAMPLES, "", "has no example that is a match"),
        (EXAMPLES, "", "has no example that is a no match"),
    ],
)
def test_what_fails(cli: Cli, own: Path, tmp_path: Path, old: str, new: str, failure: str) -> None:
    own.write_text(own.read_text().replace(old, new))
    result = cli(tmp_path, "rules", "test", own)
    assert result.status == 1
    assert failure in result.stdout
    assert "agentguard: rules tested: 1, " in result.stdout
