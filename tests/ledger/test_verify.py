"""Whatever is done to a ledger afterwards is found, with the number of the record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.ledger.record import BEFORE_THE_FIRST, Row, hash_of
from agentguard.ledger.sql import MOVE_COLUMNS, derived_of
from agentguard.ledger.verify import EMPTY, Fault, Found, Kept, Verification, stored
from tests.ledger import chains
from tests.ledger.chains import STORY


def chain(length: int = 8) -> list[Row]:
    """Records in memory that belong together."""
    rows: list[Row] = []
    previous = BEFORE_THE_FIRST
    for number in range(1, length + 1):
        event = STORY[number % len(STORY)]
        rows.append(chains.row_of(chains.record_of(event, number, previous)))
        previous = rows[-1].hash
    return rows


ROWS = chain()


def faults(rows: Sequence[Row], *kept: Kept, first: int = 1) -> list[Fault]:
    return list(Verification(kept, first).faults([Found(row) for row in rows]))


def named(found: Sequence[Fault]) -> set[int]:
    return {each.seq for each in found}


def test_a_whole_chain_has_no_faults() -> None:
    walk = Verification([Kept(5, ROWS[4].hash[:12], "a head"), Kept(8, ROWS[7].hash, "a head")])

    assert list(walk.faults(Found(row, derived_of(row.record)) for row in ROWS)) == []
    assert (walk.records, walk.head.seq, walk.head.hash) == (8, 8, ROWS[-1].hash)


def test_nothing_is_no_success() -> None:
    assert faults([]) == [Fault(0, EMPTY)]


COLUMNS = ", ".join(MOVE_COLUMNS[1:])
at = st.integers(0, len(ROWS) - 1)


@given(at, st.data())
def test_any_edited_byte_is_found(where: int, data: st.DataObject) -> None:
    text = ROWS[where].text
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda c: c != text[place]))
    edited = text[:place] + other + text[place + 1 :]
    stale = [*ROWS[:where], Row(where + 1, edited, ROWS[where].hash), *ROWS[where + 1 :]]

    assert where + 1 in named(faults(stale))


@given(at, st.data())
def test_an_edit_that_is_hashed_anew_is_found_by_the_next_or_a_head(
    where: int, data: st.DataObject
) -> None:
    reason = data.draw(st.text(max_size=5))
    record = ROWS[where].record
    body = {**record.body, "more": reason}
    row = chains.row_of(chains.record_of((record.event, body), where + 1, record.previous))
    found = faults([*ROWS[:where], row, *ROWS[where + 1 :]], Kept(8, ROWS[7].hash[:12], "a head"))

    assert named(found) & {where + 1, where + 2}


@given(at)
def test_a_removed_record_is_found(where: int) -> None:
    found = faults([*ROWS[:where], *ROWS[where + 1 :]], Kept(8, ROWS[7].hash, "a head"))
    assert where + 1 in named(found)


@given(at, at)
def test_swapped_records_are_found(one: int, other: int) -> None:
    if one == other:
        return
    for keeps_numbers in (True, False):
        rows = list(ROWS)
        rows[one], rows[other] = rows[other], rows[one]
        if keeps_numbers:
            rows = [Row(n, row.text, row.hash) for n, row in enumerate(rows, 1)]
        found = named(faults(rows))
        assert {one + 1, other + 1} & found
        assert not keeps_numbers or {one + 1, other + 1} <= found


@given(at, st.integers(0, len(ROWS)))
def test_a_record_that_stands_twice_is_found(which: int, where: int) -> None:
    twice = [*ROWS[:where], ROWS[which], *ROWS[where:]]
    assert which + 1 in named(faults(twice))


@given(st.integers(0, len(ROWS) - 1))
def test_a_cut_off_end_is_found_against_a_head(length: int) -> None:
    found = faults(ROWS[:length], Kept(8, ROWS[7].hash[:12], "the head of a push"))
    assert Fault(8, f"is in the head of a push, but the ledger ends at {length}: cut off") in found


@given(at)
def test_all_hashes_computed_anew_are_found_against_a_head_alone(where: int) -> None:
    rows = chains.rewritten(ROWS, where, reason="another")

    assert faults(rows) == []
    [fault] = faults(rows, Kept(8, ROWS[7].hash[:12], "a head"))
    assert (fault.seq, "rewritten" in fault.what) == (8, True)


def test_every_fault_is_named_not_only_the_first() -> None:
    rows = [Row(row.seq, row.text.replace("2026", "2025"), row.hash) for row in ROWS]
    assert named(faults(rows)) == set(range(1, 9))


def test_a_record_put_in_between_moves_the_others() -> None:
    intruder = chains.row_of(chains.record_of(STORY[0], 4, ROWS[2].hash))
    rows = [*ROWS[:3], intruder, *(Row(row.seq + 1, row.text, row.hash) for row in ROWS[3:])]
    assert named(faults(rows)) == {5, 6, 7, 8, 9}


@pytest.mark.parametrize(
    ("row", "seq"),
    [
        (Row("x", ROWS[0].text, ROWS[0].hash), 0),  # type: ignore[arg-type]
        (Row(1, ROWS[0].text.encode(), ROWS[0].hash), 1),  # type: ignore[arg-type]
        (Row(1, "\udcff", hash_of("")), 1),
        (Row(1, "NaN", hash_of("NaN")), 1),
        (Row(1, ROWS[0].text.replace('"kept":""', '"kept":NaN'), ROWS[0].hash), 1),
    ],
)
def test_what_is_no_record_is_named(row: Row, seq: int) -> None:
    assert seq in named(faults([row, *ROWS[1:]]))


def test_a_body_of_another_shape_is_named() -> None:
    odd = chains.row_of(chains.record_of(("applied", {"moves": 3}), 1, BEFORE_THE_FIRST))
    walk = Verification()
    assert [fault.seq for fault in walk.faults([Found(odd, [])])] == [1]


def test_a_slice_begins_where_it_says() -> None:
    assert faults(ROWS[3:], first=4) == []
    assert named(faults(ROWS[4:], first=4)) == {4}
    [fault] = faults(ROWS[3:], Kept(2, ROWS[1].hash, "a head"), first=4)
    assert "begins later" in fault.what


# ---------------------------------------------------------------- in a database


@pytest.fixture
def told(tmp_path: Path) -> Path:
    chains.tell(tmp_path, *STORY)
    return tmp_path


def found_in(folder: Path, *kept: Kept) -> set[int]:
    with chains.ledger(folder) as ledger:
        return named(list(Verification(kept).faults(stored(ledger))))


def test_what_was_written_is_whole(told: Path) -> None:
    assert found_in(told) == set()


@pytest.mark.parametrize(
    ("sql", "seqs"),
    [
        ("UPDATE records SET record = replace(record, 'eve', 'sam') WHERE seq = 6", {6}),
        ("UPDATE records SET hash = 'x' WHERE seq = 3", {3}),
        ("UPDATE records SET record = CAST(x'ff' AS TEXT) WHERE seq = 3", {3}),
        ("UPDATE records SET record = CAST(record AS BLOB) WHERE seq = 3", {3}),
        ("UPDATE records SET seq = 'last' WHERE seq = 7", {0, 7}),
        ("UPDATE records SET seq = -1 WHERE seq = 1", {-1, 1}),
        ("DELETE FROM records WHERE seq = 3", {3}),
        ("DELETE FROM records WHERE seq >= 6", {6, 7}),
        ("DELETE FROM records", {0, 2, 3, 6, 7}),
        ("UPDATE moves SET pusher = 'sam' WHERE seq = 6", {6}),
        ("UPDATE moves SET ref = '\"' WHERE seq = 6", {6}),
        ("DELETE FROM moves WHERE seq = 3", {3}),
        ("DELETE FROM uses", {2}),
        ("UPDATE uses SET seq = 4", {2, 4}),
        ("UPDATE uses SET seq = 'x'", {0, 2}),
        ("INSERT INTO uses SELECT * FROM uses", {2}),
        (f"INSERT INTO moves SELECT ledger, 99, {COLUMNS} FROM moves WHERE seq = 2", {99}),
    ],
)  # fmt: skip
def test_what_is_altered_behind_its_back_is_named(told: Path, sql: str, seqs: set[int]) -> None:
    chains.alter(told, sql)
    assert found_in(told) == seqs


def test_a_cut_off_record_without_rows_is_found_against_a_head(told: Path) -> None:
    chains.tell(told, ("freeze-on", {"by": "root"}))
    with chains.ledger(told) as ledger:
        head = ledger.head
    chains.alter(told, "DELETE FROM records WHERE seq = 8")

    assert found_in(told) == set()
    assert found_in(told, Kept(head.seq, head.hash[:12], "a head")) == {8}


def test_a_ledger_of_many_pages_is_walked_while_others_write(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentguard.ledger.sql.PAGE", 2)
    with chains.ledger(told) as ledger:
        walk = Verification()
        steps = stored(ledger)
        first = next(steps)
        chains.tell(told, *STORY)
        found = list(walk.faults([first, *steps]))

    assert found == []
    assert walk.records == 13


def test_rows_of_a_push_that_just_came_are_not_left_over(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chains.ledger(told) as ledger:
        pages = ledger.pages
        later = [chains.decision()]

        def slow(after: int | None = None) -> object:
            yield from pages(after)
            if later:  # after the last page was read, before its rows are asked for
                chains.tell(told, later.pop())

        monkeypatch.setattr(ledger, "pages", slow)
        walk = Verification()
        assert list(walk.faults(stored(ledger))) == []
        assert walk.records == 8
