"""Files outside what a commit declares."""

from __future__ import annotations

import pytest

from agentguard.change import FileChange
from tests.changes import commit, file, renamed
from tests.measures.views import read

FILES = file("src/auth/login.py"), file("src/shop/cart.py"), file("README.md")


def outside(
    *declared: str, files: tuple[FileChange, ...] = FILES, name: str = "Agentguard-Scope"
) -> set[str]:
    made = commit("c", *files, trailers=tuple((name, value) for value in declared))
    found = read("out_of_scope", *files, commit=made)
    assert found.value == len(found.paths)
    return set(found.paths)


ALL = {each.path for each in FILES}


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ((), set()),
        (("src/auth/",), {"src/shop/cart.py", "README.md"}),
        (("src/auth/**",), {"src/shop/cart.py", "README.md"}),
        (("src/ *.md",), set()),
        (("src/auth/", "*.md"), {"src/shop/cart.py"}),
        (("SRC/",), {"README.md"}),
        (("**",), set()),
        (("",), ALL),
        (("src",), {"README.md"}),
        (("/auth/",), ALL),
        (("!src/",), ALL),
        (("@auth",), ALL),
        (("../src/",), ALL),
        (("src/[",), ALL),
        (("*a*b*c*d*e*f*g*",), ALL),
        (("x" * 300 + "/ src/",), {"README.md"}),
        (("\udcff/ src/",), {"README.md"}),
        ((" ".join(f"a{n}/" for n in range(100)) + " src/",), ALL),
    ],
)
def test_files_outside(declared: tuple[str, ...], found: set[str]) -> None:
    assert outside(*declared) == found


def test_both_ends_of_a_move_count() -> None:
    moved = renamed("src/auth/login.py", "src/login.py")
    assert outside("src/auth/", files=(moved,)) == {"src/login.py"}
    assert outside("src/login.py", files=(moved,)) == {"src/login.py"}
    assert outside("src/", files=(moved,)) == set()


def test_the_key_is_read_in_any_case_and_no_other_counts() -> None:
    assert outside("src/", name="agentguard-SCOPE") == {"README.md"}
    assert outside("src/", name="Scope") == set()


def test_the_push_as_a_whole_declares_nothing() -> None:
    assert read("out_of_scope", *FILES).value == 0
