"""`[ledger]`: what may stand there, and which policy's counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.errors import ConfigurationError
from agentguard.ledger.settings import LedgerSettings, ledger_settings, read_ledger
from agentguard.policy import places
from agentguard.settings import Table, parse_toml

KEY = 'checkpoint_key = "/etc/agentguard/key"\n'
TO = 'checkpoint_to = "/srv/checkpoints"\n'


def read(text: str) -> LedgerSettings | None:
    return read_ledger(Table(parse_toml(text.encode(), "policy.toml"), "policy.toml"))


@pytest.fixture
def policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Where the repository's and the machine's policy are."""
    machine = tmp_path / "etc" / "policy.toml"
    monkeypatch.setattr(places, "MACHINE", machine)
    beside = tmp_path / places.BESIDE
    for path in (machine, beside):
        path.parent.mkdir()
    return beside, machine


def test_nothing_is_nothing() -> None:
    assert read("") is None


@pytest.mark.parametrize("url", ["sqlite", "postgresql://db/audit", "postgres://db/audit"])
def test_a_url(url: str) -> None:
    assert read(f'url = "{url}"\n') == LedgerSettings(url=url)


def test_checkpoints() -> None:
    assert read(f"checkpoint_every = 100\n{KEY}{TO}") == LedgerSettings(
        checkpoint_every=100, checkpoint_key="/etc/agentguard/key", checkpoint_to="/srv/checkpoints"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('url = "mysql://db/audit"', "url: expected 'sqlite' or 'postgresql://HOST/DATABASE'"),
        ('url = "SQLite"', "url: expected 'sqlite'"),
        ("url = 1", "url"),
        (f"checkpoint_every = 9\n{TO}", "checkpoint_key: is missing"),
        (f"checkpoint_every = 9\n{KEY}", "checkpoint_to: is missing"),
        ("checkpoint_every = -1", "checkpoint_every"),
        ("checkpoint_every = true", "checkpoint_every"),
        ('uri = "sqlite"', "uri"),
    ],
)
def test_what_cannot_be_meant(text: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=f"policy.toml: {why}"):
        read(text + "\n")


def test_without_policies_it_is_beside_the_repository(
    policies: tuple[Path, Path], tmp_path: Path
) -> None:
    assert ledger_settings(tmp_path) == LedgerSettings(name=str(tmp_path))


def test_the_repositorys_policy_counts_before_the_machines(
    policies: tuple[Path, Path], tmp_path: Path
) -> None:
    beside, machine = policies
    machine.write_text('repository = "all"\n[ledger]\nurl = "postgresql://db/audit"\n')
    assert ledger_settings(tmp_path) == LedgerSettings("postgresql://db/audit", "all")
    beside.write_text('repository = "acme/portal"\n')
    assert ledger_settings(tmp_path) == LedgerSettings("postgresql://db/audit", "acme/portal")
    beside.write_text('repository = "acme/portal"\n[ledger]\nurl = "sqlite"\n')
    assert ledger_settings(tmp_path) == LedgerSettings("sqlite", "acme/portal")


@pytest.mark.parametrize(
    "broken", ["[ledger", '[ledger]\nurl = "x"', "ledger = 1", "repository = 1"]
)
def test_a_policy_that_cannot_be_read_has_no_settings(
    policies: tuple[Path, Path], tmp_path: Path, broken: str
) -> None:
    policies[0].write_text(f"{broken}\n")
    assert ledger_settings(tmp_path) == LedgerSettings(name=str(tmp_path))
