"""`agentguard incident`: the predefined sequence for when it goes wrong anyway."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agentguard.output import say, say_all, show

if TYPE_CHECKING:
    from agentguard.incident.actions import Choice
    from agentguard.incident.case import Case

FILE = click.Path(path_type=Path)
Command = Callable[..., Any]


def repository(command: Command) -> Command:
    """The option that names the server's repository."""
    return click.option(
        "--repository",
        type=FILE,
        default=Path(),
        metavar="PATH",
        help="The server's repository; the current folder.",
    )(command)


@click.group(no_args_is_help=False, short_help="Stop, assess, contain, recover: the sequence.")
def incident() -> None:
    """Stop, assess, contain and recover, in this order, on the server's bare repository.

    Each step is recorded in the ledger before it has any effect, and says what comes next.
    """


@incident.command("open", short_help="Lock down and capture evidence.")
@click.argument("name", metavar="ID")
@click.option("--since", required=True, metavar="WHEN", help="When it began, or how long ago (8h).")
@click.option("--refs", multiple=True, metavar="PATTERN", help="Only these refs; all of them.")
@click.option("--reason", required=True, metavar="TEXT", help="What happened, in a few words.")
@click.option("--agents-only", is_flag=True, help="Stop what agents push, and nobody else.")
@click.option("--key", type=FILE, metavar="FILE", help="Sign the evidence with this SSH key.")
@repository
def open_(  # noqa: PLR0917  click passes options by name
    name: str,
    since: str,
    refs: tuple[str, ...],
    reason: str,
    agents_only: bool,  # noqa: FBT001
    key: Path | None,
    repository: Path,
) -> int:
    """Lock the repository down, then capture evidence, before anything else is done.

    ID is lower-case words and digits with hyphens, such as 2026-11-21-portal. Where it broke off,
    run it again.
    """
    from agentguard.clock import iso
    from agentguard.incident.case import Case
    from agentguard.incident.lockdown import locking
    from agentguard.incident.opening import open_incident
    from agentguard.server.when import read_since

    now = _now()
    case = Case(
        _directory(repository),
        name,
        iso(read_since(since, now)),
        reason.strip(),
        _by(),
        iso(now),
        refs,
        agents_only,
    )
    lock = locking(case.directory, case.by, now, agents_only=agents_only)
    return say_all(open_incident(case, lock, key, now))


@incident.command(short_help="Check that evidence is as it was captured.")
@click.argument("name", metavar="ID")
@repository
def verify(name: str, repository: Path) -> int:
    """Compare every file of the evidence with its manifest, and check the signature.

    Exit code: 0 as captured, 1 not, 2 no such incident, 3 cannot be read.
    """
    from agentguard.errors import SignatureError
    from agentguard.incident.evidence import faults, signer

    case = _case(repository, name)
    found = list(faults(case.evidence))
    try:
        key = signer(case.evidence)
    except SignatureError as error:
        found.append(f"the signature does not hold: {error}")
        key = ""
    say_all(
        found or [f"the evidence is as captured; {f'signed by {key}' if key else 'not signed'}"]
    )
    return 1 if found else 0


@incident.command(short_help="Make a repository of the evidence.")
@click.argument("name", metavar="ID")
@click.option("--into", type=FILE, required=True, metavar="DIR", help="A folder that is empty.")
@repository
def restore(name: str, into: Path, repository: Path) -> int:
    """Restore the evidence as a bare repository in an empty folder, and compare it.

    Exit code: 0 as captured, 1 refs differ, 2 wrong usage, 3 the evidence is not intact.
    """
    from agentguard.incident.evidence import restored

    count, differences = restored(_case(repository, name).evidence, into)
    say_all(differences)
    if not differences:
        say(f"restored {count} refs into {into}, each where it was")
    return 1 if differences else 0


@incident.command(short_help="Say what was changed, and by whom.")
@click.argument("name", metavar="ID")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="How to report.",
)
@repository
def assess(name: str, form: str, repository: Path) -> int:
    """Say what was changed since the incident began: by ref, by commit, by whom, approved by whom.

    Nothing is changed. The result is kept as assessment.json and assessment.md too.
    """
    from agentguard.incident.assess import assess as step
    from agentguard.incident.case import ASSESS
    from agentguard.reports.incident import FORMATS

    case = _case(repository, name)
    case.require(ASSESS)
    show(FORMATS[form](step(case, _by(), _now())))
    return 0


@incident.command(short_help="Print the repair boundary.")
@repository
def boundary(repository: Path) -> int:
    """Print which actions may be done at once, which need a named human, and which neither."""
    from agentguard.incident.policies import boundaries
    from agentguard.policy.stack import load_stack
    from agentguard.repo.repository import open_repository
    from agentguard.repo.revert import tip_of
    from agentguard.reports.incident import boundary as render

    opened = open_repository(_directory(repository))
    stack = load_stack(opened, tip_of(opened.directory, opened.default_branch))
    show(render(boundaries(stack.policies)))
    return 0


