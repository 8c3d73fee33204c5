"""Opening a ledger, wherever the policy says that it is."""

from __future__ import annotations

from pathlib import Path

from agentguard.ledger.settings import SQLITE, LedgerSettings
from agentguard.ledger.sql import Ledger

FILE = Path("agentguard", "ledger.sqlite3")


def open_ledger(directory: Path, settings: LedgerSettings, file: Path = FILE) -> Ledger:
    """The ledger of the repository at `directory`; made where there is none.

    Raises EvaluationError when it cannot be reached.
    """
    if settings.url == SQLITE:
        from agentguard.ledger.sqlite import SQLite

        return Ledger(SQLite(directory / file), settings.name)
    from agentguard.ledger.postgresql import PostgreSQL

    return Ledger(PostgreSQL(settings.url), settings.name)
