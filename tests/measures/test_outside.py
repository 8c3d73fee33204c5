"""Names that nothing else in the tree knows of."""

from __future__ import annotations

from agentguard.change import NewReference
from agentguard.measures import MEASURES
from tests.changes import change, file
from tests.measures.views import read

NEW = (NewReference("firebase.json", "run.serviceId", "portal-web"),)


def test_names_in_the_files_that_are_looked_at() -> None:
    seen = change(files=(), unknown_references=NEW)
    found = read("unknown_reference", file("firebase.json"), seen=seen)
    assert (found.value, found.paths) == (1, ("firebase.json",))
    assert found.details == (
        "firebase.json: run.serviceId names portal-web, which stands nowhere else",
    )
    assert read("unknown_reference", file("vercel.json"), seen=seen).value == 0
    assert read("unknown_reference", file("firebase.json", "deleted"), seen=seen).value == 0
    assert MEASURES["unknown_reference"].looked_up


def test_a_file_that_was_too_large_to_be_read() -> None:
    seen = change(unknown_references=(NewReference("a.json", "", ""),), files=(file("a.json"),))
    found = read("unknown_reference", file("a.json"), raw=">= 1", seen=seen)
    assert (found.value, found.details) == (1, ("a.json is too large to be read",))
