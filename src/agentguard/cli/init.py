"""`agentguard init`: a first policy and the pre-commit entry, from what the repository looks like."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
def init() -> int:
    """Write .agentguard.toml, and add agentguard to .pre-commit-config.yaml.

    A file that is already there is left as it is.
    """
    from agentguard.repo.client import open_clone
    from agentguard.setup.init import write_policy, write_pre_commit

    clone = open_clone(Path.cwd())
    for written in (write_policy(clone), write_pre_commit(clone)):
        click.echo(f"agentguard: {written}")
    click.echo("agentguard: list who may approve in .agentguard.toml, then commit both files.")
    return 0
