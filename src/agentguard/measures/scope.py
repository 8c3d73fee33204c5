"""Files outside what a commit itself, or the policy for its branch, said it would touch.

Whoever starts an agent has it put `Agentguard-Scope: src/auth/** tests/auth/**` at the end of its
commit messages. The statement stands in what is judged, so it can only make the judgement stricter:
what it covers must be covered by the policy's `scope` too, where there is one. Without either
nothing is measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agentguard.change import Commit
from agentguard.errors import ConfigurationError
from agentguard.measures.measure import Measure, Reading, View, number
from agentguard.names import fold
from agentguard.patterns import Match, check_pattern, compile_patterns

TRAILER = "agentguard-scope"
# Of what the judged commit says, so much is believed; the rest covers nothing.
MOST_PATTERNS = 100
LONGEST = 200  # characters
MOST_STARS = 6


def _declared(commit: Commit | None) -> list[str] | None:
    """The patterns a commit names, None when it names no scope."""
    found = [value for name, value in commit.trailers if name.lower() == TRAILER] if commit else []
    return [each for value in found for each in value.split()] if found else None


def _usable(patterns: Sequence[str]) -> Iterator[str]:
    """The patterns that can be read. One that cannot covers nothing."""
    for pattern in patterns[:MOST_PATTERNS]:
        if len(pattern) <= LONGEST and pattern.count("*") <= MOST_STARS and pattern[0] not in "!@":
            try:
                check_pattern(pattern)
            except ConfigurationError:
                continue
            yield pattern


def _read(view: View) -> Reading:
    declared = _declared(view.commit)
    scopes = [*view.scopes, *([] if declared is None else [tuple(_usable(declared))])]
    covers: list[Match] = [compile_patterns(scope) for scope in scopes]
    outside = [
        file.path
        for file in view.files
        if not all(inside(fold(path)) for path in file.paths for inside in covers)
    ]
    return Reading(len(outside), tuple(outside))


MEASURES: tuple[Measure, ...] = (
    replace(
        number(
            "out_of_scope",
            "files outside the paths that the commit, or the policy for its branch, declares",
            _read,
        ),
        of="commit",
    ),
)
