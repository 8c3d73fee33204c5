"""Points in time as people type them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.policy.times import since

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T08:30", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        ("2026-11-20T08:30:00+02:00", datetime(2026, 11, 20, 6, 30, tzinfo=UTC)),
        ("2026-11-20T08:30:00Z", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        ("24h", datetime(2026, 11, 20, 9, 0, tzinfo=UTC)),
        ("30m", datetime(2026, 11, 21, 8, 30, tzinfo=UTC)),
        ("0h", None),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00+14:00", None),
    ],
)
def test_a_point_in_time(typed: str, meant: datetime | None) -> None:
    assert since(typed, NOW) == meant


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_none(typed: str) -> None:
    found = since(typed, NOW)
    assert found is None or found.tzinfo is not None
