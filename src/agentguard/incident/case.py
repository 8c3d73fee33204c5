"""One incident: where it is kept, what is known of it, and which step may come next."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from agentguard.clock import iso
from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.settings import ledger_settings
from agentguard.reading import read_file
from agentguard.setup.files import write_whole

INCIDENTS = Path("agentguard", "incidents")
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST = 64
VERSION = 1
PRIVATE = 0o600

OPEN, ASSESS, CONTAIN, RECOVER, CLOSE = "open", "assess", "contain", "recover", "close"
BEFORE: Mapping[str, str] = {ASSESS: OPEN, CONTAIN: ASSESS, RECOVER: ASSESS, CLOSE: RECOVER}


@dataclass(frozen=True, slots=True)
class Case:
    """An incident of the repository at `directory`. Times are ISO 8601 in UTC.

    It began at `since`, in refs that match `refs` (none: in all). `by` opened it. `done` holds when
    each step was done last; "open" is done when the evidence is whole.
    """

    directory: Path
    id: str
    since: str
    reason: str
    by: str
    opened: str
    refs: tuple[str, ...] = ()
    agents_only: bool = False
    done: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where everything about it is kept."""
        return folder_of(self.directory, self.id)

    @property
    def evidence(self) -> Path:
        """What was captured when it was opened."""
        return self.folder / "evidence"

    def require(self, step: str) -> None:
        """Raise ConfigurationError unless it is the time for a step."""
        if CLOSE in self.done:
            raise ConfigurationError(
                f"incident {self.id} was closed at {self.done[CLOSE]}: it stays as it is. "
                "Open another for what comes after it."
            )
        before = BEFORE[step]
        if before not in self.done:
            raise ConfigurationError(
                f"{step} comes after {before}: run `agentguard incident {before} {self.id}` first"
            )

    def after(self, step: str, now: datetime) -> Case:
        """The same, on the disk, with one more step done."""
        case = replace(self, done={**self.done, step: iso(now)})
        save(case)
        return case

    def record(self, event: str, body: Mapping[str, Any], now: datetime) -> None:
        """Put a step on record, before it has any effect. Raises EvaluationError."""
        with open_ledger(self.directory, ledger_settings(self.directory)) as ledger:
            ledger.append(event, {"incident": self.id, **body}, now)

    def write(self, name: str, content: str) -> Path:
        """Write one of its files whole, for whoever runs the server alone."""
        path = self.folder / name
        write_whole(path, content, PRIVATE)
        return path


def folder_of(directory: Path, name: str) -> Path:
    """The folder of an incident. Raises ConfigurationError for a name that is none."""
    if not ID.fullmatch(name) or len(name) > LONGEST:
        raise ConfigurationError(
            f"{name!r} is no name of an incident; allowed: lower-case letters and digits with "
            f"single hyphens between them, up to {LONGEST}, such as 2026-11-21-portal"
        )
    return directory / INCIDENTS / name


def save(case: Case) -> None:
    """Write `incident.json` whole."""
    document = {"version": VERSION, **asdict(case)}
    del document["directory"]
    case.write("incident.json", json.dumps(document, indent=2) + "\n")


def load(directory: Path, name: str) -> Case:
    """The incident of that name. Raises ConfigurationError when there is none."""
    path = folder_of(directory, name) / "incident.json"
    if not path.exists():
        raise ConfigurationError(
            f"there is no incident {name} here; `agentguard incident status` lists those there are"
        )
    try:
        found = json.loads(read_file(path))
        version = found.pop("version")
        case = Case(directory=directory, **{**found, "refs": tuple(found["refs"])})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(f"{path} is damaged: {error}") from error
    if version != VERSION:
        raise EvaluationError(f"{path} was written by another version of agentguard")
    return case


def names(directory: Path) -> list[str]:
    """The incidents of a repository, by name."""
    return sorted(path.parent.name for path in (directory / INCIDENTS).glob("*/incident.json"))
