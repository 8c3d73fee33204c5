"""`agentguard approvals`: what is there, what is missing, and why any is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentguard.approvals.statement import parse_pasted
from agentguard.decision import Approval
from agentguard.reports.standing import render
from tests import kit
from tests.approvals.makers import hardware
from tests.cli.approving import AS_JANE
from tests.cli.conftest import Cli, said
from tests.cli.repositories import PLAIN
from tests.reports.decisions import finding, update

SUE = "sue@example.com"


def flat(result: kit.Result) -> str:
    return " ".join(result.stdout.split())


@pytest.fixture
def approved(cli: Cli, gate: kit.Server, refusal: Path) -> kit.Server:
    """The branch `topic` carries Jane's approval."""
    arguments = ("approve", "--yes", "--key", gate.key, *AS_JANE, "--statement", refusal)
    assert cli(gate.work, *arguments).status == 0
    return gate


def test_what_is_missing_and_what_to_sign(cli: Cli, gate: kit.Server) -> None:
    result = cli(gate.work, "approvals", "--policy", gate.policy)
    assert result.status == 1
    assert result.stdout.startswith("agentguard: refused: refs/heads/main needs a human's approval")
    assert "✗ mass-deletion: Push deletes far more than it adds\n  needs 1 approval\n" in (
        result.stdout
    )
    assert "✓" not in result.stdout
    assert parse_pasted(result.stdout).repository == "acme/portal"


def test_what_is_there(cli: Cli, approved: kit.Server) -> None:
    result = cli(approved.work, "approvals", "topic", "--policy", approved.policy)
    assert result.status == 0, result.text
    commit = approved.work.tip("topic")[:12]
    assert f"✓ jane@example.com approved, by an approval commit {commit}\n" in result.stdout
    assert "  rules    directory-removed, many-files-deleted," in result.stdout
    assert "  key      SHA256:" in result.stdout
    assert "  presence none proved\n" in result.stdout
    assert result.stdout.endswith("\nNo approval is missing.\n")


def test_what_is_there_and_not_enough(cli: Cli, approved: kit.Server) -> None:
    approved.add_policy("[rules.mass-deletion]\napprovals = 2\n")
    result = cli(approved.work, "approvals", "--policy", approved.policy)
    assert result.status == 1
    assert "needs 2 approvals; 1 more approved by jane@example.com" in flat(result)
    assert "✗ many-files-deleted" not in result.stdout


def test_why_one_is_refused(cli: Cli, approved: kit.Server) -> None:
    text = approved.policy.read_text().replace(kit.JANE, SUE)
    approved.policy.write_text(text)
    result = cli(approved.work, "approvals", "--policy", approved.policy)
    assert result.status == 1
    commit = approved.work.tip("topic")[:12]
    refused = f"✗ the approval by jane@example.com in commit {commit} does not count (approver):"
    assert refused in flat(result)
    assert "'jane@example.com' is not an approver of" in flat(result)


def test_a_signature_in_a_message(cli: Cli, gate: kit.Server, refusal: Path) -> None:
    arguments = ("approve", "--print", "--yes", "--key", gate.key, *AS_JANE)
    lines = cli(gate.work, *arguments, "--statement", refusal).stdout
    gate.work.git("commit", "--amend", "-q", "-F", "-", stdin=f"Clean up\n\n{lines}")
    result = cli(gate.work, "approvals", "--policy", gate.policy)
    assert result.status == 0, result.text
    assert "jane@example.com approved, by a signature in a commit's message" in flat(result)


def test_where_the_clone_lists_nobody(cli: Cli, approved: kit.Server) -> None:
    result = cli(approved.work, "approvals")
    assert result.status == 1
    assert "this clone lists no approver, so only the server can tell" in flat(result)


