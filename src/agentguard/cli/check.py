"""`agentguard check`: judge a branch, a range or what is staged, without pushing it."""

from __future__ import annotations

from pathlib import Path

import click

from agentguard.decision import Decision
from agentguard.reports import FORMATS


@click.command()
@click.argument("branch", required=False, default="")
@click.option(
    "--onto", default="", metavar="REF", help="Where the change goes; the default branch."
)
@click.option("--staged", is_flag=True, help="Judge what is staged, as a commit on its way there.")
@click.option(
    "--format", "form", type=click.Choice(sorted(FORMATS)), default="text", help="How to report."
)
@click.option("--output", type=click.Path(path_type=Path), help="Write the report to a file.")
def check(branch: str, onto: str, staged: bool, form: str, output: Path | None) -> int:  # noqa: FBT001
    """Judge BRANCH (the current one) or a range A..B as the push it would become.

    Nothing is changed and nothing is sent. The server judges again, by its own policy.
    """
    if staged and branch:
        raise click.UsageError("--staged judges the index: give no branch with it")
    decision = _decide(branch, onto, staged=staged)
    report = FORMATS[form](decision)
    if output is None:
        click.echo(report, nl=not report.endswith("\n"))
    else:
        output.write_text(report, encoding="utf-8")
    return decision.exit_code


def _decide(branch: str, onto: str, *, staged: bool) -> Decision:
    from agentguard.clone import check as judge
    from agentguard.clone import check_staged, open_checkout

    checkout = open_checkout(Path.cwd(), onto)
    if staged:
        return check_staged(checkout)
    if ".." in branch:
        return judge(checkout, checkout.range_update(branch))
    return judge(checkout, checkout.branch_update(branch))
