"""How much a change touches, adds and deletes."""

from __future__ import annotations

import pytest

from agentguard.change import SYMLINK, FileChange
from agentguard.measures import MEASURES, View
from agentguard.measures.size import declared_revert, ratio
from agentguard.measures.sizes import gutted
from tests.changes import BASE, blob, change, commit, file, renamed
from tests.measures.views import read, value

ADDED = file("a.py", "added", added=30)
CHANGED = file("src/b.py", added=5, deleted=7)
GONE = file("src/x/c.py", "deleted", deleted=40)
MOVED = renamed("old/d.py", "new/d.py")
EMPTIED = file("lib/e.py", deleted=9, new_size=0)
LOCK = file("package-lock.json", added=900, deleted=4000)
VENDORED = file("vendor/lib/f.js", "deleted", deleted=600)
MODE = file("run.sh", "mode")
ALL = (ADDED, CHANGED, GONE, MOVED, EMPTIED, LOCK, VENDORED, MODE)


@pytest.mark.parametrize(
    ("name", "plain", "source"),
    [
        ("files", 8, 6),
        ("added_files", 1, 1),
        ("deleted_files", 3, 2),
        ("modified_files", 3, 2),
        ("renamed_files", 1, 1),
        ("added_lines", 935, 35),
        ("deleted_lines", 4656, 56),
        ("changed_lines", 5591, 91),
        ("deletion_ratio", 4656 / 5591, 56 / 91),
        ("top_directories", 5, 4),
        ("gutted_files", 0, 0),
    ],
)
def test_a_measure_with_and_without_noise(name: str, plain: float, source: float) -> None:
    assert value(name, *ALL) == plain
    assert value(f"source_{name}", *ALL) == source
    assert value(name) == 0


def test_where_it_was_seen() -> None:
    assert read("deleted_files", *ALL).paths == ("src/x/c.py", "lib/e.py", "vendor/lib/f.js")
    assert read("added_lines", *ALL).paths == ("a.py", "src/b.py", "package-lock.json")
    assert read("deletion_ratio", *ALL).paths == ()


@pytest.mark.parametrize(
    ("added", "deleted", "expected"), [(0, 0, 0.0), (0, 5, 1.0), (5, 0, 0.0), (1, 3, 0.75)]
)
def test_the_ratio_of_nothing_is_zero(added: int, deleted: int, expected: float) -> None:
    assert ratio(added, deleted) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(file("a", added=5, deleted=50), True, id="fifty lines, a tenth comes back"),
        pytest.param(file("a", added=6, deleted=50), False, id="more than a tenth comes back"),
        pytest.param(file("a", deleted=49), False, id="one line short"),
        pytest.param(file("a", "deleted", deleted=90), False, id="a deleted file is deleted"),
        pytest.param(file("a", "added", deleted=90), False, id="a new file has nothing to lose"),
        pytest.param(
            file("a", "typechange", deleted=90, added=1, new_mode=SYMLINK), True, id="made a link"
        ),
        pytest.param(
            file("a", deleted=1, added=1, old_size=300_000, new_size=300),
            True,
            id="one enormous line",
        ),
        pytest.param(
            file("a", deleted=1, added=1, old_size=22_222, new_size=2222),
            True,
            id="exactly a tenth stays",
        ),
        pytest.param(
            file("a", deleted=1, added=1, old_size=22_222, new_size=2223), False, id="a byte more"
        ),
        pytest.param(
            file("a", deleted=1, added=1, old_size=19_999, new_size=0), False, id="too few bytes"
        ),
        pytest.param(
            file("a", binary=True, old_size=300_000, new_size=2), True, id="a NUL does not hide it"
        ),
        pytest.param(renamed("a", "b"), False, id="moved"),
    ],
)
def test_gutted(record: FileChange, *, expected: bool) -> None:
    assert gutted(record) is expected
    assert value("gutted_files", record) == int(expected)


@pytest.mark.parametrize(
    ("record", "lost"),
    [
        pytest.param(file("a.json", "deleted", old_size=500), 500, id="deleted"),
        pytest.param(file("a.json", old_size=500, new_size=200), 300, id="shrunk"),
        pytest.param(file("a.json", old_size=200, new_size=500), 0, id="grown"),
        pytest.param(file("a.png", "deleted", binary=True, old_size=500), 0, id="binary"),
        pytest.param(renamed("a", "b"), 0, id="moved"),
    ],
)
def test_lost_bytes(record: FileChange, lost: int) -> None:
    assert value("deleted_bytes", record) == lost


