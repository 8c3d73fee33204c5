"""agentguard as the hooks start it, killed with SIGKILL at the place that FAULT names.

Run as a program. It reaches into the product from outside: nothing there knows of it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from agentguard.hook import post_receive, pre_receive, recording
from agentguard.ledger import landing
from agentguard.ledger.sql import Writer

# hook and place: what is replaced, and whether death comes before or after it.
PLACES: dict[str, tuple[Any, str, str]] = {
    "pre-receive: before the record": (Writer, "append", "before"),
    "pre-receive: half a record": (Writer, "_insert", "after"),
    "pre-receive: before the commit": (Writer, "append", "after"),
    "pre-receive: after the commit": (pre_receive, "recorded_push", "after"),
    "pre-receive: after the answer": (pre_receive, "run", "after"),
    "pre-receive: before the late commit": (landing, "_landed", "after"),
    "pre-receive: after the late commit": (recording, "_catch_up", "after"),
    "post-receive: before a tip is kept": (landing, "_landed", "before"),
    "post-receive: before the note": (landing, "_landed", "after"),
    "post-receive: half a note": (Writer, "_insert", "after"),
    "post-receive: after the commit": (post_receive, "run", "after"),
}


def deadly(function: Callable[..., Any], when: str) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **named: Any) -> Any:
        if when == "after":
            function(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return wrapped


def main() -> int:
    place = os.environ.get("FAULT", "")
    if place.startswith(f"{sys.argv[-1]}: "):
        owner, name, when = PLACES[place]
        setattr(owner, name, deadly(getattr(owner, name), when))
    from agentguard.__main__ import main as agentguard

    return agentguard()


if __name__ == "__main__":
    sys.exit(main())
