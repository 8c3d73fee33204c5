"""Decides who made a commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from agentguard.actors.folding import fold, fold_email
from agentguard.actors.markers import CERTAINTIES, Certainty, Identities, Mark, Markers
from agentguard.actors.message import marks_in
from agentguard.actors.signed import SignatureState, Signed, inspect

if TYPE_CHECKING:
    from agentguard.change import Commit, Person
    from agentguard.policy.model import ActorPolicy, Policy
    from agentguard.rules import Actor

_MAX_SHOWN = 160  # characters
KnownBy = Literal["account", "address", "key"]
"""What tells a policy that an agent made a commit, beside the commit's own marks."""

_RANK = {certainty: rank for rank, certainty in enumerate((*CERTAINTIES, ""))}


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who made one commit, and what says so.

    `agent` is the id of the tool in `actors.toml`, empty when no mark names one. `certainty` tells
    how far a mark goes; `touched` means a tool only had a hand in it. `evidence` holds text from
    the commit, unescaped. `signer` is an approver's id, or the fingerprint of another key.

    `signature`: `verified` by a valid key of an approver; `agent-key` verified by a key that the
    policy lists for an agent; `unlisted` is by a key that proves nothing here (not in the policy,
    expired or revoked), and was not verified; `bad` does not verify; `unsupported` is OpenPGP
    without the keys to tell, or X.509.

    `unlabelled` is how the policy knows an agent's commit that no mark gives away: then nobody else
    can see it. Empty for any other commit.
    """

    commit: str
    actor: Actor
    agent: str = ""
    certainty: Certainty | Literal[""] = ""
    evidence: str = ""
    signature: SignatureState = "none"
    signer: str = ""
    unlabelled: tuple[KnownBy, ...] = ()


def attribute(
    commit: Commit, markers: Markers, policy: Policy, now: datetime, pusher: str = ""
) -> Attribution:
    """Say who made `commit`, pushed by the server account `pusher`, by the server's clock `now`.

    A mark can only tighten: it outranks a human's signature and automation, also where another
    takes part of it back. Without proof the actor is `policy.actors.unproven`. Raises nothing.
    """
    signed = inspect(commit.signature, policy, now)
    known = tuple(_known_by(commit, policy.actors, signed, pusher))
    mark = _weighed(_marks(commit, markers, policy.actors, signed, pusher))
    actor, proof = _actor(commit, markers, policy.actors, signed, mark)
    return Attribution(
        commit=commit.id,
        actor=actor,
        agent=mark.agent,
        certainty=mark.certainty,
        evidence=mark.evidence if mark.certainty else proof or mark.evidence,
        signature=signed.state,
        signer=signed.signer,
        unlabelled=known if known and not _labelled(commit, markers, policy.actors) else (),
    )


def pushed_by_agent(pusher: str, policy: ActorPolicy) -> bool:
    """Whether a server account belongs to an agent."""
    return bool(pusher) and fold_email(pusher) in _folded(policy.agent_pushers)


def _known_by(
    commit: Commit, policy: ActorPolicy, signed: Signed, pusher: str
) -> Iterator[KnownBy]:
    if pushed_by_agent(pusher, policy):
        yield "account"
    people = (*commit.authors, *commit.committers)
    if any(_listed(person, policy.agent_emails) for person in people):
        yield "address"
    if signed.by == "agent":
        yield "key"


def _labelled(commit: Commit, markers: Markers, policy: ActorPolicy) -> bool:
    """Whether the commit itself names an agent, in whatever part of it. A quoted mark names none."""
    return any(mark.agent for mark in _own_marks(commit, markers, policy))


def _actor(
    commit: Commit, markers: Markers, policy: ActorPolicy, signed: Signed, mark: Mark
) -> tuple[Actor, str]:
    """The actor, and what says so where no mark does."""
    if mark.decides:
        return "agent", ""
    if mark.contested:
        return policy.unproven, ""
    if signed.by == "human" and not commit.problems:
        return "human", f"signed by {signed.signer}"
    if commit.authors and all(_automatic(author, markers, policy) for author in commit.authors):
        return "automation", f"author: {_shown(commit.author)}"
    return policy.unproven, ""


def _automatic(author: Person, markers: Markers, policy: ActorPolicy) -> bool:
    return _listed(author, policy.automation_emails) or bool(_whose(author, markers.automation))


def _weighed(marks: Iterable[Mark]) -> Mark:
    """The first of the most certain marks; nothing is read beyond an `authored` one.

    A message is taken at the least it says: "Assisted-by", or a suggestion taken over in review,
    beside "Co-authored-by" is a hand in it, and nothing more certain than that. Who is named as
    author, who signed and who pushed does not depend on such words.
    """
    best, helped = Mark(), Mark()
    for mark in marks:
        if mark.certainty == "authored":
            return mark
        if mark.certainty == "touched" and not helped.certainty:
            helped = mark
        if _RANK[mark.certainty] < _RANK[best.certainty] or not best.evidence:
            best = mark
    if not (best.decides and helped.certainty):
        return best
    both = f"{helped.evidence}, beside {best.evidence}"
    return replace(best, certainty="touched", evidence=both, contested=True)


def _marks(
    commit: Commit, markers: Markers, policy: ActorPolicy, signed: Signed, pusher: str
) -> Iterator[Mark]:
    if pushed_by_agent(pusher, policy):
        yield Mark(certainty="authored", evidence=f"pusher: {pusher}")
    if signed.by == "agent":
        yield Mark(certainty="authored", evidence=f"signed by an agent's key: {signed.signer}")
    yield from _own_marks(commit, markers, policy)


def _own_marks(commit: Commit, markers: Markers, policy: ActorPolicy) -> Iterator[Mark]:
    yield from _header_marks("author", "authored", commit.authors, markers, policy)
    yield from _header_marks("committer", "touched", commit.committers, markers, policy)
    yield from marks_in(commit.message, markers)


def _header_marks(
    header: str,
    certainty: Certainty,
    people: Iterable[Person],
    markers: Markers,
    policy: ActorPolicy,
) -> Iterator[Mark]:
    for person in people:
        agent, listed = _whose(person, markers.agents), _listed(person, policy.agent_emails)
        if agent or listed:
            yield Mark(agent, "authored" if listed else certainty, f"{header}: {_shown(person)}")


def _whose(person: Person, identities: Identities) -> str:
    name, email = _folded_person(person)
    return identities.of(name, (email,) if email else ())


def _listed(person: Person, emails: frozenset[str]) -> bool:
    return bool(emails) and _folded_person(person)[1] in _folded(emails)


@lru_cache(maxsize=64)
def _folded_person(person: Person) -> tuple[str, str]:
    """Name and address; the same few people for every commit of a push."""
    return " ".join(fold(person.name).split()), fold_email(person.email)


@lru_cache(maxsize=16)
def _folded(values: frozenset[str]) -> frozenset[str]:
    """The policy's addresses or accounts; the same few sets for every commit of a push."""
    return frozenset(map(fold_email, values))


def _shown(person: Person) -> str:
    return f"{person.name} <{person.email}>"[:_MAX_SHOWN]
