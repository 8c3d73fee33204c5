"""`agentguard hook`: what the scripts in `hooks/` and pre-commit call."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.group(no_args_is_help=False, short_help="Run one git hook.")
def hook() -> None:
    """Run one git hook. Git and pre-commit call this; people need not."""


@hook.command("pre-receive", short_help="Judge a push on the server.")
def pre_receive() -> int:
    """Judge a push on the server, as read from standard input."""
    from agentguard.hook import pre_receive as server

    return server.run()


@hook.command("post-receive", short_help="Note on the server what landed.")
def post_receive() -> int:
    """Note that approved pushes landed, as read from standard input: their approvals are spent."""
    from agentguard.hook import post_receive as server

    return server.run()


@hook.command("pre-commit", short_help="Judge what is staged.")
def pre_commit() -> int:
    """Judge what is staged; a person at a terminal may go on."""
    from agentguard.hook import pre_commit as client

    return client.run()


@hook.command("pre-push", short_help="Judge what is about to be pushed.")
@click.argument("remote", required=False, default="")
@click.argument("url", required=False, default="")
def pre_push(remote: str, url: str) -> int:  # noqa: ARG001  git passes both
    """Judge what is about to be pushed; a person at a terminal may go on."""
    from agentguard.hook import pre_push as client

    return client.run(remote, sys.stdin.buffer)


@hook.command("prepare-commit-msg", short_help="Label what an agent commits.")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("source", required=False, default="")
@click.argument("commit", required=False, default="")
def prepare_commit_msg(file: Path, source: str, commit: str) -> int:  # noqa: ARG001  git passes all
    """Add an `Assisted-by:` trailer where the environment shows an agent's session."""
    from agentguard.hook import prepare_commit_msg as client

    return client.run(file, source)
