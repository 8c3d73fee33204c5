"""Who made a commit, how it is signed, and what it says. For rules with `per = "commit"`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import get_args

from agentguard.actors import SignatureState
from agentguard.measures.claims import CLAIMS, claim_of
from agentguard.measures.measure import (
    Limit,
    Measure,
    Reading,
    View,
    anything,
    one_of,
    parse_patterns,
    shortened,
    within,
)
from agentguard.rules import ACTORS

LONGEST_SUBJECT = 60  # characters of it that are shown


def _actor(view: View, _limit: Limit) -> Reading:
    return Reading(view.attribution.actor if view.attribution else "unknown")


def _signature(view: View, _limit: Limit) -> Reading:
    return Reading(view.attribution.signature if view.attribution else "none")


def _message(view: View, patterns: Sequence[re.Pattern[str]]) -> Reading:
    message = view.commit.message if view.commit else ""
    return Reading(sum(1 for pattern in patterns if pattern.search(message)))


def _claims(view: View, _limit: Limit) -> Reading:
    """What small thing it claims, and in words who says so."""
    subject = view.commit.subject if view.commit else ""
    if not view.commit or not (claim := claim_of(subject)):
        return Reading("")
    cut = shortened(subject, LONGEST_SUBJECT)
    return Reading(claim, details=(f'{view.commit.id[:12]} says "{cut}"',))


def _parse_trailers(raw: object) -> dict[str, tuple[re.Pattern[str], ...]]:
    if not isinstance(raw, dict) or not raw:
        raise ValueError("expected a table of trailer name to regular expression")
    return {str(name).lower(): parse_patterns(patterns) for name, patterns in raw.items()}


def _trailers(view: View, limit: Mapping[str, Sequence[re.Pattern[str]]]) -> Reading:
    trailers = view.commit.trailers if view.commit else ()
    return Reading(
        sum(
            any(pattern.search(value) for pattern in limit.get(name.lower(), ()))
            for name, value in trailers
        )
    )


MEASURES: tuple[Measure, ...] = (
    Measure("actor", "who made the commit", one_of(ACTORS), _actor, within, of="commit", said=True),
    Measure(
        "signature",
        "state of the commit's signature; `verified` is by a key the policy lists",
        one_of(get_args(SignatureState)),
        _signature,
        within,
        of="commit",
        said=True,
    ),
    Measure(
        "message",
        "regular expressions found in the message",
        parse_patterns,
        _message,
        anything,
        of="commit",
        said=True,
    ),
    Measure(
        "claims",
        "the small thing that the subject says the commit is",
        one_of(tuple(CLAIMS)),
        _claims,
        within,
        of="commit",
        said=True,
    ),
    Measure(
        "trailers",
        "trailers by name whose value matches",
        _parse_trailers,
        _trailers,
        anything,
        of="commit",
        said=True,
    ),
)
