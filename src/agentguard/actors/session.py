"""Which agent runs the command we are in, by the variables that agents set for their commands."""

from __future__ import annotations

from collections.abc import Mapping

from agentguard.actors.folding import fold
from agentguard.actors.markers import Markers

_OFF = frozenset({"", "0", "false", "no", "off"})


def session(environment: Mapping[str, str], markers: Markers) -> str:
    """The id of the agent in whose session this process runs, "" for none that says so.

    Anybody can set a variable, and an agent can take its own away: this is for an honest label, and
    proves nothing. A variable that names the agent goes before others, because agents that are built
    on another one, or started by one, inherit its variables.
    """
    said = {fold(name): value.strip() for name, value in environment.items()}
    for name in markers.session_names:
        # Such as `crush`, `claude-code@2.1` or `claude-code_2-1-0_agent`.
        who = fold(said.get(name, "")).partition("@")[0].partition("_")[0]
        if markers.labels.get(who):
            return who
    return next(
        (who for name, who in markers.sessions.items() if said.get(name, "").lower() not in _OFF),
        "",
    )
