"""The file: whole or not there, one writer at a time, and a reason when it cannot be used."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agentguard.deadline import deadline
from agentguard.errors import DeadlineError, EvaluationError
from agentguard.ledger import sqlite
from agentguard.ledger.opening import FILE, open_ledger
from agentguard.ledger.record import DECISION, OPENED, Head
from agentguard.ledger.settings import LedgerSettings
from agentguard.ledger.sql import Ledger
from agentguard.ledger.sqlite import SQLite
from tests.approvals.makers import NOW, STATEMENT
from tests.ledger import chain
from tests.ledger.makers import A, B, decide, decided, update

NAME = LedgerSettings(name="acme/portal")


def opened(directory: Path) -> Ledger:
    return open_ledger(directory, NAME)


# ---------------------------------------------------------------- the file


def test_it_is_written_ahead_and_synced(ledger: Ledger) -> None:
    assert list(ledger.database.ask("PRAGMA journal_mode")) == [("wal",)]
    assert list(ledger.database.ask("PRAGMA synchronous")) == [(2,)]


def test_it_is_there_after_it_was_closed(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        decide(ledger, decided(update(A, B)))
        head = ledger.head
    with opened(tmp_path) as ledger:
        assert ledger.head == head
        assert ledger.place == str(tmp_path / FILE)
    assert [file.name for file in (tmp_path / FILE).parent.iterdir()] == ["records.sqlite3"]


def test_it_is_not_for_everyone(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    opened(tmp_path).database.close()
    assert not (tmp_path / FILE).stat().st_mode & 0o007


@pytest.mark.parametrize(
    ("objects", "file", "folder"),
    [
        (0o755, 0o640, 0o755),
        (0o2775, 0o660, 0o2775),
        (0o2770, 0o660, 0o2775),
        (0o700, 0o600, 0o755),
    ],
)
def test_whoever_may_write_objects_may_write_it(
    tmp_path: Path, objects: int, file: int, folder: int
) -> None:
    """SQLite writes beside its file as well, so the folder goes with it."""
    (tmp_path / "agentguard").mkdir()
    (tmp_path / "agentguard").chmod(0o755)
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects").chmod(objects)
    opened(tmp_path).database.close()
    assert (tmp_path / FILE).stat().st_mode & 0o7777 == file
    assert (tmp_path / FILE).parent.stat().st_mode & 0o7777 == folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_an_administrator_makes_it_for_the_account_that_serves(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    os.chown(tmp_path / "objects", 1234, 5678)
    opened(tmp_path).database.close()
    for path in (tmp_path / FILE, (tmp_path / FILE).parent):
        assert (path.stat().st_uid, path.stat().st_gid) == (1234, 5678)
    assert (tmp_path / "agentguard").stat().st_uid == 0  # the policy is there


def test_without_the_right_to_give_it_away_it_stays_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError

    (tmp_path / "objects").mkdir()
    monkeypatch.setattr(os, "chown", denied)
    with opened(tmp_path) as ledger:
        decide(ledger, decided(update(A, B)))


# ---------------------------------------------------------------- a file that cannot be used


def folder_is_a_file(directory: Path) -> None:
    (directory / "agentguard").write_text("a file\n")


def a_folder(directory: Path) -> None:
    (directory / FILE).mkdir(parents=True)


def to_nowhere(directory: Path) -> None:
    (directory / FILE).parent.mkdir(parents=True)
    (directory / FILE).symlink_to("nowhere/records.sqlite3")


def empty(directory: Path) -> None:
    (directory / FILE).parent.mkdir(parents=True)
    (directory / FILE).touch()


def no_database(directory: Path) -> None:
    (directory / FILE).parent.mkdir(parents=True)
    (directory / FILE).write_bytes(b"a file\n" * 1000)


def torn(directory: Path) -> None:
    with opened(directory) as ledger:
        decide(ledger, decided(update(A, B)))
    content = bytearray((directory / FILE).read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    (directory / FILE).write_bytes(content)


def short(directory: Path) -> None:
    opened(directory).database.close()
    os.truncate(directory / FILE, 5000)


@pytest.mark.parametrize(
    "spoil", [folder_is_a_file, a_folder, to_nowhere, empty, no_database, torn, short],
    ids=lambda spoil: spoil.__name__,
)  # fmt: skip
def test_the_reason_names_the_file(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(tmp_path)
    with pytest.raises(EvaluationError) as raised, opened(tmp_path) as ledger:
        decide(ledger, decided(update(A, B)))
    assert str(raised.value).startswith(f"the ledger {tmp_path / FILE} cannot be used: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_file_that_may_not_be_written(tmp_path: Path) -> None:
    opened(tmp_path).database.close()
    (tmp_path / FILE).chmod(0o400)
    with (
        opened(tmp_path) as ledger,
        pytest.raises(EvaluationError, match="attempt to write a readonly database"),
    ):
        decide(ledger, decided(update(A, B)))


def test_a_full_disk(ledger: Ledger, tmp_path: Path) -> None:
    """Nothing of the record is kept, and there is room for the next."""
    decide(ledger, decided(update(A, B)))
    before = chain.rows(tmp_path)
    [(pages,)] = ledger.database.ask("PRAGMA page_count")
    list(ledger.database.ask(f"PRAGMA max_page_count = {pages}"))
    large = [decided(update(A, B, f"refs/heads/{number}"), STATEMENT) for number in range(200)]
    with pytest.raises(EvaluationError, match=r"records.sqlite3 cannot be used: .* full"):
        decide(ledger, *large)
    assert chain.rows(tmp_path) == before
    list(ledger.database.ask("PRAGMA max_page_count = 4294967294"))
    decide(ledger, *large)
    chain.verify(tmp_path)


# ---------------------------------------------------------------- added to, and never altered


@pytest.mark.parametrize("table", ["records", "moves", "uses"])
@pytest.mark.parametrize("slip", ["UPDATE {} SET ledger = 'x'", "DELETE FROM {}"])
def test_a_slip_changes_nothing(ledger: Ledger, tmp_path: Path, table: str, slip: str) -> None:
    decide(ledger, decided(update(A, B), STATEMENT))
    with (
        closing(sqlite3.connect(tmp_path / FILE)) as other,
        pytest.raises(sqlite3.IntegrityError, match="the ledger is only ever added to"),
    ):
        other.execute(slip.format(table))
    chain.verify(tmp_path)


def test_a_number_is_given_once(ledger: Ledger) -> None:
    decide(ledger, decided(update(A, B)))
    with ledger.writing() as writer:
        writer.head = Head()
        with pytest.raises(EvaluationError, match="UNIQUE constraint failed"):
            writer.append(OPENED, {}, NOW)


# ---------------------------------------------------------------- one writer at a time

ADD = """\
import sys
from datetime import UTC, datetime
from pathlib import Path
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.settings import LedgerSettings
directory, who = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
for number in range(20):
    with open_ledger(directory, LedgerSettings(name="acme/portal")) as ledger:
        with ledger.writing() as writer:
            writer.append("note", {"who": who, "number": number}, datetime.now(UTC))
