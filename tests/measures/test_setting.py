"""Settings that change, by what they mean and not by how they are written."""

from __future__ import annotations

from typing import Any

import pytest

from agentguard.change import Content, FileChange
from agentguard.measures import MEASURES, Reading
from tests.changes import change, file
from tests.measures.views import read

BASH = {r"^permissions\.allow\[\]$": ["^Bash"]}


def reading(
    name: str,
    raw: object,
    before: str | bytes,
    after: str | bytes,
    path: str = "a.json",
    record: FileChange | None = None,
    **more: Any,
) -> Reading:
    old, new = (side.encode() if isinstance(side, str) else side for side in (before, after))
    seen = change(files=(), contents={path: Content(path, old, new, **more)})
    return read(name, record or file(path), raw=raw, seen=seen)


def allow(*rules: str) -> str:
    listed = ", ".join(f'"{rule}"' for rule in rules)
    return f'{{"permissions": {{"allow": [{listed}]}}}}'


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        pytest.param("", allow("Bash"), 1, id="a new file"),
        pytest.param(allow("Read"), allow("Read", "Bash"), 1, id="a value more"),
        pytest.param(allow("Read"), allow("Bash(*)", "Bash"), 2, id="two values"),
        pytest.param(allow("Bash", "Read"), allow("Read", "Bash"), 0, id="another order"),
        pytest.param(allow("Bash"), allow("Bash").replace(" ", "\n  "), 0, id="another layout"),
        pytest.param(allow("Bash"), allow("Bash", "Bash"), 1, id="once more"),
        pytest.param(allow("Bash", "Read"), allow("Bash"), 0, id="another value less"),
        pytest.param(allow("Read"), allow("Read").replace("allow", "deny"), 0, id="another key"),
        pytest.param(allow("Read"), allow("Edit"), 0, id="another value"),
        pytest.param(allow("Read"), '{"hooks": [{"matcher": "Bash"}]}', 0, id="the word elsewhere"),
        pytest.param(allow("Bash"), "", 0, id="emptied"),
    ],
)
def test_values_that_are_set(before: str, after: str, value: int) -> None:
    found = reading("sets", BASH, before, after)
    assert found.value == value == len(found.details)
    assert found.paths == ("a.json",) * bool(value)
    assert MEASURES["sets"].holds(found.value, ()) is bool(value)
    assert MEASURES["sets"].whole


ALL = {r"(?:^|\.)(?:Action|AWS)(?:\[\])?$": [r"^\*$"]}


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        ("{}", '{"Effect": "Allow", "Action": "*"}', 1),
        ("{}", '{"Effect": "Deny", "Action": ["*"], "Principal": {"AWS": "*"}}', 0),
        ('{"Effect": "Deny", "Action": "*"}', '{"Effect": "Allow", "Action": "*"}', 1),
        ('{"Effect": "Allow", "Action": "*"}', '{"Effect": "Deny", "Action": "*"}', 0),
        ("{}", '{"Effect": "Deny", "Effect": "Allow", "Action": "*"}', 1),
        ("{}", '{"Deny()": {"x": {"Statement": {"Action": "*"}}}}', 1),
        ("{}", '{"Effect": {"Deny": 1}, "Action": "*"}', 1),
        ("{", '{ "', 1),
        ("", "{{ x", 1),
    ],
)
def test_values_that_are_granted(before: str, after: str, value: int) -> None:
    assert reading("grants", ALL, before, after).value == value


def test_what_is_said_of_it() -> None:
    found = reading("sets", BASH, "", allow("Bash"))
    assert found.details == ("a.json: permissions.allow[] is now Bash",)
    found = reading("unsets", BASH, allow("Bash"), "{}")
    assert found.details == ("a.json: permissions.allow[] is no longer Bash",)
    found = reading("lowers", ["^quorum$"], '{"quorum": 2}', '{"quorum": 1}')
    assert found.details == ("a.json: quorum goes from 2 to 1",)


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("db_password", "hunter2", "…"),
        ("API-Key", "abc", "…"),
        ("auth.token", "abc", "…"),
        ("DATABASE_URL", "postgres://db/x", "…"),
        ("url", "https://sam:hunter2@example.com/x", "https://…example.com/x"),
        ("x", "AKIAABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "…"),
        ("x", "one two\\n" + "three " * 30, ("one two " + "three " * 9)[:59] + "…"),
        ("monkey", "business", "business"),
        ("x", "\\ud800", "?"),
    ],
)  # fmt: skip
def test_secrets_are_not_shown(key: str, value: str, shown: str) -> None:
    found = reading("sets", {".": ["."]}, "", f'{{"{key}": "{value}"}}')
    assert found.details == (f"a.json: {key} is now {shown}",)


