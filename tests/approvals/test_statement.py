from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.approvals.statement import (
    KEYS,
    Statement,
    approval_message,
    is_approval_shaped,
    parse,
    parse_pasted,
)
from agentguard.errors import SignatureError
from tests.approvals.makers import STATEMENT, commit

TEXT = """\
Agentguard-Approval: v1
Agentguard-Repository: acme/portal
Agentguard-Ref: refs/heads/main
Agentguard-Change: sha256:3333333333333333333333333333333333333333333333333333333333333333
Agentguard-Rules: auth-paths mass-deletion
Agentguard-Expires: 2026-11-21T21:00:00Z
Agentguard-Approver: jane@example.com
"""

git_text = st.binary(min_size=1).map(lambda data: data.decode("utf-8", "surrogateescape"))
moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))  # noqa: DTZ001
statements = st.builds(
    Statement,
    repository=git_text,
    ref=git_text,
    change=st.binary(min_size=32, max_size=32).map(lambda digest: f"sha256:{digest.hex()}"),
    rules=st.sets(git_text, min_size=1, max_size=5).map(lambda rules: tuple(sorted(rules))),
    expires=moments.map(lambda moment: moment.replace(microsecond=0, tzinfo=UTC)),
    approver=st.just("") | git_text,
)


def test_the_text_is_that_of_the_design() -> None:
    assert STATEMENT.render() == TEXT
    assert parse(TEXT) == STATEMENT


@given(statements)
def test_every_statement_round_trips(statement: Statement) -> None:
    text = statement.render()
    assert parse(text) == statement
    assert re.fullmatch(r"([!-~]+:( [!-~]+)*\n){7}", text)


@given(statements, statements)
def test_only_equal_statements_have_equal_texts(left: Statement, right: Statement) -> None:
    assert (left.render() == right.render()) == (left == right)


@given(st.text() | st.tuples(st.just(TEXT), st.text()).map("".join))
def test_any_other_text_is_refused(text: str) -> None:
    try:
        statement = parse(text)
    except SignatureError:
        return
    assert statement.render() == text


@given(st.data())
def test_a_changed_character_is_refused_or_means_something_else(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(TEXT) - 1))
    text = TEXT[:position] + data.draw(st.text(max_size=2)) + TEXT[position + 1 :]
    try:
        statement = parse(text)
    except SignatureError:
        return
    assert (statement == STATEMENT) == (text == TEXT)


MALFORMED = {
    "nothing": ("", "line feed"),
    "no final line feed": (TEXT[:-1], "line feed"),
    "CRLF": (TEXT.replace("\n", "\r\n"), "line feed"),
    "unknown key": (TEXT.replace("-Ref", "-Branch"), "unknown key: 'Agentguard-Branch'"),
    "key in another case": (TEXT.replace("-Ref", "-ref"), "unknown key"),
    "duplicate key": (TEXT + "Agentguard-Approver: john@example.com\n", "twice"),
    "empty line at the end": (TEXT + "\n", "unknown key: ''"),
    "order": (
        TEXT.replace("-Ref", "-X").replace("-Repository", "-Ref"),
        "where Agentguard-Repo",
    ),
    "missing line": (TEXT.replace("Agentguard-Ref: refs/heads/main\n", ""), "where Agentguard-Ref"),
    "missing end": (TEXT[: TEXT.index("Agentguard-Approver")], "ends before Agentguard-Approver"),
    "folded": (TEXT.replace("auth-paths ", "auth-paths\n "), "folded"),
    "control character": (TEXT.replace("main", "ma\x1b[2Jin"), "printable"),
    "other script": (TEXT.replace("main", "mаin"), "printable ASCII"),
    "version": (TEXT.replace("v1", "v2"), "version 'v2'"),
    "two spaces": (TEXT.replace("Ref: ", "Ref:  "), "one way"),
    "no space": (TEXT.replace("Ref: ", "Ref:"), "one way"),
    "space at the end": (TEXT.replace("main\n", "main \n"), "one way"),
    "needless escape": (TEXT.replace("main", "%6Dain"), "one way"),
    "lower-case escape": (TEXT.replace("main", "caf%c3%a9"), "one way"),
    "rules out of order": (TEXT.replace("auth-paths mass-deletion", "b a"), "sorted"),
    "rule twice": (TEXT.replace("auth-paths mass-deletion", "a a"), "sorted"),
    "no rules": (TEXT.replace(" auth-paths mass-deletion", ""), "sorted"),
    "no ref": (TEXT.replace(" refs/heads/main", ""), "names a repository and a ref"),
    "upper-case digest": (TEXT.replace("3" * 64, "A" * 64), "64 lower-case"),
    "short digest": (TEXT.replace("3" * 64, "3" * 63), "64 lower-case"),
    "offset": (TEXT.replace("00Z", "00+00:00"), "2026-11-22T09:00:00Z"),
    "no such day": (TEXT.replace("2026-11-21", "2026-02-30"), "no time"),
    "no such hour": (TEXT.replace("T21", "T24"), "no time|one way"),
    "too long": (TEXT.replace("main", "m" * 70_000), "longer"),
}


