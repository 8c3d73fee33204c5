"""After a push: what landed is recorded, and the old tips of what was rewound or deleted are kept.

Runs after the refs moved, so it can refuse nothing. What it misses (a crash, a hook of somebody
else's) the next push to the ref finds out, or `agentguard audit reconcile`.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from agentguard.deadline import deadline
from agentguard.hook.updates import MOST_BYTES, parse_updates
from agentguard.ledger.landing import land
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.settings import ledger_settings
from agentguard.output import complain
from agentguard.repo.keep import Keeper
from agentguard.server.checkpoints import after_a_push

PATIENCE = 20.0  # seconds; who pushed waits


def run() -> int:
    """Record what landed, as git describes it on standard input."""
    updates = parse_updates(sys.stdin.buffer.read(MOST_BYTES))
    directory = Path(Path.cwd(), os.environ.get("GIT_DIR") or ".").resolve()
    settings, now = ledger_settings(directory), datetime.now(UTC)
    with open_ledger(directory, settings) as ledger:
        with deadline(PATIENCE, "recording what landed"), ledger.writing() as writer:
            land(writer, updates, Keeper(directory, now))
        if fault := after_a_push(ledger, settings, directory, now):
            complain(fault)
    return 0
