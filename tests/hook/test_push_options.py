"""The options of a push, as git's environment gives them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.hook.push_options import MOST_OPTIONS, push_options


def read(count: str, *values: str) -> list[str]:
    named = {f"GIT_PUSH_OPTION_{number}": value for number, value in enumerate(values)}
    return list(push_options({"GIT_PUSH_OPTION_COUNT": count, **named}))


def test_they_come_in_order() -> None:
    assert read("3", "b", "", "a=b c") == ["b", "", "a=b c"]


def test_no_more_than_git_counted() -> None:
    assert read("1", "a", "b") == ["a"]


def test_one_that_is_missing_is_empty() -> None:
    assert read("2", "a") == ["a", ""]


def test_without_options_there_are_none() -> None:
    assert list(push_options({})) == []
    assert read("0") == []


@pytest.mark.parametrize("count", ["", "-1", "1.0", "x", " 1", "1\n", "\u0661", "\u00b9", "9" * 10])
def test_a_count_that_git_does_not_write_is_none(count: str) -> None:
    assert read(count, "a") == []


def test_not_more_than_anybody_needs() -> None:
    assert len(read("999999999", "a")) == MOST_OPTIONS


@given(st.dictionaries(st.text() | st.just("GIT_PUSH_OPTION_COUNT"), st.text()))
def test_any_environment_is_read(environment: dict[str, str]) -> None:
    assert all(isinstance(option, str) for option in push_options(environment))
