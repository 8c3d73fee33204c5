"""Declaring freezes on a server: recorded first, written whole, read again by the gate."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.policy import places
from agentguard.policy.freezes import FREEZES, declared_freezes
from agentguard.policy.model import Freeze
from agentguard.server.freeze import declare, lift, rendered, status
from tests import kit
from tests.server import unrecorded

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
FREEZE = Freeze(
    start=NOW,
    until=NOW + 8 * HOUR,
    refs=("refs/heads/main",),
    effect="deny",
    reason='release "week"',
    by="root (sudo: jane)",
    declared=NOW,
    source=str(FREEZES),
)
Events = list[tuple[str, Mapping[str, object]]]


@pytest.fixture(autouse=True)
def _no_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MACHINE", tmp_path / "etc" / "policy.toml")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return kit.init(tmp_path / "portal.git", "--bare").path


def declared(bare: Path) -> tuple[Freeze, ...]:
    return declared_freezes((bare / FREEZES).read_bytes(), "file")


def test_what_is_declared_is_what_is_read(bare: Path) -> None:
    events: Events = []
    [line] = declare([bare], FREEZE, lambda *event: events.append(event))
    assert line == f"frozen until 2026-11-21T17:00:00Z: refs/heads/main of {bare}"
    assert declared(bare) == (FREEZE,)
    assert stat.S_IMODE((bare / FREEZES).stat().st_mode) == 0o644
    body = {
        "repository": str(bare),
        "by": "root (sudo: jane)",
        "time": "2026-11-21T09:00:00Z",
        "until": "2026-11-21T17:00:00Z",
        "refs": ["refs/heads/main"],
        "effect": "deny",
        "reason": 'release "week"',
    }
    assert events == [("freeze-on", body)]


def test_another_joins_and_what_is_over_goes(bare: Path) -> None:
    everything = replace(FREEZE, refs=(), until=NOW + HOUR)
    later = replace(FREEZE, start=NOW + 2 * HOUR, declared=NOW + 2 * HOUR)
    list(declare([bare], everything, unrecorded))
    list(declare([bare], FREEZE, unrecorded))
    assert declared(bare) == (everything, FREEZE)
    list(declare([bare], later, unrecorded))
    assert declared(bare) == (FREEZE, later)


def test_they_end_with_a_reason_that_is_recorded(bare: Path) -> None:
    events: Events = []
    over = replace(FREEZE, until=NOW + HOUR)
    list(declare([bare], over, unrecorded))
    list(declare([bare], FREEZE, unrecorded))
    [line] = lift([bare], "root", "released", NOW + HOUR, lambda *event: events.append(event))
    assert line.startswith(f"ended: {bare}: refs/heads/main frozen until 2026-11-21T17:00:00Z")
    assert declared(bare) == ()
    [(name, body)] = events
    assert (name, body["by"], body["reason"]) == ("freeze-off", "root", "released")
    assert (body["repository"], body["time"]) == (str(bare), "2026-11-21T10:00:00Z")
    assert isinstance(body["ended"], list)
    assert [each["until"] for each in body["ended"]] == ["2026-11-21T17:00:00Z"]


def test_where_none_was_declared_nothing_ends(bare: Path) -> None:
    def record(*_: object) -> None:
        raise AssertionError("nothing happened")

    expected = f"{bare}: no freeze was declared here"
    assert list(lift([bare], "root", "why", NOW, record)) == [expected]
    list(declare([bare], FREEZE, unrecorded))
    assert list(lift([bare], "root", "why", NOW + 9 * HOUR, record)) == [expected]


def test_what_cannot_be_recorded_is_not_done(bare: Path) -> None:
    def full(*_: object) -> None:
        raise EvaluationError("the ledger is full")

    with pytest.raises(EvaluationError, match="the ledger is full"):
        list(declare([bare], FREEZE, full))
    assert not (bare / FREEZES).exists()
    list(declare([bare], FREEZE, unrecorded))
    with pytest.raises(EvaluationError, match="the ledger is full"):
        list(lift([bare], "root", "why", NOW, full))
    assert declared(bare) == (FREEZE,)


def test_several_repositories_or_none(bare: Path, tmp_path: Path) -> None:
    other = kit.init(tmp_path / "shop.git", "--bare").path
    work = kit.init(tmp_path / "work").path
    for wrong in (work, work / ".git"):
        with pytest.raises(ConfigurationError, match="has a work tree: it is somebody's clone"):
            list(declare([bare, other, wrong], FREEZE, unrecorded))
    with pytest.raises(ConfigurationError, match="is not a full ref name"):
        list(declare([bare, other], replace(FREEZE, refs=("main",)), unrecorded))
    (other / FREEZES).parent.mkdir()
    (other / FREEZES).write_text("nonsense = 1\n")
    damaged = r"freezes\.toml: nonsense: unknown key"
    with pytest.raises(ConfigurationError, match=damaged):
        list(declare([bare, other], FREEZE, unrecorded))
    with pytest.raises(ConfigurationError, match=damaged):
        list(lift([bare, other], "root", "why", NOW, unrecorded))
    assert not (bare / FREEZES).exists()
    assert (other / FREEZES).read_text() == "nonsense = 1\n"
    (other / FREEZES).unlink()
    assert len(list(declare([bare, other, bare], FREEZE, unrecorded))) == 2
    assert declared(bare) == declared(other) == (FREEZE,)


def test_all_freezes_are_listed_those_of_policies_too(bare: Path) -> None:
    assert list(status([bare], NOW)) == [(f"{bare}: no freeze", False)]
    list(declare([bare], replace(FREEZE, refs=()), unrecorded))
    (bare / "agentguard" / "policy.toml").write_text(
        "version = 1\n[[freeze]]\nfrom = 2026-12-20\nuntil = 2027-01-04\n"
        "refs = ['refs/heads/x']\neffect = 'warn'\n"
        "[[freeze]]\nfrom = 2025-12-20\nuntil = 2026-01-04\nrefs = ['refs/heads/x']\n"
    )
    now, later = status([bare], NOW)
    assert now == (
        (
            f"{bare}: everything in production frozen until 2026-11-21T17:00:00Z "
            '(deny, agentguard/freezes.toml) by root (sudo: jane): release "week"'
        ),
        True,
    )
    assert later == (
        (
            f"{bare}: refs/heads/x will be frozen from 2026-12-20T00:00:00Z until "
            "2027-01-04T00:00:00Z (warn, agentguard/policy.toml)"
        ),
        False,
    )


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda each: each.replace(microsecond=0)
)


@given(WORDS, WORDS, MOMENTS, st.sampled_from(["deny", "approve", "warn"]))
def test_any_words_survive_being_written(
    reason: str, by: str, start: datetime, effect: str
) -> None:
    freeze = replace(
        FREEZE, reason=reason, by=by, start=start, declared=start, until=start + HOUR,
        effect=effect,  # type: ignore[arg-type]
    )  # fmt: skip
    assert declared_freezes(rendered([freeze, FREEZE]).encode(), "file") == (freeze, FREEZE)
