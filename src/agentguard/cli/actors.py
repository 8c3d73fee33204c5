"""`agentguard actors`: who made each commit, and by which evidence."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Say who made each commit.")
@click.argument("revisions", required=False, default="", metavar="[A..B | REVISION]")
@click.option("--onto", default="", metavar="REF", help="Where it goes; the default branch.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to report."
)
def actors(revisions: str, onto: str, form: str) -> int:
    """Say who made each commit: a human by a listed key, an agent by its marks, or unknown.

    Looks at the range A..B, at all history of a REVISION, or, without either, at what the current
    branch has and the default branch lacks. No mark means unknown, never human: many commits that
    agents make carry none.

    Exit code: 0 listed, 2 wrong usage or configuration, 3 the commits could not be read.
    """
    from agentguard.client.actors import attributions
    from agentguard.client.checkout import open_checkout
    from agentguard.output import show
    from agentguard.reports.actors import FORMATS

    show(FORMATS[form](attributions(open_checkout(Path.cwd(), onto), revisions)))
    return 0