def test_what_needs_no_approval(cli: Cli, gate: kit.Server) -> None:
    gate.work.git("checkout", "-q", "main")
    gate.work.commit("Say more", PLAIN)
    result = cli(gate.work, "approvals", "--policy", gate.policy)
    assert result.status == 0
    assert result.stdout.endswith("\nNo approval is missing.\n")


def test_onto_another_branch(cli: Cli, gate: kit.Server) -> None:
    gate.work.push("main:release/1", check=True)
    result = cli(gate.work, "approvals", "--onto", "origin/release/1", "--policy", gate.policy)
    assert result.status == 1
    assert parse_pasted(result.stdout).ref == "refs/heads/release/1"


def test_json(cli: Cli, approved: kit.Server) -> None:
    arguments = ("approvals", "--format", "json", "--policy", approved.policy)
    result = cli(approved.work, *arguments)
    assert result.status == 0
    document = json.loads(result.stdout)
    assert document["schema"] == "agentguard/decision/1"
    [found] = document["updates"]
    assert [each["approver"] for each in found["approvals"]] == [kit.JANE]
    found = json.loads(cli(approved.work, "approvals", "--format", "json").stdout)["updates"][0]
    assert any("this clone lists no approver" in note for note in found["notes"])


def test_what_cannot_be_judged(cli: Cli, gate: kit.Server) -> None:
    (gate.work.path / ".git" / "shallow").write_text(f"{gate.work.tip()}\n")
    result = cli(gate.work, "approvals", "--policy", gate.policy)
    assert result.status in (2, 3)


@pytest.mark.parametrize("name", ["nope", "-x"])
def test_no_such_branch(cli: Cli, gate: kit.Server, name: str) -> None:
    result = cli(gate.work, "approvals", "--", name)
    assert result.status == 2
    assert said(result) == f"{name!r} names no commit here"


class TestReport:
    def test_what_hardware_said(self) -> None:
        proved = Approval(
            kit.JANE, "2026-11-22T09:00:00Z", ("r",), carrier="signature",
            key=hardware(1).public.fingerprint, presence=True, verification=True,
        )  # fmt: skip
        text = render(update(approvals=(proved,)))
        assert "✓ jane@example.com approved, by a push option\n" in text
        assert "  presence touch of the hardware and PIN or biometric\n" in text

    def test_plain_text_is_marked(self) -> None:
        plain = Approval(kit.JANE, "", (), "a" * 40, carrier="trailer")
        text = render(update(approvals=(plain,)))
        assert "✓ jane@example.com approved, in plain text aaaaaaaaaaaa\n" in text
        assert "  worth    unverified: anybody can have written this line." in text

    def test_a_broken_glass_is_loud(self) -> None:
        broken = Approval(kit.JANE, "2026-11-22T09:00:00Z", ("r",), reason="The portal is down")
        assert "BREAK GLASS: jane@example.com" in render(update(approvals=(broken,)))

    def test_who_is_asked_for(self) -> None:
        asked = finding(
            approvals=2, teams=("leads", "web"), require_presence=True, approved_by=(kit.JANE,)
        )
        text = " ".join(render(update(verdict="needs-approval", findings=(asked,))).split())
        wanted = "needs 2 approvals from leads or web, by a hardware key touched; 1 more"
        assert f"{wanted} approved by jane@example.com" in text

    @pytest.mark.parametrize(
        ("rule", "said"),
        [
            ("freeze", "a break-glass key alone can lift this"),
            ("no-way", "nobody can approve this"),
        ],
    )
    def test_what_is_denied(self, rule: str, said: str) -> None:
        text = render(update(verdict="denied", findings=(finding(rule=rule, effect="deny"),)))
        assert f"\n  {said}\n" in text
        assert "No approval is missing" not in text

    def test_an_error_is_not_nothing_missing(self) -> None:
        text = render(update(verdict="error", errors=("the repository is shallow",)))
        assert "It could not be judged:\n  the repository is shallow\n" in text
        assert "No approval is missing" not in text
