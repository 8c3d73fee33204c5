"""Names that pass for others fold to the same; honest names are left in peace."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentguard.names import LONGEST, fold, oddities, stands_for_git

# Surrogates too: they stand for bytes that are no UTF-8, and stray ones must not raise either.
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=40)
TRICKY = st.text(
    st.sampled_from(list("aB/\\:$D._ ~１：．／＼аѕ́İıﬁ\u200c\u202e\x1b\udce9")), max_size=20
)
PLAIN = st.lists(
    st.text(st.sampled_from("abcXYZ019_-+()[]{}',;=!@#%&~$. "), min_size=1).filter(
        lambda part: not part.endswith((".", " "))
    ),
    min_size=1,
).map("/".join)


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [
        ("Src/AUTH/Login.py", "src/auth/login.py"),
        ("au\u200cth", "auth"),
        ("ma\u200bin", "main"),
        ("a\u00aduth", "auth"),
        ("\u202eauth\u202c", "auth"),
        ("auth\ufe0f", "auth"),
        ("au\x00t\x1bh\x7f", "auth"),
        ("auth./login.py", "auth/login.py"),
        ("auth. . /login.py ", "auth/login.py"),
        ("auth::$INDEX_ALLOCATION/login.py", "auth/login.py"),
        ("auth:$I30:$INDEX_ALLOCATION", "auth"),
        ("login.py::$DATA", "login.py"),
        ("login.py:$data", "login.py"),
        ("login.py::$DATA::$DATA. ", "login.py"),
        ("login.py\uff1a\uff1a$DATA", "login.py"),
        ("src\\auth\\login.py", "src/auth/login.py"),
        ("src\uff3cauth\uff0flogin.py", "src/auth/login.py"),
        ("./src//auth/./login.py", "src/auth/login.py"),
        ("\u0430uth", "auth"),  # Cyrillic а
        ("С\u041eD\u0415OWNERS", "codeowners"),  # Cyrillic capitals
        ("\u03bfauth", "oauth"),  # Greek omicron
        ("\uff41\uff55\uff54\uff48", "auth"),  # full width
        ("𝐚𝐮𝐭𝐡", "auth"),
        ("g\u0131t", "git"),  # Turkish dotless i
        ("\u2024git", ".git"),
        ("pre\u2010commit", "pre-commit"),
        ("stra\u00dfe", "strasse"),
        ("cafe\u0301", "caf\u00e9"),
        ("\u04d3", "\u00e4"),  # a look-alike below an accent
        ("Foo::Bar.3pm", "foo::bar.3pm"),
        ("\udce9t\udce9", "\udce9t\udce9"),
        ("...", ""),
        ("", ""),
    ],
)
def test_what_passes_for_the_same_folds_to_the_same(disguised: str, plain: str) -> None:
    assert fold(disguised) == plain


@pytest.mark.parametrize(
    ("one", "other"),
    [("auth", "oauth"), ("naive", "naïve"), ("a.b", "a"), ("l0gin", "login"), ("a b", "ab")],
)
def test_what_merely_looks_related_stays_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(ANY_TEXT | TRICKY)
@example("x:$a. :$b.:$c")
@example("\u0390\u1fc3ΐŉǰ")
def test_folding_twice_changes_nothing(path: str) -> None:
    assert fold(fold(path)) == fold(path)


@given(PLAIN)
def test_plain_ascii_is_only_lower_cased(path: str) -> None:
    assert fold(path) == path.lower()


@given(ANY_TEXT | TRICKY)
def test_case_never_matters(path: str) -> None:
    assert fold(path.casefold()) == fold(path)


@given(st.binary(max_size=40))
def test_bytes_that_are_no_utf8_survive(raw: bytes) -> None:
    path = raw.decode("utf-8", "surrogateescape")
    kept = [c for c in path if "\udc80" <= c <= "\udcff"]
    assert [c for c in fold(path) if "\udc80" <= c <= "\udcff"] == kept


@given(ANY_TEXT | TRICKY)
def test_oddities_never_raise(path: str) -> None:
    assert all(reason.isascii() and reason.isprintable() for reason in oddities(path))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a\nb", "control character (U+000A)"),
        ("a\x1b[31m", "control character (U+001B)"),
        ("a\x9bm", "control character (U+009B)"),
        ("a\u2028b", "control character (U+2028)"),
        ("au\u200cth", "invisible character (U+200C)"),
        ("a\u200d", "invisible character (U+200D)"),
        ("\ufeffauth", "invisible character (U+FEFF)"),
        ("a\u00aduth", "invisible character (U+00AD)"),
        ("auth\ufe0f.py", "invisible character (U+FE0F)"),
        ("a\u3164b", "invisible character (U+3164)"),
        ("a\U000e0041b", "invisible character (U+E0041)"),
        ("1\ufe0f.md", "invisible character (U+FE0F)"),
        ("txt.\u202egpj", "reading direction (U+202E)"),
        ("a\u2066b", "reading direction (U+2066)"),
        ("a\u200fb", "reading direction (U+200F)"),
        ("src\\auth", "backslash"),
        ("a::$DATA", "stream"),
        ("dir::$INDEX_ALLOCATION/x", "stream"),
        ("auth./x", "ends with a dot or a space"),
        ("auth ", "ends with a dot or a space"),
        ("con", "device"),
        ("src/AUX.c", "device"),
        ("a/nul .txt/b", "device"),
        ("Com7", "device"),
        ("lpt¹.log", "device"),
        (".git/config", ".git"),
        (".GIT", ".git"),
        ("a/git~1/config", ".git"),
        (".git /x", ".git"),
        (".g\u200cit", ".git"),
        (".git::$INDEX_ALLOCATION/config", ".git"),
        ("a\\.git\\config", ".git"),
        ("a" * LONGEST + "/b", "longer"),
    ],
)
def test_an_odd_name_has_its_reason(path: str, words: str) -> None:
    assert any(words in reason for reason in oddities(path))


@pytest.mark.parametrize(
    "path",
    [
        "src/auth/login.py",
        "naïve café (final).txt",
        "Ünïcode",
        unicodedata.normalize("NFD", "crème brûlée.md"),
        'docs/don\'t "quote" me.txt',
        "👩\u200d💻/❤\ufe0f\u200d🔥.md",
        "👍🏽 1\ufe0f\u20e3 ☎\ufe0e.txt",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f.svg",
        "葛\U000e0100城.txt",
        "می\u200cخواهم.txt",
        "क्\u200dष.txt",
        "日本語　.txt",
        "caf\udce9.txt",
        "Foo::Bar.3pm",
        "-rf",
        "--output=x",
        "aux_test.py",
        "icon.png",
        "console.py",
        "com10",
        "nullable.ts",
        "auxiliary/common.c",
        ".gitignore",
        "a.git/x",
        "legit",
        "...x",
        " leading",
    ],
)
def test_an_honest_name_is_left_in_peace(path: str) -> None:
    assert oddities(path) == ()


def test_each_reason_is_told_once() -> None:
    assert len(oddities("a./b./c.")) == 1


def test_stands_for_git_looks_at_every_component() -> None:
    assert stands_for_git("a/b/.Git/c")
    assert not stands_for_git("a/.github/c")


@pytest.mark.parametrize("path", [":$a" * 50_000, "x:$a. " * 50_000, "\u0315\u0300" * 100_000])
def test_a_made_up_name_costs_no_time(path: str) -> None:
    begun = time.process_time()
    fold(path)
    oddities(path)
    assert time.process_time() - begun < 20  # of this processor; what is not linear takes hours
