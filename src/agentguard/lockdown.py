"""A lockdown: whoever runs a server stops pushes at once, whatever is in them.

One file for the whole machine, looked for before anything else of a push. What cannot be read there
locks everything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agentguard.change import RefUpdate
from agentguard.clock import iso
from agentguard.decision import Decision
from agentguard.errors import AgentguardError, ConfigurationError, EvaluationError
from agentguard.finding import LOCKDOWN, Finding
from agentguard.outcome import denied
from agentguard.policy.model import utc
from agentguard.policy.stack import server_file
from agentguard.settings import Table

FILE = Path("/etc/agentguard/lockdown.json")
VERSION = 1
SOURCE = "the server's lockdown"

Read = Callable[[], bytes | None]
"""The text of the lockdown, None when there is none. Raises AgentguardError if it cannot tell."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order to stop pushes, to all repositories where `repos` is empty.

    `since` is UTC. Without it and `by`, this is no order but a lockdown that cannot be read, and
    `reason` is the fault.
    """

    reason: str
    by: str = ""
    since: datetime | None = None
    agents_only: bool = False
    repos: tuple[str, ...] = ()

    def covers(self, names: Sequence[str]) -> bool:
        """Whether it is for the repository with these names. `*` stands for anything."""
        return not self.repos or any(_matches(each, name) for each in self.repos for name in names)


@dataclass(frozen=True, slots=True)
class Lockdown:
    """All orders in force, never none. Each holds beside the others until all are ended."""

    orders: tuple[Order, ...]

    def over(self, *names: str) -> Order | None:
        """The strictest order for the repository with these names, its path and what its policy
        calls it; None when there is none."""
        found = [order for order in self.orders if order.covers(names)]
        return min(found, key=lambda order: order.agents_only, default=None)


def in_force(read: Read) -> Lockdown | None:
    """The lockdown that `read` gives the text of, None when there is none. Raises nothing: what
    cannot be read is a lockdown of everything, with that as its reason."""
    try:
        content = read()
        return None if content is None else parse_lockdown(content)
    except AgentguardError as error:
        return Lockdown((Order(str(error)),))


def together(*found: Lockdown | None) -> Lockdown | None:
    """All that is in force, None when that is nothing."""
    orders = tuple(order for each in found if each for order in each.orders)
    return Lockdown(orders) if orders else None


def from_file() -> bytes | None:
    """The machine's lockdown file. Without one, this takes a single `lstat`: a link that leads
    nowhere is one that cannot be read."""
    try:
        FILE.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EvaluationError(f"{FILE} cannot be read: {error.strerror}") from error
    content = server_file(FILE)
    if content is None:
        raise EvaluationError(f"{FILE} leads to no file")
    return content


def parse_lockdown(content: bytes, source: str = SOURCE) -> Lockdown:
    """A lockdown from its JSON text. Raises ConfigurationError that names `source` and the key."""
    document = Table(_json(content, source), source)
    if document.integer("version", 0) != VERSION:
        document.fail("version", f"expected {VERSION}, the only version there is")
    orders = tuple(_order(table) for table in document.tables("orders"))
    if not orders:
        document.fail("orders", "is missing; expected at least one")
    document.finish()
    return Lockdown(orders)


def as_text(lockdown: Lockdown) -> str:
    """The JSON text that `parse_lockdown` reads."""
    orders = [as_json(order) for order in lockdown.orders]
    return json.dumps({"version": VERSION, "orders": orders}, indent=2) + "\n"


def as_json(order: Order) -> Mapping[str, object]:
    """An order as an object of JSON."""
    return {
        "since": iso(order.since) if order.since else "",
        "by": order.by,
        "reason": order.reason,
        "agents_only": order.agents_only,
        "repos": list(order.repos),
    }


def locked(updates: Sequence[RefUpdate], order: Order) -> Decision:
    """The decision on a push that nothing more is asked about: every ref stays where it is."""
    return denied(updates, lockdown_finding(order))


def lockdown_finding(order: Order) -> Finding:
    """What stops a push while the order is in force."""
    stopped = "what agents push" if order.agents_only else "all pushes"
    return Finding(
        rule=LOCKDOWN,
        title=f"This server has stopped {stopped}",
        severity="critical",
        effect="deny",
        message=_message(order),
        measured={"locked": True},
        limit={"locked": False},
        why=f"Whoever runs this server stopped {stopped} while something is looked into.",
        fix="Keep your commits and wait. Only whoever runs this server can end the lockdown.",
        policy=SOURCE,
    )


def _message(order: Order) -> str:
    if order.since is None:
        return f"What is locked cannot be read, so everything is: {order.reason}"
    return f"Locked since {iso(order.since)} by {order.by}: {order.reason}"


def _json(content: bytes, source: str) -> dict[str, object]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{source}: not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ConfigurationError(f"{source}: not a JSON object")
    return found


def _order(table: Table) -> Order:
    repos = table.strings("repos")
    if not all(each.strip() for each in repos):
        table.fail("repos", "has an empty pattern, which matches nothing")
    order = Order(
        reason=table.string("reason"),
        by=table.string("by"),
        since=_moment(table, "since"),
        agents_only=table.boolean("agents_only", default=False),
        repos=repos,
    )
    table.finish()
    return order


def _moment(table: Table, key: str) -> datetime:
    value = table.string(key)
    try:
        return utc(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        table.fail(key, f"{value!r} is not a date and time such as '2026-11-21T09:00:00Z'")


def _matches(pattern: str, name: str) -> bool:
    """Without case: locking one repository too many is a nuisance, one too few is a breach."""
    expression = ".*".join(map(re.escape, pattern.split("*")))
    return re.fullmatch(expression, name, re.IGNORECASE | re.DOTALL) is not None
