"""The command line: one file per command, each a thin shell."""

from __future__ import annotations

import sys

import click

from agentguard import __version__
from agentguard.boundary import complain, guarded
from agentguard.cli.approve import approve
from agentguard.cli.check import check
from agentguard.cli.hook import hook
from agentguard.cli.init import init
from agentguard.cli.install import install, uninstall
from agentguard.cli.policy import policy
from agentguard.cli.rules import rules

COMMANDS: tuple[click.Command, ...] = (
    approve,
    check,
    hook,
    init,
    install,
    policy,
    rules,
    uninstall,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 79})
@click.version_option(__version__, prog_name="agentguard")
def cli() -> None:
    """Stop an AI agent's destructive push until a human approved exactly that change."""


for command in COMMANDS:
    cli.add_command(command)


def main() -> int:
    """Run the command line; every way out has an exit code of the documentation."""
    return guarded(_run)


def _run() -> int:
    try:
        status = cli.main(prog_name="agentguard", standalone_mode=False)
    except click.exceptions.Abort:
        complain("nothing was done")
        return 1
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return 2
    return status if isinstance(status, int) else 0
