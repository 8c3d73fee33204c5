"""Until when, as a person says it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.errors import ConfigurationError
from agentguard.server.when import LONGEST, read_since, read_until

NOW = datetime(2026, 11, 21, 9, 30, 15, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2026-12-24", datetime(2026, 12, 24, tzinfo=UTC)),
        ("2026-12-24T18:00", datetime(2026, 12, 24, 18, tzinfo=UTC)),
        ("2026-12-24 18:00:30Z", datetime(2026, 12, 24, 18, 0, 30, tzinfo=UTC)),
        ("2026-12-24T18:00+02:00", datetime(2026, 12, 24, 16, tzinfo=UTC)),
        (" 8h ", datetime(2026, 11, 21, 17, 30, 15, tzinfo=UTC)),
        ("7d", datetime(2026, 11, 28, 9, 30, 15, tzinfo=UTC)),
        ("366d", datetime(2027, 11, 22, 9, 30, 15, tzinfo=UTC)),
    ],
)
def test_a_moment(text: str, until: datetime) -> None:
    assert read_until(text, NOW) == until


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is none of: a date"),
        ("tomorrow", "is none of: a date"),
        ("-8h", "is none of: a date"),
        ("0001-01-01T00:00+23:00", "is none of: a date"),
        ("2026-11-21", "is over: it is 2026-11-21T09:30:15Z now"),
        ("2026-11-21T09:30:15Z", "is over"),
        ("5ms", "is over"),
        ("367d", "is more than 366 days ahead"),
        ("2028-01-01", "is more than 366 days ahead"),
    ],
)
def test_what_cannot_be_meant(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_until(text, NOW)
    assert str(raised.value).startswith(f"--until {text!r} {fault}")


@given(st.text(max_size=30) | st.datetimes().map(str) | st.from_regex(r"[0-9]{1,9}(s|m|h|d)"))
def test_any_text_is_a_moment_to_come_or_our_own_error(text: str) -> None:
    with suppress(ConfigurationError):
        assert NOW < read_until(text, NOW) <= NOW + LONGEST


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        (" 2026-11-20T08:30", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        ("2026-11-20T08:30:00+02:00", datetime(2026, 11, 20, 6, 30, tzinfo=UTC)),
        ("24h", NOW - timedelta(hours=24)),
        ("30m", NOW - timedelta(minutes=30)),
    ],
)
def test_since_when(typed: str, meant: datetime) -> None:
    assert read_since(typed, NOW) == meant


@given(st.text(max_size=30) | st.sampled_from(["0h", "yesterday", "", "0001-01-01T00:00+14:00"]))
def test_any_other_text_is_our_own_error(typed: str) -> None:
    with suppress(ConfigurationError):
        assert read_since(typed, NOW).tzinfo is UTC
