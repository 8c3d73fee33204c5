"""What whoever runs a server does there, in the ledger before it is done."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agentguard import lockdown
from agentguard.ledger.opening import FILE, open_ledger
from agentguard.ledger.settings import ledger_settings
from agentguard.ledger.sql import Ledger


def in_repository(event: str, body: Mapping[str, object]) -> None:
    """Record what concerns the repository that the body names. Raises EvaluationError."""
    directory = Path(str(body["repository"]))
    with open_ledger(directory, ledger_settings(directory)) as ledger:
        ledger.append(event, body, datetime.now(UTC))


def on_server(event: str, body: Mapping[str, object]) -> None:
    """Record what concerns every repository of the server. Raises EvaluationError."""
    with server_ledger() as ledger:
        ledger.append(event, body, datetime.now(UTC))


def server_ledger() -> Ledger:
    """The ledger of the server itself, beside its lockdown. Raises EvaluationError."""
    folder = lockdown.FILE.parent
    settings = replace(ledger_settings(folder), name=f"server {socket.gethostname()}")
    return open_ledger(folder, settings, FILE.relative_to("agentguard"))
