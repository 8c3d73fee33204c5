"""Starting and ending a lockdown: recorded, and written whole."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agentguard import lockdown as module
from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.lockdown import Lockdown, Order, from_file, in_force
from agentguard.server.lockdown import lock, real, status, unknown, unlock
from tests.server import unrecorded

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ORDER = Order("tables are gone", "root (sudo: jane)", NOW)
AGENTS = Order("look into it", "sam", NOW, agents_only=True, repos=("acme/*",))
Events = list[tuple[str, Mapping[str, object]]]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "etc" / "lockdown.json"
    monkeypatch.setattr(module, "FILE", path)
    return path


def test_an_order_is_in_force_until_it_is_ended(file: Path) -> None:
    events: Events = []
    assert list(status()) == []
    lines = list(lock(AGENTS, lambda *event: events.append(event)))
    assert lines == ["locked: what agents push to acme/*"]
    assert in_force(from_file) == Lockdown((AGENTS,))
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(status()) == [
        "what agents push to acme/*, since 2026-11-21T09:00:00Z by sam: look into it"
    ]
    ordered = {
        "since": "2026-11-21T09:00:00Z",
        "by": "sam",
        "reason": "look into it",
        "agents_only": True,
        "repos": ["acme/*"],
    }
    assert events == [("lockdown-on", ordered)]
    [line] = unlock("root", "all is well", NOW, lambda *event: events.append(event))
    assert line == "the lockdown has ended: pushes are judged as ever"
    ended = {"by": "root", "time": "2026-11-21T09:00:00Z", "reason": "all is well"}
    assert events[1] == ("lockdown-off", {**ended, "ended": [ordered]})
    assert in_force(from_file) is None
    assert list(file.parent.iterdir()) == []


def test_an_order_joins_those_in_force(file: Path) -> None:
    list(lock(ORDER, unrecorded))
    first, second = lock(AGENTS, unrecorded)
    assert first == "locked: what agents push to acme/*"
    assert second == (
        "still in force: every push to every repository of this server, since "
        "2026-11-21T09:00:00Z by root (sudo: jane): tables are gone"
    )
    assert in_force(from_file) == Lockdown((ORDER, AGENTS))


def test_where_nothing_is_locked_nothing_ends(file: Path) -> None:
    def record(*_: object) -> None:
        raise AssertionError("nothing happened")

    assert list(unlock("root", "why", NOW, record)) == ["no lockdown is in force"]
    assert not file.parent.exists()


def test_stopping_does_not_wait_for_the_ledger_and_ending_does(file: Path) -> None:
    def full(*_: object) -> None:
        raise EvaluationError("the ledger is full")

    assert list(lock(ORDER, full))[1] == "WARNING: locked, but not recorded: the ledger is full"
    assert in_force(from_file) == Lockdown((ORDER,))
    with pytest.raises(EvaluationError, match="the ledger is full"):
        list(unlock("root", "why", NOW, full))
    assert in_force(from_file) == Lockdown((ORDER,))


def test_one_that_cannot_be_read_stays_until_it_is_ended(file: Path) -> None:
    events: Events = []
    file.parent.mkdir()
    file.write_text("{")
    with pytest.raises(ConfigurationError, match=r"lockdown\.json: not JSON"):
        list(lock(ORDER, unrecorded))
    assert file.read_text() == "{"
    [line] = status()
    assert line.startswith("every push to every repository of this server: the server's lockdown: ")
    list(unlock("root", "it was damaged", NOW, lambda *event: events.append(event)))
    assert not file.exists()
    assert "not JSON" in str(events[0][1]["ended"])


def test_a_link_to_nowhere_is_ended_too(file: Path) -> None:
    file.parent.mkdir()
    file.symlink_to("nowhere")
    list(unlock("root", "why", NOW, unrecorded))
    assert not file.is_symlink()


def test_what_cannot_be_removed(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="cannot be removed: Is a directory"):
        list(unlock("root", "why", NOW, unrecorded))


def test_paths_are_meant_as_they_are_behind_links(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "git").symlink_to("data")
    assert real(f"{tmp_path}/git/portal.git") == f"{tmp_path}/data/portal.git"
    assert real(f"{tmp_path}/git/acme-*.git") == f"{tmp_path}/data/acme-*.git"
    assert real(f"{tmp_path}/git/*/x*") == f"{tmp_path}/data/*/x*"
    assert real("/*") == "/*"
    assert real("acme/*") == "acme/*"


def test_what_may_stand_for_no_repository_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "portal.git").mkdir()
    known = (f"{tmp_path}/portal.git", f"{tmp_path}/*", f"{tmp_path}/por*", "/*")
    assert list(unknown(known)) == []
    wrong = (f"{tmp_path}/shop.git", f"{tmp_path}/shop*", f"{tmp_path}/nowhere/*")
    assert list(unknown(wrong)) == [
        f"WARNING: no path here is {each}, so nothing may be locked by it" for each in wrong
    ]
    [line] = unknown(["acme/portal"])
    assert line.startswith("WARNING: acme/portal is looked for among the names")
