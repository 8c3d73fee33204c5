"""Starting and ending a lockdown, of one server or of all that share a database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from agentguard.clock import iso
from agentguard.errors import AgentguardError
from agentguard.lockdown import Lockdown, Order, as_json, as_text, in_force, parse_lockdown
from agentguard.server.lockdown_place import Place, ThisServer
from agentguard.server.state import Record

HERE = ThisServer()


def lock(order: Order, record: Record, place: Place = HERE) -> Iterator[str]:
    """Put an order in force, beside those that are already; says what was done.

    A lockdown that cannot be read stays as it is, and with it everything locked. Stopping does not
    wait for a ledger: one that cannot be written to is only warned of.
    """
    with place.changing():
        before = _orders(place)
        place.write(as_text(Lockdown((*before, order))))
    yield f"locked: {_scope(order)}"
    try:
        record("lockdown-on", as_json(order))
    except AgentguardError as error:
        yield f"WARNING: locked, but not recorded: {error}"
    yield from (f"still in force: {_line(each)}" for each in before)


def unlock(
    by: str,
    reason: str,
    now: datetime,
    record: Record,
    place: Place = HERE,
    *,
    ends: Callable[[Order], bool] | None = None,
) -> Iterator[str]:
    """End the lockdown, all of its orders or those that `ends` tells, and one that cannot be read
    too unless it is asked; says what was done."""
    if not place.exists():
        yield "no lockdown is in force"
        return
    with place.changing():
        left = tuple(each for each in _orders(place) if not ends(each)) if ends else ()
        staying = [as_json(each) for each in left]
        ended = [each for each in _ended(place) if each not in staying]
        if not ended:
            yield "no such lockdown is in force"
            return
        body = {"by": by, "time": iso(now), "reason": reason, "ended": ended}
        record("lockdown-off", body)
        place.write(as_text(Lockdown(left)) if left else None)
    yield from (f"still in force: {_line(each)}" for each in left)
    if not left:
        yield "the lockdown has ended: pushes are judged as ever"


def status(place: Place = HERE) -> Iterator[str]:
    """The orders in force, one line each; nothing when there is none."""
    found = in_force(place.read)
    yield from (_line(order) for order in found.orders) if found else ()


def real(pattern: str) -> str:
    """The pattern of a path as it is behind links, which is how pushes are told apart."""
    if not pattern.startswith("/"):
        return pattern
    before, star, after = pattern.partition("*")
    if not star:
        return os.path.realpath(pattern)
    folder, slash, rest = before.rpartition("/")
    return os.path.realpath(folder or "/").rstrip("/") + slash + rest + star + after


def unknown(patterns: Iterable[str]) -> Iterator[str]:
    """What to be warned of: patterns that may stand for no repository of this server."""
    for pattern in patterns:
        if not pattern.startswith("/"):
            yield (
                f"WARNING: {pattern} is looked for among the names that policies give, and nobody "
                "knows them all. A path would be certain."
            )
        elif not _there(pattern):
            yield f"WARNING: no path here is {pattern}, so nothing may be locked by it"


def _there(pattern: str) -> bool:
    """Whether anything is where the pattern of a path begins."""
    before, star, _ = pattern.partition("*")
    if not star:
        return Path(pattern).is_dir()
    folder, _, start = before.rpartition("/")
    try:
        return any(each.name.startswith(start) for each in Path(folder or "/").iterdir())
    except OSError:
        return False


def _orders(place: Place) -> tuple[Order, ...]:
    content = place.read()
    return parse_lockdown(content, place.name).orders if content is not None else ()


def _ended(place: Place) -> list[Mapping[str, object]]:
    """What is in force, for the record: the orders, or the fault."""
    try:
        return [dict(as_json(order)) for order in _orders(place)]
    except AgentguardError as error:
        return [{"fault": str(error)}]


def _scope(order: Order) -> str:
    stopped = "what agents push" if order.agents_only else "every push"
    return f"{stopped} to {' '.join(order.repos) or 'every repository of this server'}"


def _line(order: Order) -> str:
    since = f", since {iso(order.since)} by {order.by}" if order.since else ""
    return f"{_scope(order)}{since}: {order.reason}"
