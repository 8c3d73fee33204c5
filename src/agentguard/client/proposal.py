"""What a human is asked to approve, computed here or taken from a refusal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agentguard.approvals.statement import Statement, parse, parse_pasted
from agentguard.change import RefUpdate
from agentguard.client.checkout import Checkout
from agentguard.client.terminal import short
from agentguard.decision import UpdateDecision
from agentguard.errors import ConfigurationError, SignatureError
from agentguard.gate import Gate
from agentguard.reading import read_file


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be approved: the statement (approver still open), the decision behind it, and the
    local branch that carries the approval."""

    statement: Statement
    decision: UpdateDecision
    branch: str


def propose(checkout: Checkout, branch: str, base: str, policy: Path | None) -> Proposal:
    """The statement that this clone computes. Raises ConfigurationError if none is needed."""
    update = checkout.branch_update(branch, base)
    decided = _decide(checkout.gate(checkout.onto_tip, policy), update)
    if not decided.statement:
        reason = decided.errors[0] if decided.errors else f"the change is {decided.verdict}"
        raise ConfigurationError(f"there is nothing to approve: {reason}")
    return Proposal(parse(decided.statement), decided, branch)


def propose_stated(checkout: Checkout, branch: str, base: str, refusal: Path) -> Proposal:
    """The statement in the text of a refusal, after making sure it is about this very branch.

    The server's policy need not be known here: what it asked for is in the statement.
    """
    stated = _stated(refusal)
    found = []
    for update, known in _candidates(checkout, stated.ref, checkout.commit(branch), base):
        decided = _decide(checkout.gate(known), update)
        if decided.totals.digest == stated.change:
            return Proposal(replace(stated, approver=""), decided, branch)
        found.append(short(decided.totals.digest) or "; ".join(decided.errors) or "not judged")
    raise ConfigurationError(
        f"{branch!r} is not the change that was refused: onto {stated.ref!a} it is "
        f"{' or '.join(dict.fromkeys(found))}, and refused was {short(stated.change)}. Fetch, "
        "check out exactly what was pushed, or name the old tip with --base."
    )


def lasting(proposal: Proposal, lifetime: timedelta | None) -> Proposal:
    """The proposal with an expiry of the approver's choosing, if there is one.

    Raises ConfigurationError when it has expired: old refusals are still lying around.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    if lifetime is not None:
        return replace(proposal, statement=replace(proposal.statement, expires=now + lifetime))
    if proposal.statement.expires <= now:
        raise ConfigurationError(
            f"what was asked for ended at {proposal.statement.expires:%Y-%m-%d %H:%M} UTC: push "
            "again for a new refusal, or say with --expires how long the approval counts"
        )
    return proposal


def _stated(refusal: Path) -> Statement:
    try:
        return parse_pasted(read_file(refusal).decode("utf-8", "replace"))
    except SignatureError as error:
        raise ConfigurationError(str(error)) from error


def _decide(gate: Gate, update: RefUpdate) -> UpdateDecision:
    return gate.judge([update]).updates[0]


def _candidates(checkout: Checkout, ref: str, tip: str, base: str) -> list[tuple[RefUpdate, str]]:
    """The pushes that the refusal may have been about, with the default branch's tip at the time:
    from a given base, onto the branch as it stands (a fast-forward or a rewind), to a new ref, or
    into an empty repository."""
    default = checkout.onto_tip
    if base:
        return [(RefUpdate(checkout.commit(base), tip, ref), default)]
    there = checkout.tip_of(ref)
    bases = [checkout.repository.merge_base(tip, there), there] if there else []
    olds = [old for old in dict.fromkeys(bases) if old and old != tip]
    new = RefUpdate("", tip, ref)
    return [*((RefUpdate(old, tip, ref), default) for old in olds), (new, default), (new, "")]
