"""Lines are counted from content, whatever git is told to call binary."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.measures.sizes import lost_bytes
from agentguard.repo import diff
from tests import kit
from tests.repo.crafted import (
    MAIN,
    Crafted,
    Entry,
    Files,
    by_path,
    lines,
    program,
    statuses,
    submodule,
    totals,
)


def numstat(crafted: Crafted, old: str, new: str) -> str:
    return crafted.naive("diff", "--numstat", old, new)


def test_nul_byte_does_not_hide_deleted_lines(crafted: Crafted) -> None:
    old, new = crafted.history({"auth.py": lines(500)}, {"auth.py": "\0\n" + lines(3)})
    assert numstat(crafted, old, new) == "-\t-\tauth.py"
    [file] = crafted.read(old, new).files
    assert (file.added, file.deleted, file.binary) == (1, 497, False)


def test_nul_byte_does_not_hide_an_enormous_line(crafted: Crafted) -> None:
    bundle = "x" * 400_000 + "\n"
    old, new = crafted.history({"app.js": bundle}, {"app.js": "\0"})
    assert numstat(crafted, old, new) == "-\t-\tapp.js"
    [file] = crafted.read(old, new).files
    assert (file.deleted, file.binary, lost_bytes(file)) == (1, False, 400_000)
    old, new = crafted.history({"app.png": bytes(range(256)) * 99}, {"app.png": b"\0"})
    [file] = crafted.read(old, new).files
    assert (file.deleted, file.binary, lost_bytes(file)) == (1, True, 0)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16_is_counted_by_lines(crafted: Crafted, encoding: str) -> None:
    mark = b"" if encoding == "utf-16" else b"\xfe\xff"
    before, after = (mark + lines(count).encode(encoding) for count in (200, 150))
    old, new = crafted.history({"a.txt": before}, {"a.txt": after})
    assert numstat(crafted, old, new) == "-\t-\ta.txt"
    assert totals(crafted.read(old, new).files) == (0, 50)


def test_recoding_to_utf_16_changes_every_line_at_most(crafted: Crafted) -> None:
    change = crafted.between({"a": lines(100)}, {"a": lines(100).encode("utf-16-le")})
    [file] = change.files
    assert file.deleted == 100


def test_image_counts_as_one_line_never_as_none(crafted: Crafted) -> None:
    image = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
    old, new = crafted.history({"a.png": image, "b.png": image}, {"a.png": image + b"\0"})
    assert numstat(crafted, old, new) == "-\t-\ta.png\n-\t-\tb.png"
    files = by_path(crafted.read(old, new))
    assert (files["a.png"].added, files["a.png"].deleted) == (1, 1)
    assert (files["b.png"].added, files["b.png"].deleted) == (0, 1)


def test_attributes_of_the_server_do_not_hide_lines(crafted: Crafted) -> None:
    old, new = crafted.history({"a.py": lines(90)}, {"a.py": "x\n"})
    (crafted.directory / "info").mkdir(exist_ok=True)
    (crafted.directory / "info" / "attributes").write_text("* -diff\n")
    assert numstat(crafted, old, new) == "-\t-\ta.py"
    [file] = crafted.read(old, new).files
    assert (file.added, file.deleted) == (1, 90)
    assert crafted.read(old, new).patches["a.py"].added == ("x",)


@pytest.mark.parametrize("attribute", ["-diff", "binary", "-text -diff -merge"])
def test_attributes_of_a_work_tree_do_not_hide_lines(tmp_path: Path, attribute: str) -> None:
    work = kit.init(tmp_path / "work")
    attributes = f"* {attribute}\n"
    old = work.commit("1", {"a.py": lines(90), ".gitattributes": attributes})
    new = work.commit("2", {"a.py": lines(10)})
    assert work.out("diff", "--numstat", old, new) == "-\t-\ta.py"
    [file] = Crafted(work, work.path / ".git").read(old, new).files
    assert (file.added, file.deleted) == (0, 80)


def test_attributes_file_in_the_configuration_does_not_hide_lines(crafted: Crafted) -> None:
    old, new = crafted.history({"a.py": lines(90)}, {})
    place = crafted.directory / "attributes"
    place.write_text("* binary\n")
    crafted.work.git("config", "core.attributesFile", str(place))
    assert numstat(crafted, old, new) == "-\t-\ta.py"
    [file] = crafted.read(old, new).files
    assert (file.deleted, file.binary) == (90, False)


def test_attributes_that_are_pushed_do_not_judge_themselves(crafted: Crafted) -> None:
    change = crafted.between({"a": lines(9)}, {".gitattributes": "* -diff\n"})
    assert totals(change.files) == (1, 9)


def test_big_files_are_not_taken_as_binary(crafted: Crafted) -> None:
    crafted.work.git("config", "core.bigFileThreshold", "10")
    old, new = crafted.history({"a": lines(50)}, {"a": lines(49)})
    assert numstat(crafted, old, new) == "-\t-\ta"
    [file] = crafted.read(old, new).files
    assert (file.deleted, file.binary) == (1, False)


def test_contents_too_large_to_compare_are_all_changed(
    crafted: Crafted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large file in place of a small one must not make the small one's lines vanish."""
    monkeypatch.setattr(diff, "LARGEST_COMPARED", 5000)
    change = crafted.between({"a": "x\n" * 900, "b": b"\0" * 8000}, {"a": b"\0" * 8000})
    files = by_path(change)
    assert (files["a"].deleted, files["a"].added) == (900, 200)
    assert files["b"].deleted == 200


