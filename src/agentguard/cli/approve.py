"""`agentguard approve`: a human's signed yes to exactly one change."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agentguard.errors import ConfigurationError

if TYPE_CHECKING:
    from agentguard.approvals.approve import Proposal
    from agentguard.approvals.statement import Statement


class Duration(click.ParamType[timedelta]):
    """A length of time such as 30m, 24h or 7d."""

    name = "duration"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read it, or say what is expected."""
        from agentguard.policy.load import seconds

        found = seconds(value)
        if found is None:
            self.fail(f"{value!r} is not a length of time such as 30m, 24h or 7d", param, ctx)
        return timedelta(seconds=found)


@click.command()
@click.argument("branch", required=False, default="")
@click.option(
    "--onto", default="", metavar="REF", help="Where the change goes; the default branch."
)
@click.option(
    "--base", default="", metavar="REV", help="The old tip, if it is not where they part."
)
@click.option("--key", type=click.Path(path_type=Path), help="The private key, or a public one.")
@click.option("--as", "approver", default="", metavar="ID", help="Who you are in the policy.")
@click.option("--policy", type=click.Path(path_type=Path), help="Judge by this policy file.")
@click.option("--statement", metavar="FILE", help="The text of the refusal; - to paste it.")
@click.option("--expires", type=Duration(), help="How long it counts; the policy's longest.")
@click.option("--yes", is_flag=True, help="Do not ask to type the digest. The key is still asked.")
def approve(  # noqa: PLR0917  click passes options by name
    branch: str,
    onto: str,
    base: str,
    key: Path | None,
    approver: str,
    policy: Path | None,
    statement: str | None,
    expires: timedelta | None,
    yes: bool,  # noqa: FBT001
) -> int:
    """Approve what BRANCH (the current one) does, and nothing else.

    Shows what would be approved, asks you to type the short digest, signs with your SSH key, and
    adds an empty approval commit to the branch. Push the branch then.
    """
    from agentguard.approvals import approve as approvals
    from agentguard.clone import open_checkout

    if policy and statement:
        raise click.UsageError("--policy and --statement say the same thing: give one of them")
    checkout = open_checkout(Path.cwd(), onto)
    branch = branch or checkout.clone.branch
    update = checkout.branch_update(branch, base)
    gate = checkout.gate(update.old, policy)
    if statement:
        proposal = approvals.propose_stated(checkout, _stated(statement), branch, base)
    else:
        proposal = approvals.propose(gate, update)
    if expires:
        proposal = approvals.with_lifetime(proposal, gate, expires)
    signing_key = approvals.find_key(checkout, key)
    who = approvals.find_approver(gate, checkout.clone.config("user.email"), approver, signing_key)
    _confirm(proposal, who, yes=yes)
    commit = approvals.make(checkout, proposal, who, signing_key, branch)
    click.echo(f"agentguard: {who} approved {branch} in commit {commit[:12]}. Push it now.")
    return 0


def _stated(source: str) -> Statement:
    """The statement in the text of a refusal, from a file or pasted."""
    from agentguard.approvals.statement import parse_pasted

    if source == "-":
        if sys.stdin.isatty():
            click.echo("Paste the refusal, then press Ctrl-D.", err=True)
        return parse_pasted(sys.stdin.read())
    try:
        return parse_pasted(Path(source).read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise ConfigurationError(f"{source} cannot be read: {error.strerror}") from error


def _confirm(proposal: Proposal, who: str, *, yes: bool) -> None:
    """Show what is approved; a person types the short digest to say they read it."""
    from agentguard.reports.review import render
    from agentguard.terminal import short, typed

    click.echo(render(proposal.decision, proposal.statement, who), nl=False)
    wanted = short(proposal.statement.change)
    if not yes and not typed(f"To approve this as {who}, type {wanted}: ", wanted):
        raise click.Abort
