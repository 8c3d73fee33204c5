"""Each format as leaves, and any bytes at all as leaves or our own error."""

from __future__ import annotations

import contextlib
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.structure import UnreadableError, format_of, leaves

FORMATS = {
    "JSON": "a.json",
    "YAML": "a.yaml",
    "TOML": "a.toml",
    "HCL": "a.tf",
    "front matter": "a.md",
    "settings": "a.ini",
}


@pytest.mark.parametrize(("title", "path"), FORMATS.items())
def test_names_tell_the_format(title: str, path: str) -> None:
    assert format_of(path) == format_of(f"some/{path.upper()}") == title


@pytest.mark.parametrize(
    ("path", "title"),
    [
        (".vscode/settings.json", "JSON"),
        ("portal.code-workspace", "JSON"),
        (".firebaserc", "JSON"),
        ("infra/main.tf.json", "JSON"),
        (".kiro/hooks/test.kiro.hook", "JSON"),
        (".roomodes", "YAML"),
        (".replit", "TOML"),
        ("prod.tfvars", "HCL"),
        (".cursor/rules/x.mdc", "front matter"),
        (".env", "settings"),
        (".env.production", "settings"),
        ("prod.env", "settings"),
        ("portal.service", "settings"),
        ("environment.py", ""),
        ("json", ""),
        ("README", ""),
    ],
)
def test_well_known_names(path: str, title: str) -> None:
    assert format_of(path) == title


@pytest.mark.parametrize("path", [*FORMATS.values(), "a.txt"])
@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf\n"])
def test_nothing_has_no_leaves(path: str, content: bytes) -> None:
    assert leaves(path, content) == ()


def test_other_files_have_no_leaves() -> None:
    assert leaves("a.py", b"\xff{") == ()


@pytest.mark.parametrize("path", FORMATS.values())
def test_other_encodings_are_not_read(path: str) -> None:
    with pytest.raises(UnreadableError, match="not UTF-8"):
        leaves(path, '{"a": "ä"}'.encode("latin-1"))


@pytest.mark.parametrize("path", FORMATS.values())
@given(content=st.binary(max_size=300))
def test_any_bytes(path: str, content: bytes) -> None:
    try:
        found = leaves(path, content)
    except UnreadableError:
        return
    assert all(isinstance(part, str) for leaf in found for part in leaf)


SYNTAX = st.text(alphabet="{}[]()\"'=:,.-#/*&!<>|?%@`$\\ \n\tabcEOF01", max_size=200)


@pytest.mark.parametrize("path", FORMATS.values())
@given(text=SYNTAX)
def test_anything_that_looks_like_syntax(path: str, text: str) -> None:
    for content in (text, f"---\n{text}\n---\n"):
        try:
            leaves(path, content.encode())
        except UnreadableError:
            continue


# Each is repeated many times: what a reader could be slow at, or go too deep for.
UNITS = (
    *("[", "{", "(", '"', "'", '"\\"', "/*", "/* */", "//\n", "*", "a.", '"a".', "a=", "a = [", "{a="),
    *("- ", "? ", ": ", "<<", "<<A\n", '"${', '{"a":', "\n- ", "[a,", ", ", "a: &a\n", "&a ", "!a "),
    *("---\n", "%", "[a]\n", "[[a]]\n", "a {", "a ", " ", "#", "a: *b\n", "\t", "a: |\n", "x" * 50),
)  # fmt: skip


@pytest.mark.parametrize("path", FORMATS.values())
def test_much_of_anything_is_read_or_refused_soon(path: str) -> None:
    for unit in UNITS:
        content = (unit * (100_000 // len(unit))).encode()
        began = time.process_time()
        with contextlib.suppress(UnreadableError):
            leaves(path, content)
        assert time.process_time() - began < 2, unit


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.json", '{"a":' * 5000 + "1" + "}" * 5000),
        ("a.json", '{"a":' * 200 + "1" + "}" * 200),
        ("a.yaml", "[" * 5000 + "]" * 5000),
        ("a.yaml", "".join(" " * depth + "a:\n" for depth in range(200))),
        ("a.toml", "a = " + "[" * 5000 + "]" * 5000),
        ("a.toml", ".".join("a" * 200) + " = 1"),
        ("a.tf", "a {\n" * 200 + "}\n" * 200),
        ("a.tf", "a = " + "[" * 200 + "]" * 200),
        ("a.tf", "a = " + "jsonencode(" * 200 + "1" + ")" * 200),
    ],
)
def test_too_deep(path: str, content: str) -> None:
    with pytest.raises(UnreadableError):
        leaves(path, content.encode())


def test_a_key_that_would_be_repeated_too_often() -> None:
    with pytest.raises(UnreadableError, match="more than is read"):
        leaves("a.json", ('{"' + "k" * 500_000 + '": [' + "1," * 1000 + "1]}").encode())


def test_too_many_leaves() -> None:
    with pytest.raises(UnreadableError, match="more than is read"):
        leaves("a.json", ("[" + "1," * 250_000 + "1]").encode())
    with pytest.raises(UnreadableError, match="more than is read"):
        leaves("a.tf", b"\n" * 250_000 + b"a = 1\n")


@pytest.mark.parametrize(
    "content",
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghi")),
        "a: &a {k: v}\n"
        + "".join(f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 9)}]}}\n"
        for a, b in pairwise("abcdefghi")),
    ],
)  # fmt: skip
def test_billions_of_laughs(content: str) -> None:
    with pytest.raises(UnreadableError, match="more than is read"):
        leaves("a.yaml", content.encode())
