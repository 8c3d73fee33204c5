"""Lines that became more or fewer."""

from __future__ import annotations

import pytest

from agentguard.change import Content, FileChange
from agentguard.measures import MEASURES
from tests.changes import change, file
from tests.measures.views import read

PATTERN = r"^\s*assert\b"


def contents(**sides: tuple[str, str]) -> dict[str, Content]:
    return {
        f"{name}.py": Content(f"{name}.py", before.encode(), after.encode())
        for name, (before, after) in sides.items()
    }


def measured(name: str, *files: FileChange, **sides: tuple[str, str]) -> tuple[object, object]:
    seen = change(files=files, contents=contents(**sides))
    found = read(name, *files, raw={PATTERN: ">= 1"}, seen=seen)
    return found.value, found.paths


@pytest.mark.parametrize(
    ("before", "after", "fewer", "more"),
    [
        ("assert a\nassert b\n", "assert a\n", 1, 0),
        ("assert a\n", "assert b\n  assert c\n", 0, 1),
        ("assert a\nx\n", "x\nassert a\n", 0, 0),
        ("", "", 0, 0),
        ("assertion\n", "", 0, 0),
    ],
)
def test_the_balance_of_one_file(before: str, after: str, fewer: int, more: int) -> None:
    assert measured("fewer_lines", file("a.py"), a=(before, after))[0] == fewer
    assert measured("more_lines", file("a.py"), a=(before, after))[0] == more


def test_what_moves_to_another_file_is_still_there() -> None:
    files = file("a.py"), file("b.py")
    sides = {"a": ("assert 1\nassert 2\nassert 3\n", ""), "b": ("", "assert 1\nassert 2\n")}
    assert measured("fewer_lines", *files, **sides) == (1, ("a.py",))
    assert measured("more_lines", *files, **sides) == (0, ("b.py",))


def test_one_half_of_a_move_has_one_side() -> None:
    same = ("assert 1\n", "assert 1\n")
    assert measured("fewer_lines", file("a.py", "deleted"), a=same)[0] == 1
    assert measured("more_lines", file("a.py", "added"), a=same)[0] == 1


def test_a_file_that_was_not_read_counts_as_unchanged() -> None:
    assert measured("fewer_lines", file("a.py"))[0] == 0


@pytest.mark.parametrize("name", ["more_lines", "fewer_lines"])
def test_a_file_too_large_to_be_read_is_over_any_limit(name: str) -> None:
    seen = change(files=(file("a.py"),), contents={"a.py": Content("a.py", b"", b"", whole=False)})
    found = read(name, file("a.py"), raw={PATTERN: ">= 1000"}, seen=seen)
    assert MEASURES[name].holds(found.value, MEASURES[name].parse({PATTERN: ">= 1000"}))
    assert (found.paths, found.details) == (("a.py",), ("a.py is too large to be read",))


def test_bytes_that_are_no_text() -> None:
    seen = change(
        contents={"a": Content("a", b"assert\xff\n\x00", b"\xff\xfe")}, files=(file("a"),)
    )
    assert read("fewer_lines", file("a"), raw={PATTERN: ">= 1"}, seen=seen).value == 1


@pytest.mark.parametrize("raw", ["x", {}, [], {"a": ">= 1", "b": ">= 1"}, {"(": ">= 1"}, {"a": 1}])
def test_any_other_limit_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match=r"expected|not a regular expression"):
        MEASURES["more_lines"].parse(raw)


def test_the_limit_holds_for_the_number() -> None:
    limit = MEASURES["more_lines"].parse({"x": ">= 3"})
    assert MEASURES["more_lines"].holds(3, limit)
    assert not MEASURES["more_lines"].holds(2, limit)
