"""Ledgers of a fleet in one PostgreSQL: the same records as beside each repository."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agentguard.errors import EvaluationError
from agentguard.ledger.sql import SCHEMA

if TYPE_CHECKING:
    import psycopg

CONNECT = 5  # seconds to reach the server
PATIENCE = 15  # seconds that a push waits for those before it


class PostgreSQL:
    """A database, made ready by whoever may create tables in it; pushes need only add and read."""

    shared = True

    def __init__(self, url: str) -> None:
        self.place = _without_secrets(url)
        try:
            import psycopg
        except ImportError as error:
            raise EvaluationError(
                f"the ledger {self.place} needs psycopg: install agentguard-hooks[postgresql]"
            ) from error
        self._fault: type[Exception] = psycopg.Error
        with self._ours():
            self._connection: psycopg.Connection[Any] = psycopg.connect(
                url, connect_timeout=CONNECT, autocommit=True
            )
            self._connection.execute(f"SET lock_timeout = '{PATIENCE}s'")
            self._connection.execute("SET synchronous_commit = on")
            self._create()

    def ask(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """See `Database`."""
        with self._ours():
            cursor = self._connection.execute(sql.replace("?", "%s"), values)
            if cursor.description:
                yield from cursor

    @contextmanager
    def locked(self, ledger: str) -> Iterator[None]:
        """See `Database`. The lock is on the ledger's name: other repositories do not wait."""
        with self._ours():
            self._connection.execute("BEGIN")
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", [_key(ledger)])
        try:
            yield
            with self._ours():
                self._connection.execute("COMMIT")
        except BaseException:
            with suppress(self._fault):
                self._connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """See `Database`."""
        with self._ours():
            self._connection.close()

    def _create(self) -> None:
        """Make the tables where they are missing; a role that may only add finds them made."""
        found = self._connection.execute("SELECT to_regclass('records'), to_regclass('uses')")
        if None in (found.fetchone() or (None,)):
            with self._connection.transaction():
                self._connection.execute("SELECT pg_advisory_xact_lock(%s)", [_key("")])
                for statement in SCHEMA:
                    self._connection.execute(statement.format(integer="BIGINT").encode())

    @contextmanager
    def _ours(self) -> Iterator[None]:
        try:
            yield
        except self._fault as error:
            said = str(error).strip().partition("\n")[0]
            raise EvaluationError(f"the ledger {self.place} cannot be used: {said}") from error


def _key(ledger: str) -> int:
    """A name as the 64-bit number that advisory locks go by."""
    digest = hashlib.sha256(f"agentguard ledger {ledger}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def _without_secrets(url: str) -> str:
    """A URL as messages may show it."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"postgresql://{parts.hostname or ''}{port}{parts.path}"
