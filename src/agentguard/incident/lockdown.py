"""How an incident starts and ends a lockdown: the one seam to it."""

from __future__ import annotations

from collections.abc import Callable

from agentguard.output import complain

Lock = Callable[[str], None]
"""Takes the reason. Raises AgentguardError when it could not be done."""


def locking(*, agents_only: bool) -> Lock:
    """What stops pushes."""

    def lock(_reason: str) -> None:
        who = "agents" if agents_only else "everybody"
        complain(f"WARNING: nothing stops pushes by {who} from here: stop them yourself, now")

    return lock


def unlocking() -> Lock:
    """What lets pushes through again."""

    def unlock(_reason: str) -> None:
        complain("WARNING: what was stopped by hand is to be let through by hand")

    return unlock
