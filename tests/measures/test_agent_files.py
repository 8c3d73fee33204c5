"""What agents' files lead to, in numbers and in words."""

from __future__ import annotations

import pytest

from agentguard.change import FileChange, Followed
from tests.changes import change, commit, file, findings, renamed, rule

LINKS = {"docs/a.md": "CLAUDE.md", "tools/run.sh": ".claude/skills"}
IMPORTS = {"docs/a.md": "AGENTS.md", "readme.md": "AGENTS.md"}
FOLLOWED = Followed(LINKS, IMPORTS)


def found(
    when: str, *files: FileChange, followed: Followed = FOLLOWED, scope: str = ""
) -> list[str]:
    changed = change(commit("c", *files), followed=followed)
    return [each.message for each in findings(changed, rule(when, scope=scope))]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([file("docs/a.md")], "docs/a.md: CLAUDE.md is a link to it"),
        ([file("README.md")], "README.md: AGENTS.md takes it in"),
        ([renamed("README.md", "b.md")], "README.md: AGENTS.md takes it in"),
        ([file("README.md"), file("tools/run.sh"), file("x")],
         "tools/run.sh: .claude/skills is a link to it; README.md: AGENTS.md takes it in"),
    ],
)  # fmt: skip
def test_targets(files: list[FileChange], words: str) -> None:
    assert found("agent_targets = '>= 1'", *files) == [words]


def test_what_nothing_leads_to_is_none() -> None:
    assert not found("agent_targets = '>= 1'", file("x"))
    assert not found("agent_targets = '>= 3'", file("docs/a.md"), file("README.md"))


@pytest.mark.parametrize(
    ("scope", "path", "matches"),
    [
        ("paths = '@agent-links'", "docs/a.md", True),
        ("paths = '@agent-links'", "README.md", False),
        ("paths = ['@agent-imports', '!@agent-links']", "docs/a.md", False),
        ("paths = ['@agent-imports', '!@agent-links']", "README.md", True),
        ("paths = '@agent-links'\nper = 'commit'", "tools/run.sh", True),
        ("paths = '@agent-links'\nper = 'commit'", "tools/other.sh", False),
    ],
)
def test_the_classes_in_any_rule(scope: str, path: str, *, matches: bool) -> None:
    assert bool(found("files = '>= 1'", file(path), scope=scope)) == matches


def test_what_is_not_known() -> None:
    followed = Followed(unknown=(("CLAUDE.md", "is too large to be read"), ("", "too many")))
    when = "unfollowed_agent_files = '>= 2'"
    [words] = found(when, file("x"), followed=followed)
    assert words == "CLAUDE.md: is too large to be read; the root: too many"
    assert not found(when, file("x"))
