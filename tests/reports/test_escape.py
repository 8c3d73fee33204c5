"""Nothing from a push reaches a terminal that does not show as itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.names import INVISIBLE
from agentguard.reports.escape import escape

ANY_TEXT = st.text(st.characters(exclude_categories=[]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, $(x) 'q'", "plain text, $(x) 'q'"),
        ("naïve 日本語 👍", "naïve 日本語 👍"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\tc\r\x00\x7f", r"a\x0ab\x09c\x0d\x00\x7f"),
        ("\x9b31m\x85", r"\u009b31m\u0085"),
        ("\u202egpj.exe\u2066", r"\u202egpj.exe\u2066"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("a\ufe0fb\u3164c\u034f", r"a\ufe0fb\u3164c\u034f"),
        ("a\u00a0b\u2028c", r"a\u00a0b\u2028c"),
        ("\U000e0041", r"\U000e0041"),
        ("caf\udce9\udc9b", r"caf\xe9\x9b"),
        ("\ud800", r"\ud800"),
        ("a\\b", "a\\b"),
    ],
)
def test_what_does_not_show_is_written_out(text: str, shown: str) -> None:
    assert escape(text) == shown


@given(ANY_TEXT)
def test_the_result_shows_as_it_is(text: str) -> None:
    shown = escape(text)
    assert shown.isprintable()
    assert not INVISIBLE.search(shown)
    shown.encode("utf-8")


@given(ANY_TEXT)
def test_escaping_twice_changes_nothing(text: str) -> None:
    assert escape(escape(text)) == escape(text)