def test_a_long_key_is_shortened() -> None:
    [said] = reading("sets", {".": ["."]}, "", f'{{"{"k" * 5000}": 1}}').details
    assert len(said) < 130


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        pytest.param(allow("Bash", "Read"), allow("Read"), 1, id="a value less"),
        pytest.param(allow("Bash"), "", 1, id="the file is emptied"),
        pytest.param(allow("Bash"), "{", 1, id="the file is broken"),
        pytest.param(allow("Read"), "{", 0, id="a broken file did not have it"),
        pytest.param(allow("Read"), allow("Bash"), 0, id="another value"),
        pytest.param("", allow("Bash"), 0, id="a new file"),
    ],
)
def test_values_that_are_unset(before: str, after: str, value: int) -> None:
    assert reading("unsets", BASH, before, after).value == value


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        ("a: 2\n", "a: 1\n", 1),
        ("a: 80%\n", "a: 79.5 %\n", 1),
        ("a: 1_000\n", "a: 999\n", 1),
        ("a: 0\n", "a: -1\n", 1),
        ("a: '2'\n", "a: '1'\n", 1),
        ("a: [5, 7]\n", "a: [7, 5]\n", 0),
        ("a: [5, 7]\n", "a: [7, 4]\n", 1),
        ("a: 1\n", "a: 2\n", 0),
        ("a: 2\n", "a: 2.0\n", 0),
        ("a: 2\n", "", 0),
        ("a: 2\n", "a: two\n", 0),
        ("b: 2\n", "b: 1\n", 0),
        ("a: 2\n", "[", 1),
        ("b: 2\n", "[", 0),
    ],
)
def test_numbers_that_are_lowered(before: str, after: str, value: int) -> None:
    assert reading("lowers", [r"^a(\[\])?$"], before, after, "a.yaml").value == value


@pytest.mark.parametrize(
    ("path", "before", "after", "value"),
    [
        pytest.param("a.json", "{}", "{", 1, id="no longer parses"),
        pytest.param("a.json", "", "{", 1, id="a new file that never did"),
        pytest.param("a.json", "{", "{ ", 0, id="never did"),
        pytest.param("a.json", "{", allow("Bash"), 1, id="all of what is read for the first time"),
        pytest.param("a.yaml", "", "{{- if .x }}\na: 1\n", 0, id="a new template"),
        pytest.param("a.yaml", "a: 1\n", "{{- if .x }}\na: 1\n", 1, id="becomes a template"),
        pytest.param("a.sh", "x", "{", 0, id="no settings"),
    ],
)
def test_files_that_cannot_be_read(path: str, before: str, after: str, value: int) -> None:
    assert reading("sets", BASH, before, after, path).value == value


@pytest.mark.parametrize(("name", "raw"), [("sets", BASH), ("unsets", BASH), ("lowers", ["a"])])
def test_files_that_are_too_large(name: str, raw: object) -> None:
    found = reading(name, raw, b"", b"", whole=False)
    assert (found.value, found.details) == (1, ("a.json: is too large to be read",))
    assert read(name, file("b.json"), raw=raw, seen=change(files=())).value == 1


def test_a_file_that_moves_is_compared_with_itself() -> None:
    same = allow("Bash")
    moved = file("a.json", "renamed", old_path="b.json")
    assert reading("sets", BASH, same, same, record=moved).value == 0


def test_a_file_that_moves_into_scope_is_new_there_and_gone_where_it_was() -> None:
    same = allow("Bash")
    assert reading("sets", BASH, same, same, record=file("a.json", "added")).value == 1
    gone = file("a.json", "deleted")
    assert reading("unsets", BASH, same, same, record=gone).value == 1


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("sets", {}),
        ("sets", ["a"]),
        ("sets", {"(": ["a"]}),
        ("sets", {"a": []}),
        ("unsets", {"a": [1]}),
        ("unsets", {"a": "("}),
        ("lowers", {"a": ["b"]}),
        ("lowers", []),
    ],
)
def test_limits_that_cannot_be_meant(name: str, raw: object) -> None:
    with pytest.raises(ValueError, match=r"expected|not a regular expression"):
        MEASURES[name].parse(raw)


def test_several_keys_and_values() -> None:
    raw = {"^a$": ["^1$", "^2$"], "^b$": "^3$"}
    assert reading("sets", raw, "", '{"a": 2, "b": 3, "c": 1}').value == 2
