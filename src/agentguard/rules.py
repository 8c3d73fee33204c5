"""A rule as frozen records: what is not allowed without approval, why, and how to put it right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from agentguard.change import FILE_STATUSES, FileStatus
from agentguard.finding import Effect, Severity

Actor = Literal["human", "agent", "automation", "unknown"]
Per = Literal["update", "commit", "window"]
ACTORS: tuple[Actor, ...] = ("human", "agent", "automation", "unknown")
PERS: tuple[Per, ...] = ("update", "commit", "window")
DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which part of a change is looked at. Without `paths`, everywhere."""

    actors: tuple[Actor, ...] = ACTORS
    paths: tuple[str, ...] = ()
    status: tuple[FileStatus, ...] = FILE_STATUSES

    @property
    def narrows(self) -> bool:
        """Something may be left out."""
        return bool(self.paths) or {*self.actors} != {*ACTORS} or {*self.status} != {*FILE_STATUSES}


@dataclass(frozen=True, slots=True)
class Scope(Narrowing):
    """Where a rule looks: in which environments, at what, and at which part of it.

    With `per` a window it adds up the pushes of so many seconds, and judges nothing else.
    """

    environments: tuple[str, ...] = ("production", "staging")
    per: tuple[Per, ...] = ("update",)
    window: float = DAY

    @property
    def adds_up(self) -> bool:
        """Earlier pushes count too."""
        return "window" in self.per


@dataclass(frozen=True)
class Condition:
    """One line of `[when]`: a measure's name, the limit as written, and how the measure parses it."""

    measure: str
    raw: Any
    parse: Callable[[object], Any] = field(repr=False, compare=False)

    @cached_property
    def limit(self) -> Any:
        """The limit as parsed: only when it is asked for, since a push asks for few of hundreds of
        regular expressions. Raises ValueError, unless it was asked for when the rule was read."""
        return self.parse(self.raw)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One `[[when]]`: all its conditions must hold for what the rule's scope and its own leave."""

    scope: Narrowing
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One `rules/<pack>/<id>.toml`.

    `effects` replaces `effect` for findings made by one kind of actor alone. `examples` are as
    written in the file; `agentguard.examples` runs them.
    """

    id: str
    pack: str
    title: str
    severity: Severity
    effect: Effect
    why: str
    fix: str
    scope: Scope
    when: tuple[Alternative, ...]
    approvals: int = 1
    teams: tuple[str, ...] = ()
    require_presence: bool = False
    require_verification: bool = False
    effects: Mapping[Actor, Effect] = field(default_factory=dict)
    since: str = ""
    references: tuple[str, ...] = ()
    examples: tuple[Mapping[str, Any], ...] = ()
    enabled: bool = True

    @property
    def path_entries(self) -> frozenset[str]:
        """Every pattern and `@class`, with its `!`, that the rule or an alternative of it names."""
        scopes = (self.scope, *(each.scope for each in self.when))
        return frozenset(entry for scope in scopes for entry in scope.paths)
