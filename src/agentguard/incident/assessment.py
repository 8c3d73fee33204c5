"""What an assessment holds, as frozen records that go to JSON and come back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agentguard.errors import EvaluationError
from agentguard.reading import read_file

SCHEMA = "agentguard/incident-assessment/1"
FILE = "assessment.json"
Classes = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class CommitSeen:
    """One commit that came in. `sensitive` holds paths that it touched by their class; `claims` is
    how its message differs from what it did, "" if it does not."""

    id: str
    subject: str
    actor: str
    agent: str = ""
    evidence: str = ""
    files: int = 0
    added: int = 0
    deleted: int = 0
    deleted_files: int = 0
    sensitive: Classes = field(default_factory=dict)
    records: tuple[str, ...] = ()
    claims: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalSeen:
    """An approval that an accepted push used: of what, by whom, how it came, in which record."""

    ref: str
    approver: str
    rules: tuple[str, ...]
    carrier: str
    record: int
    unverified: bool = False
    broke_glass: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """Files and lines of the net difference, and how many commits of each kind of actor."""

    files: int = 0
    added: int = 0
    deleted: int = 0
    deleted_files: int = 0
    actors: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Approved:
    """The last tip of a ref that a human approved. `record` is the decision; `within` tells that it
    was in the window, `between` how many commits came after it and before the window."""

    tip: str = ""
    approver: str = ""
    record: int = 0
    within: bool = False
    between: int = 0


@dataclass(frozen=True, slots=True)
class RefSeen:
    """What happened to one ref. `before` is its tip before the window, `now` the present one, ""
    where it does not exist; totals and `paths` are of the difference between them. `faults` says
    what the ledger does not account for, and what could not be read."""

    ref: str
    before: str
    now: str
    pushers: tuple[str, ...] = ()
    commits: tuple[CommitSeen, ...] = ()
    commits_cut: int = 0
    totals: Totals = field(default_factory=Totals)
    paths: tuple[str, ...] = ()
    sensitive: Classes = field(default_factory=dict)
    approved: Approved = field(default_factory=Approved)
    kept: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The last tip that a human approved, else the one before the window."""
        return self.approved.tip or self.before


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was done in the window. `head` is where the ledger ended. `refusals` is how many pushes
    each rule stopped; `events` are freezes, lockdowns and the like, one line each."""

    incident: str
    since: str
    made: str
    head: str
    refs: tuple[RefSeen, ...] = ()
    pushes: int = 0
    refused: int = 0
    refusals: Mapping[str, int] = field(default_factory=dict)
    approvals: tuple[ApprovalSeen, ...] = ()
    events: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def commits(self) -> tuple[CommitSeen, ...]:
        """Every commit once, whatever refs have it."""
        return tuple({c.id: c for ref in self.refs for c in ref.commits}.values())


def as_json(assessment: Assessment) -> str:
    """One JSON object, pure ASCII, schema `agentguard/incident-assessment/1`."""
    return json.dumps({"schema": SCHEMA, **asdict(assessment)}, indent=2) + "\n"


def read_assessment(path: Path) -> Assessment:
    """The assessment in a file that `as_json` wrote. Raises EvaluationError for any other."""
    try:
        found = _frozen(json.loads(read_file(path)))
        schema = found.pop("schema")
        found["refs"] = tuple(map(_ref, found["refs"]))
        found["approvals"] = tuple(ApprovalSeen(**each) for each in found["approvals"])
        assessment = Assessment(**found)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(f"{path} is damaged: {error}; assess again") from error
    if schema != SCHEMA:
        raise EvaluationError(f"{path} was written by another version; assess again")
    return assessment


def _ref(found: dict[str, Any]) -> RefSeen:
    found["commits"] = tuple(CommitSeen(**each) for each in found["commits"])
    found["totals"] = Totals(**found["totals"])
    found["approved"] = Approved(**found["approved"])
    return RefSeen(**found)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    return value
