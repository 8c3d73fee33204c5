"""Only a move of the very same content is no deletion, and one arrival excuses one departure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentguard.change import FileChange, FileStatus
from agentguard.repo.diff import _exact_renames
from tests.repo.crafted import Crafted, Entry, by_path, lines, program, statuses, totals


def test_similar_file_is_no_rename(crafted: Crafted) -> None:
    before, after = lines(100), lines(60) + lines(40, "other")
    old, new = crafted.history({"auth": before}, {"docs/notes": after})
    assert crafted.naive("diff", "--name-only", "-M", old, new) == "docs/notes"
    change = crafted.read(old, new)
    assert statuses(change) == {"auth": "deleted", "docs/notes": "added"}
    assert totals(change.files) == (100, 100)


def test_exact_rename_keeps_its_old_path(crafted: Crafted) -> None:
    change = crafted.between({"auth/login": lines(9)}, {"docs/notes": lines(9)})
    [file] = change.files
    assert (file.status, file.old_path, file.paths) == (
        "renamed", "auth/login", ("auth/login", "docs/notes"),
    )  # fmt: skip
    assert (file.added, file.deleted, file.old_blob) == (0, 0, file.new_blob)
    assert change.removed_directories == ("auth",)
    assert change.patches == {}


def test_rename_that_leaves_a_stub_behind_is_a_change_and_an_addition(crafted: Crafted) -> None:
    change = crafted.between({"a": lines(30)}, {"a": "moved\n", "b": lines(30)})
    assert statuses(change) == {"a": "modified", "b": "added"}
    assert totals(change.files) == (31, 30)


def test_copy_is_no_rename(crafted: Crafted) -> None:
    change = crafted.between({"a": lines(3)}, {"a": lines(3), "b": lines(3)})
    assert statuses(change) == {"b": "added"}


def test_one_copy_excuses_one_deletion_only(crafted: Crafted) -> None:
    before = {f"old{number}": lines(10) for number in range(5)}
    old, new = crafted.history(before, {"new": lines(10)})
    change = crafted.read(old, new)
    assert sorted(statuses(change).values()) == ["deleted"] * 4 + ["renamed"]
    assert totals(change.files) == (0, 40)


def test_namesakes_are_paired_first(crafted: Crafted) -> None:
    before = {f"a/{name}": "same\n" for name in "xyz"}
    after = {f"b/{name}": "same\n" for name in "wyz"}
    change = crafted.between(before, after)
    pairs = {file.path: file.old_path for file in change.files}
    assert pairs == {"b/w": "a/x", "b/y": "a/y", "b/z": "a/z"}


def test_empty_files_move_like_any_other(crafted: Crafted) -> None:
    change = crafted.between({"a/__init__": "", "b/x": ""}, {"c/__init__": ""})
    assert statuses(change) == {"b/x": "deleted", "c/__init__": "renamed"}


def test_move_that_changes_the_mode_is_no_rename(crafted: Crafted) -> None:
    change = crafted.between({"a": "run\n"}, {"b": program("run\n")})
    assert statuses(change) == {"a": "deleted", "b": "added"}


def test_link_and_file_of_the_same_bytes_are_no_rename(crafted: Crafted) -> None:
    change = crafted.between({"a": "target"}, {"b": Entry(0o120000, b"target")})
    assert statuses(change) == {"a": "deleted", "b": "added"}


def test_binary_file_moves_without_lines(crafted: Crafted) -> None:
    [file] = crafted.between({"a": b"\0\n" * 50}, {"b": b"\0\n" * 50}).files
    assert (file.status, file.added, file.deleted, file.binary) == ("renamed", 0, 0, True)


def test_directory_renamed_as_a_whole(crafted: Crafted) -> None:
    before = {f"src/{number % 7}/{number}": f"{number % 50}\n" for number in range(300)}
    after = {path.replace("src/", "lib/"): text for path, text in before.items()}
    change = crafted.between(before, after)
    assert set(statuses(change).values()) == {"renamed"}
    assert {file.path: file.old_path for file in change.files} == {
        path.replace("src/", "lib/"): path for path in before
    }
    assert by_path(change)["lib/0/0"].old_path == "src/0/0"


def record(path: str, status: FileStatus, blob: str, mode: int) -> FileChange:
    old = (mode, blob) if status == "deleted" else (0, "")
    new = (mode, blob) if status == "added" else (0, "")
    return FileChange(path, status, old[0], new[0], old[1], new[1])


STATUSES: tuple[FileStatus, ...] = ("added", "deleted")
RECORDS = st.dictionaries(
    st.text(st.sampled_from("ab/"), min_size=1, max_size=4),
    st.tuples(
        st.sampled_from(STATUSES),
        st.sampled_from(["11", "22", "33"]),
        st.sampled_from([0o100644, 0o100755]),
    ),
    max_size=30,
).map(lambda rows: [record(path, *rows[path]) for path in sorted(rows)])


@given(RECORDS)
def test_exact_renames_lose_nothing_and_invent_nothing(files: list[FileChange]) -> None:
    def sides(records: list[FileChange]) -> list[tuple[str, int, str]]:
        old = [(f.old_path or f.path, f.old_mode, f.old_blob) for f in records if f.old_blob]
        new = [(f.path, f.new_mode, f.new_blob) for f in records if f.new_blob]
        return sorted(old) + sorted(new)

    found = list(_exact_renames(files))
    assert sides(found) == sides(files)
    left = {(f.old_mode, f.old_blob) for f in found if f.status == "deleted"}
    arrived = {(f.new_mode, f.new_blob) for f in found if f.status == "added"}
    assert not left & arrived
    assert all(f.old_blob == f.new_blob for f in found if f.status == "renamed")
