from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.approvals.wire import Reader, mpint, string, u32
from agentguard.errors import SignatureError


@given(st.binary(), st.integers(min_value=1), st.integers(0, 2**32 - 1))
def test_values_round_trip(value: bytes, number: int, small: int) -> None:
    reader = Reader(string(value) + mpint(number) + u32(small))
    assert (reader.string(), reader.mpint(), reader.u32()) == (value, number, small)
    reader.end()


@given(st.binary(max_size=40))
def test_a_number_has_one_spelling(data: bytes) -> None:
    reader = Reader(string(data))
    try:
        number = reader.mpint()
    except SignatureError:
        return
    assert mpint(number) == string(data)


@pytest.mark.parametrize(
    "data",
    {
        "zero": b"",
        "negative": b"\x80",
        "leading zero": b"\x00\x01",
    }.values(),
)
def test_odd_numbers_are_refused(data: bytes) -> None:
    with pytest.raises(SignatureError, match="shortest"):
        Reader(string(data)).mpint()


def test_zero_is_written_as_nothing() -> None:
    assert mpint(0) == string(b"")


def test_short_and_long_data_are_refused() -> None:
    with pytest.raises(SignatureError, match="cut short"):
        Reader(u32(5) + b"four").string()
    with pytest.raises(SignatureError, match="3 bytes and should have 4"):
        Reader(string(b"abc")).string(4)
    with pytest.raises(SignatureError, match="follow"):
        Reader(b"x").end()
