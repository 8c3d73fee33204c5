"""In which agent's session a command runs."""

from __future__ import annotations

import pytest

from agentguard import bundled
from agentguard.actors import attribute, load_markers, session
from tests.test_actors import NOW, POLICY, commit

MARKERS = load_markers(bundled.data("rules", "actors.toml"), "actors.toml")


@pytest.mark.parametrize(
    ("environment", "agent"),
    [
        ({"CLAUDECODE": "1"}, "claude-code"),
        ({"CLAUDE_CODE_ENTRYPOINT": "cli"}, "claude-code"),
        ({"CODEX_SANDBOX": "seatbelt"}, "codex"),
        ({"CURSOR_AGENT": "1"}, "cursor"),
        ({"GEMINI_CLI": "1"}, "gemini-cli"),
        ({"COPILOT_CLI": "1"}, "copilot-cli"),
        ({"OPENCODE": "1"}, "opencode"),
        ({"AGENT": "amp", "CLAUDECODE": "1"}, "amp"),
        ({"AGENT": "goose"}, "goose"),
        ({"AI_AGENT": "Claude-Code@2.1"}, "claude-code"),
        ({"AI_AGENT": "claude-code_2-1-0_agent"}, "claude-code"),
    ],
)
def test_sessions_of_agents(environment: dict[str, str], agent: str) -> None:
    assert session({"PATH": "/bin", **environment}, MARKERS) == agent


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"CLAUDECODE": ""},
        {"CLAUDECODE": "0"},
        {"OPENCODE": "false"},
        {"AGENT": "1"},
        {"AGENT": "build-7"},
        {"AI_AGENT": ""},
        {"CURSOR_TRACE_ID": "1"},
        {"AIDER_MODEL": "sonnet"},
        {"TERM_PROGRAM": "vscode"},
        {"EDITOR": "cursor"},
    ],
)
def test_people_s_terminals(environment: dict[str, str]) -> None:
    assert session(environment, MARKERS) == ""


@pytest.mark.parametrize(
    ("who", "label"), [pair for pair in MARKERS.labels.items() if pair[1]], ids=lambda part: part
)
def test_a_label_is_read_as_what_it_says(who: str, label: str) -> None:
    found = attribute(commit(f"fix\n\nAssisted-by: {label}"), MARKERS, POLICY, NOW)
    assert found.agent == who
    assert found.certainty in {"touched", "marker"}
