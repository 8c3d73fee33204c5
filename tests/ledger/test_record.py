"""The one spelling of a record, and everything that is none."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.errors import EvaluationError
from agentguard.ledger.record import (
    BEFORE_THE_FIRST,
    DECISION,
    Head,
    Record,
    Row,
    canonical,
    hash_of,
    read_record,
)  # fmt: skip

TIME = "2026-11-21T09:00:00Z"
PLAIN = Record(3, "a" * 64, TIME, DECISION, {"b": [1, None, True], "a": "é"})
TEXT = (
    '{"body":{"a":"\\u00e9","b":[1,null,true]},"event":"decision",'
    f'"previous":"{"a" * 64}","seq":3,"time":"{TIME}","version":1}}'
)

# Names out of git may hold bytes that are no text: lone surrogates stand for them.
WORDS = st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape"))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(WORDS, VALUES, max_size=5)


def changed(**values: Any) -> str:
    return canonical(json.loads(TEXT) | values)


def test_there_is_one_spelling() -> None:
    assert PLAIN.render() == TEXT
    assert read_record(TEXT) == PLAIN
    assert hash_of(TEXT) == hashlib.sha256(TEXT.encode()).hexdigest()
    assert Row(3, TEXT, hash_of(TEXT)).record == PLAIN


def test_a_head_is_short_and_of_nothing_it_is_zeros() -> None:
    assert str(Head(42, "7f3a9c" + "0" * 58)) == "ledger 42 7f3a9c0000000000"
    assert Head() == Head(0, BEFORE_THE_FIRST)


@given(BODIES, st.integers(), WORDS)
def test_any_body_survives(body: dict[str, Any], seq: int, event: str) -> None:
    text = Record(seq, BEFORE_THE_FIRST, TIME, event, body).render()
    assert text.isascii()
    assert "\n" not in text
    assert read_record(text) == Record(seq, BEFORE_THE_FIRST, TIME, event, body)


@given(VALUES, VALUES)
def test_different_values_are_spelled_differently(one: object, other: object) -> None:
    assert (canonical(one) == canonical(other)) == (json.dumps(one) == json.dumps(other)) or (
        json.loads(canonical(one)) == json.loads(canonical(other))
    )


@given(st.text() | VALUES.map(json.dumps) | BODIES.map(lambda body: changed(body=body)))
def test_any_text_is_a_record_or_our_own_error(text: str) -> None:
    with suppress(EvaluationError):
        assert read_record(text).render() == text


@given(st.integers(0, len(TEXT) - 1), st.characters())
def test_no_other_character_will_do(place: int, other: str) -> None:
    text = TEXT[:place] + other + TEXT[place + 1 :]
    with suppress(EvaluationError):
        assert read_record(text).render() == text
        assert hash_of(text) != hash_of(TEXT) or text == TEXT


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a record"),
        ("{", "not a record"),
        ("[]", "not a record"),
        ("null", "not a record"),
        ("{}", "not a record"),
        ("[" * 100_000, "not a record"),
        (f'{{"body":{"[" * 900}{"]" * 900}}}', "not a record"),
        ("9" * 5_000, "not a record"),
        (TEXT.replace("[1,", "[NaN,"), "not a record"),
        (TEXT.replace("[1,", "[Infinity,"), "not a record"),
        (TEXT.replace("[1,", f"[{'9' * 5_000},"), "not a record"),
        (changed(version=2), "another version"),
        (changed(previous=None), "another version"),
        (changed(time=1), "another version"),
        (changed(event=["decision"]), "another version"),
        (changed(version=True), "not written as records are"),
        (changed(seq=True), "not written as records are"),
        (changed(seq=3.0), "not written as records are"),
        (changed(seq="3"), "not written as records are"),
        (changed(body=[]), "not written as records are"),
        (changed(more=1), "not written as records are"),
        (TEXT + "\n", "not written as records are"),
        (TEXT.replace(":3,", ": 3,"), "not written as records are"),
        (TEXT.replace("\\u00e9", "é"), "not written as records are"),
        (TEXT.replace("\\u00e9", "\\u00E9"), "not written as records are"),
        (TEXT.replace('"seq":3', '"seq":3,"seq":3'), "not written as records are"),
    ],
    ids=range(26),
)
def test_what_is_no_record(text: str, why: str) -> None:
    with pytest.raises(EvaluationError, match=why):
        read_record(text)


def test_deep_text_is_our_own_error_wherever_it_gets_too_deep() -> None:
    for depth in range(1, 1_200, 7):
        with suppress(EvaluationError):
            read_record(TEXT.replace("[1,", f"[{'[' * depth}{']' * depth},"))


def test_what_is_no_number_is_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"ratio": float("nan")})
