"""`agentguard audit`: what was decided and what happened on a server, and whether that is true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from agentguard.decision import VERDICTS
from agentguard.output import say, show

FILE = click.Path(path_type=Path)
LARGEST = 2**62
Command = TypeVar("Command", bound=Callable[..., Any])


def repository(command: Command) -> Command:
    """The option that every command of the group has."""
    return click.option(
        "--repository",
        "directory",
        type=FILE,
        default=Path(),
        metavar="PATH",
        help="The repository, or /etc/agentguard for the server's own ledger.",
    )(command)


def form(*names: str) -> Callable[[Command], Command]:
    """The option that chooses how to report."""
    return click.option(
        "--format", "form", type=click.Choice(names), default="text", help="How to report."
    )


def moment(_context: click.Context, _option: click.Parameter, value: str) -> datetime | None:
    """A point in time, or a length of time before now."""
    from agentguard.server.when import read_since

    return read_since(value, datetime.now(UTC)) if value else None


@click.group(no_args_is_help=False, short_help="Read and verify the ledger of a server.")
def audit() -> None:
    """Read and verify the ledger: every decision on a push, and what came of it.

    For the administrator, on the server: a bare repository, or one with a .git folder.
    """


@audit.command(short_help="List what happened.")
@repository
@click.option("--ref", default="", metavar="PATTERN", help="Of refs such as main or refs/tags/*.")
@click.option("--pusher", default="", metavar="NAME", help="Pushed by this account.")
@click.option("--rule", default="", metavar="ID", help="In which this rule was broken.")
@click.option("--verdict", type=click.Choice(VERDICTS), help="Decided like this.")
@click.option("--since", callback=moment, default="", metavar="WHEN|LENGTH", help="Not older.")
@click.option("--last", default=20, type=click.IntRange(0), help="How many; 0 for all.")
@form("text", "json", "csv")
def log(directory: Path, last: int, form: str, **wanted: Any) -> int:
    """List what happened, one line for each record, the newest last.

    A time is such as 2026-11-21 or 2026-11-21T09:00 (UTC), a length such as 24h or 7d.

    Exit code: 0 listed, 2 wrong usage, 3 the ledger cannot be read.
    """
    from agentguard.ledger.selection import Selection, selected
    from agentguard.reports.log import FORMATS
    from agentguard.server.audit import ledger_of

    wanted["verdict"] = wanted["verdict"] or ""
    with ledger_of(directory) as ledger:
        show(FORMATS[form](selected(ledger, Selection(**wanted), last)))
    return 0


@audit.command(name="show", short_help="Show one record in full.")
@click.argument("number", type=click.IntRange(1, LARGEST), metavar="N")
@repository
@form("text", "json")
def show_record(number: int, directory: Path, form: str) -> int:
    """Show record N in full: findings, approvals with statement and signature, policies, tool.

    Exit code: 0 shown, 2 there is no such record, 3 it cannot be read.
    """
    from agentguard.reports.record import FORMATS
    from agentguard.server.audit import ledger_of, row_of

    with ledger_of(directory) as ledger:
        show(FORMATS[form](row_of(ledger, number)))
    return 0


@audit.command(short_help="Find every record that was touched.")
@repository
@click.option("--head", default="", metavar="'N HASH'", help="A head that a push printed.")
@click.option("--checkpoint", type=FILE, metavar="FILE", help="Checkpoints that were kept.")
@click.option("--key", type=FILE, metavar="PUBLICKEY", help="The key that signed them.")
@click.option("--file", "export", type=FILE, metavar="EXPORT", help="Verify an export instead.")
def verify(
    directory: Path, head: str, checkpoint: Path | None, key: Path | None, export: Path | None
) -> int:
    """Walk the chain and name every record that was edited, removed, moved or put in.

    That the end was cut off, or all of it written anew, shows only against a head or a checkpoint
    which was kept elsewhere: give one.

    Exit code: 0 intact, 1 not intact, 2 wrong usage, 3 cannot be read.
    """
    from agentguard.server.audit import verified

    if bool(checkpoint) != bool(key):
        raise click.UsageError("--checkpoint and --key go together: who signed it has to be known")
    return verified(directory, head, checkpoint, key, export)


@audit.command(short_help="Write the records out, to keep or to verify.")
@repository
@click.option("--output", type=FILE, metavar="FILE", help="Where to; standard output.")
@click.option("--since", callback=moment, default="", metavar="WHEN|LENGTH", help="Not older.")
def export(directory: Path, output: Path | None, since: datetime | None) -> int:
    """Write the records out, one line of JSON each, with its hash.

    `agentguard audit verify --file` reads them back.

    Exit code: 0 written, 2 wrong usage, 3 the ledger cannot be read.
    """
    from agentguard.server.audit import export_to, ledger_of

    with ledger_of(directory) as ledger:
        count = export_to(ledger, output, since)
    if output:
        say(f"wrote {count:,} records to {output}")
    return 0


@audit.command(short_help="Sign where the ledger ends.")
@repository
@click.option("--key", type=FILE, metavar="FILE", help="Private key; else the policy's.")
@click.option("--output", type=FILE, metavar="FILE", help="Added to; else where the policy says.")
def checkpoint(directory: Path, key: Path | None, output: Path | None) -> int:
    """Sign where the ledger ends, and record that.

    Keep it where whoever can write the ledger cannot. Without --output, and without checkpoint_to
    in the policy, it goes to standard output.

    Exit code: 0 made, 2 wrong usage or no such key, 3 the ledger cannot be used.
    """
    from agentguard.server.checkpoints import on_demand

    if place := on_demand(directory, key, output):
        say(f"the ledger's end is signed in {place}")
    return 0


@audit.command(short_help="Compare decisions with what refs did.")
@repository
@click.option("--repair", is_flag=True, help="Note what landed unnoticed, and keep old tips.")
@form("text", "json")
def reconcile(directory: Path, repair: bool, form: str) -> int:  # noqa: FBT001
    """Compare what was decided with what the refs really did.

    Names what landed unnoticed (a crash, a hook of somebody else's), what landed without a
    decision, what moved without any record, and old tips that were lost. --repair changes no ref
    but those below refs/agentguard/keep/.

    Exit code: 0 all is explained, 1 something is not, 2 wrong usage, 3 cannot be read.
    """
    from agentguard.reports.reconcile import FORMATS
    from agentguard.server.audit import reconciled

    found = reconciled(directory, repair=repair)
    show(FORMATS[form](found))
    return found.exit_code
