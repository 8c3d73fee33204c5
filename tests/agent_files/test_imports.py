"""Which names instructions take in, and which `@` stand for something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.agent_files.imports import MOST, imports


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("@docs/style.md", ["docs/style.md"], id="a line"),
        pytest.param("- @./a.md\r\n* @../b.md\r\n", ["./a.md", "../b.md"], id="a list"),
        pytest.param("See @README, and @b.md.", ["README", "b.md"], id="in a sentence"),
        pytest.param(
            '(@a.md) **@b.md** "@c.md" @d.md!', ["a.md", "b.md", "c.md", "d.md"], id="marks"
        ),
        pytest.param("@a\\ b.md", ["a b.md"], id="a space in the name"),
        pytest.param("@a.md#part @a.md", ["a.md"], id="a part of a file, and the same again"),
        pytest.param("@dócs/é.md @\udcff.md", ["dócs/é.md", "\udcff.md"], id="any letters"),
        pytest.param("> @a.md", ["a.md"], id="a quotation"),
        pytest.param("jane@example.com a@b/c.md x/@y.md pkg@1.2", [], id="addresses and versions"),
        pytest.param("Use `@a.md`, or @, or @@.", [], id="code, and nothing"),
        pytest.param("```\n@a.md\n```\n@b.md", ["b.md"], id="a fence"),
        pytest.param("~~~md\n@a.md\n```\n@c.md\n~~~~\n@b.md", ["b.md"], id="a fence in a fence"),
        pytest.param("- ```sh\n  @a.md\n  ```\n@b.md", ["b.md"], id="a fence in a list"),
        pytest.param("> ```\n> @a.md\n> ```\n@b.md", ["b.md"], id="a fence in a quotation"),
        pytest.param("``` `x` ```\n@b.md", ["b.md"], id="code that is no fence"),
        pytest.param("```\n@a.md\n", ["a.md"], id="a fence that never ends hides nothing"),
        pytest.param("a\x0c```\n@a.md\n```\n", ["a.md"], id="a line ends where it does for others"),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert list(imports(text)) == names


def test_there_is_an_end() -> None:
    found = imports("".join(f"@{number}.md\n" for number in range(MOST + 50)))
    assert len(found) == MOST + 1


@pytest.mark.parametrize("piece", ["`", "@", "@a\\ ", "```\n", "> - ", "[@", "@a#", "*@"])
def test_a_megabyte_is_read_without_delay(piece: str) -> None:
    """It ends: an expression that went back would take hours."""
    assert len(imports(piece * (1_000_000 // len(piece)))) <= MOST + 1


@given(st.text(alphabet="@`~ab./\\ \n>-*#", max_size=60))
def test_what_is_found_stands_there(text: str) -> None:
    for name in imports(text):
        assert f"@{name}" in text.replace("\\ ", " ")
