"""`agentguard approve`: a human's signed yes to exactly one change."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agentguard.client.approve import Form

FILE = click.Path(path_type=Path)


def duration(value: str) -> timedelta:
    """A length of time such as 30m, 24h or 7d."""
    from agentguard.policy.times import seconds

    found = seconds(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not a length of time such as 30m, 24h or 7d")
    return timedelta(seconds=found)


def reason(value: str) -> str:
    """Why the glass is broken, in words with one space between them."""
    from agentguard.approvals.statement import MAX_REASON, fits_reason

    if not value.strip():
        raise click.BadParameter("say why: the reason stands in every report")
    if not fits_reason(value):
        raise click.BadParameter(
            f"give one line of single-spaced words, up to {MAX_REASON} letters"
        )
    return value


def form_of(*, print_lines: bool, push_option: bool) -> Form:
    """What is to be made of the approval."""
    if print_lines and push_option:
        raise click.UsageError("--print and --push-option exclude each other: give one of them")
    return "print" if print_lines else "push-option" if push_option else "commit"


@click.command(short_help="Approve one change, and nothing else.")
@click.argument("branch", required=False, default="", metavar="[BRANCH | A..B]")
@click.option("--onto", default="", metavar="REF", help="Where it goes; the default branch.")
@click.option(
    "--base", default="", metavar="REV", help="The old tip, if it is not where they part."
)
@click.option("--key", type=FILE, metavar="FILE", help="The private key, or its .pub.")
@click.option("--as", "approver", default="", metavar="ID", help="Who you are in the policy.")
@click.option("--policy", type=FILE, metavar="FILE", help="Judge by this policy file.")
@click.option("--statement", type=FILE, metavar="FILE", help="The refusal's text; - to paste it.")
@click.option("--expires", type=duration, metavar="TIME", help="How long it counts, such as 24h.")
@click.option(
    "--break-glass", type=reason, metavar="REASON", help="In an emergency, alone, by a key for it."
)
@click.option("--print", "print_lines", is_flag=True, help="Print lines for a commit's message.")
@click.option("--push-option", is_flag=True, help="Print a word for `git push -o`.")
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
    break_glass: str | None,
    print_lines: bool,  # noqa: FBT001
    push_option: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
) -> int:
    """Approve what BRANCH (the current one) does, or a push from A to B, and nothing else.

    Shows what would be approved, asks you to type the short digest, signs with your SSH key, and
    adds an empty approval commit to the branch. Push the branch then.

    With --print or --push-option nothing is added: standard output gets the approval alone, BRANCH
    may be any revision, and a deleted ref can be approved (by --push-option) from its refusal.
    """
    from agentguard.approvals.sign import public_key_of
    from agentguard.client import approve as human
    from agentguard.client.approver import check_purpose, find_approver, signing_key
    from agentguard.client.checkout import open_checkout
    from agentguard.client.proposal import broken, lasting, propose, propose_stated
    from agentguard.client.target import find_target

    if policy and statement:
        raise click.UsageError("--policy and --statement say the same thing: give one of them")
    form = form_of(print_lines=print_lines, push_option=push_option)
    carries, breaking = form == "commit", break_glass is not None
    checkout = open_checkout(Path.cwd(), onto)
    if statement:
        proposal = propose_stated(
            checkout, branch, base, statement, carries=carries, breaking=breaking
        )
    else:
        target = find_target(checkout, branch, base, carries=carries)
        proposal = propose(checkout, target, policy, breaking=breaking)
    human.check_form(proposal, form)
    proposal = lasting(broken(proposal, break_glass) if break_glass else proposal, expires)
    policies = proposal.gate.stack.policies
    with signing_key(checkout.clone, key) as file:
        public = public_key_of(file)
        check_purpose(policies, public, breaking=breaking)
        who = approver or find_approver(checkout.clone, policies, public)
        proposal = human.by(proposal, who)
        if not human.confirmed(proposal, form, asked=not yes):
            raise click.Abort
        human.give(checkout, proposal, file, form)
    return 0
