from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.approvals.digest import change_digest, raw_record
from agentguard.change import FileChange
from agentguard.errors import EvaluationError

OLD, NEW = "a" * 40, "b" * 40


def modified(path: str = "src/login.py", old: str = OLD, new: str = NEW) -> FileChange:
    return FileChange(path, "modified", 0o100644, 0o100644, old, new, 3, 4)


def deleted(path: str, blob: str = OLD) -> FileChange:
    return FileChange(path, "deleted", 0o100644, 0, blob, "")


def added(path: str, blob: str = OLD) -> FileChange:
    return FileChange(path, "added", 0, 0o100644, "", blob)


names = st.binary(min_size=1, max_size=6).filter(lambda name: b"\0" not in name)
paths = names.map(lambda name: name.decode("utf-8", "surrogateescape"))
object_ids = st.sampled_from([OLD, NEW, "0123456789" * 4])
files = st.one_of(
    st.builds(modified, paths, object_ids, object_ids),
    st.builds(deleted, paths, object_ids),
    st.builds(added, paths, object_ids),
)
changes = st.tuples(
    st.frozensets(files, max_size=4),
    st.none() | st.tuples(object_ids, object_ids),
    st.frozensets(files.map(lambda file: raw_record(file)[0]), max_size=3),
)


@given(changes, changes)
def test_only_equal_changes_have_equal_digests(
    left: tuple[frozenset[FileChange], tuple[str, str] | None, frozenset[bytes]],
    right: tuple[frozenset[FileChange], tuple[str, str] | None, frozenset[bytes]],
) -> None:
    digests = [change_digest(c[0], "sha1", ids=c[1], vanished=c[2]) for c in (left, right)]
    assert (digests[0] == digests[1]) == (left == right)


@given(st.lists(files, max_size=5, unique=True), st.randoms())
def test_order_does_not_matter(listed: list[FileChange], random: object) -> None:
    backwards = listed[::-1]
    assert change_digest(listed, "sha1") == change_digest(backwards, "sha1")
    records = [raw_record(file)[0] for file in listed]
    assert change_digest([], "sha1", vanished=records) == change_digest(
        [], "sha1", vanished=records[::-1] + records
    )


def test_the_bytes_are_as_documented() -> None:
    gone = raw_record(deleted("b"))
    digest = change_digest([modified("z"), added("é")], "sha1", ids=(OLD, ""), vanished=gone)
    zeros = b"0" * 40
    old, new = OLD.encode(), NEW.encode()
    expected = b"\0".join(
        [
            *(b"000000", b"100644", zeros, old, "é".encode()),
            *(b"100644", b"100644", old, new, b"z"),
            *(b"ids", old, zeros),
            *(b"vanished", b"100644", b"000000", old, zeros, b"b", b""),
        ]
    )
    assert digest == "sha256:" + hashlib.sha256(expected).hexdigest()


def test_an_exact_rename_is_a_deletion_and_an_addition() -> None:
    rename = FileChange("new", "renamed", 0o100644, 0o100755, OLD, OLD, old_path="old")
    addition = FileChange("new", "added", 0, 0o100755, "", OLD)
    assert raw_record(rename) == raw_record(deleted("old")) + raw_record(addition)
    assert change_digest([rename], "sha1") == change_digest([addition, deleted("old")], "sha1")


def test_line_counts_and_sizes_are_not_part_of_it() -> None:
    bare = FileChange("src/login.py", "modified", 0o100644, 0o100644, OLD, NEW)
    assert change_digest([bare], "sha1") == change_digest([modified()], "sha1")


def test_absent_ids_take_the_length_of_the_format() -> None:
    long = FileChange("a", "added", 0, 0o100644, "", "c" * 64)
    assert b"\0" + b"0" * 64 + b"\0" in raw_record(long)[0]
    assert change_digest([long], "sha256", ids=("c" * 64, "")).startswith("sha256:")
    assert change_digest([], "sha256", ids=("", "")) != change_digest([], "sha1", ids=("", ""))


@pytest.mark.parametrize(
    "file",
    [
        modified(old="abc"),
        modified(old=OLD.upper()),
        modified(path=""),
        modified(path="a\0b"),
        FileChange("a", "modified", 0o7777777, 0o100644, OLD, NEW),
        FileChange("a", "modified", 0o100644, 0o100644, "a" * 39, "b" * 39),
    ],
)
def test_what_git_cannot_have_made_is_refused(file: FileChange) -> None:
    with pytest.raises(EvaluationError):
        change_digest([file], "sha1")


def test_other_bytes_are_no_vanished_record() -> None:
    with pytest.raises(EvaluationError, match="not a record"):
        change_digest([], "sha1", vanished=[b"ids\0"])
    with pytest.raises(EvaluationError, match="not a full object id"):
        change_digest([], "sha256", ids=(OLD, ""))


def test_it_can_be_recomputed_from_git(tmp_path: Path) -> None:
    def git(*arguments: str) -> bytes:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
        return subprocess.run([*command, *arguments], check=True, capture_output=True).stdout

    git("init", "--quiet")
    (tmp_path / "one").write_text("1\n")
    git("add", ".")
    git("commit", "--quiet", "-m", "one")
    (tmp_path / "one").rename(tmp_path / "two")
    git("add", ".")
    git("commit", "--quiet", "-m", "two")
    raw = git("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "HEAD~", "HEAD")
    fields = raw.split(b"\0")
    records = [
        b"\0".join([*meta[1:].split(b" ")[:4], path, b""])
        for meta, path in zip(fields[:-1:2], fields[1::2], strict=True)
    ]
    blob = git("rev-parse", "HEAD:two").decode().strip()
    rename = FileChange("two", "renamed", 0o100644, 0o100644, blob, blob, old_path="one")
    expected = hashlib.sha256(b"".join(sorted(records))).hexdigest()
    assert change_digest([rename], "sha1") == f"sha256:{expected}"
