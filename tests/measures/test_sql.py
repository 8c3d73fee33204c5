"""Statements that a change brings into a file."""

from __future__ import annotations

import pytest

from agentguard.change import Content, FileStatus
from agentguard.measures import MEASURES, Reading
from tests.changes import change, file
from tests.measures.views import read


def reading(
    before: str, after: str, status: FileStatus = "modified", *, whole: bool = True
) -> Reading:
    content = Content("a.sql", before.encode(), after.encode(), whole)
    seen = change(files=(), contents={"a.sql": content})
    return read("sql", file("a.sql", status), raw=["delete-all", "truncate"], seen=seen)


@pytest.mark.parametrize(
    ("before", "after", "status", "value"),
    [
        ("", "DELETE FROM a;", "added", 1),
        ("DELETE FROM a;", "SELECT 1;\n\ndelete from b; DELETE\nFROM a", "modified", 1),
        ("DELETE FROM a;", "SELECT 1; DELETE\nFROM a", "modified", 0),
        ("DELETE FROM a;", "DELETE FROM a; DELETE FROM a;", "modified", 1),
        ("DELETE FROM a;", "DELETE FROM a;", "added", 1),
        ("DELETE FROM a;", "DELETE FROM a;", "deleted", 0),
        ("", "DROP TABLE a;", "modified", 0),
        ("", "INSERT INTO a;", "modified", 0),
    ],
)
def test_new_statements_count(before: str, after: str, status: FileStatus, value: int) -> None:
    found = reading(before, after, status)
    assert found.value == value == len(found.details)
    assert MEASURES["sql"].holds(found.value, ()) is bool(value)


def test_it_says_what_and_where() -> None:
    found = reading("", f"DELETE\nFROM a USING {'b' * 90}; TRUNCATE c;")
    assert found.paths == ("a.sql",)
    shown = "DELETE FROM a USING " + 39 * "b" + "…"
    assert found.details == (f"a.sql: {shown}", "a.sql: TRUNCATE c")


def test_what_cannot_be_read_counts() -> None:
    assert reading("", "", whole=False).details == ("a.sql: is too large to be read",)
    assert read("sql", file("a.sql"), raw=["truncate"]).value == 0


@pytest.mark.parametrize("raw", ["truncate", [], ["insert"], None, {}])
def test_other_kinds_are_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="drop-database, drop-table"):
        MEASURES["sql"].parse(raw)
