"""`agentguard freeze`: refs of a server's repositories that do not move for a while."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agentguard.output import say, say_all

if TYPE_CHECKING:
    from agentguard.finding import Effect

Repositories = tuple[Path, ...]

repositories = click.argument(
    "repositories", nargs=-1, type=click.Path(path_type=Path), metavar="[REPOSITORY...]"
)


@click.group(no_args_is_help=False, short_help="Freeze refs on the server, and end it.")
def freeze() -> None:
    """Freeze refs of bare repositories on the server (the one in this folder), and end it.

    A freeze that is written in a policy is ended there.
    """


@freeze.command(short_help="Declare a freeze.")
@click.option("--until", required=True, metavar="WHEN", help="Date, time, or length as 8h.")
@click.option("--refs", multiple=True, metavar="PATTERN", help="Which refs; else production.")
@click.option("--reason", required=True, metavar="TEXT", help="Shown to those it stops.")
@click.option(
    "--effect",
    type=click.Choice(["deny", "approve", "warn"]),
    default="deny",
    show_default=True,
    help="What a push comes to meanwhile.",
)
@repositories
def on(
    until: str, refs: tuple[str, ...], reason: str, effect: Effect, repositories: Repositories
) -> int:
    """Declare a freeze, beside those that hold already.

    Refs are full names in which `*` stands for anything; give --refs once for each.
    """
    from agentguard.policy.model import Freeze
    from agentguard.server.account import account
    from agentguard.server.freeze import declare
    from agentguard.server.recording import in_repository
    from agentguard.server.state import said
    from agentguard.server.when import read_until

    now = datetime.now(UTC).replace(microsecond=0)
    declared = Freeze(
        start=now,
        until=read_until(until, now),
        refs=refs,
        effect=effect,
        reason=said(reason),
        by=account(os.environ),
        declared=now,
    )
    return say_all(declare(repositories or (Path.cwd(),), declared, in_repository))


@freeze.command(short_help="End the freezes that were declared.")
@click.option("--reason", required=True, metavar="TEXT", help="Why they end.")
@repositories
def off(reason: str, repositories: Repositories) -> int:
    """End all freezes that were declared for a repository. Those of its policies stay."""
    from agentguard.server.account import account
    from agentguard.server.freeze import lift
    from agentguard.server.recording import in_repository
    from agentguard.server.state import said

    paths, by = repositories or (Path.cwd(),), account(os.environ)
    return say_all(lift(paths, by, said(reason), datetime.now(UTC), in_repository))


@freeze.command("status", short_help="List freezes.")
@repositories
def show(repositories: Repositories) -> int:
    """List the freezes that hold or are to come, those of policies too.

    Exit code: 0 none holds now, 1 one does, 2 wrong usage or configuration.
    """
    from agentguard.server.freeze import status

    holds = False
    for line, held in status(repositories or (Path.cwd(),), datetime.now(UTC)):
        say(line)
        holds = holds or held
    return int(holds)
