"""Starting and ending a lockdown of the whole server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from agentguard import lockdown as module
from agentguard.clock import iso
from agentguard.errors import AgentguardError, ConfigurationError
from agentguard.lockdown import Lockdown, Order, as_json, as_text, from_file, parse_lockdown
from agentguard.server.state import Record, changing
from agentguard.setup.files import sync_folder, write_whole


def lock(order: Order, record: Record) -> Iterator[str]:
    """Put an order in force, beside those that are already; says what was done.

    A lockdown that cannot be read stays as it is, and with it everything locked. Stopping does not
    wait for a ledger: one that cannot be written to is only warned of.
    """
    path = module.FILE
    with changing(path):
        before = _orders()
        write_whole(path, as_text(Lockdown((*before, order))))
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
    ends: Callable[[Order], bool] | None = None,
) -> Iterator[str]:
    """End the lockdown, all of its orders or those that `ends` tells, and one that cannot be read
    too unless it is asked; says what was done."""
    path = module.FILE
    if not os.path.lexists(path):
        yield "no lockdown is in force"
        return
    with changing(path):
        left = tuple(each for each in _orders() if not ends(each)) if ends else ()
        staying = [as_json(each) for each in left]
        ended = [each for each in _ended() if each not in staying]
        if not ended:
            yield "no such lockdown is in force"
            return
        body = {"by": by, "time": iso(now), "reason": reason, "ended": ended}
        record("lockdown-off", body)
        _leave(path, left)
    yield from (f"still in force: {_line(each)}" for each in left)
    if not left:
        yield "the lockdown has ended: pushes are judged as ever"


def status() -> Iterator[str]:
    """The orders in force, one line each; nothing when there is none."""
    found = module.in_force(from_file)
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


def _orders() -> tuple[Order, ...]:
    content = from_file()
    return parse_lockdown(content, str(module.FILE)).orders if content is not None else ()


def _leave(path: Path, orders: tuple[Order, ...]) -> None:
    """Have these orders in force and no others."""
    if orders:
        write_whole(path, as_text(Lockdown(orders)))
        return
    try:
        path.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be removed: {error.strerror}") from error


def _ended() -> list[Mapping[str, object]]:
    """What is in force, for the record: the orders, or the fault."""
    try:
        return [dict(as_json(order)) for order in _orders()]
    except AgentguardError as error:
        return [{"fault": str(error)}]


def _scope(order: Order) -> str:
    stopped = "what agents push" if order.agents_only else "every push"
    return f"{stopped} to {' '.join(order.repos) or 'every repository of this server'}"


def _line(order: Order) -> str:
    since = f", since {iso(order.since)} by {order.by}" if order.since else ""
    return f"{_scope(order)}{since}: {order.reason}"
