"""Accept or refuse, with all the reasons; the pure end of a judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from agentguard.change import RefUpdate
from agentguard.finding import Finding

Verdict = Literal["accepted", "needs-approval", "denied", "error"]
VERDICTS: tuple[Verdict, ...] = ("accepted", "needs-approval", "denied", "error")
EXIT_CODES: Mapping[Verdict, int] = {"accepted": 0, "needs-approval": 1, "denied": 1, "error": 3}


def worst(verdicts: tuple[Verdict, ...]) -> Verdict:
    """The verdict that outweighs the others; nothing judged is an error, never a pass."""
    return max(verdicts, key=VERDICTS.index, default="error")


@dataclass(frozen=True, slots=True)
class Approval:
    """A human's statement that verified, and the rules it covers. `expires` is ISO 8601, UTC.

    `carrier` is how it came: `commit`, `merge`, `signature`, or `trailer` for plain text, which
    nobody verified, covers whatever was found, and does not expire. `commit` is "" for a push
    option. `key` is the fingerprint of the key that signed; `presence`, `verification` and
    `counter` are what FIDO hardware said. A `reason` is given when the glass was broken.
    `signature` is over `signed`: the statement itself, or the commit that it came in.
    """

    approver: str
    expires: str
    rules: tuple[str, ...]
    commit: str = ""
    carrier: str = "commit"
    key: str = ""
    presence: bool = False
    verification: bool = False
    counter: int | None = None
    reason: str = ""
    statement: str = field(default="", repr=False)
    signed: str = field(default="", repr=False)
    signature: str = field(default="", repr=False)

    @property
    def unverified(self) -> bool:
        """It is plain text: anybody can have written it."""
        return self.carrier == "trailer"

    def covers(self, rule: str) -> bool:
        """Whether the approver saw that this rule was broken."""
        return self.unverified or rule in self.rules


@dataclass(frozen=True, slots=True)
class RefusedApproval:
    """Something that claims to be an approval, and why it does not count.

    `step` names the step of verification that failed (`agentguard.approvals.verify`).
    """

    approver: str
    reason: str
    commit: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of one change as every report shows them. Lines are git's, or from content."""

    digest: str = ""
    commits: int = 0
    files: int = 0
    added_lines: int = 0
    deleted_lines: int = 0
    deletion_ratio: float = 0.0
    added_files: int = 0
    deleted_files: int = 0
    renamed_files: int = 0
    actors: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one update adds to the sum of a window rule: nothing once a human approved it.

    With `reset` the sum starts anew, since what it came to was approved.
    """

    policy: str
    rule: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    reset: bool = False


@dataclass(frozen=True, slots=True)
class UpdateDecision:
    """The decision on one ref update.

    `statement` is what an approver would sign (approver left open), empty when no approval is
    missing. `errors` say why it could not be judged; `notes` what a person should know anyway.
    `base` is the commit it was compared with, "" for nothing. `lost` tells that the new tip does
    not hold the old one. `windows` are what it adds to the sums of window rules.
    """

    update: RefUpdate
    environment: str
    verdict: Verdict
    totals: Totals = field(default_factory=Totals)
    findings: tuple[Finding, ...] = ()
    approvals: tuple[Approval, ...] = ()
    refused_approvals: tuple[RefusedApproval, ...] = ()
    statement: str = ""
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    base: str = ""
    lost: bool = False
    windows: tuple[Contribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on a whole push. `errors` are those that concern no single update.

    `head` is where the ledger ends that it was recorded in, "" if it was not.
    """

    updates: tuple[UpdateDecision, ...] = ()
    errors: tuple[str, ...] = ()
    head: str = ""

    @property
    def verdict(self) -> Verdict:
        """The worst of its parts; a push of nothing is an error."""
        if self.errors:
            return "error"
        return worst(tuple(update.verdict for update in self.updates))

    @property
    def exit_code(self) -> int:
        """0 accepted, 1 refused by policy, 3 could not be judged."""
        return EXIT_CODES[self.verdict]
