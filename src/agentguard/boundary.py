"""The one place where errors become a message and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from agentguard.errors import AgentguardError
from agentguard.reports.escape import escape

BROKEN = 3
INTERRUPTED = 130


def guarded(command: Callable[[], int]) -> int:
    """Run a command. An error of ours keeps its exit code; anything else is our bug, and 3."""
    try:
        return command()
    except AgentguardError as error:
        complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except BaseException as error:  # noqa: BLE001  a gate that dies must say so and stay shut
        complain(f"a fault in agentguard itself ({type(error).__name__}): {error}")
        complain("nothing was accepted. Please report this.")
        return BROKEN


def complain(message: str) -> None:
    """One message on standard error, safe for a terminal and narrow enough for git's prefix."""
    import textwrap

    lines = textwrap.wrap(escape(message), 60) or ["unknown error"]
    sys.stderr.write("".join(f"agentguard: {line}\n" for line in lines))
    sys.stderr.flush()
