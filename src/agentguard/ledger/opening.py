"""Opening a ledger, wherever the policy says that it is."""

from __future__ import annotations

from pathlib import Path

from agentguard.errors import EvaluationError
from agentguard.ledger.settings import SQLITE, LedgerSettings, ledger_settings
from agentguard.ledger.sql import Ledger

FILE = Path("agentguard", "ledger", "records.sqlite3")


def open_ledger(directory: Path, settings: LedgerSettings, file: Path = FILE) -> Ledger:
    """The ledger of the repository at `directory`; made where there is none.

    Raises EvaluationError when it cannot be reached.
    """
    if settings.url == SQLITE:
        from agentguard.ledger.sqlite import SQLite

        return Ledger(SQLite(directory / file), settings.name)
    from agentguard.ledger.postgresql import PostgreSQL

    return Ledger(PostgreSQL(settings.url), settings.name)


def existing_ledger(directory: Path) -> Ledger:
    """The ledger of the repository at `directory`, to be read: none is made.

    Raises EvaluationError when there is none, or when it cannot be reached.
    """
    settings = ledger_settings(directory)
    if settings.url == SQLITE and not (directory / FILE).exists():
        raise EvaluationError(
            f"there is no ledger in {directory}: `agentguard install --server {directory}` "
            "makes one, and whoever had one there before has lost it"
        )
    return open_ledger(directory, settings)
