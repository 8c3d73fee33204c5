"""A push that begins where its ref does not stand: another was faster, or the client made it up."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from agentguard.change import RefUpdate
from agentguard.decision import Decision
from agentguard.finding import REF_MOVED, Finding
from agentguard.outcome import denied
from agentguard.policy.load import BUILT_IN


def overtaken(updates: Sequence[RefUpdate], moved: Collection[str]) -> Decision:
    """The decision on a push of which some refs are not where it begins. Git would refuse these as
    well, but after everything was judged: before a push that this one lands after, say."""
    return denied(updates, _finding(sorted(moved)))


def _finding(moved: Sequence[str]) -> Finding:
    more = f" and {len(moved) - 1:,} more" if len(moved) > 1 else ""
    return Finding(
        rule=REF_MOVED,
        title="Not where this push begins any more",
        severity="low",
        effect="deny",
        message=f"{moved[0]}{more} moved since it was fetched",
        measured={"moved": True},
        limit={"moved": False},
        why="Somebody else's push was faster. What they brought is not under yours yet.",
        fix="Fetch, put your commits on top of what is there now, and push again.",
        policy=BUILT_IN,
    )
