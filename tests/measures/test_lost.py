"""Deleted files that something left still names."""

from __future__ import annotations

import pytest

from agentguard.change import Mentions
from agentguard.references import Mention
from tests.changes import change, file, findings, rule
from tests.measures.views import read

FILES = (file("a.py", "deleted"), file("b.py", "deleted"), file("c.py"))
NAMED = Mentions(
    (
        Mention("a.py", "x.py", 3),
        Mention("a.py", "y.py", 5),
        Mention("b.py", "README.md", 1),
        Mention("d.py", "x.py", 9),
    )
)


def test_deleted_files_that_code_names() -> None:
    found = read("still_referenced", *FILES, seen=change(files=FILES, mentions=NAMED))
    assert (found.value, found.paths) == (1, ("a.py",))
    assert found.details == ("a.py  named in x.py:3",)


def test_only_files_in_scope_count() -> None:
    assert read("still_referenced", FILES[1], seen=change(files=FILES, mentions=NAMED)).value == 0


@pytest.mark.parametrize(
    ("complete", "said"),
    [
        (True, "no code that is left names any of the 2 deleted files"),
        (False, "what was searched of the code that is left names none of the deleted files"),
    ],
)
def test_it_says_that_the_code_is_dead_and_how_sure_it_is(*, complete: bool, said: str) -> None:
    seen = change(files=FILES, mentions=Mentions(complete=complete))
    found = read("still_referenced", *FILES, seen=seen)
    assert (found.value, found.details) == (0, (said,))


def test_a_rule_about_size_can_have_it_said() -> None:
    text = rule("deleted_files = '>= 2'\nstill_referenced = '>= 0'")
    [dead] = findings(change(files=FILES), text)
    assert dead.message == "no code that is left names any of the 2 deleted files"
    [live] = findings(change(files=FILES, mentions=NAMED), text)
    assert live.message == "a.py  named in x.py:3"
    assert live.measured["still_referenced"] == 1