def test_one_enormous_line(crafted: Crafted) -> None:
    old, new = crafted.history({"a.js": "x" * 3_000_000}, {"a.js": "y" * 10})
    assert numstat(crafted, old, new) == "1\t1\ta.js"
    [file] = crafted.read(old, new).files
    assert (file.old_size, file.new_size) == (3_000_000, 10)


def test_emptied_file_is_gone_although_it_is_no_deletion(crafted: Crafted) -> None:
    old, new = crafted.history({"a": lines(9), "b": "1\n"}, {"a": "", "b": "1\n"})
    assert crafted.naive("diff", "--name-only", "--diff-filter=D", old, new) == ""
    [file] = crafted.read(old, new).files
    assert (file.status, file.emptied, file.gone, file.deleted) == ("modified", True, True, 9)


def test_file_cut_down_to_a_line_end_or_filled_again(crafted: Crafted) -> None:
    files = by_path(crafted.between({"a": "1\n", "b": ""}, {"a": "\n", "b": "1\n"}))
    assert (files["a"].gone, files["b"].gone) == (False, False)


def test_missing_line_end_is_a_changed_line(crafted: Crafted) -> None:
    assert totals(crafted.between({"a": "1\n2\n"}, {"a": "1\n2"}).files) == (1, 1)


def test_mode_change_is_no_modification(crafted: Crafted) -> None:
    old, new = crafted.history({"a": "1\n", "b": b"\0"}, {"a": program("1\n"), "b": b"\0"})
    assert numstat(crafted, old, new) == "0\t0\ta"
    [file] = crafted.read(old, new).files
    assert (file.status, file.old_mode, file.new_mode) == ("mode", 0o100644, 0o100755)


def test_mode_change_of_a_binary_file_changes_no_line(crafted: Crafted) -> None:
    [file] = crafted.between({"a": b"\0\n"}, {"a": Entry(0o100755, b"\0\n")}).files
    assert (file.status, file.added, file.deleted, file.binary) == ("mode", 0, 0, True)


def test_link_in_place_of_a_file(crafted: Crafted) -> None:
    old, new = crafted.history({"auth": lines(40)}, {"auth": Entry(0o120000, b"../evil")})
    assert numstat(crafted, old, new) == "1\t40\tauth"
    [file] = crafted.read(old, new).files
    assert (file.status, file.target, file.deleted) == ("typechange", "../evil", 40)


def test_link_whose_target_is_no_text(crafted: Crafted) -> None:
    [file] = crafted.between({}, {"a": Entry(0o120000, b"\xff/\x1b[31m")}).files
    assert file.target == "\udcff/\x1b[31m"


def test_submodule_moves_without_its_objects(crafted: Crafted) -> None:
    before: Files = {"sub": submodule("1"), "a": b"\0"}
    [file] = crafted.between(before, {**before, "sub": submodule("2")}).files
    assert (file.status, file.added, file.deleted, file.old_size) == ("modified", 1, 1, 0)


def test_submodule_in_place_of_a_directory(crafted: Crafted) -> None:
    change = crafted.between({"lib/a": lines(3), "lib/b": "b\n"}, {"lib": submodule("1")})
    assert statuses(change) == {"lib": "added", "lib/a": "deleted", "lib/b": "deleted"}
    assert change.removed_directories == ("lib",)


def test_submodule_in_place_of_a_binary_file(crafted: Crafted) -> None:
    [file] = crafted.between({"lib": b"\0\1\2\n"}, {"lib": submodule("1")}).files
    assert (file.status, file.added, file.deleted) == ("typechange", 1, 1)


def test_submodules_that_configuration_ignores_are_seen(crafted: Crafted) -> None:
    crafted.work.git("config", "diff.ignoreSubmodules", "all")
    old, new = crafted.history({"sub": submodule("1")}, {"sub": submodule("2")})
    assert numstat(crafted, old, new) == ""
    assert statuses(crafted.read(old, new)) == {"sub": "modified"}


def test_directory_swapped_for_a_file_and_back(crafted: Crafted) -> None:
    directory, file = {"auth/login": lines(5), "auth/sub/x": "x\n"}, {"auth": "gone\n"}
    first, second, third = crafted.history(directory, file, directory)
    there = crafted.read(first, second)
    assert crafted.naive("diff", "--name-only", first, second, "--", "auth/*") == (
        "auth/login\nauth/sub/x"
    )
    assert statuses(there) == {"auth": "added", "auth/login": "deleted", "auth/sub/x": "deleted"}
    assert there.removed_directories == ("auth", "auth/sub")
    back = crafted.read(second, third)
    assert statuses(back) == {"auth": "deleted", "auth/login": "added", "auth/sub/x": "added"}
    assert {name.path for name in back.new_names} == {"auth/login", "auth/sub", "auth/sub/x"}
    whole = crafted.read(first, third)
    assert (whole.files, len(whole.commits)) == ((), 2)


def test_carriage_returns_count_as_changed_lines(crafted: Crafted) -> None:
    old, new = crafted.history({"a": lines(9)}, {"a": lines(9).replace("\n", "\r\n")})
    assert crafted.naive("diff", "-w", "--stat", old, new) == ""
    assert totals(crafted.read(old, new).files) == (9, 9)


def test_large_pointer_swap_keeps_sizes(crafted: Crafted) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n"
    [file] = crafted.between({"a": lines(1000)}, {"a": pointer}).files
    assert (file.deleted, file.new_size) == (1000, len(pointer))
    assert crafted.read("", crafted.commit({"a": pointer}), MAIN).files[0].added == 3
