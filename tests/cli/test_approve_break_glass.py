"""`agentguard approve --break-glass`: one person, in an emergency, with a key made for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agentguard.approvals.statement import parse_pasted
from tests import kit
from tests.approvals.makers import hardware
from tests.cli.approving import AS_JANE, approved
from tests.cli.conftest import Cli, said

WHY = "The portal is down & nobody else answers"
GLASS = hardware(0x01, number=9)
QUORUM = "[rules.mass-deletion]\napprovals = 2\n"
FREEZE = """
[[freeze]]
from = 2020-01-01
until = 2099-01-01
refs = ["refs/heads/main"]
reason = "Holidays"
"""


class Breaking:
    """Jane breaks the glass with a hardware key made of software."""

    def __init__(self, cli: Cli, gate: kit.Server, key: Path) -> None:
        self.cli, self.gate, self.key = cli, gate, key

    def __call__(
        self, *arguments: str | Path, why: str = WHY, stdin: str = "", who: tuple[str, ...] = ()
    ) -> kit.Result:
        stated = ("--statement", "-") if stdin else ()
        given = ("approve", "--yes", "--break-glass", why, "--key", self.key, *who, *stated)
        return self.cli(self.gate.work, *given, *arguments, stdin=stdin)

    def refusal(self) -> str:
        """What the server says to the branch as it is now."""
        refused = self.gate.work.push("topic:main")
        assert refused.status == 1
        return refused.stderr


@pytest.fixture
def breaking(
    cli: Cli, gate: kit.Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Breaking:
    key = tmp_path / "glass.pub"
    key.write_text(f"{GLASS.public.line}\n")
    text = gate.policy.read_text()
    assert text.count("\nkeys = [") == 1
    glass = f'\nbreak_glass_keys = ["{GLASS.public.line}"]\nkeys = ['
    gate.policy.write_text(text.replace("\nkeys = [", glass))

    def sign(payload: bytes, _key: Path, namespace: str) -> bytes:
        return GLASS.sign(payload, namespace)

    monkeypatch.setattr("agentguard.client.approve.sign", sign)
    return Breaking(cli, gate, key)


def test_one_person_instead_of_two(breaking: Breaking, gate: kit.Server) -> None:
    gate.add_policy(QUORUM)
    result = breaking(stdin=breaking.refusal(), who=AS_JANE)
    assert result.status == 0, result.text
    assert "BREAK GLASS: you let this through alone" in result.stdout
    assert f"  {WHY}\n" in result.stdout
    assert "This will stand in every report of the push" in result.stdout
    assert approved(gate).reason == WHY
    pushed = gate.work.push("topic:main")
    assert pushed.status == 0, pushed.text
    assert "BREAK GLASS: jane@example.com" in pushed.remote
    assert WHY in pushed.remote


@pytest.mark.parametrize("form", ["--print", "--push-option"])
def test_without_a_commit(breaking: Breaking, gate: kit.Server, form: str) -> None:
    gate.add_policy(QUORUM)
    result = breaking(form, stdin=breaking.refusal(), who=AS_JANE)
    assert result.status == 0
    assert "BREAK GLASS: you let this through alone" in result.stderr
    options = ("-o", result.stdout.strip()) if form == "--push-option" else ()
    if not options:
        message = f"Clean up\n\n{result.stdout}"
        gate.work.git("commit", "--amend", "-q", "-F", "-", stdin=message)
    pushed = gate.work.push(*options, "topic:main")
    assert pushed.status == 0, pushed.text


def test_a_freeze_is_lifted(breaking: Breaking, gate: kit.Server) -> None:
    gate.add_policy(FREEZE)
    refusal = breaking.refusal()
    assert "freeze" in parse_pasted(refusal).rules
    assert breaking(stdin=refusal, who=AS_JANE).status == 0
    pushed = gate.work.push("topic:main")
    assert pushed.status == 0, pushed.text


def test_a_freeze_that_only_this_clone_knows_of(
    breaking: Breaking, gate: kit.Server, refusal: Path, tmp_path: Path
) -> None:
    """Who may break the glass, the clone does not know; the server does."""
    gate.add_policy(FREEZE)
    known = tmp_path / "known.toml"
    known.write_text(f'version = 1\nrepository = "acme/portal"\n{FREEZE}')
    assert breaking("--policy", known, who=AS_JANE).status == 0
    assert "freeze" in approved(gate).rules
    assert gate.work.push("topic:main").status == 0


def test_an_ordinary_approval_lifts_no_freeze(cli: Cli, gate: kit.Server, tmp_path: Path) -> None:
    known = tmp_path / "known.toml"
    known.write_text(f"version = 1\n{FREEZE}")
    result = cli(gate.work, "approve", "--policy", known, "--key", gate.key)
    assert result.status == 2
    complaint = "refs/heads/main is frozen: only breaking the glass lifts that"
    assert said(result).startswith(complaint)


def test_what_nobody_can_lift(breaking: Breaking, gate: kit.Server, tmp_path: Path) -> None:
    known = tmp_path / "known.toml"
    known.write_text(f'version = 1\n{FREEZE}[rules.mass-deletion]\neffect = "deny"\n')
    result = breaking("--policy", known, who=AS_JANE)
    assert result.status == 2
    assert said(result) == "there is nothing to approve: the change is denied"


@pytest.mark.parametrize(
    ("policy", "options", "lasts"),
    [
        ("", (), timedelta(hours=1)),
        ("[approvals]\nbreak_glass_max_age = '2h'\n", (), timedelta(hours=2)),
        ("", ("--expires", "10m"), timedelta(minutes=10)),
    ],
)
def test_it_does_not_last(
    breaking: Breaking, gate: kit.Server, policy: str, options: tuple[str, ...], lasts: timedelta
) -> None:
    gate.add_policy(policy)
    before = datetime.now(UTC) - timedelta(seconds=2)
    assert breaking("--policy", gate.policy, *options).status == 0
    assert timedelta() <= approved(gate).expires - before - lasts <= timedelta(minutes=5)


def test_an_ordinary_key_breaks_no_glass(breaking: Breaking, gate: kit.Server) -> None:
    breaking.key = gate.key
    result = breaking("--policy", gate.policy)
    assert (result.status, result.stdout) == (2, "")
    assert said(result).endswith("for ordinary approvals, not to break glass")


def test_a_break_glass_key_is_for_nothing_else(
    breaking: Breaking, cli: Cli, gate: kit.Server
) -> None:
    result = cli(gate.work, "approve", "--key", breaking.key, "--policy", gate.policy)
    assert (result.status, result.stdout) == (2, "")
    assert "for breaking the glass alone: give --break-glass REASON" in said(result)


@pytest.mark.parametrize(
    ("why", "complaint"),
    [
        ("", "say why: the reason stands in every report"),
        ("  ", "say why"),
        ("two  spaces", "single-spaced words"),
        ("two\nlines", "single-spaced words"),
        ("x" * 501, "up to 500 letters"),
    ],
)
def test_no_reason(breaking: Breaking, why: str, complaint: str) -> None:
    result = breaking(why=why)
    assert result.status == 2
    assert complaint in said(result)


def test_nothing_to_break_it_for(breaking: Breaking, gate: kit.Server) -> None:
    gate.work.git("checkout", "-q", "main")
    result = breaking()
    assert result.status == 2
    assert said(result).startswith(
        "there is nothing to approve: the change is accepted, as far as "
    )
