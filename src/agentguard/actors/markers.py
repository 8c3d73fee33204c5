"""The marks of agents, ready for look-up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Certainty = Literal["authored", "co-authored", "marker", "touched"]
CERTAINTIES: tuple[Certainty, ...] = ("authored", "co-authored", "marker", "touched")
"""Strongest first."""

_NOREPLY = re.compile(r"(?:\d+\+)?([^@]+)@users\.noreply\.[^@]+")
_NAME_PARTS = re.compile(r"[(/:]| via ")
_NOBODY = ("noreply", "no-reply")
_NOWHERE = ("local", "localhost", "example.com", "example.net", "example.org")


@dataclass(frozen=True, slots=True)
class Mark:
    """One piece of evidence.

    `agent` is empty where the policy, not the commit, says that it is an agent. `certainty` is
    empty for a mark that is only quoted, which is worth a mention and proves nothing. `contested`:
    the commit also says less than this mark did.
    """

    agent: str = ""
    certainty: Certainty | Literal[""] = ""
    evidence: str = ""
    contested: bool = False

    @property
    def decides(self) -> bool:
        """The commit is an agent's; otherwise one had a hand in it at most."""
        return self.certainty not in {"touched", ""}


@dataclass(frozen=True, slots=True)
class TrailerRule:
    """A trailer with a value that only a tool writes."""

    value: re.Pattern[str]
    agent: str
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Identities:
    """Who is who. Keys are folded; values are the agent's id."""

    emails: Mapping[str, str]
    logins: Mapping[str, str]
    names: Mapping[str, str]
    bare_names: Mapping[str, str]
    name_suffixes: Mapping[str, str]
    email_patterns: tuple[tuple[re.Pattern[str], str], ...]
    models: tuple[tuple[re.Pattern[str], str], ...]

    def of(self, name: str, emails: Sequence[str]) -> str:
        """The id of whoever has this folded name and these folded addresses, or "".

        The address goes before the name: people put their own name to a tool's address.
        """
        for email in emails:
            if who := self._by_email(email):
                return who
        return self._by_name(name, personal=any(map(_personal, emails)))

    def _by_name(self, name: str, *, personal: bool) -> str:
        for end, who in self.name_suffixes.items():
            if name.endswith(end):
                return who
        parts = [part.strip(" )") for part in _NAME_PARTS.split(name)]
        for part in parts:
            if part in self.names:
                return self.names[part]
        if parts[0] in self.bare_names and not personal:
            return self.bare_names[parts[0]]
        return next((who for form, who in self.models if form.search(name)), "")

    def _by_email(self, email: str) -> str:
        if email in self.emails:
            return self.emails[email]
        account = _NOREPLY.fullmatch(email)
        if account:
            return self.logins.get(account[1], "")
        return next((who for form, who in self.email_patterns if form.fullmatch(email)), "")


@dataclass(frozen=True, slots=True)
class Markers:
    """`actors.toml` as read. `needles`: a message without any of them has no mark but a subject.

    `session_names` are variables whose value names the agent, `sessions` those that one agent sets
    for the commands it runs, `labels` how an agent is called in a trailer.
    """

    agents: Identities
    automation: Identities
    people: Mapping[str, Certainty]
    trailers: Mapping[str, tuple[TrailerRule, ...]]
    openings: tuple[str, ...]
    credits: Mapping[str, str]
    lines: Mapping[str, str]
    links: Mapping[str, str]
    subjects: Mapping[str, str]
    review: frozenset[str]
    needles: tuple[str, ...]
    session_names: tuple[str, ...]
    sessions: Mapping[str, str]
    labels: Mapping[str, str]

    def as_co_author(self, agent: str, certainty: Certainty) -> Certainty:
        """`certainty`, but review bots named as co-author only had a suggestion accepted."""
        return "touched" if agent in self.review else certainty


def _personal(email: str) -> bool:
    """Whether the address may be somebody's. `claude@laptop.local` is: git makes such addresses."""
    local, _, domain = email.rpartition("@")
    return local not in _NOBODY and domain not in _NOWHERE
