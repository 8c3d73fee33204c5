"""Since when: a moment in the past as a person gives it on the command line."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from agentguard.errors import ConfigurationError
from agentguard.policy.model import utc
from agentguard.policy.times import seconds

FORMS = "a date (2026-11-21), a date and time (2026-11-21T09:30Z), or how long ago (8h)"


def read_since(value: str, now: datetime) -> datetime:
    """The moment that `value` gives, in UTC; a date is its first instant, and a time without an
    offset is UTC. Raises ConfigurationError for anything else."""
    length = seconds(value)
    with suppress(ValueError, OverflowError):
        return (
            now - timedelta(seconds=length)
            if length
            else utc(datetime.fromisoformat(value.strip()))
        )
    raise ConfigurationError(f"--since {value!r} is none of: {FORMS}")
