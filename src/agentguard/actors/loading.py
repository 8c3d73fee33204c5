"""Reads `actors.toml`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from agentguard.actors.folding import fold
from agentguard.actors.markers import (
    CERTAINTIES,
    Certainty,
    Identities,
    Markers,
    TrailerRule,
)
from agentguard.bundled import data
from agentguard.errors import ConfigurationError
from agentguard.regex import compile_regex
from agentguard.settings import parse_toml

_T = TypeVar("_T")

_TOP = ("openings", "session_names", "people", "automation", "agents")
_AUTOMATION = ("emails", "logins", "names")
_AGENT = (
    "emails",
    "email_patterns",
    "logins",
    "names",
    "name_suffixes",
    "bare_names",
    "models",
    "trailers",
    "assist_trailers",
    "credits",
    "lines",
    "links",
    "subjects",
    "review",
    "label",
    "sessions",
)


@dataclass(frozen=True, slots=True)
class _Table:
    """A TOML table that knows where it stands, for messages."""

    source: str
    path: str
    content: Mapping[str, Any]

    def get(self, key: str, kind: type[_T], default: _T) -> _T:
        value = self.content.get(key, default)
        if not isinstance(value, kind):
            raise self.error(key, f"must be a {kind.__name__}, not {value!r}")
        return value

    def texts(self, key: str) -> list[str]:
        """A list of strings, folded."""
        values = self.get(key, list, [])
        if not all(isinstance(value, str) and value for value in values):
            raise self.error(key, "must be a list of strings that are not empty")
        return [fold(value) for value in values]

    def pattern(self, key: str, text: object) -> re.Pattern[str]:
        if not isinstance(text, str) or not text:
            raise self.error(key, f"must be a regular expression, not {text!r}")
        try:
            return compile_regex(text)
        except ValueError as error:
            raise self.error(key, f"{text!r} is {error}") from error

    def table(self, key: str, allowed: tuple[str, ...] | None = None) -> _Table:
        inner = _Table(self.source, f"{self.path}{key}.", self.get(key, dict, {}))
        return inner.only(allowed) if allowed else inner

    def only(self, allowed: tuple[str, ...]) -> _Table:
        for key in self.content:
            if key not in allowed:
                import difflib

                near = difflib.get_close_matches(key, allowed, n=1, cutoff=0.0)[0]
                raise self.error(key, f"unknown key; the nearest one is {near!r}")
        return self

    def error(self, key: str, problem: str) -> ConfigurationError:
        return ConfigurationError(f"{self.source}: {self.path}{key}: {problem}")


def bundled_markers() -> Markers:
    """The markers that ship with agentguard."""
    return load_markers(data("rules", "actors.toml"), "actors.toml")


def load_markers(text: bytes, source: str) -> Markers:
    """Read the markers from TOML; `source` is how messages name the file.

    Raises ConfigurationError naming file and key for anything malformed, unknown or said twice.
    """
    top = _Table(source, "", parse_toml(text, source)).only(_TOP)
    named = top.table("agents")
    agents = {who: named.table(who, _AGENT) for who in named.content}
    automation = {"automation": top.table("automation", _AUTOMATION)}
    return _markers(top, agents, _identities(automation))


def _markers(top: _Table, agents: Mapping[str, _Table], automation: Identities) -> Markers:
    identities = _identities(agents)
    people = _people(top.table("people"))
    trailers = _trailers(agents)
    openings = tuple(top.texts("openings"))
    lines, links = _owners(agents, "lines"), _owners(agents, "links")
    words = {max(key.split("-"), key=len) for key in (*people, *trailers)}
    return Markers(
        agents=identities,
        automation=automation,
        people=people,
        trailers=trailers,
        openings=openings,
        credits={**identities.names, **identities.bare_names, **_owners(agents, "credits")},
        lines=lines,
        links=links,
        subjects=_owners(agents, "subjects"),
        review=frozenset(who for who, table in agents.items() if table.get("review", bool, False)),
        needles=tuple(sorted({*words, *openings, *lines, *links})),
        session_names=tuple(top.texts("session_names")),
        sessions=_owners(agents, "sessions"),
        labels={who: table.get("label", str, "") for who, table in agents.items()},
    )


def _identities(agents: Mapping[str, _Table]) -> Identities:
    logins = _owners(agents, "logins")
    bots = {login: who for login, who in logins.items() if login.endswith("[bot]")}
    return Identities(
        emails=_owners(agents, "emails"),
        logins=logins,
        names={**bots, **_owners(agents, "names")},
        bare_names=_owners(agents, "bare_names"),
        name_suffixes=_owners(agents, "name_suffixes"),
        email_patterns=_patterns(
            agents, "email_patterns", lambda t: t.get("email_patterns", list, [])
        ),
        models=_patterns(
            agents, "models", lambda t: [t.content["models"]] if "models" in t.content else []
        ),
    )


def _owners(agents: Mapping[str, _Table], key: str) -> dict[str, str]:
    """Every folded string of `key`, and whose it is."""
    owners: dict[str, str] = {}
    for who, table in agents.items():
        for text in table.texts(key):
            if text in owners:
                raise table.error(key, f"{text!r} already belongs to {owners[text]!r}")
            owners[text] = who
    return owners


def _patterns(
    agents: Mapping[str, _Table], key: str, texts: Callable[[_Table], Iterable[object]]
) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (table.pattern(key, text), who) for who, table in agents.items() for text in texts(table)
    )


def _people(table: _Table) -> dict[str, Certainty]:
    for key, value in table.content.items():
        if value not in CERTAINTIES:
            raise table.error(key, f"must be one of {', '.join(CERTAINTIES)}, not {value!r}")
    return cast("dict[str, Certainty]", dict(table.content))


def _trailers(agents: Mapping[str, _Table]) -> dict[str, tuple[TrailerRule, ...]]:
    rules: dict[str, tuple[TrailerRule, ...]] = {}
    kinds: tuple[tuple[str, Certainty], ...] = (
        ("trailers", "marker"),
        ("assist_trailers", "touched"),
    )
    for who, agent in agents.items():
        for kind, certainty in kinds:
            table = agent.table(kind)
            for key, value in table.content.items():
                rule = TrailerRule(table.pattern(key, value), who, certainty)
                rules[key] = (*rules.get(key, ()), rule)
    return rules
