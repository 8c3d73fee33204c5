"""What a freeze says to the person who is stopped: until when, why, and who can lift it."""

from __future__ import annotations

from datetime import datetime

from agentguard.clock import iso
from agentguard.finding import FREEZE, Finding
from agentguard.policy.model import Approver, Freeze, Policy

MOST_NAMES = 5


def freeze_finding(freeze: Freeze, policy: Policy, now: datetime) -> Finding:
    """The finding of a freeze that holds at `now` under `policy`."""
    until = iso(freeze.until)
    by = f" by {freeze.by}" if freeze.by else ""
    return Finding(
        rule=FREEZE,
        title="This ref is frozen",
        severity="critical",
        effect=freeze.effect,
        message=f"Frozen until {until}{by}" + (f": {freeze.reason}" if freeze.reason else ""),
        measured={"frozen": True},
        limit={"frozen": until},
        why="A freeze was declared so that nothing changes while nobody watches. Agents have "
        "destroyed production during one.",
        fix=f"Wait until {until}. {_keeper(freeze, policy)} can lift it."
        + _emergency(freeze, policy, now),
        policy=freeze.source or policy.source,
    )


def _keeper(freeze: Freeze, policy: Policy) -> str:
    if freeze.by:
        return f"{freeze.by}, who declared it on the server,"
    return f"Whoever keeps {policy.source}"


def _emergency(freeze: Freeze, policy: Policy, now: datetime) -> str:
    """The people with break-glass keys, by name alone: how they use them is theirs to know."""
    people = policy.approvers.items()
    names = [name for name, approver in people if _breaks_glass(approver, policy, now)]
    if freeze.effect != "deny" or not names:
        return ""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return (
        f" In an emergency, so can {', '.join(names[:MOST_NAMES])}{more}, with a break-glass key."
    )


def _breaks_glass(approver: Approver, policy: Policy, now: datetime) -> bool:
    """Whether an approver has a break-glass key that counts now."""
    return any(policy.counts(each, now) for each in approver.break_glass)
