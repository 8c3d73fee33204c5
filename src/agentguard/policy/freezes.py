"""Freezes that were declared on the server, in a file beside the repository's policy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agentguard.policy.load import read_freeze
from agentguard.policy.model import Freeze
from agentguard.policy.times import read_moment
from agentguard.settings import Table, parse_toml

FREEZES = Path("agentguard", "freezes.toml")


def declared_freezes(content: bytes, source: str) -> tuple[Freeze, ...]:
    """The freezes of such a file: `[[freeze]]` as in a policy, with `by` and `declared` as well.

    One without `refs` is for everything in production, whatever that is when a push comes. Raises
    ConfigurationError that names `source`.
    """
    document = Table(parse_toml(content, source), source)
    found = tuple(_declared(table) for table in document.tables("freeze"))
    document.finish()
    return found


def _declared(table: Table) -> Freeze:
    by, declared = table.string("by"), read_moment(table, "declared")
    if declared is None:
        table.fail("declared", "is missing; expected the time at which it was declared")
    everything = None if "refs" in table else ()
    freeze = read_freeze(table, everything)
    return replace(freeze, by=by, declared=declared, source=str(FREEZES))
