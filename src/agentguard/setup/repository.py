"""What the gate needs of a server repository: push options, hidden tips, a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from agentguard.ledger.opening import open_ledger
from agentguard.ledger.settings import ledger_settings
from agentguard.repo.keep import HIDDEN
from agentguard.repo.repository import (
    add_option,
    open_repository,
    option,
    options,
    set_option,
)

PUSH_OPTIONS = "receive.advertisePushOptions"
HIDE = "transfer.hideRefs"


def prepare_repository(directory: Path) -> Iterator[str]:
    """Let approvals come as push options, hide what is kept, and open the ledger.

    Raises EvaluationError when the ledger cannot be reached: the gate would refuse every push.
    """
    if option(directory, PUSH_OPTIONS) != "true":
        set_option(directory, PUSH_OPTIONS, "true")
        yield f"set {PUSH_OPTIONS}: approvals may come with a push"
    if HIDDEN not in options(directory, HIDE):
        add_option(directory, HIDE, HIDDEN)
        yield f"set {HIDE}: old tips that are kept cannot be fetched"
    with open_ledger(directory, ledger_settings(directory)) as ledger:
        ledger.begin(open_repository(directory).tips(["refs/"]), datetime.now(UTC))
        yield f"decisions go to {ledger.place}"
