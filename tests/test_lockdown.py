"""Reading what is locked: without a file nothing, and whatever cannot be read is everything."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard import lockdown as module
from agentguard.change import RefUpdate
from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.lockdown import (
    Lockdown,
    Order,
    as_text,
    from_file,
    in_force,
    lockdown_finding,
    locked,
    parse_lockdown,
)

SINCE = datetime(2026, 11, 21, 9, tzinfo=UTC)
ORDER = Order("tables are gone", "root (sudo: jane)", SINCE)
PLAIN = {"since": "2026-11-21T09:00:00Z", "by": "root", "reason": "why"}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine's lockdown, which does not exist yet."""
    path = tmp_path / "etc" / "lockdown.json"
    path.parent.mkdir()
    monkeypatch.setattr(module, "FILE", path)
    return path


def text(**changed: object) -> bytes:
    order = {name: value for name, value in {**PLAIN, **changed}.items() if value is not None}
    return json.dumps({"version": 1, "orders": [order]}).encode()


def test_without_a_file_nothing_is_locked_and_one_look_tells(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    lstat = Path.lstat

    def counted(path: Path) -> os.stat_result:
        asked.append(path)
        return lstat(path)

    def more(path: Path, **_: object) -> None:
        raise AssertionError(f"{path} was opened")

    monkeypatch.setattr(Path, "lstat", counted)
    monkeypatch.setattr(Path, "read_bytes", more)
    assert in_force(from_file) is None
    assert asked == [file]


def test_what_was_ordered_is_what_is_read(file: Path) -> None:
    second = Order("look into it", "sam", SINCE, agents_only=True, repos=("acme/*", "/srv/x.git"))
    file.write_text(as_text(Lockdown((ORDER, second))))
    assert in_force(from_file) == Lockdown((ORDER, second))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        pytest.param(b"[" * 100_000, "not JSON", id="deep"),
        (b"[]", "not a JSON object"),
        (b"{}", "version: expected 1"),
        (b'{"version": true}', "version: expected a whole number"),
        (b'{"version": 1}', "orders: is missing"),
        (b'{"version": 1, "orders": []}', "orders: is missing"),
        (b'{"version": 1, "orders": ["x"]}', "orders: expected a table"),
        (text(by=None), "orders[0].by: is missing"),
        (text(reason=" "), "orders[0].reason: must not be empty"),
        (text(since="soon"), "orders[0].since: 'soon' is not a date and time"),
        (text(since="0001-01-01T00:00:00+23:00"), "orders[0].since: '0001"),
        (text(since=7), "orders[0].since: expected a string"),
        (text(agents_only="no"), "orders[0].agents_only: expected true or false"),
        (text(repos=[1]), "orders[0].repos: expected a string or a list"),
        (text(repos=["x", " "]), "orders[0].repos: has an empty pattern"),
        (text(repo="x"), "orders[0].repo: unknown key; did you mean repos?"),
        (
            b'{"version": 1, "agents_only": true, "orders": [' + text()[26:],
            "agents_only: unknown key",
        ),
    ],
)
def test_what_cannot_be_read_locks_everything(content: bytes, fault: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_lockdown(content)
    assert f"the server's lockdown: {fault}" in str(raised.value)
    found = in_force(lambda: content)
    assert found is not None
    order = found.over("any")
    assert order is not None
    assert (order.agents_only, order.repos, order.reason) == (False, (), str(raised.value))
    assert lockdown_finding(order).message == (
        f"What is locked cannot be read, so everything is: {raised.value}"
    )


def test_a_source_that_fails_locks_everything() -> None:
    def read() -> bytes:
        raise EvaluationError("the ledger does not answer")

    assert in_force(read) == Lockdown((Order("the ledger does not answer"),))
    assert in_force(lambda: None) is None


@pytest.mark.parametrize("place", ["file", "folder"])
def test_a_file_that_others_can_write_locks_everything(file: Path, place: str) -> None:
    file.write_bytes(text(repos=["acme/shop"]))
    (file if place == "file" else file.parent).chmod(0o777)
    found = in_force(from_file)
    assert found is not None
    order = found.over("acme/portal")
    assert order is not None
    assert "can be written by everyone" in order.reason


def test_something_else_in_its_place_locks_everything(file: Path) -> None:
    file.mkdir()
    found = in_force(from_file)
    assert found is not None
    assert found.orders[0].reason == f"{file} cannot be read: Is a directory"


def test_a_link_to_nothing_locks_everything(file: Path) -> None:
    file.symlink_to("nowhere")
    assert in_force(from_file) == Lockdown((Order(f"{file} leads to no file"),))


def test_a_folder_that_is_none_locks_everything(file: Path) -> None:
    file.parent.rmdir()
    file.parent.write_text("in the way")
    assert in_force(from_file) == Lockdown((Order(f"{file} cannot be read: Not a directory"),))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_lockdown(content: bytes) -> None:
    assert in_force(lambda: content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["version", "orders", "since", "by", "reason", "agents_only", "repos"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["version", "orders", "x"]), JSON) | JSON)
