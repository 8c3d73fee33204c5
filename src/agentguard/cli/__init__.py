"""The command line: one file per command, each a thin shell."""

from __future__ import annotations

import click

from agentguard import __version__
from agentguard.boundary import guarded
from agentguard.cli.actors import actors
from agentguard.cli.approvals import approvals
from agentguard.cli.approve import approve
from agentguard.cli.audit import audit
from agentguard.cli.backtest import backtest
from agentguard.cli.check import check
from agentguard.cli.freeze import freeze
from agentguard.cli.hook import hook
from agentguard.cli.incident import incident
from agentguard.cli.init import init
from agentguard.cli.install import install, uninstall
from agentguard.cli.lockdown import lockdown
from agentguard.cli.policy import policy
from agentguard.cli.rules import rules
from agentguard.errors import EvaluationError
from agentguard.output import complain

COMMANDS: tuple[click.Command, ...] = (
    actors,
    approvals,
    approve,
    audit,
    backtest,
    check,
    freeze,
    hook,
    incident,
    init,
    install,
    lockdown,
    policy,
    rules,
    uninstall,
)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 79},
    invoke_without_command=True,
)
@click.version_option(__version__, prog_name="agentguard")
@click.pass_context
def cli(context: click.Context) -> None:
    """Stop an AI agent's destructive push until a human approved exactly that change."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)


for command in COMMANDS:
    cli.add_command(command)


def main() -> int:
    """Run the command line; every way out has an exit code of the documentation."""
    return guarded(_run)


def _run() -> int:
    try:
        status = cli.main(prog_name="agentguard", standalone_mode=False)
    except click.exceptions.Abort as abort:
        if isinstance(abort.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from abort
        complain("nothing was done")
        return 1
    except click.ClickException as error:
        return _misused(error)
    except SystemExit as end:  # how click ends when nobody reads what it prints
        raise EvaluationError("the report could not be written: nobody reads it") from end
    return status if isinstance(status, int) else 0


def _misused(error: click.ClickException) -> int:
    complain(error.format_message())
    if isinstance(error, click.UsageError) and error.ctx is not None:
        complain(f"try `{error.ctx.command_path} --help`")
    return 2
