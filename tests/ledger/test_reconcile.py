"""What a ref did against what was decided, without git: object ids are letters here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.ledger.moves import ACCEPTED, LANDED, Move
from agentguard.ledger.reconcile import Fate, Past, Step, reconcile

MAIN = "refs/heads/main"
LINE = "abcdefgh"  # each holds those before it


def contains(commit: str, tip: str) -> bool:
    return commit <= tip


def accepted(seq: int, way: str, *, lost: bool = False) -> Move:
    old, new = way.split(">")
    return Move(seq, ACCEPTED, "", MAIN, old, new, lost=lost)


def landed(seq: int, way: str, by: int = 0) -> Move:
    old, new = way.split(">")
    return Move(seq, LANDED, "", MAIN, old, new, decision=by)


def told(*moves: Move, start: str | None = "a", tip: str, fate: Fate = "kept") -> list[str]:
    """The steps as words such as `landed a>b`, with the record and the fate of an old tip."""
    return [
        f"{step.kind} {step.old}>{step.new} {step.seq} {step.old_tip}".strip()
        for step in reconcile(Past(MAIN, moves, start, tip), contains, lambda _ref, _tip: fate)
    ]


def test_what_was_accepted_landed() -> None:
    moves = (accepted(2, "a>b"), landed(3, "a>b", 2), accepted(4, "b>c"), landed(5, "b>c", 4))
    assert told(*moves, tip="c") == ["landed a>b 3", "landed b>c 5"]
    assert told(*moves, start=None, tip="c") == ["landed a>b 3", "landed b>c 5"]


def test_what_was_stopped_by_something_else_is_harmless() -> None:
    assert told(accepted(2, "a>b"), tip="a") == ["not-landed a>b 2"]
    assert told(accepted(2, "a>b"), start=None, tip="a") == ["unknown a>a 0", "not-landed a>b 2"]
    assert told(accepted(2, "x>y"), tip="a") == ["not-landed x>y 2"]


@pytest.mark.parametrize("start", ["a", None])
def test_what_nobody_noted_is_told_from_where_the_ref_stands(start: str | None) -> None:
    assert told(accepted(2, "a>b"), start=start, tip="b") == ["unrecorded a>b 2"]
    assert told(accepted(2, "a>"), start=start, tip="", fate="loose") == ["unrecorded a> 2"]
    assert told(accepted(2, "a>", lost=True), start=start, tip="", fate="loose") == [
        "unrecorded a> 2 loose"
    ]


def test_several_that_nobody_noted_follow_one_another() -> None:
    moves = (accepted(2, "a>b"), accepted(3, "a>c"), accepted(4, "b>d"))
    assert told(*moves, tip="d") == ["unrecorded a>b 2", "unrecorded b>d 4", "not-landed a>c 3"]


def test_further_on_it_landed_and_the_rest_is_not_explained() -> None:
    assert told(accepted(2, "a>b"), tip="c") == ["unrecorded a>b 2", "unaccounted b>c 0"]
    assert told(accepted(2, "a>b"), start=None, tip="c") == [
        "unrecorded a>b 2",
        "unaccounted b>c 0",
    ]


def test_what_a_rewind_goes_to_proves_nothing() -> None:
    assert told(accepted(2, "c>b", lost=True), start="c", tip="d") == [
        "unaccounted c>d 0",
        "not-landed c>b 2",
    ]


def test_a_gap_between_two_that_landed() -> None:
    moves = (accepted(2, "a>b"), landed(3, "a>b", 2), accepted(4, "b>c"), accepted(5, "c>d"))
    assert told(*moves, landed(6, "c>d", 5), tip="d") == [
        "landed a>b 3",
        "unrecorded b>c 4",
        "landed c>d 6",
    ]
    assert told(*moves[:2], moves[3], landed(6, "c>d", 5), tip="d") == [
        "landed a>b 3",
        "unaccounted b>c 0",
        "landed c>d 6",
    ]


def test_what_landed_without_a_decision() -> None:
    assert told(landed(2, "a>b"), tip="b") == ["undecided a>b 2"]
    assert told(landed(2, "b>a"), start="b", tip="a") == ["undecided b>a 2 kept"]
    assert told(landed(2, "a>"), tip="") == ["undecided a> 2 kept"]


def test_a_decision_on_something_else_is_none() -> None:
    moves = (accepted(2, "a>b"), landed(3, "a>c", 2))
    assert told(*moves, tip="c") == ["undecided a>c 3"]


def test_moved_by_hand() -> None:
    assert told(tip="b") == ["unaccounted a>b 0"]
    assert told(start="b", tip="a", fate="gone") == ["unaccounted b>a 0 gone"]
    assert told(start="b", tip="") == ["unaccounted b> 0 kept"]
    assert told(start="", tip="b") == ["unaccounted >b 0"]
    assert told(start=None, tip="b") == ["unknown b>b 0"]
    assert told(start=None, tip="") == []


def test_of_two_pushes_at_once_the_later_may_be_noted_first() -> None:
    moves = (accepted(2, "a>b"), accepted(3, "b>c"), landed(4, "b>c", 3), landed(5, "a>b", 2))
    assert told(*moves, tip="c") == ["landed a>b 5", "landed b>c 4"]


def test_what_came_long_after_does_not_explain_what_was_before() -> None:
    moves = (
        accepted(2, "x>y"), landed(3, "x>y", 2), accepted(4, "y>a"), landed(5, "y>a", 4),
        accepted(6, "a>b"), landed(7, "a>b", 6),
    )  # fmt: skip
    assert [each.split()[0] for each in told(*moves, tip="b")] == [
        "unaccounted", "landed", "landed", "landed",
    ]  # fmt: skip


def test_told_twice_it_landed_once() -> None:
    moves = (accepted(2, "a>b"), landed(3, "a>b", 2), landed(4, "a>b", 2))
    assert told(*moves, tip="b") == ["landed a>b 3"]


def test_the_same_move_may_land_again() -> None:
    moves = (
        accepted(2, "a>b"), landed(3, "a>b", 2), accepted(4, "b>a", lost=True),
        landed(5, "b>a", 4), accepted(6, "a>b"), landed(7, "a>b", 6),
    )  # fmt: skip
    assert told(*moves, tip="b") == ["landed a>b 3", "landed b>a 5 kept", "landed a>b 7"]


@pytest.mark.parametrize(
    ("kind", "fate", "explained"),
    [
        ("landed", "", True),
        ("landed", "kept", True),
        ("landed", "loose", False),
        ("landed", "gone", False),
        ("not-landed", "", True),
        ("unknown", "", True),
        ("unrecorded", "", False),
        ("undecided", "held", False),
        ("unaccounted", "", False),
    ],
)
def test_what_a_person_has_to_look_at(kind: str, fate: str, explained: bool) -> None:
    step = Step(kind, MAIN, "a", "b", 1, fate)  # type: ignore[arg-type]
    assert step.explained is explained


WAYS = st.tuples(st.sampled_from(LINE), st.sampled_from(LINE)).filter(lambda way: way[0] != way[1])


@given(st.lists(WAYS, max_size=6), st.sets(st.integers(0, 5)))
def test_an_honest_history_is_always_explained(ways: list[tuple[str, str]], gaps: set[int]) -> None:
    """Pushes in order, some of them never noted by the hook after them."""
    moves: list[Move] = []
    stands = "a"
    for number, (_, new) in enumerate(ways):
        if new == stands:
            continue
        seq = 2 * number + 2
        moves.append(Move(seq, ACCEPTED, "", MAIN, stands, new))
        if number not in gaps:
            moves.append(Move(seq + 1, LANDED, "", MAIN, stands, new, decision=seq))
        stands = new
    # A path back to where it was is no move, so ask only for what can be told.
    kinds = [each.split()[0] for each in told(*moves, tip=stands)]
    assert "unaccounted" not in kinds
    assert "undecided" not in kinds


@given(st.lists(WAYS, max_size=5), st.sampled_from(LINE), st.integers(0, 3))
def test_any_history_ends(ways: list[tuple[str, str]], tip: str, by: int) -> None:
    moves = [Move(n, LANDED, "", MAIN, *way, decision=by) for n, way in enumerate(ways, 2)]
    both = [*moves, *(replace(move, event=ACCEPTED, seq=move.seq + 9) for move in moves)]
    steps = told(*both, tip=tip)
    assert len(steps) >= len({*ways}) - 1
