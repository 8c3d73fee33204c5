"""`incident contain`: bounded actions that can be taken back, inside the repair boundary.

Nothing is deleted: what a ref is moved away from is kept first, and a ref that came into being in
the window stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from agentguard.change import RefUpdate
from agentguard.errors import EvaluationError
from agentguard.incident.actions import Action
from agentguard.incident.case import CONTAIN, Case
from agentguard.ledger.landing import land
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.record import CONTAINED
from agentguard.ledger.settings import ledger_settings
from agentguard.repo.keep import Keeper
from agentguard.repo.revert import move_ref, revert_commit, tip_of
from agentguard.server.owner import as_owner

MESSAGE = """\
Put back {target} (incident {incident})

Prepared by agentguard on the server. Nobody has reviewed it."""


def contain(
    case: Case, planned: Sequence[Action], approved_by: str, by: str, now: datetime
) -> Iterator[str]:
    """Do what is inside the boundary, and at it what `approved_by` decided; says what was done.

    All of it is recorded first. Raises EvaluationError where a ref moved meanwhile; what was done
    until then stands, and running it again goes on.
    """
    asked = [each for each in planned if each.open and each.allowed(approved_by)]
    with as_owner(case.directory):
        wanted = [_prepared(case, each, now) for each in asked]
    if wanted:
        actions = [_body(each) for each in wanted]
        body = {"by": by, "approved_by": approved_by, "actions": actions}
        case.record(CONTAINED, body, now)
    else:
        yield "nothing is left to be done here"
    for action in wanted:
        with as_owner(case.directory):
            said = _do(case, action, now)
        yield said
    case.after(CONTAIN, now)


def _prepared(case: Case, action: Action, now: datetime) -> Action:
    """The action with all ids known: the commit of a branch that will be made is written, where
    nobody sees it before it has a name."""
    if action.name != "revert-branch":
        return action
    message = MESSAGE.format(target=action.target[:12], incident=case.id)
    made = revert_commit(case.directory, action.target, action.old, message, now)
    return replace(action, old="", new=made)


def _body(action: Action) -> dict[str, str]:
    return {
        "action": action.name,
        "ref": action.ref,
        "old": action.old,
        "new": action.new,
        "target": action.target,
        "level": action.level,
    }


def _do(case: Case, action: Action, now: datetime) -> str:
    keeper = Keeper(case.directory, now)
    if action.name == "keep-tip":
        return f"kept {action.old[:12]} as {keeper.keep(action.ref, action.old)}"
    _move(case, RefUpdate(action.old, action.new, action.ref), keeper)
    if action.name == "revert-branch":
        return f"prepared {action.ref} at {action.new[:12]}"
    before = f"; {action.old[:12]} is kept" if action.old else ""
    return f"restored {action.ref} to {action.new[:12]}{before}"


def _move(case: Case, update: RefUpdate, keeper: Keeper) -> None:
    """Move a ref that is on record by then, its old tip kept; never over what came in meanwhile."""
    with open_ledger(case.directory, ledger_settings(case.directory)) as ledger:
        with ledger.writing() as writer:
            if tip_of(case.directory, update.ref) != update.old:
                raise EvaluationError(f"{update.ref} moved meanwhile: assess again")
            land(writer, [update], keeper)
        try:
            move_ref(case.directory, update.ref, update.new, update.old)
        except EvaluationError as error:
            failed = {"by": "", "actions": [], "failed": f"{update.ref}: {error}"}
            case.record(CONTAINED, failed, keeper.now)
            raise
