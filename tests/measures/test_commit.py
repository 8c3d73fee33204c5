"""Who made a commit, how it is signed, and what it says."""

from __future__ import annotations

import pytest

from agentguard.actors import Attribution
from agentguard.measures import MEASURES
from tests.changes import change, commit
from tests.measures.views import read

MADE = commit(
    "c",
    message="Fix login\n\nRefs #12 and #13",
    trailers=(("Co-Authored-By", "Claude"), ("Signed-off-by", "Sam")),
)
ATTRIBUTION = Attribution(MADE.id, "agent", signature="unlisted")


@pytest.mark.parametrize(
    ("name", "raw", "value", "holds"),
    [
        ("actor", ["agent", "unknown"], "agent", True),
        ("actor", "human", "agent", False),
        ("signature", ["none", "unlisted"], "unlisted", True),
        ("signature", ["verified"], "unlisted", False),
        ("message", ["login", "#12", "nothing"], 2, True),
        ("message", "nothing", 0, False),
        ("trailers", {"co-authored-by": "Claude"}, 1, True),
        ("trailers", {"CO-AUTHORED-BY": ["^Cl", "x"], "signed-off-by": "Sam"}, 2, True),
        ("trailers", {"signed-off-by": "Claude"}, 0, False),
    ],
)
def test_a_commit_is_measured(name: str, raw: object, value: object, *, holds: bool) -> None:
    measure = MEASURES[name]
    found = read(name, raw=raw, seen=change(MADE), commit=MADE, attribution=ATTRIBUTION)
    assert found.value == value
    assert measure.holds(found.value, measure.parse(raw)) is holds
    assert measure.of == "commit"


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("actor", "agent", "unknown"),
        ("signature", "none", "none"),
        ("message", "x", 0),
        ("trailers", {"x": "y"}, 0),
    ],
)
def test_without_a_commit_nothing_is_known(name: str, raw: object, value: object) -> None:
    assert read(name, raw=raw).value == value


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("actor", []),
        ("actor", ["robot"]),
        ("actor", 1),
        ("actor", [["agent"]]),
        ("signature", "good"),
        ("message", "("),
        ("trailers", {}),
        ("trailers", "x"),
        ("trailers", {"a": "("}),
        ("trailers", {"a": 1}),
    ],
)
def test_other_limits_are_refused(name: str, raw: object) -> None:
    with pytest.raises(ValueError, match=r"expected|not a regular expression"):
        MEASURES[name].parse(raw)
