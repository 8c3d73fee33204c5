"""`agentguard approve`: a human's signed yes to exactly one change."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

FILE = click.Path(path_type=Path)


def duration(value: str) -> timedelta:
    """A length of time such as 30m, 24h or 7d."""
    from agentguard.policy.people import seconds

    found = seconds(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not a length of time such as 30m, 24h or 7d")
    return timedelta(seconds=found)


@click.command(short_help="Approve one change, and nothing else.")
@click.argument("branch", required=False, default="")
@click.option("--onto", default="", metavar="REF", help="Where it goes; the default branch.")
@click.option(
    "--base", default="", metavar="REV", help="The old tip, if it is not where they part."
)
@click.option("--key", type=FILE, metavar="FILE", help="The private key, or its .pub.")
@click.option("--as", "approver", default="", metavar="ID", help="Who you are in the policy.")
@click.option("--policy", type=FILE, metavar="FILE", help="Judge by this policy file.")
@click.option("--statement", type=FILE, metavar="FILE", help="The refusal's text; - to paste it.")
@click.option("--expires", type=duration, metavar="TIME", help="How long it counts, such as 24h.")
@click.option("--yes", is_flag=True, help="Do not ask to type the digest. The key is still asked.")
def approve(  # noqa: PLR0917  click passes options by name
    branch: str,
    onto: str,
    base: str,
    key: Path | None,
    approver: str,
    policy: Path | None,
    statement: Path | None,
    expires: timedelta | None,
    yes: bool,  # noqa: FBT001
) -> int:
    """Approve what BRANCH (the current one) does, and nothing else.

    Shows what would be approved, asks you to type the short digest, signs with your SSH key, and
    adds an empty approval commit to the branch. Push the branch then.
    """
    from agentguard.client.approve import confirmed, make
    from agentguard.client.approver import find_approver, find_key
    from agentguard.client.checkout import open_checkout
    from agentguard.client.proposal import lasting, propose, propose_stated
    from agentguard.output import say

    if policy and statement:
        raise click.UsageError("--policy and --statement say the same thing: give one of them")
    checkout = open_checkout(Path.cwd(), onto)
    target = checkout.local_branch(branch)
    if statement:
        proposal = propose_stated(checkout, target, base, statement)
    else:
        proposal = propose(checkout, target, base, policy)
    proposal = lasting(proposal, expires)
    signing_key = find_key(checkout.clone, key)
    who = approver or find_approver(checkout, signing_key, policy)
    if not confirmed(proposal, who, asked=not yes):
        raise click.Abort
    commit = make(checkout, proposal, who, signing_key)
    say(f"{who} approved {target} in commit {commit[:12]}. Push it now.")
    return 0