@pytest.mark.parametrize(
    ("records", "removed", "lost"),
    [
        pytest.param([file("s/a", "deleted"), file("s/b", "deleted")], ("s",), 2, id="a directory"),
        pytest.param(
            [file("s/x/a", "deleted"), file("s/y/b", "deleted")],
            ("s", "s/x", "s/y"),
            2,
            id="with all below",
        ),
        pytest.param([file("s/a", "deleted"), file("s/b")], (), 0, id="it keeps a file"),
        pytest.param(
            [renamed("s/a", "t/a"), renamed("s/b", "t/b")], ("s",), 0, id="moved as a whole"
        ),
        pytest.param(
            [renamed("s/a", "t/a"), file("s/b", "deleted")], ("s",), 1, id="moved in part"
        ),
        pytest.param([file("s/a", new_size=0)], ("s",), 0, id="emptied files keep it"),
        pytest.param(
            [file("a/1", "deleted"), file("b/1", "deleted"), file("b/2", "deleted")],
            ("a", "b"),
            2,
            id="the largest",
        ),
        pytest.param([file("sub/a", "deleted")], ("s",), 0, id="whole names only"),
        pytest.param(
            [file("s", "added"), file("s/a", "deleted")], ("s",), 1, id="swapped for a file"
        ),
    ],
)
def test_the_largest_removed_directory(
    records: list[FileChange], removed: tuple[str, ...], lost: int
) -> None:
    seen = change(files=tuple(records), removed_directories=removed)
    found = read("largest_removed_directory", *records, seen=seen)
    assert found.value == lost == len(found.paths)


def test_directories_of_one_commit_are_its_own() -> None:
    made = commit("c", file("s/a", "deleted"), removed_directories=("s",))
    seen = change(made, files=())
    assert value("largest_removed_directory", *made.files, seen=seen, commit=made) == 1
    assert value("largest_removed_directory", *made.files, seen=seen) == 0


@pytest.mark.parametrize(
    ("tracked", "share"), [(100, 0.02), (2, 1.0), pytest.param(0, 0.0, id="an empty base")]
)
def test_the_share_of_deleted_files(tracked: int, share: float) -> None:
    records = (file("a", "deleted"), EMPTIED, CHANGED, MOVED)
    seen = change(files=records, tracked_files=tracked)
    found = read("deleted_share", *records, seen=seen)
    assert found.value == share
    assert found.paths == ("a", "lib/e.py")
    one = commit("c", records[0], tracked_files=4 * tracked)
    assert value("deleted_share", *one.files, seen=seen, commit=one) == share / 8


REVERT = 'Revert "Add a"\n\nThis reverts commit 1234.\n'


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        pytest.param(["Change"], 1, id="not declared"),
        pytest.param([REVERT], 0, id="declared"),
        pytest.param(["Undo\n\nThis reverts commit 1234."], 0, id="in git's words"),
        pytest.param(['Reapply "Add a"'], 0, id="reapplied"),
        pytest.param(["Change", REVERT], 1, id="another commit touches it too"),
        pytest.param([REVERT, "Change"], 1, id="in any order"),
        pytest.param([REVERT, REVERT], 0, id="declared twice"),
        pytest.param([], 1, id="no commit explains it"),
    ],
)
def test_content_put_back(messages: list[str], found: int) -> None:
    commits = [commit(f"{n}", file("a"), message=text) for n, text in enumerate(messages)]
    seen = change(*commits, files=(file("a"), file("b")), put_back=frozenset({"a"}))
    assert value("put_back_files", *seen.files, seen=seen) == found


def test_a_declared_revert_elsewhere_exempts_nothing() -> None:
    commits = commit("1", file("a"), message="Change"), commit("2", file("b"), message=REVERT)
    seen = change(*commits, put_back=frozenset({"a", "b"}))
    assert read("put_back_files", *seen.files, seen=seen).paths == ("a",)


@pytest.mark.parametrize(
    ("message", "declared"),
    [
        (REVERT, True),
        ("Reverting things", False),
        ("Explain This reverts commit", False),
        ("", False),
    ],
)
def test_what_declares_a_revert(message: str, *, declared: bool) -> None:
    assert declared_revert(message) is declared


def test_noise_is_told_once() -> None:
    view = View(change(files=ALL), ALL, BASE.classes)
    assert view.source_files is view.source_files
    assert len(MEASURES) == len({*MEASURES})
    assert blob("x") != blob("y")
