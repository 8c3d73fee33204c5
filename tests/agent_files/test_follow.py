"""What links, imports and settings of agents lead to, in trees made by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.agent_files import follow, ways
from agentguard.agent_files.imports import MOST
from agentguard.agent_files.targets import MOST_FILES, MOST_FOLDERS, MOST_GLOBS
from agentguard.change import Followed
from agentguard.names import fold
from tests.agent_files.trees import SUBMODULE, Content, Link, MadeTree, led, selects

NOTES = "notes.md"


@pytest.mark.parametrize(
    ("files", "links"),
    [
        pytest.param({"CLAUDE.md": Link("docs/a.md"), "docs/a.md": ""}, ["docs/a.md"], id="a file"),
        pytest.param(
            {"api/CLAUDE.md": Link("../docs/a.md"), "api/x": "", "docs/a.md": ""},
            ["docs/a.md"],
            id="from a folder",
        ),
        pytest.param(
            {".claude/skills": Link("../tools/skills"), "tools/skills/a/run.sh": "", "tools/b": ""},
            ["tools/skills/a/run.sh"],
            id="a folder covers what is below",
        ),
        pytest.param(
            {".claude": Link("tools/claude"), "tools/claude/settings.json": ""},
            ["tools/claude/settings.json"],
            id="a folder of agents as a whole",
        ),
        pytest.param(
            {".github/prompts/a.prompt.md": Link("../../p.md"), "p.md": ""}, ["p.md"], id="deep"
        ),
        pytest.param(
            {"CLAUDE.md": Link("one.md"), "one.md": Link("two.md"), "two.md": ""},
            ["one.md", "two.md"],
            id="a chain, with every link of it",
        ),
        pytest.param(
            {".claude/skills": Link("../tools/skills"), "tools": Link("lib"), "lib/skills/a": ""},
            ["tools", "lib/skills/a"],
            id="through a folder that is a link",
        ),
        pytest.param(
            {".agents/skills": Link("../s"), "s/a": Link("../t/a"), "t/a/run.sh": "", "t/b": ""},
            ["s/a", "t/a/run.sh"],
            id="a link in a folder that is linked",
        ),
        pytest.param(
            {"CLAUDE.md": Link("x/../docs/a.md"), "x": Link("y/z"), "y/z/b": "", "y/docs/a.md": ""},
            ["x", "y/docs/a.md"],
            id="up from where a link has led",
        ),
        pytest.param(
            {"CLAUDE.md": Link("Docs/A.MD"), "docs/a.md": ""}, ["docs/a.md"], id="in other letters"
        ),
        pytest.param(
            {"CLAUDE.md": Link("D/a"), "d/a": "", "D/b": "", "ｄ/a": ""}, [], id="exact names win"
        ),
        pytest.param(
            {"CLAUDE.md": Link("DOCS/a"), "docs/a": "", "Docs/a": ""},
            ["docs/a"],
            id="all that may be meant",
        ),
        pytest.param(
            {"CLAUDE.md": Link(b"\xff/\xe9.md"), "\udcff/\udce9.md": ""},
            ["\udcff/\udce9.md"],
            id="bytes that are no text",
        ),
        pytest.param(
            {"CLAUDE.md": Link("vendor/rules/a.md"), "vendor/rules": SUBMODULE},
            ["vendor/rules"],
            id="into a submodule",
        ),
        pytest.param(
            {".claude/skills": Link("../vendor"), "vendor": SUBMODULE}, ["vendor"], id="a submodule"
        ),
        pytest.param(
            {"CLAUDE.md": Link("AGENTS.md"), "AGENTS.md": Link("CLAUDE.md")},
            ["claude.md", "agents.md"],
            id="a circle",
        ),
        pytest.param(
            {".claude/me": Link("."), ".claude/a": Link("me/a"), NOTES: ""},
            [".claude/me", ".claude/a"],
            id="a folder in itself",
        ),
        pytest.param({".claude/all": Link(".."), NOTES: ""}, [], id="the root says nothing"),
        pytest.param({"CLAUDE.md": Link("/docs/a.md"), "docs/a.md": ""}, [], id="an absolute path"),
        pytest.param({"CLAUDE.md": Link("../docs/a.md"), "docs/a.md": ""}, [], id="out of the tree"),
        pytest.param({"CLAUDE.md": Link("gone.md"), NOTES: ""}, [], id="to nothing"),
        pytest.param({"CLAUDE.md": Link(""), NOTES: ""}, [], id="nothing at all"),
        pytest.param({"CLAUDE.md": Link("a\0b"), "a": ""}, [], id="no path"),
        pytest.param({"CLAUDE.md": Link("./" * 3000 + "a"), "a": ""}, [], id="too long a path"),
        pytest.param({"CLAUDE.md": Link("a.md/b"), "a.md": ""}, [], id="below a file"),
        pytest.param({"CLAUDE.md": Link("a.md/"), "a.md": ""}, [], id="a file as a folder"),
        pytest.param({"guide.md": Link("docs/a.md"), "docs/a.md": ""}, [], id="no agent's place"),
        pytest.param({"docs/CLAUDE.md": Link("a.md"), "docs/a.md": ""}, [], id="a page about agents"),
        pytest.param({"crush.json": '{"skills_paths": ["tools"]}', "tools/a/run.sh": "", "t": ""},
                     ["tools/a/run.sh"], id="skills that a setting names"),
    ],
)  # fmt: skip
def test_links(files: Mapping[str, Content], links: list[str]) -> None:
    found = led(files)
    assert set(found.links) >= set(links)
    others = {"CLAUDE.md", "AGENTS.md"} | {path for path in files if path.startswith(".")}
    assert not set(found.links) - {*links} - set(map(fold, others))
    assert not found.unknown


@pytest.mark.parametrize(
    ("files", "imports"),
    [
        pytest.param({"CLAUDE.md": "@docs/a.md", "docs/a.md": ""}, ["docs/a.md"], id="a file"),
        pytest.param(
            {"api/AGENTS.md": "@a.md @../b.md", "api/a.md": "", "b.md": "", "a.md": ""},
            ["api/a.md", "b.md"],
            id="by names as seen from the file",
        ),
        pytest.param({"claude.md": "@a.md", "a.md": ""}, ["a.md"], id="in small letters"),
        pytest.param(
            {"CLAUDE.md": "@a.md", "a.md": "@b.md", "b.md": "@c.md", "c.md": ""},
            ["a.md", "b.md"],
            id="imports of imports, and no further",
        ),
        pytest.param(
            {"CLAUDE.md": "@a.py", "a.py": "@b.md", "b.md": ""}, ["a.py"], id="code imports nothing"
        ),
        pytest.param(
            {"CLAUDE.md": "@a.md", "a.md": "@a.md @CLAUDE.md"}, ["a.md", "claude.md"], id="a circle"
        ),
        pytest.param(
            {"CLAUDE.md": "@a/AGENTS.md", "a/AGENTS.md": "@b.md", "a/b.md": "@c.md", "a/c.md": ""},
            ["a/agents.md", "a/b.md", "a/c.md"],
            id="an agent's file that another takes in",
        ),
        pytest.param(
            {"CLAUDE.md": "@a.md", "a.md": Link("docs/b.md"), "docs/b.md": "@c.md", "docs/c.md": ""},
            ["a.md", "docs/b.md", "docs/c.md"],
            id="a link on the way",
        ),
        pytest.param(
            {"CLAUDE.md": Link("docs/a.md"), "docs/a.md": "@b.md @c.md", "docs/b.md": "", "c.md": ""},
            ["docs/b.md", "c.md"],
            id="from where a link stands and from where it leads",
        ),
        pytest.param(
            {".claude": Link("t"), "t/CLAUDE.md": "@a.md", "t/a.md": ""},
            [".claude", "t/a.md"],
            id="in a folder that is linked"
        ),
        pytest.param(
            {"CLAUDE.md": "@../a.md @/a.md @~/a.md @a.md/b", "a.md": ""}, [], id="out of the tree"
        ),
        pytest.param({"CLAUDE.md": "@docs", "docs/a.md": ""}, [], id="a folder"),
        pytest.param({"docs/CLAUDE.md": "@a.md", "docs/a.md": ""}, [], id="a page about agents"),
        pytest.param({"notes.md": "@a.md", "a.md": ""}, [], id="no agent's file"),
        pytest.param({"CLAUDE.md": "@v/a.md", "v": SUBMODULE}, ["v"], id="into a submodule"),
        pytest.param(
            {".aider.conf.yml": "read: [a.md, sub]\n", "a.md": "@b.md", "b.md": "", "sub/c": ""},
            ["a.md", "b.md", "sub/c"],
            id="a setting, and what its file takes in",
        ),
        pytest.param(
            {"api/.gemini/settings.json": '{"context": {"fileName": "N.md"}}',
             "api/x/n.md": "", "api/N.md": "", "n.md": ""},
            ["api/x/n.md", "api/n.md"],
            id="a name in every folder of the project",
        ),
        pytest.param(
            {"opencode.json": '{"instructions": ["Docs/**/*.md", "*.txt"]}',
             "docs/a/b.md": "", "c.txt": "", "docs/c.txt": "", "c.md": ""},
            ["docs/a/b.md", "c.txt"],
            id="patterns",
        ),
        pytest.param(
            {"opencode.json": '{"instructions": ["../*.md", "~/a*"]}', "a.md": ""}, [],
            id="patterns out of the tree",
        ),
        pytest.param(
            {".codex/config.toml": 'model_instructions_file = "a.md"', ".codex/a.md": "", "a.md": ""},
            [".codex/a.md", "a.md"],
            id="beside the settings, and in the project",
        ),
    ],
)  # fmt: skip
def test_imports(files: Mapping[str, Content], imports: list[str]) -> None:
    found = led(files)
    assert set(found.imports) == {*imports}
    assert not found.unknown


@pytest.mark.parametrize("folder", ["docs", "Docs"])
def test_each_that_may_be_meant(folder: str) -> None:
    files = {"CLAUDE.md": Link("DOCS/x/a"), "docs/x/a": "", "Docs/x/a": ""}
    assert set(led(files, [f"{folder}/x/a", f"{folder}/y"]).links) == {"docs/x/a"}


def test_links_deep_in_skills_that_a_setting_names() -> None:
    settings = '{"skills_paths": ["tools"]}'
    found = led({"crush.json": settings, "tools/a/b/c": Link("../../../lib/d"), "lib/d": ""})
    assert found.links["lib/d"] == "tools/a/b/c"


def test_a_submodule_in_an_agents_place_is_not_read() -> None:
    tree = MadeTree({"CLAUDE.md": SUBMODULE, ".claude": SUBMODULE, "crush.json": SUBMODULE})
    assert follow(tree, ["CLAUDE.md"], selects) == Followed()
    assert not tree.read


def test_each_is_told_with_the_file_that_leads_there() -> None:
    found = led({
        "CLAUDE.md": "@a.md", "a.md": "@b.md", "b.md": "", ".claude/skills": Link("../s"), "s/x": "",
    })  # fmt: skip
    assert found.imports == {"a.md": "CLAUDE.md", "b.md": "a.md"}
    assert found.links["s/x"] == ".claude/skills"


def test_only_what_changes_is_told() -> None:
    files = {"CLAUDE.md": "@a.md @b.md", "a.md": "", "b.md": "", "c.md": ""}
    assert set(led(files, ["b.md", "c.md"]).imports) == {"b.md"}


def test_agents_files_beside_the_way_to_a_change_are_not_looked_for() -> None:
    files = {"api/CLAUDE.md": "@../a.md", "web/x": "", "a.md": ""}
    assert not led(files, ["a.md", "web/x"]).imports
    assert set(led(files, ["a.md", "api/new"]).imports) == {"a.md"}


def test_folders_that_are_no_agents_are_not_looked_into() -> None:
    tree = MadeTree({
        ".claude/a/b/c.md": "", "src/a/b.py": "", ".yarn/x/y": "", ".github/prompts/p": "",
        ".github/workflows/w": "", "lib/l": "",
    })  # fmt: skip
    follow(tree, ["src/new.py"], selects)
    agents = {".claude", ".claude/a", ".claude/a/b", ".yarn", ".github", ".github/prompts"}
    assert set(tree.fetched) == {"", "src"} | agents
    assert len(tree.fetched) == len(set(tree.fetched))


# ---------------------------------------------------------------- limits


MANY = {f".claude/{n}.md": Link(f"../docs/{n}.md") for n in range(MOST_FILES + 5)}


@pytest.mark.parametrize(
    ("files", "place", "reason"),
    [
        ({"CLAUDE.md": None, NOTES: ""}, "CLAUDE.md", "too large"),
        ({"crush.json": None, NOTES: ""}, "crush.json", "too large"),
        ({"crush.json": '{"context_paths": [', NOTES: ""}, "crush.json", "cannot be read"),
        ({"AGENTS.md": "".join(f"@{n}\n" for n in range(MOST + 1))}, "AGENTS.md", "1,000 files"),
        (MANY, ".claude/1000.md", "1,000 agents' files"),
        ({f".claude/{n}/a": "" for n in range(MOST_FOLDERS)}, ".claude/", "2,000 folders"),
        (
            {"opencode.json": '{{"instructions": [{}]}}'.format(", ".join(['"a*"'] * (MOST_GLOBS + 1)))},
            "opencode.json",
            "50 patterns",
        ),
        (
            {**{f".claude/{n}.md": Link("x/" + "y/../" * 800) for n in range(100)}, "x/y/z": ""},
            ".claude/",
            "more names",
        ),
    ],
    ids=["text", "settings", "broken", "names", "files", "folders", "patterns", "steps"],
)  # fmt: skip
def test_past_its_limits_it_says_so(files: Mapping[str, Content], place: str, reason: str) -> None:
    [(where, why)] = led(files).unknown
    assert where.startswith(place)
    assert reason in why


def test_what_comes_first_is_followed_even_past_the_limits() -> None:
    found = led({"CLAUDE.md": Link("docs/0.md"), "docs/0.md": "", **MANY})
    assert found.unknown
    assert found.links["docs/0.md"] == "CLAUDE.md"


def test_as_many_links_are_followed_as_any_system_does() -> None:
    def chain(length: int) -> dict[str, Content]:
        links = {f"l{n}": Link(f"l{n + 1}") for n in range(length)}
        return {"CLAUDE.md": Link("l0"), **links, f"l{length}": ""}

    assert f"l{ways.MOST_LINKS}" in led(chain(ways.MOST_LINKS)).links
    assert f"l{ways.MOST_LINKS + 2}" not in led(chain(ways.MOST_LINKS + 2)).links


# ---------------------------------------------------------------- anything at all

STEPS = st.sampled_from(["a", "b", "A", "..", ".", "", ".claude", "CLAUDE.md", "c.md", "\udcff"])
TARGETS = st.lists(STEPS, min_size=1, max_size=5).map("/".join)
PATHS = st.sampled_from([
    "CLAUDE.md", ".claude/a", ".claude/b/AGENTS.md", "a/b", "a/c.md", "b", "c.md", "A/b",
    "opencode.json", ".claude/b/c", "\udcff/a",
])  # fmt: skip
CONTENTS = st.one_of(
    TARGETS.map(Link),
    TARGETS.map("@{}".format),
    TARGETS.map('{{"instructions": ["{}"]}}'.format),
    st.binary(max_size=20),
    st.none(),
    st.just(SUBMODULE),
)


def _apart(files: Mapping[str, Content]) -> bool:
    """No file stands where another needs a folder."""
    return not any(other.startswith(f"{path}/") for path in files for other in files)


@given(st.dictionaries(PATHS, CONTENTS, max_size=8).filter(_apart))
def test_any_tree_is_followed(files: Mapping[str, Content]) -> None:
    found = led(files, files.keys() or ["x"])
    assert {*found.links, *found.imports} <= set(map(fold, files))
