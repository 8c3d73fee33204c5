"""A ledger in a file beside the repository: no server, and on the disk before anybody is told."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE
from time import monotonic
from typing import Any

from agentguard.errors import EvaluationError
from agentguard.ledger.sql import SCHEMA

PATIENCE = 15.0  # seconds that a push waits for those before it; less than the default deadline
STEP = 100  # milliseconds

# Against slips, not against whoever owns the file: that is what the chain is for.
GUARDS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {table}_{verb.lower()} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is only ever added to'); END"
    for table in ("records", "moves", "uses")
    for verb in ("UPDATE", "DELETE")
)


class SQLite:
    """A database file; it is made where there is none."""

    shared = False

    def __init__(self, path: Path) -> None:
        self.place = str(path)
        with self._ours():
            if not path.exists():
                create(path)
            self._connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
            self._connection.text_factory = _any_text
            self._connection.execute("PRAGMA synchronous = FULL")

    def ask(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """See `Database`."""
        with self._ours():
            yield from self._connection.execute(sql, values)

    @contextmanager
    def locked(self, ledger: str) -> Iterator[None]:  # noqa: ARG002  one file, one lock
        """See `Database`."""
        with self._ours():
            self._begin()
        try:
            yield
            with self._ours():
                self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    def _begin(self) -> None:
        """Wait for the writers before us. In steps: only between them is a deadline noticed."""
        end = monotonic() + PATIENCE
        self._connection.execute(f"PRAGMA busy_timeout = {STEP}")
        while not self._begun(last=monotonic() > end):
            pass
        self._connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")

    def _begun(self, *, last: bool) -> bool:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if last or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    def lockdown(self) -> None:
        """See `Database`. No server shares a file with another."""

    def close(self) -> None:
        """See `Database`."""
        with self._ours():
            self._connection.close()

    @contextmanager
    def _ours(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise EvaluationError(f"the ledger {self.place} cannot be used: {error}") from error


def _any_text(stored: bytes) -> str:
    """What was written is ASCII; what somebody altered must be readable too, to be named."""
    return stored.decode("utf-8", "surrogateescape")


def create(path: Path) -> None:
    """Make an empty ledger, complete when it appears. It belongs to whom the repository's objects
    belong: an administrator installs, another account serves, and must not be able to write the
    policy, so the ledger has a folder of its own. Raises OSError or sqlite3.Error."""
    import tempfile  # no push but the first needs it

    folder, objects = path.parent, path.parents[2] / "objects"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=folder) as scratch:
        fresh = Path(scratch, path.name)
        connection = sqlite3.connect(fresh, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in (*SCHEMA, *GUARDS):
            connection.execute(statement.format(integer="INTEGER", by_ref="(ledger, ref, seq)"))
        connection.close()
        _hand_over(fresh, objects, 0o600, 0o060)
        with suppress(FileExistsError):  # another push was faster
            os.link(fresh, path)
    # Whoever adds to it needs the folder too: SQLite keeps further files beside the file.
    _hand_over(folder, objects, S_IMODE(folder.stat().st_mode), 0o2070)
    _persist(folder)


def _hand_over(path: Path, objects: Path, mode: int, shared: int) -> None:
    """Give `path` to whom `objects` belongs: with `mode`, and what `objects` has of `shared`."""
    with suppress(FileNotFoundError, PermissionError):  # only root can give files away
        path.chmod(mode)
        owner = objects.stat()
        path.chmod(mode | owner.st_mode & shared)
        os.chown(path, owner.st_uid, owner.st_gid)


def _persist(folder: Path) -> None:
    """Have a new file's name on the disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