@incident.command(short_help="Do what can be taken back.")
@click.argument("name", metavar="ID")
@click.option("--do", is_flag=True, help="Do it; without this it is only printed.")
@click.option(
    "--to", "choice", type=click.Choice(["approved", "before"]), help="Which earlier tip counts."
)
@click.option("--approved-by", default="", metavar="WHO", help="The human who decided.")
@repository
def contain(name: str, do: bool, choice: Choice | None, approved_by: str, repository: Path) -> int:  # noqa: FBT001
    """Print what can be done inside the repair boundary, and with --do, do it.

    A branch that puts the earlier content back is prepared, and the ref is moved to its earlier
    tip. The present tip is kept, and nothing is deleted. Twice does no more than once.
    """
    from agentguard.incident.actions import check_person, plan, refuse_unclear
    from agentguard.incident.case import CONTAIN
    from agentguard.incident.contain import contain as step
    from agentguard.reports.incident import plan as render

    case = _case(repository, name)
    case.require(CONTAIN)
    found = plan(case, choice)
    if approved_by:
        check_person(approved_by, found.policies)
    if not do:
        show(render(found.actions, found.assessment.refs))
        return 0
    refuse_unclear(case, found.assessment, choice)
    return say_all(step(case, found.actions, approved_by, _by(), _now()))


@incident.command(short_help="Write the plan, to be ticked.")
@click.argument("name", metavar="ID")
@repository
def recover(name: str, repository: Path) -> int:
    """Write plan.md, a checklist. Run again, it adds what is new and changes nothing in it."""
    from agentguard.incident.actions import plan
    from agentguard.incident.case import RECOVER
    from agentguard.incident.recover import recover as step

    case = _case(repository, name)
    case.require(RECOVER)
    return say_all(step(case, plan(case, None), _by(), _now()))


@incident.command(short_help="Write the record, and end it.")
@click.argument("name", metavar="ID")
@click.option("--unfinished", default="", metavar="REASON", help="Why boxes of the plan stay open.")
@click.option("--unlock", metavar="REASON", help="End the lockdown as well, because of this.")
@repository
def close(name: str, unfinished: str, unlock: str | None, repository: Path) -> int:
    """Write record.md from the ledger, the assessment and the plan. It is unsigned until signed."""
    from agentguard.incident.case import CLOSE
    from agentguard.incident.close import close as step
    from agentguard.incident.lockdown import unlocking

    if unlock is not None and not unlock.strip():
        raise click.UsageError("--unlock needs a reason: others will want to know why")
    case = _case(repository, name)
    case.require(CLOSE)
    by, now = _by(), _now()
    ending = unlocking(case.directory, case.id, by, now) if unlock else None
    return say_all(step(case, by, now, unfinished=unfinished, unlock=ending, why=unlock or ""))


@incident.command(short_help="Sign the record, as a human.")
@click.argument("name", metavar="ID")
@click.option("--key", type=FILE, required=True, metavar="FILE", help="Your SSH key.")
@repository
def sign(name: str, key: Path, repository: Path) -> int:
    """Sign record.md as it is now, with the key of an approver. Read it before."""
    from agentguard.incident.signing import sign_record

    say(sign_record(_case(repository, name), key, _by(), _now()))
    return 0


@incident.command(short_help="Say where incidents stand.")
@click.argument("name", metavar="[ID]", default="")
@repository
def status(name: str, repository: Path) -> int:
    """Say which steps were done, and whether the record is signed and as it was signed."""
    from agentguard.incident.case import load, names
    from agentguard.incident.signing import status as lines

    directory = _directory(repository)
    found = [name] if name else names(directory)
    if not found:
        say("no incident was opened here")
    return say_all(line for each in found for line in lines(load(directory, each), _now()))


def _case(repository: Path, name: str) -> Case:
    from agentguard.incident.case import load

    return load(_directory(repository), name)


def _directory(repository: Path) -> Path:
    """The bare repository of a server. Raises ConfigurationError for anything else.

    Found by what is in it: git would not look into one that belongs to another account.
    """
    from agentguard.errors import ConfigurationError
    from agentguard.repo.repository import option

    directory = repository.resolve()
    if not ((directory / "HEAD").is_file() and (directory / "objects").is_dir()):
        work = (directory / ".git").exists()
        what = "has a work tree: it is somebody's clone" if work else "is not a bare repository"
        raise ConfigurationError(
            f"{repository} {what}. An incident is handled on the server: name its repository with "
            "--repository"
        )
    if option(directory, "core.bare") != "true":
        raise ConfigurationError(f"{repository} has a work tree: it is not a server's repository")
    return directory


def _by() -> str:
    from agentguard.server.account import account

    return account(os.environ)


def _now() -> datetime:
    return datetime.now(UTC)
