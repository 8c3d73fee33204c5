"""What landed: whose decision it was, what is kept of it, and that it is noted once."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.change import RefUpdate
from agentguard.ledger.landing import land
from agentguard.ledger.sql import Ledger
from agentguard.repo.keep import KEPT, Keeper, kept
from tests import kit
from tests.approvals.makers import NOW
from tests.ledger import chain
from tests.ledger.makers import MAIN, decide, decided

TOPIC = "refs/heads/topic"


@pytest.fixture
def tips(tmp_path: Path) -> tuple[str, str]:
    """The two commits of a repository, one after the other."""
    work = kit.init(tmp_path / "work")
    first, second = work.commit("First"), work.commit("Second")
    bare = kit.init(tmp_path / "bare", "--bare")
    bare.git("fetch", "-q", str(work.path), f"main:{MAIN}")
    return first, second


def landed(
    ledger: Ledger, tmp_path: Path, *updates: RefUpdate, late: bool = False
) -> list[dict[str, object]]:
    """The moves that are noted, of a record that is checked."""
    before = ledger.head.seq
    with ledger.writing() as writer:
        record = land(writer, updates, Keeper(tmp_path / "bare", NOW), late=late)
    stored = chain.verify(tmp_path)[before:]
    if record is None:
        assert stored == []
        return []
    assert (stored[-1]["event"], stored[-1]["body"]) == ("applied", record.body)
    assert record.body["late"] is late
    return list(record.body["moves"])


def test_each_is_noted_with_its_decision(
    ledger: Ledger, tmp_path: Path, tips: tuple[str, str]
) -> None:
    forward, new = RefUpdate(*tips, MAIN), RefUpdate("", tips[0], TOPIC)
    decide(ledger, decided(forward))
    seq = decide(ledger, decided(forward), decided(new)).seq
    judged = {"decision": seq, "environment": "production", "base": "", "kept": ""}
    assert landed(ledger, tmp_path, forward, new) == [
        {"ref": MAIN, "old": tips[0], "new": tips[1]} | judged,
        {"ref": TOPIC, "old": "", "new": tips[0]} | judged,
    ]
    assert kept(tmp_path / "bare") == {}


@pytest.mark.parametrize("new", [0, None], ids=["rewind", "deletion"])
def test_what_a_decision_loses_is_kept(
    ledger: Ledger, tmp_path: Path, tips: tuple[str, str], new: int | None
) -> None:
    moved = RefUpdate(tips[1], "" if new is None else tips[new], MAIN)
    decide(ledger, decided(moved, lost=True))
    name = f"{KEPT}{MAIN}/20261121T090000Z"
    [move] = landed(ledger, tmp_path, moved)
    assert (move["decision"], move["kept"]) == (2, name)
    assert kept(tmp_path / "bare") == {name: tips[1]}


def test_of_what_is_not_protected_nothing_is_kept(
    ledger: Ledger, tmp_path: Path, tips: tuple[str, str]
) -> None:
    moved = RefUpdate(tips[1], tips[0], TOPIC)
    decide(ledger, decided(moved))
    [move] = landed(ledger, tmp_path, moved)
    assert move["kept"] == ""


def test_what_the_gate_never_saw_is_noted_and_kept(
    ledger: Ledger, tmp_path: Path, tips: tuple[str, str]
) -> None:
    old, new = tips
    moves = landed(ledger, tmp_path, RefUpdate(new, old, MAIN), RefUpdate(old, new, TOPIC))
    assert [move["decision"] for move in moves] == [0, 0]
    assert [bool(move["kept"]) for move in moves] == [True, False]


def test_what_a_faster_push_noted_is_not_noted_again(
    ledger: Ledger, tmp_path: Path, tips: tuple[str, str]
) -> None:
    rewind, other = RefUpdate(tips[1], tips[0], MAIN), RefUpdate("", tips[1], TOPIC)
    decide(ledger, decided(rewind, lost=True), decided(other))
    assert len(landed(ledger, tmp_path, rewind, late=True)) == 1
    assert [move["ref"] for move in landed(ledger, tmp_path, rewind, other)] == [TOPIC]
    assert landed(ledger, tmp_path, rewind) == []
    assert len(kept(tmp_path / "bare")) == 1


def test_the_same_move_past_the_gate_is_nobodys_decision(
    ledger: Ledger, tmp_path: Path, tips: tuple[str, str]
) -> None:
    """A decision is for one push: when the move comes again, somebody went round it."""
    rewind = RefUpdate(tips[1], tips[0], MAIN)
    decide(ledger, decided(rewind, lost=True))
    assert [move["decision"] for move in landed(ledger, tmp_path, rewind)] == [2]
    [again] = landed(ledger, tmp_path, rewind)
    assert again["decision"] == 0
    assert again["kept"]
    decide(ledger, decided(rewind, lost=True))
    assert [move["decision"] for move in landed(ledger, tmp_path, rewind)] == [5]


def test_a_tip_that_is_gone_already_is_not_kept(
    ledger: Ledger, tmp_path: Path, tips: tuple[str, str]
) -> None:
    gone = RefUpdate("d" * 40, tips[0], MAIN)
    decide(ledger, decided(gone, lost=True))
    [move] = landed(ledger, tmp_path, gone)
    assert (move["decision"], move["kept"]) == (2, "")
    assert kept(tmp_path / "bare") == {}
