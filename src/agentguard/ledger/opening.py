"""Opening the ledger of a repository, wherever its policy says that it is."""

from __future__ import annotations

from pathlib import Path

from agentguard.ledger.settings import SQLITE, LedgerSettings
from agentguard.ledger.sql import Ledger


def open_ledger(directory: Path, settings: LedgerSettings) -> Ledger:
    """The ledger of the repository at `directory`; made where there is none.

    Raises EvaluationError when it cannot be reached.
    """
    if settings.url == SQLITE:
        from agentguard.ledger.sqlite import FILE, SQLite

        return Ledger(SQLite(directory / FILE), settings.name)
    from agentguard.ledger.postgresql import PostgreSQL

    return Ledger(PostgreSQL(settings.url), settings.name)
