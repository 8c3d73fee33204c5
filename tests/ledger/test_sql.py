"""Records in a database: appended whole or not at all, and found again by ref and by approval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.decision import Contribution
from agentguard.errors import EvaluationError
from agentguard.ledger.moves import ACCEPTED, LANDED, Move, Use, identity
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.record import BEFORE_THE_FIRST, OPENED, Head
from agentguard.ledger.settings import LedgerSettings
from agentguard.ledger.sql import Ledger
from agentguard.ledger.sqlite import SQLite, create
from tests.approvals.makers import NOW, STATEMENT
from tests.ledger import chain
from tests.ledger.makers import MAIN, A, B, C, decide, decided, note, update

TIME = "2026-11-21T09:00:00Z"
OTHER = "refs/heads/other"
ODD = "refs/heads/a\udcff'\"\\%é"


def test_an_empty_ledger_ends_nowhere(ledger: Ledger) -> None:
    assert ledger.head == Head(0, BEFORE_THE_FIRST)
    assert (list(ledger.rows()), ledger.moves(), ledger.uses()) == ([], [], [])


def test_the_first_record_says_whose_ledger_it_is(ledger: Ledger, tmp_path: Path) -> None:
    decide(ledger, decided(update(A, B)))
    first, second = chain.verify(tmp_path)
    assert (first["event"], first["body"], first["time"]) == (
        OPENED, {"ledger": "acme/portal"}, TIME,
    )  # fmt: skip
    assert second["event"] == "decision"
    assert ledger.head == Head(2, chain.rows(tmp_path)[-1].hash)


def test_opening_it_on_purpose_opens_it_once(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.writing() as writer:
        writer.append(OPENED, {"ledger": "acme/portal"}, NOW)
        writer.append("note", {}, NOW)
    assert [each["event"] for each in chain.verify(tmp_path)] == [OPENED, "note"]


def test_rows_come_in_order_and_as_asked(ledger: Ledger, tmp_path: Path) -> None:
    for number in range(5):
        decide(ledger, decided(update(A, B, f"refs/heads/{number}")))
    stored = [(row.seq, row.text, row.hash) for row in ledger.rows()]
    assert stored == [(row.seq, row.text, row.hash) for row in chain.rows(tmp_path)]
    assert [row.seq for row in ledger.rows(3)] == [3, 4, 5, 6]
    assert [row.seq for row in ledger.rows(2, 4)] == [2, 3, 4]
    assert [row.record.seq for row in ledger.rows(last=1)] == [1]
    assert list(ledger.rows(7)) == []


# ---------------------------------------------------------------- looking up


def test_a_move_holds_all_that_is_asked_of_it(ledger: Ledger) -> None:
    moved = replace(
        decided(update(A, B, ODD), lost=True),
        base=C, windows=(Contribution("beside", "many-lines", {"lines": 3}),),
    )  # fmt: skip
    decide(ledger, moved)
    note(ledger, (update(A, B, ODD), 2))
    windows = '[{"policy":"beside","reset":false,"rule":"many-lines","sizes":{"lines":3}}]'
    accepted = Move(
        2, ACCEPTED, TIME, ODD, A, B, base=C, environment="production", lost=True, pusher="sam",
        windows=windows,
    )  # fmt: skip
    landed = Move(3, LANDED, TIME, ODD, A, B, environment="production", decision=2)
    assert ledger.moves() == [accepted, landed]
    assert accepted.key == landed.key == (ODD, A, B)


def test_moves_are_found_by_ref_time_and_object(ledger: Ledger) -> None:
    later = NOW + timedelta(hours=1)
    decide(ledger, decided(update(A, B)), decided(update("", B, OTHER)))
    decide(ledger, decided(update(B, "")), now=later)

    def found(**asked: str) -> list[tuple[str, str, str]]:
        return [move.key for move in ledger.moves(**asked)]

    every = [(MAIN, A, B), (OTHER, "", B), (MAIN, B, "")]
    assert found() == every
    assert found(ref=MAIN) == [every[0], every[2]]
    assert found(new=B) == every[:2]
    assert found(old="") == [every[1]]
    assert found(new="", ref=MAIN) == [every[2]]
    assert found(since="2026-11-21T09:00:01Z") == [every[2]]
    assert found(since=TIME) == every
    assert found(ref="refs/heads/mai") == found(ref=MAIN, old=C) == []


def test_uses_are_found_by_approval(ledger: Ledger) -> None:
    second = replace(STATEMENT, approver="joe@example.com")
    decide(ledger, decided(update(A, B, ODD), STATEMENT, second))
    name = identity(STATEMENT.render())
    assert ledger.uses(name) == [Use(2, TIME, name, ODD, A, B)]
    assert {use.approval for use in ledger.uses()} == {name, identity(second.render())}
    assert ledger.uses("0" * 64) == []


def test_plain_text_is_used_by_nobody(ledger: Ledger, tmp_path: Path) -> None:
    """A trailer that nobody signed holds no statement that could be spent."""
    [signed] = decided(update(A, B), STATEMENT).approvals
    plain = replace(signed, carrier="trailer", statement="", signed="", signature="")
    decide(ledger, replace(decided(update(A, B)), approvals=(plain,)))
    assert ledger.uses() == []
    chain.verify(tmp_path)


NAMES = st.binary(min_size=1).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
OBJECTS = st.sampled_from(["", A, B, C])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(NAMES | st.text(min_size=1), OBJECTS, OBJECTS), max_size=4))
def test_any_ref_is_found_again(
    tmp_path_factory: pytest.TempPathFactory, pushed: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    with open_ledger(folder, LedgerSettings(name="any")) as ledger:
        for ref, old, new in pushed:
            decide(ledger, decided(update(old, new, ref), STATEMENT))
        for ref, old, new in pushed:
            assert (ref, old, new) in [move.key for move in ledger.moves(ref=ref, new=new)]
        keys = [move.key for move in ledger.moves()]
    assert keys == pushed
    chain.verify(folder)


# ---------------------------------------------------------------- all or nothing


def interrupted(ledger: Ledger) -> None:
    with ledger.writing() as writer:
        writer.append("note", {}, NOW)
        raise KeyboardInterrupt


def test_what_was_interrupted_left_nothing(ledger: Ledger, tmp_path: Path) -> None:
    decide(ledger, decided(update(A, B)))
    before = chain.rows(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        interrupted(ledger)
    assert chain.rows(tmp_path) == before
    decide(ledger, decided(update(B, C), STATEMENT))
    assert len(chain.verify(tmp_path)) == 3


class Failing(SQLite):
    """A database in which one table cannot be added to."""

    table = "uses"

    def ask(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        if sql.startswith(f"INSERT INTO {self.table}"):
            raise EvaluationError("the disk is full")
        return super().ask(sql, values)


def failing_at_commit(database: SQLite) -> None:
    @contextmanager
    def locked(ledger: str) -> Iterator[None]:
        with SQLite.locked(database, ledger):
            yield
            raise EvaluationError("the disk is full")

    database.locked = locked  # type: ignore[method-assign]


def failing_at_records(database: SQLite) -> None:
    database.table = "records"  # type: ignore[attr-defined]


def failing_at_uses(database: SQLite) -> None:
    """The last table that is written."""


@pytest.mark.parametrize("fail", [failing_at_records, failing_at_uses, failing_at_commit])
def test_a_fault_leaves_nothing(tmp_path: Path, fail: Callable[[SQLite], None]) -> None:
    create(tmp_path / chain.FILE)
    database = (SQLite if fail is failing_at_commit else Failing)(tmp_path / chain.FILE)
    fail(database)
    with Ledger(database, "acme/portal") as ledger:
        with pytest.raises(EvaluationError, match="the disk is full"):
            decide(ledger, decided(update(A, B), STATEMENT))
        assert (ledger.head, ledger.moves(), ledger.uses()) == (Head(), [], [])
    assert chain.verify(tmp_path) == []


def test_an_answer_to_what_was_no_question(ledger: Ledger) -> None:
    class Chatty(SQLite):
        def ask(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
            found = list(super().ask(sql, values))
            return iter(found or [(1,)] if sql.startswith("INSERT") else found)

    with (
        Ledger(Chatty(Path(ledger.place)), "acme/portal") as chatty,
        pytest.raises(EvaluationError, match="answered where nothing was asked"),
    ):
        decide(chatty, decided(update(A, B)))


def test_several_ledgers_may_share_a_database(ledger: Ledger) -> None:
    """Each by its name, as in the database of a fleet."""

    class Shared(SQLite):
        shared = True

    path = Path(ledger.place)
    with Ledger(Shared(path), "one") as one, Ledger(Shared(path), "two") as two:
        decide(one, decided(update(A, B), STATEMENT))
        assert (one.head.seq, two.head.seq, ledger.head.seq) == (2, 0, 0)
        decide(two, decided(update(A, C)))
        assert [move.new for move in one.moves()] == [B]
        assert [move.new for move in two.moves()] == [C]
        assert (len(one.uses()), len(two.uses())) == (1, 0)
        assert next(two.rows()).record.body == {"ledger": "two"}
