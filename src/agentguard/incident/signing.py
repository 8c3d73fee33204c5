"""`incident sign` and `incident status`: who vouches for a record, and is it still that record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from agentguard.errors import ConfigurationError
from agentguard.incident import mark
from agentguard.incident.assessment import FILE, read_assessment
from agentguard.incident.case import CLOSE, OPEN, Case
from agentguard.incident.close import RECORD
from agentguard.incident.policies import policies_of


def sign_record(case: Case, key: Path, by: str, now: datetime) -> str:
    """Sign the record of a closed incident; what its mark says then. Raises ConfigurationError."""
    if CLOSE not in case.done:
        raise ConfigurationError(
            f"there is no record yet: run `agentguard incident close {case.id}` first"
        )
    policies = policies_of(case, read_assessment(case.folder / FILE))
    who = mark.check_key(key, policies, now)
    case.record("incident-sign", {"by": by, "signer": who}, now)
    return mark.sign_record(case.folder / RECORD, key, who, now)


def status(case: Case, now: datetime) -> Iterator[str]:
    """One line per step that was done, and how its record stands."""
    where = "closed" if CLOSE in case.done else "open"
    yield f"{case.id}: {where}, since {case.since}: {case.reason}"
    if OPEN not in case.done:
        yield f"  the evidence is NOT whole: run `agentguard incident open {case.id}` again"
    for step, at in case.done.items():
        yield f"  {at} {step}"
    if CLOSE in case.done:
        policies = policies_of(case, read_assessment(case.folder / FILE))
        yield f"  {RECORD}: {mark.standing(case.folder / RECORD, policies, now)}"
