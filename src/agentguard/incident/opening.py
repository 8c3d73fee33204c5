"""`incident open`: pushes are stopped, then evidence is captured, before anything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from agentguard.clock import iso
from agentguard.errors import ConfigurationError
from agentguard.incident.capture import capture
from agentguard.incident.case import OPEN, Case, folder_of, load, save
from agentguard.incident.lockdown import Lock
from agentguard.policy.load import REF_PATTERN


def open_incident(case: Case, lock: Lock, key: Path | None, now: datetime) -> Iterator[str]:
    """Lock, record, capture; says what was done. Where it broke off, it can be run again.

    `key` signs the evidence. Raises ConfigurationError for what cannot be meant, before anything is
    done; EvaluationError when it cannot be recorded or captured.
    """
    _check(case, now)
    body = {"by": case.by, "since": case.since, "refs": case.refs, "reason": case.reason}
    lock(f"incident {case.id}: {case.reason}")
    case.record("incident-open", {**body, "agents_only": case.agents_only}, now)
    case.folder.mkdir(parents=True, exist_ok=True)
    case.folder.chmod(0o700)
    save(case)
    count = capture(case, key, now)
    case.after(OPEN, now)
    yield f"captured {count} files of evidence in {case.evidence}"
    if key is None:
        yield "they are not signed; a copy on another machine protects them better than this one"
    yield f"next: agentguard incident assess {case.id}"


def _check(case: Case, now: datetime) -> None:
    _check_refs(case.refs)
    if not case.reason.strip():
        raise ConfigurationError("--reason must not be empty: say in a few words what happened")
    if case.since > iso(now):
        raise ConfigurationError(f"--since {case.since} is yet to come: it is {iso(now)} now")
    if (folder_of(case.directory, case.id) / "incident.json").exists():
        before = load(case.directory, case.id)
        if OPEN in before.done:
            raise ConfigurationError(
                f"incident {case.id} is open since {before.opened}; "
                f"`agentguard incident status {case.id}` shows where it stands"
            )


def _check_refs(patterns: Sequence[str]) -> None:
    for pattern in patterns:
        if not REF_PATTERN.fullmatch(pattern):
            raise ConfigurationError(
                f"--refs {pattern!r} is not a full ref name such as 'refs/heads/release/*'"
            )
