"""Reading points and lengths of time."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time

from agentguard.policy.model import utc
from agentguard.settings import Table

DURATION = re.compile(r"([0-9]{1,9})\s*(ms|s|m|h|d)")
LONGEST = 3650 * 86400.0  # ten years; what outlives that was not meant
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def read_moment(table: Table, key: str) -> datetime | None:
    """A date or time in UTC, None when absent. A date is its first instant."""
    value = table.take(key)
    if value is None:
        return None
    if isinstance(value, datetime):
        with suppress(OverflowError):  # the first or last day there is, in another time zone
            return utc(value)
    elif isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    table.fail(key, "expected a date such as 2026-12-31 or a date and time")


def seconds(value: str) -> float | None:
    """A length of time such as `4s`, `30m`, `24h` or `7d` in seconds, None for anything else."""
    match = DURATION.fullmatch(value.strip())
    found = int(match[1]) * UNITS[match[2]] if match else 0.0
    return found if 0 < found <= LONGEST else None


def shown(length: float) -> str:
    """A length of time in seconds as a person writes it, such as `24h` or `90m`."""
    unit = next((u for u in ("h", "m", "s") if length % UNITS[u] == 0), "ms")
    return f"{length / UNITS[unit]:.15g}{unit}"


def read_duration(table: Table, key: str, default: str) -> float:
    """A length of time in seconds."""
    value = table.string(key, default=default)
    found = seconds(value)
    if found is None:
        table.fail(key, f"{value!r} is not a length of time such as '4s', '30m', '24h' or '7d'")
    return found
