"""The way in. A server hook is served before anything else is imported."""

from __future__ import annotations

import sys

PRE_RECEIVE = ["hook", "pre-receive"]
POST_RECEIVE = ["hook", "post-receive"]


def main() -> int:
    """Run the command line. Whatever goes wrong, the status is never 0 and a reason is printed."""
    if sys.argv[1:] == PRE_RECEIVE:
        from agentguard.boundary import guarded

        return guarded(_pre_receive)
    if sys.argv[1:] == POST_RECEIVE:
        from agentguard.boundary import guarded

        return guarded(_post_receive, "the push has landed")
    from agentguard.cli import main as command_line

    return command_line()


def _pre_receive() -> int:
    # Imported here, so that an installation that is damaged is a reason as well.
    from agentguard.hook import pre_receive

    return pre_receive.run()


def _post_receive() -> int:
    from agentguard.hook import post_receive

    return post_receive.run()


if __name__ == "__main__":
    sys.exit(main())
