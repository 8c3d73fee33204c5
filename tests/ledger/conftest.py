"""A ledger of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentguard.ledger.opening import open_ledger
from agentguard.ledger.settings import LedgerSettings
from agentguard.ledger.sql import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty one, in a file."""
    with open_ledger(tmp_path, LedgerSettings(name="acme/portal")) as opened:
        yield opened
