"""Reading TOML: every error names the file, the key, the fault, and what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentguard.errors import ConfigurationError
from agentguard.settings import Table, describe, nearest, parse_toml

Read = Callable[[Table], Any]


def table(**values: Any) -> Table:
    return Table(values, "policy.toml", "limits")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(b"a = \xff", "not UTF-8", id="not UTF-8"),
        pytest.param(b"a = ", "not TOML", id="not TOML"),
        pytest.param(b"a = 1\na = 2", "not TOML", id="a key twice"),
        pytest.param(b"a = " + b"9" * 5000, "not TOML", id="a number of 5,000 digits"),
        pytest.param(b"a = " + b"[" * 100_000, "not TOML", id="nested too deep"),
        pytest.param(b"a = 2026-13-01", "not TOML", id="no such month"),
        pytest.param(b"\xef\xbb\xbfa = 1", "not TOML", id="byte order mark"),
    ],
)
def test_what_is_not_toml_names_the_file(content: bytes, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"\Apolicy\.toml: {fault}"):
        parse_toml(content, "policy.toml")


def test_toml() -> None:
    assert parse_toml(b"a = 1\r\n[b]\nc = 'd'\n", "x") == {"a": 1, "b": {"c": "d"}}


@pytest.mark.parametrize(
    ("read", "values", "message"),
    [
        pytest.param(
            lambda t: t.string("k"), {}, "limits.k: is missing; expected a string", id="missing"
        ),
        pytest.param(
            lambda t: t.string("k"),
            {"k": 1},
            "limits.k: expected a string, found 1",
            id="no string",
        ),
        pytest.param(
            lambda t: t.string("k"), {"k": " \n"}, "limits.k: must not be empty", id="empty"
        ),
        pytest.param(
            lambda t: t.integer("k", 1),
            {"k": "1"},
            "limits.k: expected a whole number, found '1'",
            id="no number",
        ),
        pytest.param(
            lambda t: t.integer("k", 1),
            {"k": True},
            "limits.k: expected a whole number, 0 or more",
            id="true is no number",
        ),
        pytest.param(
            lambda t: t.integer("k", 1, least=1),
            {"k": 0},
            "limits.k: expected a whole number, 1 or more",
            id="too small",
        ),
        pytest.param(
            lambda t: t.boolean("k", default=True),
            {"k": 0},
            "limits.k: expected true or false, found 0",
            id="no boolean",
        ),
        pytest.param(
            lambda t: t.strings("k"),
            {"k": [1]},
            "limits.k: expected a string or a list of strings, found [1]",
            id="no strings",
        ),
        pytest.param(
            lambda t: t.strings("k"),
            {"k": {}},
            "limits.k: expected a string or a list of strings, found {}",
            id="a table for strings",
        ),
        pytest.param(
            lambda t: t.choice("k", ("a", "b")),
            {},
            "limits.k: nothing is not allowed; allowed: a, b",
            id="no choice",
        ),
        pytest.param(
            lambda t: t.choice("k", ("a", "b"), "a"),
            {"k": True},
            "limits.k: true is not allowed; allowed: a, b",
            id="wrong choice",
        ),
        pytest.param(
            lambda t: t.choices("k", ("a", "b"), ("a",)),
            {"k": []},
            "limits.k: must not be empty; allowed: a, b",
            id="no choices",
        ),
        pytest.param(
            lambda t: t.choices("k", ("a", "b"), ("a",)),
            {"k": ["a", "c"]},
            "limits.k: 'c' is not allowed; allowed: a, b",
            id="one wrong choice",
        ),
        pytest.param(
            lambda t: t.table("k"), {"k": []}, "limits.k: expected a table, found []", id="no table"
        ),
        pytest.param(
            lambda t: t.tables("k"),
            {"k": 1},
            "limits.k: expected a table or a list of tables, found 1",
            id="no tables",
        ),
        pytest.param(
            lambda t: t.tables("k")[1].string("x"),
            {"k": [{}, {}]},
            "limits.k[1].x: is missing; expected a string",
            id="inside a list",
        ),
        pytest.param(
            lambda t: t.tables("k")[0].string("x"),
            {"k": {}},
            "limits.k.x: is missing; expected a string",
            id="inside a single table",
        ),
        pytest.param(
            lambda t: t.table("a b").string("x"),
            {},
            'limits."a b".x: is missing; expected a string',
            id="quoted key",
        ),
        pytest.param(lambda t: t.fail("", "no"), {}, "limits: no", id="the table itself"),
    ],
)
def test_a_wrong_value_is_named(read: Read, values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(table(**values))
    assert str(caught.value) == f"policy.toml: {message}"


@pytest.mark.parametrize(
    ("read", "values", "value"),
    [
        pytest.param(lambda t: t.string("k", default=""), {}, "", id="default string"),
        pytest.param(lambda t: t.integer("k", 3), {}, 3, id="default number"),
        pytest.param(lambda t: t.integer("k", 3), {"k": 0}, 0, id="zero"),
        pytest.param(lambda t: t.boolean("k", default=True), {"k": False}, False, id="false"),
        pytest.param(lambda t: t.strings("k", ("x",)), {}, ("x",), id="default strings"),
        pytest.param(lambda t: t.strings("k"), {"k": "a"}, ("a",), id="one string is a list"),
        pytest.param(lambda t: t.choice("k", ("a",), "a"), {}, "a", id="default choice"),
        pytest.param(
            lambda t: t.choices("k", ("a", "b"), ("a",)), {}, ("a",), id="default choices"
        ),
        pytest.param(
            lambda t: t.choices("k", ("a", "b"), ("a",)), {"k": "b"}, ("b",), id="choices"
        ),
        pytest.param(lambda t: t.tables("k"), {}, (), id="no tables"),
        pytest.param(lambda t: "k" in t, {"k": 1}, True, id="contains"),
    ],
)
def test_a_right_value_is_read(read: Read, values: dict[str, Any], value: object) -> None:
    assert read(table(**values)) == value


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        pytest.param("deadlin", "did you mean deadline?", id="nearest"),
        pytest.param("zzz", "allowed: deadline, memory", id="nothing near"),
    ],
)
def test_an_unknown_key_names_the_nearest(key: str, hint: str) -> None:
    values = table(**{"deadline": "4s", key: 1})
    values.string("deadline")
    with pytest.raises(ConfigurationError, match=f"limits.{key}: unknown key; {hint}"):
        values.finish(also=["memory"])


def test_an_empty_key_of_the_document_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r'x: "": unknown key'):
        Table({"": 1}, "x").finish()


def test_what_was_taken_is_fine() -> None:
    values = table(deadline="4s")
    values.take("deadline")
    values.finish()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "nothing"),
        (True, "true"),
        ("x" * 100, "'" + "x" * 58 + "…"),
        (parse_toml(b"a = 2026-01-01", "x")["a"], "2026-01-01"),
    ],
)
def test_values_are_described_shortly(value: object, shown: str) -> None:
    assert describe(value) == shown


def test_nearest_of_none() -> None:
    assert nearest("a", []) == "allowed: "
