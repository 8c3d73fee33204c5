"""`agentguard init`: a first policy and the pre-commit entry, from what the repository looks like."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Write a first policy and the pre-commit entry.")
def init() -> int:
    """Write .agentguard.toml, and add agentguard to .pre-commit-config.yaml.

    A file that is already there keeps all that it says.
    """
    from agentguard.output import say_all
    from agentguard.repo.clone import open_clone
    from agentguard.setup.init import write_policy, write_pre_commit

    clone = open_clone(Path.cwd())
    return say_all((*write_policy(clone), *write_pre_commit(clone)))
