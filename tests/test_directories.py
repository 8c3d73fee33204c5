"""Totals per directory: nothing is lost, nothing counts twice, and the detail is where the loss is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.change import FileChange
from agentguard.directories import DirectoryTotal, directory_totals
from tests.changes import file, renamed

NAMES = st.sampled_from(["a", "b", "é", "a.b", "-", " ", "\udcff"])
PATHS = st.lists(NAMES, min_size=1, max_size=6).map("/".join)
FILES = st.lists(
    st.builds(
        file,
        PATHS,
        st.sampled_from(["added", "modified", "deleted"]),
        added=st.integers(0, 9),
        deleted=st.integers(0, 9),
    ),
    unique_by=lambda changed: changed.path,
    max_size=40,
)


def lost(path: str, deleted: int) -> FileChange:
    return file(path, "deleted", deleted=deleted)


def rows(*files: FileChange, most: int = 12) -> list[tuple[str, int, int]]:
    """Directory, files and deleted lines of each row."""
    return [(row.directory, row.files, row.deleted) for row in directory_totals(files, most)]


def inside(directory: str, path: str) -> bool:
    return not directory or path.startswith(directory + "/")


@settings(deadline=None)
@given(FILES, st.integers(1, 8))
def test_rows_add_up_to_the_whole(files: list[FileChange], most: int) -> None:
    totals = directory_totals(files, most)
    assert len(totals) <= most
    assert len({row.directory for row in totals}) == len(totals)
    assert sum(row.files for row in totals) == len(files)
    assert sum(row.added for row in totals) == sum(each.added for each in files)
    assert sum(row.deleted for row in totals) == sum(each.deleted for each in files)
    assert sum(row.deleted_files for row in totals) == sum(each.gone for each in files)


@settings(deadline=None)
@given(FILES, st.integers(1, 8))
def test_every_row_is_what_lies_in_its_directory(files: list[FileChange], most: int) -> None:
    totals = directory_totals(files, most)
    held: dict[str, list[FileChange]] = {row.directory: [] for row in totals}
    for each in files:
        holders = [name for name in held if inside(name, each.path)]
        assert holders, each.path
        held[max(holders, key=len)].append(each)
    for row in totals:
        mine = held[row.directory]
        assert (row.files, row.deleted) == (len(mine), sum(each.deleted for each in mine))


def test_no_files_have_no_rows() -> None:
    assert directory_totals([]) == ()


def test_one_file_is_in_its_directory() -> None:
    assert rows(lost("a.txt", 3)) == [("", 1, 3)]
    assert rows(lost("x/y/a.txt", 3)) == [("x/y", 1, 3)]


def test_a_row_says_all_about_its_directory() -> None:
    emptied = file("src/app.py", added=1, deleted=20, new_size=0)
    [row] = directory_totals(
        [emptied, lost("src/old.py", 30), file("src/new.py", "added", added=5)]
    )
    assert row == DirectoryTotal("src", files=3, added=6, deleted=50, deleted_files=2)


def test_what_loses_most_comes_first() -> None:
    found = rows(lost("a/x", 1), lost("b/x", 9), lost("c/x", 5))
    assert found == [("b", 1, 9), ("c", 1, 5), ("a", 1, 1)]


def test_the_directory_that_loses_most_is_split_first() -> None:
    files = [lost(f"big/{name}/f", 100) for name in "ab"] + [
        lost(f"small/{name}/f", 1) for name in "ab"
    ]
    assert rows(*files, most=3) == [("big/a", 1, 100), ("big/b", 1, 100), ("small", 2, 2)]


def test_where_one_directory_has_too_many_parts_others_are_split() -> None:
    files = [lost(f"big/{name}/f", 100) for name in "abcdef"]
    files += [lost(f"small/{name}/f", 1) for name in "ab"]
    assert rows(*files, most=3) == [("big", 6, 600), ("small/a", 1, 1), ("small/b", 1, 1)]


def test_files_beside_directories_have_the_directory_itself() -> None:
    files = lost("src/a", 1), lost("src/b", 1), lost("src/x/c", 5), lost("d", 1)
    assert rows(*files) == [("src/x", 1, 5), ("src", 2, 2), ("", 1, 1)]


def test_one_row_is_the_deepest_directory_that_holds_all() -> None:
    files = lost("src/portal/auth/a", 1), lost("src/portal/shop/b", 1)
    assert rows(*files, most=1) == [("src/portal", 2, 2)]


def test_names_that_begin_alike_are_not_one_directory() -> None:
    assert rows(lost("auth/a", 2), lost("author/a", 1), most=1) == [("", 2, 3)]


def test_a_rename_counts_where_it_went() -> None:
    assert rows(renamed("old/a.py", "new/a.py")) == [("new", 1, 0)]


@pytest.mark.parametrize("most", [1, 5, 12])
def test_a_very_deep_path_is_one_row(most: int) -> None:
    deep = "/".join(["d"] * 4000)
    assert rows(*(lost(f"{deep}/{number}", 1) for number in range(200)), most=most) == [
        (deep, 200, 200)
    ]
