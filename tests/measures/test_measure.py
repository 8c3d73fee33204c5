"""Limits: what a rule may write, and when a value is past it."""

from __future__ import annotations

import pytest

from agentguard.measures import MEASURES
from agentguard.measures.measure import NumberLimit, parse_flag, parse_number, parse_patterns


@pytest.mark.parametrize(
    ("raw", "symbol", "number"),
    [
        (">= 1000", ">=", 1000),
        (" < 0.5 ", "<", 0.5),
        ("==3", "==", 3),
        ("> 1_000", ">", 1000),
        ("<= 2", "<=", 2),
    ],
)
def test_a_limit_is_a_comparison(raw: str, symbol: str, number: float) -> None:
    assert parse_number(raw) == NumberLimit(symbol, number)


@pytest.mark.parametrize(
    "raw",
    ["", "3", "=> 3", ">= -3", ">= x", ">= 1e9", ">= 3 4", ">= " + "9" * 30, 3, None, [">= 3"]],
)
def test_anything_else_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="expected a comparison"):
        parse_number(raw)


@pytest.mark.parametrize(
    ("raw", "below", "at", "above"),
    [
        (">= 3", False, True, True),
        ("> 3", False, False, True),
        ("== 3", False, True, False),
        ("<= 3", True, True, False),
        ("< 3", True, False, False),
    ],
)
def test_a_value_is_compared(raw: str, *, below: bool, at: bool, above: bool) -> None:
    limit = parse_number(raw)
    assert [limit.holds(value) for value in (2, 3, 4)] == [below, at, above]
    assert limit.holds("not a number") is limit.holds(0)


@pytest.mark.parametrize(
    ("raw", "least"),
    [(">= 3", 3), ("> 3", 4), ("== 3", 3), ("<= 3", 0), ("< 3", 0), (">= 2.5", 3), ("> 2.5", 3)],
)
def test_the_least_that_could_be_past_a_limit(raw: str, least: int) -> None:
    assert parse_number(raw).least == least


@pytest.mark.parametrize("raw", [1, "true", None])
def test_a_fact_is_true_or_false(raw: object) -> None:
    assert parse_flag(False) is False
    with pytest.raises(ValueError, match="expected true or false"):
        parse_flag(raw)


def test_patterns_are_a_list_of_regular_expressions() -> None:
    assert [each.pattern for each in parse_patterns("a")] == ["a"]
    assert [each.pattern for each in parse_patterns(["a", "b"])] == ["a", "b"]


@pytest.mark.parametrize(
    "raw", [[], [1], "(", "a{99999999999}", "[[a]", "(" * 2000 + ")" * 2000, 3, {}]
)
def test_other_patterns_are_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="regular expression"):
        parse_patterns(raw)


def test_every_measure_is_named_as_it_is_listed() -> None:
    assert all(name == measure.name and measure.about for name, measure in MEASURES.items())
    assert {measure.of for measure in MEASURES.values()} == {"files", "commit", "ref"}
