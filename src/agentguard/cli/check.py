"""`agentguard check`: judge a branch, a range or what is staged, without pushing it."""

from __future__ import annotations

from pathlib import Path

import click

from agentguard.decision import Decision
from agentguard.reports import FORMATS


@click.command(short_help="Judge a branch, a range or what is staged.")
@click.argument("branch", required=False, default="", metavar="[BRANCH | A..B]")
@click.option(
    "--onto", default="", metavar="REF", help="Where the change goes; the default branch."
)
@click.option("--staged", is_flag=True, help="Judge what is staged, as a commit on its way there.")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", help="How to report."
)
@click.option("--output", type=click.Path(path_type=Path), help="Write the report to a file.")
def check(branch: str, onto: str, staged: bool, form: str, output: Path | None) -> int:  # noqa: FBT001
    """Judge BRANCH (the current one) or a range A..B as the push it would become.

    Nothing is changed and nothing is sent. The server judges again, by its own policy.

    Exit code: 0 accepted, 1 refused, 2 wrong usage or configuration, 3 could not be judged.
    """
    from agentguard.output import save, show

    if staged and branch:
        raise click.UsageError("--staged judges the index: give no branch with it")
    decision = _decide(branch, onto, staged=staged)
    report = FORMATS[form](decision)
    if output is None:
        show(report)
    else:
        save(report, output)
    return decision.exit_code


def _decide(branch: str, onto: str, *, staged: bool) -> Decision:
    from agentguard.client.check import check_branch, check_range, check_staged
    from agentguard.client.checkout import open_checkout

    checkout = open_checkout(Path.cwd(), onto)
    if staged:
        return check_staged(checkout)
    if ".." in branch:
        return check_range(checkout, branch)
    return check_branch(checkout, branch)
