"""`agentguard policy`: what is in force here, and whether a file is right."""

from __future__ import annotations

from pathlib import Path

import click

from agentguard.errors import ConfigurationError
from agentguard.output import complain, say, show


@click.group(no_args_is_help=False, short_help="Show the policy in force, or validate a file.")
def policy() -> None:
    """Show the policy in force, or validate a file."""


@policy.command(name="show", short_help="Print the effective policy.")
@click.option("--explain", is_flag=True, help="Say where each value came from.")
@click.option("--onto", default="", metavar="REF", help="The branch whose policy counts.")
def show_policy(explain: bool, onto: str) -> int:  # noqa: FBT001
    """Print the effective policy of this repository, as its default branch has it."""
    from agentguard.client.checkout import open_checkout
    from agentguard.reports.policy_page import render

    checkout = open_checkout(Path.cwd(), onto)
    show(render(checkout.gate(checkout.onto_tip).stack, explain=explain))
    return 0


@policy.command(short_help="Say what is wrong with policy files.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE...]")
def validate(files: tuple[Path, ...]) -> int:
    """Check policy files (.agentguard.toml of this work tree) and say what is wrong with them."""
    from agentguard.policy.places import IN_TREE
    from agentguard.repo.clone import open_clone

    wrong = 0
    for path in files or (open_clone(Path.cwd()).work_tree / IN_TREE,):
        try:
            _validate(path)
        except ConfigurationError as error:
            complain(str(error))
            wrong += 1
    return ConfigurationError.exit_code if wrong else 0


def _validate(path: Path) -> None:
    from agentguard.policy.load import built_in, load_policy
    from agentguard.reading import read_file

    load_policy(read_file(path), str(path), built_in())
    say(f"{path} is valid")
