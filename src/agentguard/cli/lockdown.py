"""`agentguard lockdown`: stop pushes at once, on the whole server."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import click

from agentguard.output import say_all

database = click.option(
    "--database",
    default="",
    metavar="URL",
    help="On all servers whose ledgers are in this PostgreSQL.",
)


@click.group(no_args_is_help=False, short_help="Stop pushes to this server at once.")
def lockdown() -> None:
    """Stop pushes to this server at once, whatever is in them. No approval and no key lifts it."""


@lockdown.command(short_help="Stop pushes.")
@click.option("--agents-only", is_flag=True, help="Only what agents push.")
@click.option("--repos", multiple=True, metavar="PATTERN", help="Which repositories; else all.")
@click.option("--reason", required=True, metavar="TEXT", help="Shown to those it stops.")
@database
def on(agents_only: bool, repos: tuple[str, ...], reason: str, database: str) -> int:  # noqa: FBT001
    """Stop pushes, beside what is stopped already: nothing that is locked opens by this.

    A repository is meant by its path, or by the name that its policy gives; `*` stands for
    anything. Give --repos once for each.
    """
    from agentguard.lockdown import Order
    from agentguard.server.account import account
    from agentguard.server.lockdown import lock, real, unknown
    from agentguard.server.lockdown_place import place_of
    from agentguard.server.recording import on_server
    from agentguard.server.state import said

    if not all(each.strip() for each in repos):
        raise click.UsageError("--repos must not be empty")
    order = Order(
        reason=said(reason),
        by=account(os.environ),
        since=datetime.now(UTC).replace(microsecond=0),
        agents_only=agents_only,
        repos=tuple(map(real, repos)),
    )
    with place_of(database) as place:
        say_all(lock(order, on_server, place))
    return say_all(unknown(order.repos))


@lockdown.command(short_help="Let pushes be judged again.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it ends.")
@database
def off(reason: str, database: str) -> int:
    """End the lockdown, all that was ordered."""
    from agentguard.server.account import account
    from agentguard.server.lockdown import unlock
    from agentguard.server.lockdown_place import place_of
    from agentguard.server.recording import on_server
    from agentguard.server.state import said

    with place_of(database) as place:
        by, now = account(os.environ), datetime.now(UTC)
        return say_all(unlock(by, said(reason), now, on_server, place))


@lockdown.command("status", short_help="Say what is stopped.")
@database
def show(database: str) -> int:
    """Say what is stopped, since when, by whom and why.

    Exit code: 0 nothing is, 1 something is.
    """
    from agentguard.server.lockdown import status
    from agentguard.server.lockdown_place import place_of

    with place_of(database) as place:
        lines = list(status(place))
    say_all(lines or ["no lockdown is in force"])
    return int(bool(lines))
