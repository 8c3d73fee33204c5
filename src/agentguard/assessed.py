"""What can be said of an update without knowing what was pushed before: read and judged, undecided."""

from __future__ import annotations

from dataclasses import dataclass

from agentguard.approvals.claim import Claim
from agentguard.change import Change
from agentguard.finding import Finding
from agentguard.makers import Judged
from agentguard.policy.model import Policy
from agentguard.promotion import Promotion


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one policy finds in a change. `way` is how it was promoted, None if it was not."""

    policy: Policy
    judged: Judged
    findings: tuple[Finding, ...]
    way: Promotion | None = None


@dataclass(frozen=True, slots=True)
class Assessed:
    """One update before all policies. `brought` sets out to approve it. `counted` tells whether
    files and lines were read at all."""

    change: Change
    environment: str
    brought: tuple[Claim, ...]
    opinions: tuple[Opinion, ...]
    counted: bool
