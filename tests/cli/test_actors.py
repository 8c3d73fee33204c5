"""`agentguard actors`: who made each commit of a range."""

from __future__ import annotations

import json
from typing import Any

from tests import kit
from tests.cli.conftest import Cli

MARK = "Co-Authored-By: Claude <noreply@anthropic.com>"


def listed(cli: Cli, work: kit.Work, *arguments: str) -> list[dict[str, Any]]:
    result = cli(work, "actors", *arguments, "--format", "json")
    assert result.status == 0, result.text
    document = json.loads(result.stdout)
    assert document["schema"] == "agentguard/actors/1"
    commits: list[dict[str, Any]] = document["commits"]
    return commits


def test_what_the_branch_adds(clone: kit.Work, cli: Cli) -> None:
    first = clone.commit("One", {"a.txt": "1\n"})
    second = clone.commit(f"Two\n\n{MARK}", {"a.txt": "2\n"})
    found = listed(cli, clone)
    assert [each["commit"] for each in found] == [second, first]
    assert found[0] == {
        "commit": second,
        "actor": "agent",
        "agent": "claude-code",
        "certainty": "co-authored",
        "evidence": f"message: {MARK}",
        "signature": "none",
        "signer": "",
    }
    assert (found[1]["actor"], found[1]["certainty"]) == ("unknown", "")


def test_ranges_revisions_and_other_branches(clone: kit.Work, cli: Cli) -> None:
    first = clone.commit("One", {"a.txt": "1\n"})
    second = clone.commit("Two", {"a.txt": "2\n"})
    assert [each["commit"] for each in listed(cli, clone, f"{first}..topic")] == [second]
    assert len(listed(cli, clone, "main")) == 1
    assert len(listed(cli, clone, "topic")) == 3
    assert len(listed(cli, clone, "--onto", "topic~1")) == 1


def test_the_table_for_people(clone: kit.Work, cli: Cli) -> None:
    first = clone.commit("One", {"a.txt": "1\n"})
    second = clone.commit(f"Two\n\nAssisted-by: Claude\x1b[31m {MARK}", {"a.txt": "2\n"})
    result = cli(clone, "actors")
    lines = result.stdout.splitlines()
    assert lines[0].startswith(
        f"{second[:10]}  unknown  claude-code  touched  message: Assisted-by"
    )
    assert "\x1b" not in result.stdout
    assert lines[1] == f"{first[:10]}  unknown"
    assert lines[-1] == "2 commits: 2 unknown, 1 of them touched by an agent"


def test_nothing_to_list(clone: kit.Work, cli: Cli) -> None:
    result = cli(clone, "actors")
    assert (result.status, result.stdout) == (0, "there is no commit in this range\n")
    assert listed(cli, clone) == []


def test_the_policy_s_own_lists_count(clone: kit.Work, cli: Cli) -> None:
    clone.git("checkout", "-q", "main")
    policy = "version = 1\n[actors]\nagent_emails = ['bot@example.com']\n"
    clone.commit("Policy", {".agentguard.toml": policy})
    clone.git("push", "-q", "--no-verify", "origin", "main")
    clone.git("checkout", "-q", "-B", "topic")
    clone.write("a.txt", "1\n")
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", "One", "--author", "Bot <bot@example.com>")
    [found] = listed(cli, clone)
    assert (found["actor"], found["agent"], found["certainty"]) == ("agent", "", "authored")
    assert found["evidence"] == "author: Bot <bot@example.com>"


def test_wrong_ranges(clone: kit.Work, cli: Cli) -> None:
    for wrong in ("nope", "main...topic", ".."):
        result = cli(clone, "actors", wrong)
        assert result.status == 2
        assert result.stderr.startswith("agentguard: ")
