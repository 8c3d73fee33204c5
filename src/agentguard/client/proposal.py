"""What a human is asked to approve, computed here or taken from a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agentguard.approvals.statement import Statement, parse, parse_pasted
from agentguard.change import RefUpdate
from agentguard.client.checkout import Checkout
from agentguard.client.target import Target, find_target
from agentguard.client.terminal import short
from agentguard.decision import UpdateDecision
from agentguard.errors import ConfigurationError, SignatureError
from agentguard.finding import FREEZE
from agentguard.gate import Gate
from agentguard.policy.environments import DEVELOPMENT
from agentguard.policy.stack import protecting
from agentguard.reading import read_file


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be approved: the statement (approver still open), the decision behind it with the
    gate that made it, and the name and local branch of the target (`Target`)."""

    statement: Statement
    decision: UpdateDecision
    gate: Gate
    name: str
    branch: str = ""


def propose(
    checkout: Checkout, target: Target, policy: Path | None, *, breaking: bool = False
) -> Proposal:
    """The statement that this clone computes, `breaking` the glass or not.

    Raises ConfigurationError if none is needed, or none would help.
    """
    update = checkout.branch_update(target.tip, target.base)
    gate = checkout.gate(target.base or checkout.onto_tip, policy)
    decided = _decide(gate, update)
    statement = _needed(gate, decided, breaking=breaking)
    if statement is None:
        reason = decided.errors[0] if decided.errors else f"the change is {decided.verdict}"
        raise ConfigurationError(f"there is nothing to approve: {reason}{_elsewhere(decided)}")
    return Proposal(statement, decided, gate, target.name, target.branch)


def _elsewhere(decided: UpdateDecision) -> str:
    """What a clone cannot know: a server adds pushes up, and may have a stricter policy."""
    if decided.verdict != "accepted":
        return ""
    return ", as far as this clone knows. If a server refused it: agentguard approve --statement -"


def propose_stated(
    checkout: Checkout,
    named: str,
    base: str,
    refusal: Path,
    *,
    carries: bool,
    breaking: bool = False,
) -> Proposal:
    """The statement in the text of a refusal, after making sure what it is about: the target
    `named` (see `find_target`), or the deletion of a ref.

    The server's policy need not be known here: what it asked for is in the statement.
    """
    stated = _stated(refusal)
    gone = _deletion(checkout, stated, base)
    if gone is not None:
        return gone
    target = find_target(checkout, named, base, carries=carries)
    found = []
    for update, known in _candidates(checkout, stated.ref, target.tip, target.base):
        gate = _gate(checkout, known, stated.ref)
        decided = _decide(gate, update)
        if decided.totals.digest == stated.change:
            _check_freeze(decided, breaking=breaking)
            return Proposal(stated, decided, gate, target.name, target.branch)
        found.append(short(decided.totals.digest) or "; ".join(decided.errors) or "not judged")
    raise ConfigurationError(
        f"{target.name!r} is not the change that was refused: onto {stated.ref!a} it is "
        f"{' or '.join(dict.fromkeys(found))}, and refused was {short(stated.change)}. Fetch, "
        "check out exactly what was pushed, or name the old tip with --base."
    )


def broken(proposal: Proposal, reason: str) -> Proposal:
    """The proposal as an emergency: for a reason, for as short as the policies say, and for any
    freeze as well."""
    found = proposal.decision.findings
    frozen = {finding.rule for finding in found if finding.rule == FREEZE}
    rules = tuple(sorted({*proposal.statement.rules, *frozen}))
    policies = proposal.gate.stack.policies
    expires = _from_now(min(policy.approvals.break_glass_max_age for policy in policies))
    stated = replace(proposal.statement, rules=rules, reason=reason, expires=expires)
    return replace(proposal, statement=stated)


