"""Ledgers of a fleet in one PostgreSQL: the same records as beside each repository.

Everything is in the schema `agentguard`. Whoever may make it does so by opening a ledger, once;
after that, reading and adding is all that pushes need, and all that their role should be allowed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agentguard.errors import EvaluationError
from agentguard.ledger.sql import SCHEMA
from agentguard.ledger.url import without_secrets

if TYPE_CHECKING:
    import psycopg

PATIENCE = 15  # seconds that a push waits for those before it; less than the default deadline
CONNECTION: Mapping[str, Any] = {
    "connect_timeout": 5,  # seconds to reach each server of the URL
    # A server that is gone without a word is noticed after about 12 seconds.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 12_000,
    "client_encoding": "UTF8",
    "application_name": "agentguard",
}

# In one go, as each question is a way over the network. What a push holds without moving on is
# taken from it; a server that does not wait for its disk is told to. The table that is made last
# tells whether all are there.
SESSION = f"""
SELECT set_config('search_path', 'agentguard, pg_temp', false),
       set_config('lock_timeout', '{PATIENCE}s', false),
       set_config('idle_in_transaction_session_timeout', '60s', false),
       set_config('synchronous_commit', CASE current_setting('synchronous_commit')
           WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false),
       to_regclass('agentguard.lockdown')"""
# Asked of the catalog itself: what a session knows of names may be older than the lock it has.
MADE = "SELECT 1 FROM pg_tables WHERE schemaname = 'agentguard' AND tablename = 'lockdown'"
LOCKDOWN = "CREATE TABLE lockdown (id INTEGER PRIMARY KEY CHECK (id = 1), declared TEXT NOT NULL)"
# Against slips, not against whoever owns the tables: that is what the chain is for.
GUARDS = (
    """CREATE FUNCTION only_added() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the ledger is only ever added to'; END $$""",
    *(
        f"CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "EXECUTE FUNCTION only_added()"
        for table in ("records", "moves", "uses")
    ),
)
TOO_LONG = "55P03"  # PostgreSQL's own code for a lock that was waited for too long


class PostgreSQL:
    """A database that many repositories of many servers share. Raises EvaluationError throughout.

    What a pusher's environment says of databases (`PGHOST` and the like) is not looked at.
    """

    shared = True

    def __init__(self, url: str) -> None:
        self.place = without_secrets(url)
        try:
            import psycopg
        except ImportError as error:
            raise EvaluationError(
                f"the ledger {self.place} needs psycopg: install agentguard-hooks[postgresql]"
            ) from error
        self._faults = (psycopg.Error, UnicodeError)
        self._connection = self._connect(psycopg.Connection, url)
        try:
            self._begin_session()
        except BaseException:
            self.close()
            raise

    def ask(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """See `Database`."""
        with self._ours():
            cursor = self._connection.execute(_with_marks(sql), values)
            if cursor.description:
                yield from cursor

    @contextmanager
    def locked(self, ledger: str) -> Iterator[None]:
        """See `Database`. The lock is on the ledger's name: other repositories do not wait."""
        try:
            with self._ours():
                # Each question sees what was added while this one waited, whatever is the default.
                self._connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
                self._connection.execute("SELECT pg_advisory_xact_lock(%s)", [_key(ledger)])
            yield
            self._commit()
        except BaseException:
            self._undo()
            raise

    def lockdown(self) -> bytes | None:
        """See `Database`."""
        declared = (text for (text,) in self.ask("SELECT declared FROM lockdown"))
        return next((str(text).encode() for text in declared), None)

    def lock_down(self, declared: bytes | None) -> None:
        """Put a lockdown in force, in place of the one before; None ends it. Pushes' own role may
        not do this."""
        sql = "DELETE FROM lockdown"
        values = []
        if declared is not None:
            sql = "INSERT INTO lockdown (id, declared) VALUES (1, ?) "
            sql += "ON CONFLICT (id) DO UPDATE SET declared = EXCLUDED.declared"
            with self._ours():
                values = [declared.decode()]
        list(self.ask(sql, values))

    def close(self) -> None:
        """See `Database`."""
        with self._ours():
            self._connection.close()

    def _connect(self, kind: type[psycopg.Connection[Any]], url: str) -> psycopg.Connection[Any]:
        from psycopg import ProgrammingError

        with self._ours(), _without_variables():
            try:
                return kind.connect(url, autocommit=True, prepare_threshold=None, **CONNECTION)
            except ProgrammingError:
                # What PostgreSQL says of it may quote a password.
                raise EvaluationError(
                    f"the ledger {self.place} cannot be used: PostgreSQL cannot read its URL"
                ) from None

    def _begin_session(self) -> None:
        if next(self.ask(SESSION))[-1] is not None:
            return
        try:
            with self.locked(""):
                if not list(self.ask(MADE)):  # or another push was faster
                    self._create()
        except EvaluationError as error:
            raise EvaluationError(f"{error}; its tables are not there yet") from error

    def _create(self) -> None:
        known = list(self.ask("SELECT 1 FROM pg_namespace WHERE nspname = 'agentguard'"))
        schema = () if known else ("CREATE SCHEMA agentguard",)
        for statement in (*schema, *SCHEMA, *GUARDS, LOCKDOWN):
            list(self.ask(statement.format(integer="BIGINT", by_ref="USING hash (ref)")))

    def _commit(self) -> None:
        with self._ours():
            ended = self._connection.execute("COMMIT").statusmessage
        if ended != "COMMIT":  # a question had failed before, and somebody went on
            raise EvaluationError(f"the ledger {self.place} did not take what was added")

    def _undo(self) -> None:
        """End the transaction; with the connection, where it was interrupted in an answer."""
        try:
            self._connection.execute("ROLLBACK")
        except self._faults:
            self._connection.close()

    @contextmanager
    def _ours(self) -> Iterator[None]:
        try:
            yield
        except self._faults as error:
            said = str(error).strip().partition("\n")[0]
            if getattr(error, "sqlstate", "") == TOO_LONG:
                said = f"other pushes held it for more than {PATIENCE} seconds"
            raise EvaluationError(f"the ledger {self.place} cannot be used: {said}") from error


@contextmanager
def _without_variables() -> Iterator[None]:
    """Connect as the policy says: the environment may be the pusher's."""
    found = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    for name in found:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(found)


def _with_marks(sql: str) -> bytes:
    """Our SQL, which holds no text of its own, with the marks that psycopg puts values in for."""
    return sql.replace("%", "%%").replace("?", "%s").encode()


def _key(ledger: str) -> int:
    """A name as the 64-bit number that advisory locks go by."""
    digest = hashlib.sha256(f"agentguard ledger {ledger}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