@pytest.mark.parametrize(("text", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_statements_say_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(SignatureError, match=reason):
        parse(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"repository": ""},
        {"ref": ""},
        {"ref": "refs/heads/\ud800"},
        {"change": "sha256:abc"},
        {"rules": ()},
        {"rules": ("",)},
        {"rules": ("b", "a")},
        {"expires": datetime(2026, 11, 21)},  # noqa: DTZ001
        {"expires": datetime(2026, 11, 21, microsecond=1, tzinfo=UTC)},
        {"expires": datetime(2026, 11, 21, tzinfo=timezone(timedelta(hours=1)))},
    ],
)
def test_what_cannot_be_said_exactly_is_no_statement(changes: dict[str, Any]) -> None:
    with pytest.raises(SignatureError):
        replace(STATEMENT, **changes)


def test_an_open_statement_ends_with_the_bare_key() -> None:
    open_statement = replace(STATEMENT, approver="")
    assert open_statement.render().endswith("\nAgentguard-Approver:\n")
    assert parse(open_statement.render()) == open_statement


def as_remote(text: str) -> str:
    lines = ["", "needs approval. Sign:", *(f"    {line}" for line in text.splitlines()), "bye"]
    return "".join(f"remote: {line}        \r\n" for line in lines)


PASTES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "indented": lambda text: "".join(f"  {line}\n" for line in text.splitlines()),
    "through git": as_remote,
    "twice": lambda text: as_remote(text) + text,
    "with text between": lambda text: text.replace("\n", "\n\nsome words\n"),
    "with words around": lambda text: f"Hello: you\n{text}Agent: x\n",
    "with tabs": lambda text: text.replace(": ", ":\t"),
    "stray line before it": lambda text: f"Agentguard-Ref: other\n{text}",
}


@pytest.mark.parametrize("paste", PASTES.values(), ids=PASTES)
@pytest.mark.parametrize("approver", ["", "jane@example.com"])
def test_a_pasted_refusal_is_understood(paste: Callable[[str], str], approver: str) -> None:
    statement = replace(STATEMENT, approver=approver)
    assert parse_pasted(paste(statement.render())) == statement


@given(statements)
def test_every_pasted_statement_round_trips(statement: Statement) -> None:
    assert parse_pasted(as_remote(statement.render())) == statement


@given(st.text() | st.text().map(lambda text: f"Agentguard-Approval: {text}"))
def test_pasting_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SignatureError):
        parse_pasted(text)


def test_two_statements_are_one_too_many() -> None:
    other = replace(STATEMENT, ref="refs/heads/next").render()
    with pytest.raises(SignatureError, match="2 statements, for 'refs/heads/main', 'refs/heads/ne"):
        parse_pasted(TEXT + other)


def test_a_paste_without_statement_says_so() -> None:
    with pytest.raises(SignatureError, match="no statement there"):
        parse_pasted("fatal: it went wrong\n")


MESSAGES = {
    approval_message(STATEMENT): True,
    f"\nAgentguard approval \r\n\n\n  {KEYS[0]}: v9\nand more": True,
    f"Agentguard approval\n{KEYS[0]}: v1": True,
    "Agentguard approval\n\nof the change": False,
    f"Fix login\n\n{TEXT}": False,
    TEXT: False,
    "": False,
}


@pytest.mark.parametrize(("message", "shaped"), MESSAGES.items())
def test_the_shape_of_an_approval_commit(message: str, shaped: bool) -> None:
    assert is_approval_shaped(commit(message)) is shaped