def lasting(proposal: Proposal, lifetime: timedelta | None) -> Proposal:
    """The proposal with an expiry of the approver's choosing, if there is one.

    Raises ConfigurationError when it has expired: old refusals are still lying around.
    """
    expires = proposal.statement.expires if lifetime is None else _from_now(lifetime)
    if expires <= datetime.now(UTC):
        raise ConfigurationError(
            f"what was asked for ended at {expires:%Y-%m-%d %H:%M} UTC: push again for a new "
            "refusal, or say with --expires how long the approval counts"
        )
    return replace(proposal, statement=replace(proposal.statement, expires=expires))


def _from_now(lifetime: timedelta) -> datetime:
    return (datetime.now(UTC) + lifetime).replace(microsecond=0)


def _stated(refusal: Path) -> Statement:
    """What was asked for, with what an approver fills in left open."""
    try:
        found = parse_pasted(read_file(refusal).decode("utf-8", "replace"))
    except SignatureError as error:
        raise ConfigurationError(str(error)) from error
    return replace(found, approver="", reason="")


def _decide(gate: Gate, update: RefUpdate) -> UpdateDecision:
    return gate.judge([update]).updates[0]


def _needed(gate: Gate, decided: UpdateDecision, *, breaking: bool) -> Statement | None:
    """The statement that the gate asks for. Who can break the glass is often known to the server
    alone, so where only a freeze is in the way it may be stated without that."""
    _check_freeze(decided, breaking=breaking)
    if decided.statement:
        return parse(decided.statement)
    in_the_way = [finding for finding in decided.findings if not finding.satisfied]
    liftable = all(finding.effect == "approve" or finding.rule == FREEZE for finding in in_the_way)
    if not (in_the_way and liftable and decided.totals.digest):
        return None
    rules = {finding.rule for finding in decided.findings if finding.effect != "warn"}
    asked = tuple(sorted(rules))
    name, change = gate.stack.repository, decided.totals.digest
    return Statement(name, decided.update.ref, change, asked, _from_now(timedelta(hours=1)))


def _check_freeze(decided: UpdateDecision, *, breaking: bool) -> None:
    frozen = [f for f in decided.findings if f.rule == FREEZE and f.effect == "deny"]
    if not breaking and any(not finding.satisfied for finding in frozen):
        raise ConfigurationError(
            f"{decided.update.ref} is frozen: only breaking the glass lifts that, with --break-glass"
        )


def _gate(checkout: Checkout, known: str, ref: str) -> Gate:
    """The gate of this clone, which knows of a ref that the server refused that it is protected."""
    gate = checkout.gate(known)
    if gate.stack.environment(ref) != DEVELOPMENT:
        return gate
    policies = tuple(protecting(ref, policy) for policy in gate.stack.policies)
    return replace(gate, stack=replace(gate.stack, policies=policies))


def _deletion(checkout: Checkout, stated: Statement, base: str) -> Proposal | None:
    """The proposal if what was refused is that the ref goes away, from where it stands here."""
    held = checkout.commit(base) if base else checkout.object_of(stated.ref)
    if not held:
        return None
    gate = _gate(checkout, checkout.onto_tip, stated.ref)
    decided = _decide(gate, RefUpdate(held, "", stated.ref))
    found = decided.totals.digest == stated.change
    return Proposal(stated, decided, gate, stated.ref) if found else None


def _candidates(
    checkout: Checkout, ref: str, tip: str, base: str
) -> Iterator[tuple[RefUpdate, str]]:
    """The pushes that the refusal may have been about, with the default branch's tip at the time:
    from a given base, onto the branch as it stands (a fast-forward or a rewind), to a new ref, or
    into an empty repository."""
    default = checkout.onto_tip
    if base:
        yield RefUpdate(base, tip, ref), default
        return
    there = checkout.tip_of(ref)
    bases = [checkout.repository.merge_base(tip, there), there] if there else []
    for old in dict.fromkeys(bases):
        if old and old != tip:
            yield RefUpdate(old, tip, ref), default
    yield RefUpdate("", tip, ref), default
    yield RefUpdate("", tip, ref), ""
