"""`agentguard approvals`: which approvals a branch has, which it lacks, and why any is refused."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="List approvals: those there, those missing.")
@click.argument("branch", required=False, default="")
@click.option("--onto", default="", metavar="REF", help="Where it goes; the default branch.")
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Judge by this policy file, the server's for one.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to report."
)
def approvals(branch: str, onto: str, policy: Path | None, form: str) -> int:
    """List the approvals that BRANCH (the current one) carries, and what is missing.

    Shows each that counts, each that does not with its reason, and for whatever still needs
    approval by how many and by whom. The server alone sees approvals that come as push options,
    and knows which were used before.

    Exit code: 0 nothing is missing, 1 something is, 2 wrong usage or configuration, 3 not judged.
    """
    from agentguard.client.approvals import approvals as judge
    from agentguard.client.checkout import open_checkout
    from agentguard.output import show
    from agentguard.reports import json
    from agentguard.reports.standing import render

    decision = judge(open_checkout(Path.cwd(), onto), branch, policy)
    show(json.render(decision) if form == "json" else render(decision.updates[0]))
    return decision.exit_code
