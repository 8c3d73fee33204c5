"""A decision and its record: one does not come without the other."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agentguard.change import RefUpdate
from agentguard.decision import Decision, UpdateDecision
from agentguard.errors import DeadlineError, EvaluationError
from agentguard.hook import pre_receive, recording
from agentguard.hook.recording import Decide, Recorder
from agentguard.ledger import landing
from agentguard.ledger.history import History
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.record import SHORT
from agentguard.ledger.settings import LedgerSettings
from agentguard.repo.keep import kept
from tests import kit
from tests.approvals.makers import NOW
from tests.ledger import chain
from tests.ledger.makers import MAIN, A, B, decide, decided, update

TOPIC = "refs/heads/topic"
ACCEPTED = decided(update(A, B))
REFUSED = replace(ACCEPTED, verdict="needs-approval")
PASSED = UpdateDecision(update(A, B, TOPIC), "development", "accepted")


def recorded(directory: Path, decide: Decide) -> Decision:
    with Recorder(directory) as recorder:
        return recorder.recorded(decide, NOW)


def record(directory: Path, *updates: UpdateDecision) -> Decision:
    return recorded(directory, lambda _: Decision(updates))


def broken(directory: Path) -> Path:
    """A repository whose ledger cannot be used."""
    (directory / "agentguard").write_text("a file\n")
    return directory


# ---------------------------------------------------------------- on record


def test_the_decision_says_where_its_record_is(tmp_path: Path) -> None:
    decision = record(tmp_path, ACCEPTED)
    *_, last = chain.rows(tmp_path)
    assert decision == Decision((ACCEPTED,), head=f"ledger 2 {last.hash[:SHORT]}")
    assert chain.verify(tmp_path)[-1]["body"]["verdict"] == "accepted"


def test_it_is_decided_while_nobody_else_can_add(tmp_path: Path) -> None:
    record(tmp_path, REFUSED)

    def asked(_: History | None) -> Decision:
        with closing(sqlite3.connect(tmp_path / chain.FILE, timeout=0)) as other:
            assert other.execute("SELECT count(*) FROM moves").fetchone() == (0,)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        return Decision((ACCEPTED,))

    assert recorded(tmp_path, asked).verdict == "accepted"


# ---------------------------------------------------------------- without a record


def test_what_is_protected_is_refused_with_the_reason(tmp_path: Path) -> None:
    decision = record(broken(tmp_path), ACCEPTED, PASSED)
    protected, passed = decision.updates
    assert (protected.verdict, protected.update) == ("error", ACCEPTED.update)
    assert f"{tmp_path / chain.FILE} cannot be used" in protected.errors[0]
    assert passed.verdict == "accepted"
    assert decision.head == ""


def test_what_is_not_protected_passes_with_a_note(tmp_path: Path) -> None:
    decision = record(broken(tmp_path), PASSED)
    assert (decision.verdict, decision.exit_code) == ("accepted", 0)
    [note] = decision.updates[0].notes
    assert note.startswith(f"not recorded: the ledger {tmp_path / chain.FILE} cannot be used: ")


def test_a_refusal_stays_what_it_was(tmp_path: Path) -> None:
    [found] = record(broken(tmp_path), REFUSED).updates
    assert found.verdict == "needs-approval"
    assert found.notes[0].startswith("not recorded: ")


def test_a_fault_of_the_whole_push_stays_too(tmp_path: Path) -> None:
    fault = Decision(errors=("no policy",))
    assert recorded(broken(tmp_path), lambda _: fault) == fault


def test_a_ledger_that_fails_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, REFUSED)
    before = chain.rows(tmp_path)
    asked: list[History | None] = []

    def decision(history: History | None) -> Decision:
        asked.append(history)
        return Decision((ACCEPTED,))

    def full(*_: object) -> dict[str, object]:
        raise EvaluationError("the disk is full")

    monkeypatch.setattr(recording, "decision_body", full)
    [found] = recorded(tmp_path, decision).updates
    assert (found.verdict, found.errors) == ("error", ("the disk is full",))
    assert asked == [None, None]
    assert chain.rows(tmp_path) == before


def test_the_deadline_is_nobody_elses_to_handle(tmp_path: Path) -> None:
    def late(_: History | None) -> Decision:
        raise DeadlineError("too late")

    with pytest.raises(DeadlineError):
        recorded(tmp_path, late)
    assert chain.verify(tmp_path) == []


# ---------------------------------------------------------------- what landed before


@pytest.fixture(scope="module")
def _rewound(tmp_path_factory: pytest.TempPathFactory) -> kit.Server:
    """A server whose main branch was rewound by a push, and nobody noted it."""
    server = kit.make_server(tmp_path_factory.mktemp("rewound"))
    old, new = server.work.commit("Lost"), server.tip()
    server.bare.git("fetch", "-q", str(server.work.path), old)
    (server.bare.path / chain.FILE).unlink()
    with open_ledger(server.bare.path, LedgerSettings(name="acme/portal")) as ledger:
        decide(ledger, decided(RefUpdate(old, new, MAIN), lost=True))
    return server


@pytest.fixture
def rewound(_rewound: kit.Server, tmp_path: Path) -> kit.Server:
    return kit.copy_server(_rewound, tmp_path / "rewound")


def push(server: kit.Server, old: str, new: str) -> Decision:
    line = f"{old} {new} {MAIN}\n".encode()
    return pre_receive.decide(line, server.bare.path, {}, datetime.now(UTC))


def test_the_next_push_notes_what_landed_and_keeps_what_it_lost(rewound: kit.Server) -> None:
    lost = rewound.work.tip()
    assert push(rewound, rewound.tip(), lost).verdict == "accepted"
    assert chain.events(rewound.bare.path) == ["decision", "applied", "decision"]
    [_, _, applied, _] = chain.verify(rewound.bare.path)
    assert applied["body"]["late"] is True
    [name] = kept(rewound.bare.path, [MAIN])
    assert applied["body"]["moves"][0]["kept"] == name
    assert rewound.tip(name) == lost


def test_a_pusher_is_not_believed_where_the_ref_stands(rewound: kit.Server) -> None:
    """The rewind has not landed, whatever the next push claims to start from."""
    there = rewound.tip()
    rewound.bare.git("update-ref", MAIN, rewound.work.tip())
    push(rewound, there, rewound.work.tip())
    assert chain.events(rewound.bare.path) == ["decision", "decision"]
    assert kept(rewound.bare.path) == {}


def too_often(*_: object, **__: object) -> None:
    raise EvaluationError("too often")


def test_what_cannot_be_noted_yet_stands_in_nobodys_way(
    rewound: kit.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "land", too_often)
    assert push(rewound, rewound.tip(), rewound.work.tip()).verdict == "accepted"
    assert chain.events(rewound.bare.path) == ["decision", "decision"]
    monkeypatch.undo()
    push(rewound, rewound.tip(), rewound.work.tip())
    assert chain.events(rewound.bare.path) == ["decision", "decision", "applied", "decision"]


def test_the_deadline_holds_while_catching_up(
    rewound: kit.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes once: swallowed here, it would leave the rest of the push without an end."""
    really, faults = landing.land, [DeadlineError("it took too long")]

    def land(*arguments: Any, **named: Any) -> None:
        if faults:
            raise faults.pop()
        really(*arguments, **named)

    monkeypatch.setattr(recording, "land", land)
    decision = push(rewound, rewound.tip(), rewound.work.tip())
    assert decision.updates[0].errors == ("it took too long",)
    assert chain.events(rewound.bare.path) == ["decision", "applied", "decision"]
