"""`[ledger]` of a server's policy: where decisions are recorded.

Read on its own as well, without the rest of a policy: what landed is recorded without judging, and
a refusal because of a policy that cannot be read is recorded too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from agentguard.errors import AgentguardError
from agentguard.ledger.url import fault
from agentguard.policy import places
from agentguard.settings import Table, parse_toml

SQLITE = "sqlite"


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """`url` is "sqlite" or a PostgreSQL URL. `name` is what the ledger is called there.

    Every `checkpoint_every` records (0: never) a checkpoint is signed with `checkpoint_key`, the
    file of a private key, and written to `checkpoint_to`, a file or `URL#refs/…`.
    """

    url: str = SQLITE
    name: str = ""
    checkpoint_every: int = 0
    checkpoint_key: str = ""
    checkpoint_to: str = ""


def read_ledger(table: Table) -> LedgerSettings | None:
    """A policy's `[ledger]`, None where it has none. Raises ConfigurationError."""
    if not table.values:
        return None
    url = table.string("url", SQLITE)
    if url != SQLITE and (wrong := fault(url)):
        table.fail("url", wrong)
    found = LedgerSettings(
        url=url,
        checkpoint_every=table.integer("checkpoint_every", 0),
        checkpoint_key=table.string("checkpoint_key", ""),
        checkpoint_to=table.string("checkpoint_to", ""),
    )
    for key in ("checkpoint_key", "checkpoint_to"):
        if found.checkpoint_every and not getattr(found, key):
            table.fail(key, "is missing; checkpoint_every needs a key and a place to write to")
    table.finish()
    return found


def ledger_settings(directory: Path) -> LedgerSettings:
    """The settings for the repository at `directory`: of the first server policy that has any.

    A policy that cannot be read has none; the gate says so when it judges.
    """
    name, chosen = "", None
    for path in (directory / places.BESIDE, places.MACHINE):
        found, called = _of(path)
        name, chosen = name or called, chosen or found
    return replace(chosen or LedgerSettings(), name=name or str(directory))


def _of(path: Path) -> tuple[LedgerSettings | None, str]:
    try:
        document = Table(parse_toml(path.read_bytes(), str(path)), str(path))
        return read_ledger(document.table("ledger")), document.string("repository", "")
    except (AgentguardError, OSError):
        return None, ""
