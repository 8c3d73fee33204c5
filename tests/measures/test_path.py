"""Suspicious names, as a rule counts them: only those its scope leaves."""

from __future__ import annotations

from agentguard.change import NewName
from tests.changes import change, file
from tests.measures.views import read

ODD = file("src/a\u202eb.py", "added")
PLAIN = file("src/c.py", "added")
BELOW = file("Src/d.py", "added")
SEEN = change(files=(ODD, PLAIN, BELOW), new_names=(NewName("", "Src", ("src", "Src")),))


def test_names_in_scope_are_counted_with_their_reasons() -> None:
    found = read("suspicious_paths", *SEEN.files, seen=SEEN)
    assert found.value == 2
    assert found.paths == ("src/a\u202eb.py", "Src")
    assert found.details == (
        "src/a\u202eb.py: has a character that turns the reading direction (U+202E)",
        "Src: differs from its neighbour src only in case",
    )


def test_a_folder_counts_with_what_is_below_it() -> None:
    assert read("suspicious_paths", BELOW, seen=SEEN).paths == ("Src",)
    assert read("suspicious_paths", PLAIN, seen=SEEN).value == 0
