"""Ledgers for tests: some databases that hold one, and the chain followed by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from agentguard.ledger.record import BEFORE_THE_FIRST, Row


def followed(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The records, after each was found to stand where it says and to name the one before."""
    records, before = [], BEFORE_THE_FIRST
    for number, row in enumerate(rows, start=1):
        record = json.loads(row.text)
        assert hashlib.sha256(row.text.encode()).hexdigest() == row.hash
        assert (row.seq, record["seq"], record["previous"]) == (number, number, before)
        records.append(record)
        before = row.hash
    return records
