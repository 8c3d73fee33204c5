"""The page about agents says what `actors.toml` holds."""

from __future__ import annotations

import pytest

from agentguard import bundled
from agentguard.actors import load_markers
from tests import agents_page

MARKERS = load_markers(bundled.data("rules", "actors.toml"), "actors.toml")

pytestmark = pytest.mark.skipif(
    not agents_page.PAGE.is_file(), reason="the documentation is not here"
)


def test_the_table_is_up_to_date() -> None:
    page = agents_page.PAGE.read_text(encoding="utf-8")
    told = page.partition(agents_page.BEGIN)[2].partition(agents_page.END)[0]
    assert told == agents_page.table(), "run: python -m tests.agents_page"


def test_every_agent_has_a_mark() -> None:
    for who, entry in agents_page.agents().items():
        assert any(entry.get(kind) for kind in agents_page.KINDS), who


def test_every_session_has_a_label() -> None:
    assert MARKERS.sessions
    for who in MARKERS.sessions.values():
        assert MARKERS.labels[who], who
