"""`agentguard policy`: what is in force here, and whether a file is right."""

from __future__ import annotations

from pathlib import Path

import click

from agentguard.errors import ConfigurationError


@click.group()
def policy() -> None:
    """Show the policy in force, or validate a file."""


@policy.command()
@click.option("--explain", is_flag=True, help="Say where each value came from.")
@click.option("--onto", default="", metavar="REF", help="The branch whose policy counts.")
def show(explain: bool, onto: str) -> int:  # noqa: FBT001
    """Print the effective policy of this repository."""
    from agentguard.clone import open_checkout
    from agentguard.reports.policy_page import render

    checkout = open_checkout(Path.cwd(), onto)
    stack = checkout.gate(checkout.onto_tip).stack
    click.echo(render(stack, explain=explain), nl=False)
    return 0


@policy.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE...]")
def validate(files: tuple[Path, ...]) -> int:
    """Check policy files (.agentguard.toml here) and say what is wrong with them."""
    from agentguard.policy.load import built_in, load_policy
    from agentguard.policy.stack import IN_TREE

    for path in files or (Path(IN_TREE),):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
        load_policy(content, str(path), built_in())
        click.echo(f"{path}: valid")
    return 0