"""


def test_many_at_once_make_one_chain(tmp_path: Path) -> None:
    """They make the file together, too."""
    command = [sys.executable, "-I", "-c", ADD, str(tmp_path)]
    writers = [
        subprocess.Popen([*command, str(who)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for who in range(8)
    ]
    for writer in writers:
        assert writer.stdin
        writer.stdin.write(b"\n")
        writer.stdin.flush()
    for writer in writers:
        assert writer.communicate(timeout=300)[1] == b""
    opening, *notes = chain.verify(tmp_path)
    assert opening["event"] == "opened"
    assert sorted((note["body"]["who"], note["body"]["number"]) for note in notes) == [
        (str(who), number) for who in range(8) for number in range(20)
    ]
    assert [file.name for file in (tmp_path / FILE).parent.iterdir()] == ["records.sqlite3"]


def test_a_writer_waits_for_the_one_before(ledger: Ledger, tmp_path: Path) -> None:
    ready, waited = threading.Event(), threading.Event()

    def second() -> None:
        with opened(tmp_path) as other:
            ready.set()
            decide(other, decided(update(B, A)))
            waited.set()

    thread = threading.Thread(target=second)
    with ledger.writing() as writer:
        thread.start()
        assert ready.wait(60)
        assert not waited.wait(0.3)
        writer.append(DECISION, {"verdict": "denied"}, NOW)
    thread.join(60)
    assert waited.is_set()
    assert [each["event"] for each in chain.verify(tmp_path)] == [OPENED, DECISION, DECISION]


def test_nobody_waits_for_ever(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.05)
    with (
        ledger.writing(),
        opened(tmp_path) as other,
        pytest.raises(EvaluationError, match=r"records.sqlite3 cannot be used: database is locked"),
    ):
        decide(other, decided(update(A, B)))
    decide(ledger, decided(update(A, B)))


def test_a_deadline_ends_the_waiting(ledger: Ledger, tmp_path: Path) -> None:
    """SQLite's own waiting lets no signal through."""
    long_after = threading.Event()
    timer = threading.Timer(sqlite.PATIENCE * 0.9, long_after.set)
    timer.start()
    try:
        with ledger.writing(), opened(tmp_path) as other:
            with pytest.raises(DeadlineError), deadline(0.3):
                decide(other, decided(update(A, B)))
            assert not long_after.is_set()
    finally:
        timer.cancel()


def test_a_reader_does_not_wait(ledger: Ledger, tmp_path: Path) -> None:
    decide(ledger, decided(update(A, B)))
    head = ledger.head
    with ledger.writing() as writer, opened(tmp_path) as other:
        writer.append(DECISION, {"verdict": "denied"}, NOW)
        assert other.head == head
    with opened(tmp_path) as other:
        assert other.head == writer.head


def test_a_database_that_was_let_go(tmp_path: Path) -> None:
    database = SQLite(tmp_path / FILE)
    database.close()
    with pytest.raises(EvaluationError, match="closed database"):
        list(database.ask("SELECT 1"))
