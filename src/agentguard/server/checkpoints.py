"""Making checkpoints: on demand, and after a push when the policy asks for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agentguard.errors import AgentguardError, ConfigurationError
from agentguard.ledger.settings import LedgerSettings, ledger_settings
from agentguard.ledger.sql import Ledger

REF = "#refs/"
PRINTED = "standard output"
# Who pushed learns nothing of where keys and copies are; the administrator asks the command.
FAILED = (
    "no checkpoint of the ledger was made; `agentguard audit checkpoint` on the server says why"
)
PATIENCE = 15.0  # seconds, for signing and for the other host


def keeper_of(place: str, directory: Path, now: datetime) -> Callable[[str], object]:
    """How a checkpoint is kept at `place`: `URL#refs/…`, or a file, relative to the repository."""
    if REF in place:
        from agentguard.repo.checkpoints import send

        url, _, name = place.rpartition(REF)
        return lambda text: send(url, f"refs/{name}", text, int(now.timestamp()))
    from agentguard.ledger.checkpoint import keep_in_file

    return lambda text: keep_in_file(text, directory / place)


def on_demand(path: Path, key: Path | None, output: Path | None) -> str:
    """Make a checkpoint for somebody who asked for one; where it is kept, "" for printed.

    What is not given is as the policy says. Raises ConfigurationError and EvaluationError.
    """
    from agentguard.ledger.checkpoint import make
    from agentguard.ledger.opening import existing_ledger
    from agentguard.output import show
    from agentguard.setup.install import server_directory

    directory = server_directory(path)
    settings, now = ledger_settings(directory), datetime.now(UTC)
    named = settings.checkpoint_key and directory / settings.checkpoint_key
    file = key or named
    if not file:
        raise ConfigurationError("no key: give --key FILE, or name a checkpoint_key in the policy")
    place = str(output.absolute()) if output else settings.checkpoint_to
    keep = keeper_of(place, directory, now) if place else show
    with existing_ledger(directory) as ledger:
        make(ledger, Path(file), place or PRINTED, keep, now)
    return place


def after_a_push(ledger: Ledger, settings: LedgerSettings, directory: Path, now: datetime) -> str:
    """Make the checkpoint that is due; what to say if that was not possible, else "".

    The push has landed and is recorded, so nothing is raised; the next push tries again.
    """
    if not settings.checkpoint_every:
        return ""
    from agentguard.deadline import deadline
    from agentguard.ledger.checkpoint import due, make

    place, key = settings.checkpoint_to, directory / settings.checkpoint_key
    try:
        if due(ledger, settings.checkpoint_every):
            with deadline(PATIENCE):
                make(ledger, key, place, keeper_of(place, directory, now), now)
    except AgentguardError:
        return FAILED
    return ""
