"""What a commit says of its maker, beside the account that pushes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentguard.accounts import Account
from agentguard.actors import Attribution, KnownBy
from agentguard.change import Commit, Person
from agentguard.measures import MEASURES
from tests.changes import change, commit, policy
from tests.measures.views import read

MADE = commit("c")
ID = MADE.id[:12]
OWN, BOT, OTHER = "jane@example.com", "bot@example.com", "bob@example.com"
JANE = Account("jdoe", frozenset({OWN}), frozenset({OTHER}), frozenset({BOT}))


def named(role: str, *emails: str) -> Commit:
    people = tuple(Person("Somebody", email) for email in emails)
    return replace(MADE, authors=people) if role == "author" else replace(MADE, committers=people)


@pytest.mark.parametrize("role", ["author", "committer"])
@pytest.mark.parametrize(
    ("emails", "whose", "shown"),
    [
        pytest.param([OWN], "pusher", OWN, id="own"),
        pytest.param([BOT], "automation", BOT, id="a bot"),
        pytest.param([OTHER], "other", OTHER, id="other"),
        pytest.param(["x"], "stranger", "x", id="stranger"),
        pytest.param([OTHER, OWN], "other", OTHER, id="the first of two"),
        pytest.param([OWN, "x"], "stranger", "x", id="the last of two"),
        pytest.param([BOT, OWN], "automation", BOT, id="a bot beside oneself"),
        pytest.param(["x", OTHER], "other", OTHER, id="the furthest"),
        pytest.param([""], "stranger", "nobody", id="an empty address"),
        pytest.param([], "stranger", "nobody", id="no header"),
    ],
)
def test_whose_name_a_commit_carries(role: str, emails: list[str], whose: str, shown: str) -> None:
    made = named(role, *emails)
    found = read(role, raw=["other"], seen=change(made), commit=made, account=JANE)
    assert found.value == whose
    assert found.details == (f"{ID} names {shown} as {role}, and jdoe pushes it",)
    assert MEASURES[role].holds(found.value, ("other", "automation")) is (
        whose in ("other", "automation")
    )


@pytest.mark.parametrize("role", ["author", "committer"])
def test_where_nobody_is_known_nothing_is_said(role: str) -> None:
    made = named(role, OTHER)
    everything = list(MEASURES[role].parse(["pusher", "automation", "other", "stranger"]))
    for found in (
        read(role, raw=everything, seen=change(made), commit=made),
        read(role, raw=everything, account=JANE),
    ):
        assert (found.value, found.details) == ("", ())
        assert not MEASURES[role].holds(found.value, everything)


@pytest.mark.parametrize(
    ("arriving", "limit", "holds"),
    [
        ([MADE.id], True, True),
        ([MADE.id], False, False),
        ([], True, False),
        (["0" * 40], True, False),
        ([], False, True),
    ],
)
def test_arrives(arriving: list[str], *, limit: bool, holds: bool) -> None:
    seen = change(MADE, arriving=frozenset(arriving))
    found = read("arrives", raw=limit, seen=seen, commit=MADE)
    assert MEASURES["arrives"].holds(found.value, limit) is holds
    assert read("arrives", raw=True, seen=seen).value is False


@pytest.mark.parametrize(
    ("known", "limit", "value", "words"),
    [
        (["account"], "account", "account", "an agent's account pushed it"),
        (["account"], ["address", "key"], "", ""),
        (["account", "key"], ["address", "key"], "key", "an agent's key signed it"),
        (
            ["account", "address"],
            ["address", "account"],
            "account",
            "an agent's account pushed it and it has an agent's address",
        ),
        ([], ["address", "account", "key"], "", ""),
    ],
)
def test_unlabelled(known: list[KnownBy], limit: object, value: str, words: str) -> None:
    made = Attribution(MADE.id, "agent", unlabelled=tuple(known))
    found = read("unlabelled", raw=limit, seen=change(MADE), commit=MADE, attribution=made)
    measure = MEASURES["unlabelled"]
    assert found.value == value
    assert measure.holds(found.value, measure.parse(limit)) is bool(value)
    assert found.details == ((f"{ID} names no agent, but {words}",) if value else ())


def test_without_a_commit_nothing_is_unlabelled() -> None:
    assert read("unlabelled", raw="key").value == ""


@pytest.mark.parametrize(
    ("name", "raw"),
    [("author", "nobody"), ("committer", []), ("unlabelled", "mark"), ("arrives", 1)],
)
def test_other_limits_are_refused(name: str, raw: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        MEASURES[name].parse(raw)


AGENTS = "[actors]\nagent_pushers = ['svc-claude']\n"


@pytest.mark.parametrize(
    ("name", "limit", "text", "pusher", "possible"),
    [
        ("author", "other", "[accounts]\njdoe = 'jane@example.com'", "JDoe", True),
        ("committer", "other", "[accounts]\njdoe = 'jane@example.com'", "kim", False),
        ("committer", "other", "[accounts]\njdoe = 'jane@example.com'", "", False),
        ("committer", "other", "", "jdoe", False),
        ("unlabelled", "account", AGENTS, "svc-claude", True),
        ("unlabelled", "account", AGENTS, "jdoe", False),
        ("unlabelled", "address", AGENTS, "svc-claude", False),
        ("unlabelled", ["address", "account"], AGENTS, "svc-claude", True),
        ("unlabelled", "address", "[actors]\nagent_emails = ['a@example.com']", "", True),
        ("unlabelled", "key", "[actors]\nagent_emails = ['a@example.com']", "", False),
    ],
)
def test_what_can_be_told_at_all(
    name: str, limit: object, text: str, pusher: str, *, possible: bool
) -> None:
    measure = MEASURES[name]
    assert measure.possible is not None
    assert measure.possible(measure.parse(limit), policy(text), pusher) is possible
