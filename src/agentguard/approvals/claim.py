"""Something in a push that sets out to be an approval, before anything about it is believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from agentguard.approvals.statement import Statement, parse
from agentguard.change import Commit, Signature
from agentguard.errors import SignatureError

Carrier = Literal["commit", "merge", "signature"]
Step = Literal[
    "carrier", "statement", "commit", "change", "time", "signature",
    "approver", "key", "presence", "person", "use",
]  # fmt: skip

GIT = "git"  # the namespace in which git signs commits
DETACHED = "agentguard-approval@v1"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something is no approval, whatever the policy says: the step it fails, and the reason."""

    step: Step
    reason: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What a carrier brings: a statement, the signature over it, and the commit they came in.

    Without a `fault` there is a `statement`. Nothing has been verified but the form. The `commit`
    is None for what came as a push option.
    """

    carrier: Carrier
    statement: Statement | None
    signature: Signature | None = None
    commit: Commit | None = None
    fault: Fault | None = None

    @property
    def namespace(self) -> str:
        """What the signature must have been made for."""
        return DETACHED if self.carrier == "signature" else GIT


def claim(
    carrier: Carrier,
    text: str,
    commit: Commit | None,
    *checks: Callable[[], Fault | None],
    signature: Signature | None = None,
) -> Claim:
    """A claim of the statement `text`; the first check that finds a fault spoils it."""
    try:
        statement = parse(text)
    except SignatureError as error:
        return Claim(carrier, None, signature, commit, Fault("statement", str(error)))
    fault = next((found for check in checks if (found := check())), None)
    return Claim(carrier, statement, signature, commit, fault)
