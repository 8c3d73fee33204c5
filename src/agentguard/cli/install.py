"""`agentguard install` and `agentguard uninstall`: hooks into a clone, or into server repositories."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from agentguard.output import say_all

Servers = tuple[Path, ...]


@click.command(short_help="Put hooks in place.")
@click.option("--server", is_flag=True, help="Install the gate itself into bare repositories.")
@click.option(
    "--approver", "approvers", multiple=True, metavar="ID=KEYFILE", help="Who may approve."
)
@click.option("--repository", default="", metavar="NAME", help="What approvals are bound to.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
def install(server: bool, approvers: tuple[str, ...], repository: str, paths: Servers) -> int:  # noqa: FBT001
    """Put hooks in place: pre-commit and pre-push in a clone, pre-receive with --server.

    Installing again brings the hooks up to date. A hook of somebody else's is never replaced.
    """
    from agentguard.setup.install import install_clone, install_server

    if not server:
        if approvers or repository:
            raise click.UsageError("--approver and --repository go with --server")
        return say_all(line for path in paths or (Path.cwd(),) for line in install_clone(path))
    if not paths:
        raise click.UsageError("--server needs the path of at least one repository")
    if repository and len(paths) > 1:
        raise click.UsageError("--repository names one repository: give one path with it")
    asked = approvers or _ask_for_approver(paths)
    return say_all(line for path in paths for line in install_server(path, asked, repository))


@click.command(short_help="Take the hooks out again.")
@click.option("--server", is_flag=True, help="From bare repositories. Their policy stays.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
def uninstall(server: bool, paths: Servers) -> int:  # noqa: FBT001
    """Take the hooks out again; hooks of others stay."""
    from agentguard.setup.install import uninstall as remove

    if server and not paths:
        raise click.UsageError("--server needs the path of at least one repository")
    return say_all(line for path in paths or (Path.cwd(),) for line in remove(path, server=server))


def _ask_for_approver(paths: Servers) -> tuple[str, ...]:
    """With nobody to approve, what the gate stops stays stopped: ask a person for one."""
    from agentguard.setup.install import server_directory
    from agentguard.setup.policy import has_approvers

    if not sys.stdin.isatty() or all(has_approvers(server_directory(path)) for path in paths):
        return ()
    answer = click.prompt("An approver, as ID=KEYFILE (empty for none yet)", default="")
    return (answer,) if answer else ()
