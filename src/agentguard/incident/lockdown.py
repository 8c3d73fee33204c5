"""How an incident starts and ends a lockdown of its repository."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from agentguard.lockdown import Order
from agentguard.output import say_all
from agentguard.server.lockdown import lock, unlock
from agentguard.server.recording import on_server

Lock = Callable[[str], None]
"""Takes the reason. Raises AgentguardError when it could not be done."""


def locking(directory: Path, by: str, now: datetime, *, agents_only: bool) -> Lock:
    """What stops pushes to the repository. Pushes wait until the lockdown is ended."""

    def stop(reason: str) -> None:
        order = Order(reason, by, now, agents_only, (str(directory),))
        say_all(lock(order, on_server))

    return stop


def unlocking(directory: Path, name: str, by: str, now: datetime) -> Lock:
    """What ends the lockdown that the incident called `name` began, and no other."""

    def began(order: Order) -> bool:
        return order.repos == (str(directory),) and order.reason.startswith(f"incident {name}: ")

    def end(reason: str) -> None:
        say_all(unlock(by, reason, now, on_server, ends=began))

    return end
