"""The file of freezes that were declared on the server, and the stack that holds them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.errors import ConfigurationError
from agentguard.policy import places
from agentguard.policy.freezes import FREEZES, declared_freezes
from agentguard.policy.model import Freeze
from agentguard.policy.stack import Stack, load_stack
from agentguard.repo.repository import open_repository
from tests import kit

START = datetime(2026, 11, 21, tzinfo=UTC)
UNTIL = datetime(2026, 11, 22, tzinfo=UTC)
TEXT = """
[[freeze]]
from = 2026-11-21
until = 2026-11-22
effect = "approve"
reason = "release"
by = "root"
declared = 2026-11-21T00:00:00Z
"""
FREEZE = Freeze(START, UNTIL, (), "approve", "release", "root", START, "agentguard/freezes.toml")


def test_what_was_declared() -> None:
    text = TEXT + 'refs = ["refs/heads/x"]\n' + TEXT
    found = declared_freezes(text.encode(), "file")
    assert found == (replace(FREEZE, refs=("refs/heads/x",)), FREEZE)
    assert declared_freezes(b"", "file") == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[", "not TOML"),
        ("freezes = 1", "freezes: unknown key; did you mean freeze?"),
        ("freeze = 1", "freeze: expected a table"),
        (TEXT.replace('by = "root"', ""), "freeze[0].by: is missing"),
        (TEXT.replace('"root"', '" "'), "freeze[0].by: must not be empty"),
        (TEXT.replace("declared = 2026-11-21T00:00:00Z", ""), "freeze[0].declared: is missing"),
        (TEXT.replace("2026-11-22", "2026-11-20"), "freeze[0].until: a freeze needs"),
        (TEXT + "refs = []", "freeze[0].refs: is missing"),
        (TEXT + "refs = ['main']", "freeze[0].refs: 'main' is not a full ref name"),
        (TEXT + "why = 'x'", "freeze[0].why: unknown key"),
    ],
)
def test_faults_name_the_file_and_the_key(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        declared_freezes(text.encode(), "file")
    assert str(raised.value).startswith(f"file: {fault}")


@given(st.binary(max_size=200) | st.sampled_from(TEXT.splitlines()).map(str.encode))
def test_any_bytes_are_freezes_or_our_own_error(content: bytes) -> None:
    with suppress(ConfigurationError):
        declared_freezes(content, "file")


# ---------------------------------------------------------------- in the stack


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "MACHINE", tmp_path / "policy.toml")
    bare = kit.init(tmp_path / "portal.git", "--bare").path
    (bare / FREEZES).parent.mkdir()
    (bare / FREEZES).write_text(TEXT)
    return bare


def load(bare: Path) -> Stack:
    return load_stack(open_repository(bare), "")


def test_everything_in_production_is_what_any_policy_says_it_is(bare: Path) -> None:
    [only] = load(bare).policies
    assert only.freezes == (replace(FREEZE, refs=only.environments["production"]),)
    for path, ref in ((bare / "agentguard" / "policy.toml", "a"), (places.MACHINE, "b")):
        path.write_text(
            f"version = 1\n[environments.production]\nrefs = ['refs/heads/{ref}']\n"
            f"[[freeze]]\nfrom = 2026-01-01\nuntil = 2027-01-01\nrefs = ['refs/heads/{ref}']\n"
        )
    first, second = load(bare).policies
    assert [freeze.refs for freeze in first.freezes] == [
        ("refs/heads/a",),
        ("refs/heads/a", "refs/heads/b"),
    ]
    assert [freeze.refs for freeze in second.freezes] == [("refs/heads/b",)]


def test_refs_that_are_named_stay(bare: Path) -> None:
    (bare / FREEZES).write_text(TEXT + 'refs = ["refs/heads/x"]')
    assert load(bare).policies[0].freezes[0].refs == ("refs/heads/x",)


def test_one_that_cannot_be_read_closes_the_gate(bare: Path) -> None:
    (bare / FREEZES).write_text("[[")
    with pytest.raises(ConfigurationError, match=r"\Aagentguard/freezes\.toml: not TOML"):
        load(bare)
    (bare / FREEZES).chmod(0o666)
    with pytest.raises(ConfigurationError, match="can be written by everyone"):
        load(bare)
