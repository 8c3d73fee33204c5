"""Lines added and removed."""

from __future__ import annotations

import pytest

from agentguard.change import Patch
from agentguard.deadline import deadline
from agentguard.errors import DeadlineError
from agentguard.measures import MEASURES
from tests.changes import change, commit, file
from tests.measures.views import read

PATCHES = {
    "a.sh": Patch("a.sh", ("terraform destroy", "echo ok"), ("set -e",)),
    "b.sh": Patch("b.sh", ("terraform plan",), ()),
}
FILES = (file("a.sh"), file("b.sh"), file("c.sh"))


@pytest.mark.parametrize(
    ("name", "patterns", "value", "paths"),
    [
        ("added", ["terraform"], 2, ("a.sh", "b.sh")),
        ("added", ["destroy", "plan"], 2, ("a.sh", "b.sh")),
        ("added", ["destroy", "terraform destroy"], 1, ("a.sh",)),
        ("added", ["^ok"], 0, ()),
        ("removed", ["set -e"], 1, ("a.sh",)),
        ("removed", ["terraform"], 0, ()),
    ],
)
def test_lines_that_match(
    name: str, patterns: list[str], value: int, paths: tuple[str, ...]
) -> None:
    found = read(name, *FILES, raw=patterns, seen=change(files=FILES, patches=PATCHES))
    assert (found.value, found.paths) == (value, paths)
    assert MEASURES[name].holds(found.value, ()) is bool(value)
    assert MEASURES[name].text


def test_only_files_in_scope_are_read() -> None:
    found = read("added", FILES[1], raw=["terraform"], seen=change(files=FILES, patches=PATCHES))
    assert found.paths == ("b.sh",)


def test_a_commit_has_lines_of_its_own() -> None:
    made = commit("c", FILES[0], patches={"a.sh": Patch("a.sh", ("only here",), ())})
    seen = change(made, patches=PATCHES)
    assert read("added", *FILES, raw=["only here"], seen=seen, commit=made).value == 1
    assert read("added", *FILES, raw=["terraform"], seen=seen, commit=made).value == 0


def test_a_line_of_a_megabyte() -> None:
    line = "x" * 1_000_000 + "needle"
    seen = change(files=(FILES[0],), patches={"a.sh": Patch("a.sh", (line,), ())})
    assert read("added", FILES[0], raw=["needle$", "x{3}"], seen=seen).value == 1


def test_a_catastrophic_expression_ends_with_the_deadline() -> None:
    seen = change(files=(FILES[0],), patches={"a.sh": Patch("a.sh", ("a" * 60 + "!",), ())})
    with pytest.raises(DeadlineError), deadline(0.2):
        read("added", FILES[0], raw=["(a+)+$"], seen=seen)


def test_a_mark_of_the_byte_order_hides_no_line() -> None:
    seen = change(patches={"a.sql": Patch("a.sql", ("\ufeffDROP TABLE a;",), ())})
    assert read("added", file("a.sql"), raw=[r"^\s*DROP"], seen=seen).value == 1
