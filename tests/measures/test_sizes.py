"""What a push counts for in sums over pushes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.errors import AgentguardError, EvaluationError
from agentguard.measures import MEASURES, View
from agentguard.measures.sizes import NOTHING, SIZES, Sizes
from tests.changes import BASE, change, file
from tests.measures.test_size import ALL
from tests.measures.views import value

VIEW = View(change(files=ALL), ALL, BASE.classes)

NUMBERS = st.dictionaries(st.sampled_from(SIZES), st.integers(0, 2**70))
ANY = st.builds(Sizes.from_dict, NUMBERS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(SIZES),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(SIZES) | st.text(), inner),
)


def sizes_of(view: View) -> Sizes:
    return Sizes.of(view.files, view.source_files)


def test_they_are_the_measures_that_add_up_but_for_the_ratio() -> None:
    adds_up = {name for name, measure in MEASURES.items() if measure.adds_up}
    assert {*SIZES} == adds_up - {"deletion_ratio", "source_deletion_ratio"}


@pytest.mark.parametrize("name", SIZES)
def test_each_is_what_its_measure_says(name: str) -> None:
    assert sizes_of(VIEW)[name] == value(name, *ALL)


@pytest.mark.parametrize("name", [name for name, each in MEASURES.items() if each.adds_up])
def test_a_measure_of_two_pushes_is_that_of_both_together(name: str) -> None:
    """Cut the files anywhere: what was earlier and what is now are the whole."""
    for cut in range(len(ALL) + 1):
        earlier = sizes_of(View(change(), ALL[:cut], BASE.classes))
        assert value(name, *ALL[cut:], earlier=earlier) == value(name, *ALL)


@pytest.mark.parametrize("name", ["top_directories", "put_back_files", "deleted_share"])
def test_what_does_not_add_up_takes_nothing_from_before(name: str) -> None:
    assert value(name, *ALL, earlier=sizes_of(VIEW)) == value(name, *ALL)


def test_only_what_pushes_add_is_counted_again() -> None:
    twice = View(change(files=ALL), ALL, BASE.classes, earlier=sizes_of(VIEW))
    assert sizes_of(twice) == sizes_of(VIEW)


def test_nothing() -> None:
    assert not NOTHING
    assert NOTHING.to_dict() == {}
    assert sizes_of(View(change(), (), BASE.classes)) == NOTHING
    assert sizes_of(View(change(), (file("a", added=1),), BASE.classes))


@given(ANY, ANY, ANY)
def test_they_add_up_in_any_order(a: Sizes, b: Sizes, c: Sizes) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + NOTHING == a
    assert (a + b)["source_files"] == a["source_files"] + b["source_files"]


@given(ANY)
def test_json_gives_them_back(sizes: Sizes) -> None:
    assert Sizes.from_dict(json.loads(json.dumps(sizes.to_dict()))) == sizes


@given(JSON)
def test_whatever_is_read_is_sizes_or_an_error_of_ours(values: object) -> None:
    try:
        sizes = Sizes.from_dict(values)
    except AgentguardError:
        return
    assert sizes.to_dict() == {name: n for name, n in dict(values).items() if n}  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (None, "expected names with numbers"),
        ([["files", 1]], "expected names with numbers"),
        ({"file": 1}, "there is no 'file'"),
        ({3: 1}, "there is no '3'"),
        ({"files": -1}, "files is no whole number from 0 on"),
        ({"source_files": True}, "source_files is no whole number"),
        ({"files": 1.0}, "files is no whole number"),
        ({"files": None}, "files is no whole number"),
        ({"files": "1"}, "files is no whole number"),
    ],
)
def test_what_is_no_sizes(values: object, fault: str) -> None:
    with pytest.raises(EvaluationError, match=fault):
        Sizes.from_dict(values)
