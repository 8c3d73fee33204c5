"""Parsers of what git prints and stores, against git and against anything at all."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentguard.errors import EvaluationError
from agentguard.repo import objects as objects_module
from agentguard.repo.commits import parse_commit, split_object
from agentguard.repo.diff import diff_trees, parse_raw
from agentguard.repo.git import raw, text
from agentguard.repo.lines import as_lines, count, is_binary
from agentguard.repo.objects import open_objects
from agentguard.repo.trees import Entry as Standing
from agentguard.repo.trees import parse_tree
from tests.repo.crafted import Crafted, Entry, craft, lines, program, submodule

ID, OTHER = "1" * 40, "2" * 40
ZERO = "0" * 40


@given(st.binary(max_size=60))
def test_text_and_raw_lose_nothing(value: bytes) -> None:
    assert raw(text(value)) == value


# Trees


NAMES = st.binary(min_size=1, max_size=5).filter(lambda name: not set(name) & {0, 0x2F})


@given(st.dictionaries(NAMES, st.sampled_from([b"100644", b"40000", b"160000", b"120000"])))
def test_tree_is_read_back(entries: dict[bytes, bytes]) -> None:
    body = b"".join(mode + b" " + name + b"\0" + b"\x11" * 20 for name, mode in entries.items())
    expected = {text(name): Standing(int(mode, 8), "11" * 20) for name, mode in entries.items()}
    assert parse_tree(body, 20) == expected


@given(st.binary(max_size=80))
def test_any_bytes_are_a_tree_or_refused(body: bytes) -> None:
    with contextlib.suppress(EvaluationError):
        assert "" not in parse_tree(body, 20)


@pytest.mark.parametrize(
    "body",
    [
        b"100644 a",
        b"100644 a\0" + b"1" * 19,
        b"100644 \0" + b"1" * 20,
        b"100644\0" + b"1" * 20,
        b"1006x4 a\0" + b"1" * 20,
        b" a\0" + b"1" * 20,
        b"100644 a/b\0" + b"1" * 20,
        (b"100644 a\0" + b"1" * 20) * 2,
    ],
)
def test_malformed_tree_is_refused(body: bytes) -> None:
    with pytest.raises(EvaluationError, match="tree object"):
        parse_tree(body, 20)


# Commits


@given(st.binary(max_size=200))
def test_any_bytes_are_a_commit_with_problems(body: bytes) -> None:
    commit = parse_commit(ID, body)
    assert commit.problems
    assert commit.subject in commit.message


KEYS = st.sampled_from([b"tree", b"parent", b"author", b"gpgsigned", b"x", b"encoding"])
VALUES = st.lists(st.binary(max_size=8).map(lambda v: v.replace(b"\n", b"")), min_size=1).map(
    b"\n".join
)
HEADERS = st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=6)


@given(HEADERS, st.binary(max_size=40), VALUES)
def test_headers_are_split_as_they_were_joined(
    headers: list[tuple[bytes, bytes]], message: bytes, signature: bytes
) -> None:
    def join(rows: list[tuple[bytes, bytes]]) -> bytes:
        folded = (key + b" " + value.replace(b"\n", b"\n ") + b"\n" for key, value in rows)
        return b"".join(folded) + b"\n" + message

    for at in range(len(headers) + 1):
        signed = [*headers[:at], (b"gpgsig", signature), *headers[at:]]
        found, body, payload = split_object(join(signed))
        assert (found, body) == (signed, message)
        assert payload == join(headers)


# Lines


def test_lines_of_odd_contents() -> None:
    assert as_lines(b"") == []
    assert as_lines(b"\n") == [b""]
    assert as_lines(b"a\nb") == [b"a", b"b"]
    assert as_lines(b"\xff\xfe" + "a\nb\n".encode("utf-16-le")) == [b"a", b"b"]
    assert len(as_lines(bytes(range(256)) * 9)) == 1
    assert not is_binary(b"\0" + b"text " * 20)
    assert is_binary(b"a\0b\0c\0")
    assert not is_binary(b"")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"", b"", (0, 0)),
        (b"a\nb\n", b"b\na\n", (1, 1)),
        (b"a\n", b"a", (1, 1)),
        (b"\xff\xfe", b"", (0, 1)),
        (b"a\na\n", b"a\n", (0, 1)),
        (b"", bytes(range(32)) * 9, (1, 0)),
    ],
)
def test_contents_that_differ_differ_by_a_line(
    old: bytes, new: bytes, expected: tuple[int, int]
) -> None:
    assert count(old, new) == expected


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_different_contents_never_count_as_nothing(old: bytes, new: bytes) -> None:
    added, deleted = count(old, new)
    assert (added, deleted) == count(new, old)[::-1]
    assert bool(added or deleted) == (old != new)


SMALL = st.lists(st.sampled_from([b"a", b"b", b"c", b"", b"{", b"}"]), max_size=12)
DISTINCT = st.lists(st.integers(0, 30).map(lambda n: b"%d" % n), max_size=15, unique=True)
ORDERED = DISTINCT.map(lambda found: sorted(found, key=int))


def numstats(folder: Any, pairs: list[tuple[bytes, bytes]]) -> list[tuple[int, int]]:
    """What git counts for each pair of contents, all in one process."""
    crafted = craft(folder)
    sides = [
        crafted.tree({f"{number:05}": pair[side] for number, pair in enumerate(pairs)})
        for side in (0, 1)
    ]
    said = crafted.naive("diff-tree", "-r", "--numstat", "--no-renames", *sides)
    counted = {row.split("\t")[2]: row.split("\t")[:2] for row in said.splitlines()}
    found = (counted.get(f"{number:05}", ["0", "0"]) for number in range(len(pairs)))
    return [(int(added), int(deleted)) for added, deleted in found]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=30))
def test_count_is_a_lower_bound_of_gits(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[Any, Any]]
) -> None:
    contents = [(b"\n".join((*old, b"")), b"\n".join((*new, b""))) for old, new in pairs]
    truth = numstats(tmp_path_factory.mktemp("lines"), contents)
    for (old, new), (added, deleted) in zip(contents, truth, strict=True):
        found = count(old, new)
        assert found[0] <= added
        assert found[1] <= deleted
        assert (found == (0, 0)) == (old == new)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(ORDERED, ORDERED), min_size=1, max_size=30))
def test_count_is_gits_when_no_line_repeats_or_moves(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[Any, Any]]
) -> None:
    contents = [(b"\n".join((*old, b"")), b"\n".join((*new, b""))) for old, new in pairs]
    truth = numstats(tmp_path_factory.mktemp("lines"), contents)
    assert [count(old, new) for old, new in contents] == truth


# What diff-tree prints


def test_raw_and_numstat_of_several_pairs() -> None:
    header = f"{ID} {OTHER}\n"
    output = (
        (
            f"{header}:100644 100755 {ID} {ID} M\0a\tb\0:100644 000000 {ID} {ZERO} D\0:x\0"
            f"0\t0\ta\tb\0-\t-\t:x\0{OTHER} {OTHER}\n{OTHER} {ID}\n"
            f":000000 120000 {ZERO} {ID} A\0{ID} {ID}\n\0"
        ).encode()
        + b"1\t0\t"
        + f"{ID} {ID}\n".encode()
        + b"\0"
    )
    found = parse_raw(output)
    first, empty, last = found.values()
    assert list(found) == [(ID, OTHER), (OTHER, OTHER), (OTHER, ID)]
    assert [(each.path, each.status, each.counts) for each in first] == [
        ("a\tb", "mode", (0, 0)),
        (":x", "deleted", None),
    ]
    assert empty == []
    assert [(each.path, each.new_mode, each.counts) for each in last] == [
        (f"{ID} {ID}\n", 0o120000, (1, 0))
    ]


@pytest.mark.parametrize(
    "rows",
    [
        f":100644 100644 {ID} {OTHER} X\0a\0",
        f":100644 100644 {ID} {OTHER} M\0",
        f":100644 100644 {ID} {OTHER} U\0a\0",
        f":100644 000000 {ID} {ZERO} D\0a\0:000000 100644 {ZERO} {ID} A\0a\0",
    ],
)
def test_rows_that_cannot_be_meant_are_refused(rows: str) -> None:
    with pytest.raises(EvaluationError):
        parse_raw(f"{ID} {OTHER}\n{rows}".encode())


# Objects


def test_hundreds_of_objects_are_answered_in_order(crafted: Crafted) -> None:
    names = [crafted.put("blob", f"{number}\n".encode() * number) for number in range(700)]
    with open_objects(crafted.repository().git) as objects:
        info = objects.info([*names, *names[::-1]])
        assert [info[name].size for name in names] == [
            len(f"{number}\n") * number for number in range(700)
        ]
        found = list(objects.contents(names[::-1] + names))
        assert [name for name, _, _ in found] == names[::-1]
        assert all(
            body == f"{699 - at}\n".encode() * (699 - at) for at, (*_, body) in enumerate(found)
        )
        assert objects.content(names[3]) == ("blob", b"3\n3\n3\n")
        assert objects.info([]) == {}


def test_large_answers_do_not_block_the_questions(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [crafted.put("blob", b"%d" % number * 20_000) for number in range(300)]
    with open_objects(crafted.repository().git) as objects:
        assert sum(len(body) for *_, body in objects.contents(names)) == sum(
            len(str(number)) * 20_000 for number in range(300)
        )
    assert objects_module.AT_ONCE * 75 < 65536


# The whole difference


CONTENTS = st.one_of(
    st.sampled_from(["", "1\n", "2\n", lines(9), lines(7)]),
    st.just(program("1\n")),
    st.just(Entry(0o120000, b"1\n")),
    st.just(submodule("1")),
)
TREES = st.dictionaries(
    st.sampled_from(["a", "b", "c.d", "d/a", "d/e/f", "d/e/g", "h/a", 'q"', "\udcff"]), CONTENTS
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(TREES, TREES), min_size=1, max_size=8))
def test_totals_are_gits_once_exact_renames_are_expanded(
    tmp_path_factory: pytest.TempPathFactory, sides: list[tuple[Any, Any]]
) -> None:
    crafted = craft(tmp_path_factory.mktemp("totals"))
    pairs = [(crafted.tree(old), crafted.tree(new)) for old, new in sides]
    git = crafted.repository().git
    with open_objects(git) as objects:
        found = diff_trees(git, objects, pairs)
    stdin = "".join(f"{old} {new}\n" for old, new in dict.fromkeys(pairs))
    said = crafted.work.git(
        "diff-tree", "--stdin", "-r", "--numstat", "--no-renames", stdin=stdin
    ).stdout
    sizes = {
        raw(content).count(b"\n") if isinstance(content, str) else 1
        for side in (*(old for old, _ in sides), *(new for _, new in sides))
        for content in side.values()
    }
    assert sizes <= {0, 1, 7, 9}
    expected: Counter[str] = Counter()
    rows = iter(said.splitlines())
    for row in rows:
        if "\t" in row:
            added, deleted, _ = row.split("\t")
            expected["added"] += int(added)
            expected["deleted"] += int(deleted)
            expected["rows"] += 1
    total: Counter[str] = Counter()
    for files in found.values():
        for file in files:
            moved = _lines(crafted, file.new_mode, file.new_blob) if file.old_path else 0
            total["added"] += file.added + moved
            total["deleted"] += file.deleted + moved
            total["rows"] += len(file.paths)
    assert +total == +expected


def _lines(crafted: Crafted, mode: int, blob: str) -> int:
    if mode == 0o160000:
        return 1
    content = crafted.work.git("cat-file", "blob", blob).stdout
    return content.count("\n") + (not content.endswith("\n") and bool(content))
