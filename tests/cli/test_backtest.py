"""`agentguard backtest`: what the policy would have done to the history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import kit
from tests.cli.conftest import Cli, said
from tests.cli.repositories import PAGES

SIZES = ("directory-removed", "many-files-deleted", "mass-deletion", "tree-share-deleted")


def judged(cli: Cli, work: kit.Work, *arguments: str) -> dict[str, Any]:
    result = cli(work, "backtest", *arguments, "--format", "json")
    assert result.status == 0, result.text
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["schema"] == "agentguard/backtest/1"
    return document


@pytest.fixture
def past(clone: kit.Work) -> dict[str, str]:
    """Four steps of the default branch: an ordinary one, a merged branch that deletes all pages and
    calls it a typo, one that puts them back, and one that takes checks out of a test."""
    clone.git("checkout", "-q", "main")
    checks = {"tests/test_app.py": "".join(f"assert {number}\n" for number in range(1, 9))}
    found = {"start": clone.tip(), "ordinary": clone.commit("Add tests", checks)}
    clone.git("checkout", "-q", "-B", "topic")
    clone.commit("Go on", {"src/app.py": "print('topic')\n"})
    clone.commit("Fix typo", dict.fromkeys(PAGES))
    clone.git("checkout", "-q", "main")
    clone.git("merge", "-q", "--no-ff", "-m", "Merge \x1b[31mtopic", "topic")
    found["merge"] = clone.tip()
    found["back"] = clone.commit("Put the pages back", PAGES)
    found["tests"] = clone.commit("Check less", {"tests/test_app.py": "assert 1\n"})
    clone.git("push", "-q", "--no-verify", "origin", "main")
    return found


def test_each_step_is_a_push(clone: kit.Work, cli: Cli, past: dict[str, str]) -> None:
    document = judged(cli, clone)
    assert (document["steps"], document["stopped"]) == (4, 1)
    tests, back, merge = document["found"]
    assert (back["commit"], back["warned_by"]) == (past["back"], ["put-back-to-older-content"])
    assert merge["commit"] == past["merge"]
    assert merge["before"] == past["ordinary"]
    assert merge["subject"] == "Merge \\x1b[31mtopic"
    assert merge["verdict"] == "needs-approval"
    assert set(SIZES) <= {*merge["stopped_by"]}
    assert "message-understates" in merge["warned_by"]
    assert merge["errors"] == []
    assert (tests["commit"], tests["verdict"]) == (past["tests"], "accepted")
    assert (tests["stopped_by"], tests["warned_by"]) == ([], ["assertions-removed"])
    counts = {each["rule"]: (each["stopped"], each["warned"]) for each in document["rules"]}
    assert counts["mass-deletion"] == (1, 0)
    assert counts["assertions-removed"] == (0, 1)
    assert [*counts.values()] == sorted(counts.values(), reverse=True)


def test_the_table_for_people(clone: kit.Work, cli: Cli, past: dict[str, str]) -> None:
    result = cli(clone, "backtest")
    assert result.status == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == [
        "4 steps: 1 would have been stopped (25.0 %)",
        "and 2 more warned of.",
    ]
    assert "the policy as it is now" in lines[2]
    rows = [line.split() for line in lines]
    assert ["rule", "stopped", "warned"] in rows
    assert ["mass-deletion", "1", "0"] in rows
    assert ["assertions-removed", "0", "1"] in rows
    assert f"{past['merge'][:10]}  Merge \\x1b[31mtopic" in lines
    assert past["tests"][:10] not in result.stdout
    assert all(len(line) <= 72 for line in lines)


def test_ranges_revisions_and_the_last_steps(
    clone: kit.Work, cli: Cli, past: dict[str, str]
) -> None:
    assert judged(cli, clone, f"{past['ordinary']}..main")["steps"] == 3
    assert judged(cli, clone, f"{past['start']}..{past['ordinary']}")["stopped"] == 0
    assert judged(cli, clone, past["merge"])["steps"] == 2
    assert judged(cli, clone, "--last", "1")["steps"] == 1
    assert judged(cli, clone, "--last", "3")["stopped"] == 1
    on_branch = judged(cli, clone, "main..topic")
    assert [each["subject"] for each in on_branch["found"]] == []
    assert judged(cli, clone, "--onto", past["ordinary"])["steps"] == 1


def test_the_policy_of_today_counts(clone: kit.Work, cli: Cli, past: dict[str, str]) -> None:
    off = "".join(f"[rules.{rule}]\nenabled = false\n" for rule in SIZES)
    freeze = (
        '[[freeze]]\nrefs = ["refs/heads/main"]\nreason = "holidays"\n'
        "from = 2020-01-01T00:00:00Z\nuntil = 2999-01-01T00:00:00Z\n"
    )
    policy = f"version = 1\n{off}[rules.assertions-removed]\neffect = 'approve'\n{freeze}"
    clone.commit("Policy", {".agentguard.toml": policy})
    clone.git("push", "-q", "--no-verify", "origin", "main")
    found = {each["commit"]: each for each in judged(cli, clone)["found"]}
    assert found[past["tests"]]["stopped_by"] == ["assertions-removed"]
    assert not {*SIZES} & {*found.get(past["merge"], {"stopped_by": ()})["stopped_by"]}
    assert all("freeze" not in each["stopped_by"] for each in found.values())


def test_a_step_that_cannot_be_judged(clone: kit.Work, cli: Cli, past: dict[str, str]) -> None:
    tree = clone.tip(f"{past['merge']}^{{tree}}")
    (clone.path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    document = judged(cli, clone)
    found = {each["commit"]: each for each in document["found"]}
    assert found[past["merge"]]["verdict"] == "error"
    assert found[past["merge"]]["stopped_by"] == []
    assert len(found[past["merge"]]["errors"]) == 1
    assert "could not be judged: " in cli(clone, "backtest").stdout


def test_nothing_to_judge(clone: kit.Work, cli: Cli) -> None:
    result = cli(clone, "backtest")
    assert (result.status, result.stdout) == (0, "there is no step in this range\n")
    assert judged(cli, clone)["found"] == []


def test_nothing_that_stands_out(clone: kit.Work, cli: Cli) -> None:
    clone.commit("One", {"src/app.py": "one\n"})
    result = cli(clone, "backtest", "topic")
    assert result.stdout.startswith("1 step: 0 would have been stopped (0.0 %)\nand 0 more warned")
    assert "rule " not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--last", "0"), "--last"),
        (("nowhere",), "'nowhere' names no commit here"),
        (("..",), "is not a range such as"),
        (("--onto", "nowhere"), "--onto 'nowhere' names no commit here"),
    ],
)
def test_wrong_usage(clone: kit.Work, cli: Cli, arguments: tuple[str, ...], complaint: str) -> None:
    result = cli(clone, "backtest", *arguments)
    assert result.status == 2
    assert complaint in said(result)


def test_no_default_branch(cli: Cli, tmp_path: Path) -> None:
    result = cli(kit.init(tmp_path / "alone"), "backtest")
    assert result.status == 2
    assert "name it with --onto REF" in said(result)
