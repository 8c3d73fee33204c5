"""Since when and until when: moments as a person gives them on the command line."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from agentguard.clock import iso
from agentguard.errors import ConfigurationError
from agentguard.policy.model import utc
from agentguard.policy.times import seconds

LONGEST = timedelta(days=366)
FORMS = "a date (2026-12-31), a date and time (2026-12-31T18:00Z), or a length of time"


def read_until(text: str, now: datetime) -> datetime:
    """The moment that `text` gives, in UTC and whole seconds; `now` is the server's clock.

    A date is its first instant, and a time without an offset is UTC. Raises ConfigurationError for
    anything else, for what is over, and for what is more than `LONGEST` ahead.
    """
    until = _moment(text.strip(), now, 1)
    if until is None:
        raise ConfigurationError(f"--until {text!r} is none of: {FORMS} from now (8h)")
    until = until.replace(microsecond=0)
    if until <= now:
        raise ConfigurationError(f"--until {text!r} is over: it is {iso(now)} now")
    if until > now + LONGEST:
        raise ConfigurationError(f"--until {text!r} is more than {LONGEST.days} days ahead")
    return until


def read_since(text: str, now: datetime) -> datetime:
    """The moment that `text` gives, in UTC; a date is its first instant, and a time without an
    offset is UTC. Raises ConfigurationError for anything else."""
    since = _moment(text.strip(), now, -1)
    if since is None:
        raise ConfigurationError(f"--since {text!r} is none of: {FORMS} until now (8h)")
    return since


def _moment(text: str, now: datetime, direction: int) -> datetime | None:
    with suppress(ValueError, OverflowError):  # the first or last day there is, in another zone
        length = seconds(text)
        if length is not None:
            return now + direction * timedelta(seconds=length)
        return utc(datetime.fromisoformat(text))
    return None
