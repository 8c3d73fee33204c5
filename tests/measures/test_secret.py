"""Secrets that a change brings."""

from __future__ import annotations

import pytest

from agentguard.change import Content
from agentguard.measures import MEASURES
from tests.changes import change, commit, file
from tests.measures.views import read

TOKENS = ["gh" + f"p_{start}7Rt2Vx9Lm4Kc8Zn3Wp6Yd5Bf7Hj2Sg9Ta4U" for start in "qw"]


def test_the_finding_tells_kind_file_and_number_and_never_a_value() -> None:
    files = file("a.py"), file("b.py"), file("c.py")
    contents = {
        "a.py": Content("a.py", b"", "\n".join(TOKENS).encode()),
        "b.py": Content("b.py", TOKENS[0].encode(), TOKENS[0].encode()),
    }
    found = read(
        "secrets", *files, raw=["provider-token"], seen=change(files=files, contents=contents)
    )
    assert (found.value, found.paths) == (2, ("a.py",))
    assert found.details == ("a.py: 2 × GitHub token",)
    assert not any(token[4:] in str(found) for token in TOKENS)


@pytest.mark.parametrize(("status", "value"), [("added", 1), ("modified", 0), ("deleted", 0)])
def test_a_file_that_was_moved_here_is_new_here(status: str, value: int) -> None:
    same = TOKENS[0].encode()
    moved = file("a.py", status)  # type: ignore[arg-type]
    seen = change(files=(moved,), contents={"a.py": Content("a.py", same, same)})
    assert read("secrets", moved, raw=["provider-token"], seen=seen).value == value


def in_commit(before: str, after: str, end: str) -> tuple[object, tuple[str, ...]]:
    """What is found in a commit whose file the push ends with as `end`."""
    made = commit(
        "1", file("a.py"), contents={"a.py": Content("a.py", before.encode(), after.encode())}
    )
    net = Content("a.py", b"", end.encode())
    seen = change(made, contents={"a.py": net} if end else {})
    found = read("secrets", file("a.py"), raw=["provider-token"], seen=seen, commit=made)
    return found.value, found.details


def test_what_a_commit_brought_is_found_with_the_commit() -> None:
    value, [detail] = in_commit("x\n", TOKENS[0], "")
    assert value == 1
    assert detail == f"a.py in commit {commit('1').id[:12]}: GitHub token"


@pytest.mark.parametrize(
    ("before", "after", "end", "value"),
    [
        pytest.param(TOKENS[0], TOKENS[0] + "\nx", "", 0, id="there before the commit"),
        pytest.param("", "x\n" + TOKENS[0], TOKENS[0], 0, id="still there at the end"),
        pytest.param("x", f"{TOKENS[0]}\n{TOKENS[1]}", TOKENS[1], 1, id="one of two is gone"),
        pytest.param("x", TOKENS[0], f"# {TOKENS[0][4:]}", 1, id="another line at the end"),
    ],
)
def test_in_a_commit_only_what_is_gone_at_the_end_counts(
    before: str, after: str, end: str, value: int
) -> None:
    assert in_commit(before, after, end)[0] == value


@pytest.mark.parametrize("raw", ["provider-token", [], ["passwords"], None, {}])
def test_any_other_kind_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="private-key"):
        MEASURES["secrets"].parse(raw)
