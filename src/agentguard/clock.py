"""The server's clock: moments as statements, records and reports write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SKEW = timedelta(minutes=5)  # how far the clocks of honest people are apart


def iso(moment: datetime) -> str:
    """A moment in UTC and whole seconds, such as `2026-11-22T09:00:00Z`."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