def test_any_json_is_a_lockdown(document: object) -> None:
    assert in_force(lambda: json.dumps(document).encode())


NAMES = st.text(min_size=1, max_size=8).filter(str.strip)
ORDERS = st.builds(
    Order,
    reason=NAMES,
    by=NAMES,
    since=st.datetimes(timezones=st.just(UTC)).map(lambda each: each.replace(microsecond=0)),
    agents_only=st.booleans(),
    repos=st.lists(NAMES, max_size=3).map(tuple),
)


@given(st.lists(ORDERS, min_size=1, max_size=3).map(tuple))
def test_any_orders_survive_being_written(orders: tuple[Order, ...]) -> None:
    assert parse_lockdown(as_text(Lockdown(orders)).encode()) == Lockdown(orders)


@pytest.mark.parametrize(
    ("pattern", "names", "meant"),
    [
        ("acme/portal", ("/srv/git/a.git", "acme/portal"), True),
        ("acme/portal", ("/srv/git/a.git", "acme/portal2"), False),
        ("ACME/*", ("acme/portal",), True),
        ("/srv/git/*", ("/srv/git/deep/down.git",), True),
        ("/srv/git/*.git", ("/srv/git/a.git",), True),
        ("/srv/git/a", ("/srv/git/a.git",), False),
        ("*", ("",), True),
        ("a.b", ("axb",), False),
        ("a*", ("a\nb",), True),
    ],
)
def test_which_repositories_are_meant(pattern: str, names: tuple[str, ...], *, meant: bool) -> None:
    assert Order("why", "root", SINCE, repos=(pattern,)).covers(names) is meant


def test_the_strictest_order_counts() -> None:
    agents = Order("look into it", "sam", SINCE, agents_only=True)
    shop = Order("tables are gone", "sam", SINCE, repos=("acme/shop",))
    lockdown = Lockdown((agents, shop))
    assert lockdown.over("/srv/shop.git", "acme/shop") == shop
    assert lockdown.over("acme/portal") == agents
    assert Lockdown((shop,)).over("acme/portal") is None


def test_every_ref_is_refused_with_since_when_by_whom_and_why() -> None:
    updates = (RefUpdate("1" * 40, "2" * 40, "refs/heads/x"), RefUpdate("1" * 40, "", "refs/x"))
    decision = locked(updates, ORDER)
    assert [each.update for each in decision.updates] == list(updates)
    assert {each.verdict for each in decision.updates} == {"denied"}
    [found] = decision.updates[0].findings
    assert (found.rule, found.effect) == ("lockdown", "deny")
    assert found.message == (
        "Locked since 2026-11-21T09:00:00Z by root (sudo: jane): tables are gone"
    )
    assert "Only whoever runs this server can end the lockdown" in found.fix
