"""What window rules add up: what landed, once, and nothing that a human approved."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agentguard.clock import iso
from agentguard.ledger.moves import ACCEPTED, LANDED, Move
from agentguard.ledger.sums import Sum, landed

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
MAIN, OTHER = "refs/heads/main", "refs/heads/release/1"
A, B, C, D = (letter * 40 for letter in "abcd")
OLD = NOW - timedelta(hours=1)


def accepted(
    seq: int, old: str, new: str, ref: str = MAIN, *, when: datetime = OLD, windows: str = ""
) -> Move:
    return Move(seq, ACCEPTED, iso(when), ref, old, new, digest=f"sha256:{seq}", windows=windows)


def noted(seq: int, old: str, new: str, ref: str = MAIN) -> Move:
    return Move(seq, LANDED, iso(OLD), ref, old, new)


def found(moves: list[Move], *, own: str = "", others: str = "") -> list[int]:
    """The moves that count for a push to main where it stands at `own`; another ref stands at
    `others`."""
    stand = {MAIN: own, OTHER: others}
    return [move.seq for move in landed(moves, stand, NOW, {MAIN})]


# ---------------------------------------------------------------- what landed


def test_what_was_noted_landed() -> None:
    assert found([accepted(2, A, B), noted(3, A, B)], own=C) == [2]


def test_what_begins_where_this_push_begins_does_not_count() -> None:
    """Git lets one of them move the ref."""
    assert found([accepted(2, A, B), accepted(3, A, C)], own=A) == []


def test_what_the_ref_went_through_landed_although_nobody_noted_it() -> None:
    moves = [accepted(2, A, B), accepted(3, B, C), accepted(4, A, D)]
    assert found(moves, own=C) == [2, 3]


def test_in_whatever_order_it_was_decided() -> None:
    """Whoever sends what they like for an old id can have the second decided first."""
    assert found([accepted(2, B, C), accepted(3, A, B)], own=C) == [2, 3]


def test_a_retry_counts_once_and_a_repetition_twice() -> None:
    assert found([accepted(2, A, B), accepted(3, A, B), noted(4, A, B)], own=B) == [3]
    there_and_back = [accepted(2, A, B), noted(3, A, B), accepted(4, B, A), noted(5, B, A)]
    again = [*there_and_back, accepted(6, A, B), noted(7, A, B)]
    assert found(again, own=B) == [2, 4, 6]


def test_on_other_refs_what_was_accepted_just_now_may_still_land() -> None:
    now, before = NOW - timedelta(seconds=5), NOW - timedelta(minutes=5)
    assert found([accepted(2, A, B, OTHER, when=now)], others=A) == [2]
    assert found([accepted(2, A, B, OTHER, when=before)], others=A) == []
    assert found([accepted(2, A, B, OTHER, when=now)], others=C) == []
    assert found([accepted(2, A, B, OTHER, when=before)], others=B) == [2]


def test_refs_of_one_push_are_told_apart() -> None:
    moves = [accepted(2, A, B), accepted(2, A, B, OTHER), noted(3, A, B), noted(3, A, B, OTHER)]
    assert found(moves, own=B, others=B) == [2, 2]


PLACES = st.sampled_from(["", A, B, C, D])


@given(st.lists(st.tuples(st.booleans(), PLACES, PLACES), max_size=12), PLACES)
def test_nothing_counts_that_was_not_accepted(
    history: list[tuple[bool, str, str]], own: str
) -> None:
    moves = [
        noted(n, old, new) if note else accepted(n, old, new)
        for n, (note, old, new) in enumerate(history, 2)
    ]
    counted = landed(moves, {MAIN: own}, NOW, {MAIN})
    assert {move.seq for move in counted} <= {m.seq for m in moves if m.event == ACCEPTED}
    assert len({move.seq for move in counted}) == len(counted)


# ---------------------------------------------------------------- the sum


def numbers(found: Sum) -> tuple[dict[str, int], int, str]:
    return dict(found.sizes), found.pushes, found.since


def entry(rule: str, files: int = 0, *, reset: bool = False, policy: str = "p") -> str:
    sizes = {"files": files} if files else {}
    return json.dumps([{"policy": policy, "rule": rule, "sizes": sizes, "reset": reset}])


def test_numbers_of_one_rule_of_one_policy_are_added() -> None:
    moves = [
        accepted(2, A, B, windows=entry("r/0", 3)),
        accepted(3, B, C, windows=entry("r/1", 50)),
        accepted(4, C, D, windows=entry("r/0", 40, policy="q")),
        accepted(5, D, A, windows=entry("r/0", 4)),
        accepted(6, A, B),
    ]
    assert numbers(Sum("p", "r/0").add(moves)) == ({"files": 7}, 2, iso(OLD))


def test_what_a_human_approved_starts_the_sum_anew() -> None:
    later = NOW - timedelta(minutes=10)
    moves = [
        accepted(2, A, B, windows=entry("r/0", 3)),
        accepted(3, B, C, windows=entry("r/0", reset=True)),
        accepted(4, C, D, when=later, windows=entry("r/0", 5)),
    ]
    assert numbers(Sum("p", "r/0").add(moves)) == ({"files": 5}, 1, iso(later))
    assert numbers(Sum("p", "r/0").add(moves[:2])) == ({}, 0, "")


def test_a_change_on_several_refs_is_one() -> None:
    other = Move(3, ACCEPTED, iso(OLD), OTHER, B, C, digest="sha256:9", windows=entry("r/0", 4))
    moves = [
        Move(2, ACCEPTED, iso(OLD), ref, A, B, digest="sha256:1", windows=entry("r/0", 3))
        for ref in (MAIN, OTHER)
    ]
    assert Sum("p", "r/0").add(moves).sizes == {"files": 6}
    found = Sum("p", "r/0", once=True).add([*moves, other])
    assert numbers(found) == ({"files": 7}, 2, iso(OLD))
    assert numbers(found.without("sha256:1")) == ({"files": 4}, 1, iso(OLD))
    assert found.without("sha256:2") is found
    alone = Sum("p", "r/0", once=True).add(moves).without("sha256:1")
    assert numbers(alone) == ({}, 0, "")


def test_what_was_approved_is_not_taken_away_again() -> None:
    first = accepted(2, A, B, windows=entry("r/0", 3))
    found = Sum("p", "r/0", once=True).add(
        [first, accepted(3, B, C, windows=entry("r/0", reset=True))]
    )
    assert numbers(found.add([accepted(4, C, D, windows=entry("r/0", 5))]).without("sha256:2")) == (
        {"files": 5}, 1, iso(OLD),
    )  # fmt: skip
