"""The one place where errors become a message and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from agentguard.errors import AgentguardError
from agentguard.output import complain, settle, speak_utf8

BROKEN = 3
INTERRUPTED = 130


def guarded(command: Callable[[], int], outcome: str = "nothing was accepted") -> int:
    """Run a command. An error of ours keeps its exit code; anything else is our bug, and 3.

    `outcome` is what a bug in it means for whoever reads of it.
    """
    speak_utf8()
    try:
        status = command()
        sys.stdout.flush()
    except AgentguardError as error:
        complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        complain("the report could not be written: nobody reads it")
        return BROKEN
    except BaseException as error:  # noqa: BLE001  a gate that dies must say so and stay shut
        complain(f"a fault in agentguard itself ({type(error).__name__}): {error}")
        complain(f"{outcome}. Please report this.")
        return BROKEN
    finally:
        settle()
    return status
