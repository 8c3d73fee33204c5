"""`agentguard backtest`: what the policy would have done to the history."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Say what the policy would have done to the history.")
@click.argument("revisions", required=False, default="", metavar="[A..B | REVISION]")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the last N steps.")
@click.option("--onto", default="", metavar="REF", help="Where it went; the default branch.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to report."
)
def backtest(revisions: str, last: int | None, onto: str, form: str) -> int:
    """Judge each step of a branch as a push, and list those that would have been stopped.

    Looks at the default branch, at the range A..B, or at all history of a REVISION, along first
    parents: a merged branch is one step. Judges by the policy as it is now. Freezes, sums over
    several pushes and promotions are left out: they are the server's.

    Exit code: 0 listed, 2 wrong usage or configuration, 3 the history could not be read.
    """
    from agentguard.client.backtest import backtest as judge
    from agentguard.client.checkout import open_checkout
    from agentguard.output import show
    from agentguard.reports.backtest import FORMATS

    show(FORMATS[form](judge(open_checkout(Path.cwd(), onto), revisions, last or 0)))
    return 0
