"""What the first record says, and what reading needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.errors import EvaluationError
from agentguard.ledger.opening import FILE, existing_ledger
from tests import kit
from tests.ledger import chains
from tests.ledger.chains import MAIN, NOW, A, B


def test_a_ledger_begins_with_where_the_refs_stand(server: kit.Server) -> None:
    with existing_ledger(server.bare.path) as ledger:
        [row] = ledger.rows()

    assert row.record.event == "opened"
    assert row.record.body == {"ledger": "acme/portal", "refs": {MAIN: server.tip()}}


def test_it_begins_once(tmp_path: Path) -> None:
    with chains.ledger(tmp_path) as ledger:
        for tip in (A, B):
            ledger.begin({MAIN: tip}, NOW)
        assert [row.record.body["refs"] for row in ledger.rows()] == [{MAIN: A}]


def test_more_refs_than_a_record_should_hold_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentguard.ledger.sql.MOST_REFS", 1)
    with chains.ledger(tmp_path) as ledger:
        ledger.begin({MAIN: A, "refs/heads/next": B}, NOW)
        assert [row.record.body for row in ledger.rows()] == [{"ledger": "acme/portal"}]


def test_reading_makes_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="there is no ledger"):
        existing_ledger(tmp_path)
    assert not (tmp_path / FILE).exists()


def test_refs_and_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = "refs/heads/\udcff\"'"
    chains.tell(tmp_path, *chains.STORY, chains.decision(ref=odd))
    monkeypatch.setattr("agentguard.ledger.sql.PAGE", 3)
    with chains.ledger(tmp_path) as ledger:
        assert ledger.refs() == sorted([MAIN, odd])
        assert [row.seq for row in ledger.rows()] == [1, 2, 3, 4, 5, 6, 7, 8]
        assert [row.seq for row in ledger.rows(3, 5)] == [3, 4, 5]
        back = [row.seq for page in ledger.pages(backwards=True) for row in page]
        assert back == [8, 7, 6, 5, 4, 3, 2, 1]
        assert [move.ref for move in ledger.moves(ref=odd)] == [odd]
