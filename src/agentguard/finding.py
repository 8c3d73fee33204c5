"""A rule that matched, with what was measured, what the limit is, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Effect = Literal["warn", "approve", "deny"]
Severity = Literal["low", "medium", "high", "critical"]
Value = int | float | bool | str | tuple[str, ...]

FREEZE = "freeze"  # the one rule of effect `deny` that breaking the glass lifts
LOCKDOWN = "lockdown"  # which nothing lifts but its own end
AGENT_PUSH = "agent-push"
REF_MOVED = "ref-moved"
AGENT_PROMOTION = "agent-promotion"

EFFECTS: tuple[Effect, ...] = ("warn", "approve", "deny")
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that matched in one update.

    `measured` and `limit` have the same keys: names of measures. `paths` and `commits` are where it
    was seen, worst first. `approvals` distinct humans (of one of `teams`, when named) must approve
    it, with the touch of a hardware key if `require_presence`, with PIN or biometric if
    `require_verification`; `approved_by` are those who did, `unverified` those of them whose
    approval is plain text, `broken_by` who broke the glass. `policy` names the file that asked.
    `vanished` holds raw diff records that only single commits of the push show; they belong to
    what an approval covers.
    """

    rule: str
    title: str
    severity: Severity
    effect: Effect
    message: str
    measured: Mapping[str, Value]
    limit: Mapping[str, Value]
    why: str
    fix: str
    paths: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    approvals: int = 1
    teams: tuple[str, ...] = ()
    require_presence: bool = False
    require_verification: bool = False
    approved_by: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    broken_by: tuple[str, ...] = ()
    policy: str = "built-in rules"
    vanished: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not self.rule or not self.measured or set(self.measured) != set(self.limit):
            raise ValueError(f"a finding needs a rule, and a limit for each measure: {self.rule!r}")
        if self.effect == "approve" and self.approvals < 1:
            raise ValueError(f"{self.rule} asks for approval by nobody")

    @property
    def satisfied(self) -> bool:
        """It no longer stands in the way."""
        if self.effect == "warn" or self.broken_by:
            return True
        return self.effect == "approve" and len(set(self.approved_by)) >= self.approvals
