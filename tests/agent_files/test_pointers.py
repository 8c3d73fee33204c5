"""Which settings of which tools name files."""

from __future__ import annotations

import pytest

from agentguard.agent_files.pointers import NAMES, SETTINGS, Pointer, pointers, points
from agentguard.agent_files.targets import ENDS


@pytest.mark.parametrize(
    ("path", "content", "kind", "values"),
    [
        (
            ".gemini/settings.json",
            '{"context": {"fileName": ["A.md", "B.md"]}}',
            "name",
            ["A.md", "B.md"],
        ),
        ("api/.qwen/settings.json", '{"contextFileName": "A.md"}', "name", ["A.md"]),
        ("gemini-extension.json", '{"contextFileName": "A.md"}', "name", ["A.md"]),
        ("crush.json", '{"options": {"context_paths": ["a.md"]}}', "path", ["a.md"]),
        (".crush/x.json", '{"options": {"skills_paths": ["tools"]}}', "skills", ["tools"]),
        (".aider.conf.yml", "read: a.md\nload: b\n", "path", ["a.md", "b"]),
        ("opencode.jsonc", '{"instructions": ["docs/*.md"], // all\n}', "path", ["docs/*.md"]),
        (".opencode/x.json", '{"instructions": ["a.md"]}', "path", ["a.md"]),
        (
            ".amazonq/cli-agents/a.json",
            '{"resources": ["file://README.md", "x"], "prompt": "Do.", "other": "file://b"}',
            "path",
            ["README.md"],
        ),
        (".kiro/agents/a.json", '{"prompt": "file://./p.md"}', "path", ["./p.md"]),
        (".codex/config.toml", 'project_doc_fallback_filenames = ["A.md"]', "name", ["A.md"]),
        (".codex/config.toml", '[profiles.a]\nmodel_instructions_file = "a.md"', "path", ["a.md"]),
    ],
)
def test_pointers(path: str, content: str, kind: str, values: list[str]) -> None:
    assert points(path)
    found = pointers(path, content.encode())
    assert found == tuple(Pointer(kind, value) for value in values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (".gemini/settings.json", '{"fileName": "A.md"}'),
        (".aider.conf.yml", "model: read\n"),
        ("opencode.json", '{"instructions": {"a": "b"}}'),
        (".codex/config.toml", 'model = "x"\n'),
        ("crush.json", "{ broken"),
    ],
)
def test_other_settings(path: str, content: str) -> None:
    assert pointers(path, content.encode()) == ()


def test_what_cannot_be_read_is_said() -> None:
    assert pointers("crush.json", b'{"options": {"context_paths": ["a.md"') is None


@pytest.mark.parametrize(
    "path",
    ["settings.json", "a.gemini/settings.json", "xcrush.json", "opencode.json.md", "docs/read"],
)
def test_other_files(path: str) -> None:
    assert not points(path)


def test_names_are_in_the_table() -> None:
    assert all(map(points, NAMES))
    assert all(name.endswith(SETTINGS) and name[-1] in ENDS for name in NAMES)
