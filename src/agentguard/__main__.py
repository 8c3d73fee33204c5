"""The way in. A server hook is served before anything else is imported."""

from __future__ import annotations

import sys

PRE_RECEIVE = ["hook", "pre-receive"]


def main() -> int:
    """Run the command line. Whatever goes wrong, the status is never 0 and a reason is printed."""
    if sys.argv[1:] == PRE_RECEIVE:
        from agentguard.boundary import guarded
        from agentguard.hook import pre_receive

        return guarded(pre_receive.run)
    from agentguard.cli import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
