"""Promotions: changes that reach a ref by way of another environment, where they were judged.

Pure. What landed where comes from the ledger (`Landed`), which nothing in a push can write; what
git has to answer comes as functions.

An update old → new is a promotion from the ref S if

1. the ledger shows an unbroken chain of landed updates of S, each beginning where the one before
   ended, the last of them ending at the tip that is promoted,
2. the chain begins at a commit that the history of `old` holds,
3. `new` is that tip, or a merge of exactly `old` and that tip as git itself would have made it, and
4. every file that the update changes changes exactly as it did from one end of the chain to the
   other. Without this, work that only `old` has could be undone on S, where nobody saw it go.

New refs, deletions, rewinds and tags are none. Empty approval commits on top do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from agentguard.approvals.digest import raw_record
from agentguard.change import Change
from agentguard.engine import applicable
from agentguard.finding import EFFECTS, Finding
from agentguard.measures.size import MEASURES
from agentguard.policy.environments import environment_of
from agentguard.policy.model import Policy
from agentguard.rules import ACTORS, Narrowing, Rule

# How far a chain is followed. Each step back may be a question to git.
MOST_MOVES = 200

SIZES = frozenset(measure.name for measure in MEASURES)
EVERYTHING = "?*"  # the pattern for every file, from which a rule may take some away


@dataclass(frozen=True, slots=True)
class Move:
    """An update of a ref that was judged, accepted, and applied.

    `old` and `new` are object ids of the ref, "" where it did not exist. `base` is the commit that
    a new ref was compared with, "" for none.
    """

    ref: str
    old: str
    new: str
    base: str = ""


Landed = Callable[[Sequence[str]], Sequence[Move]]
"""Gives every move of the refs that match one of some patterns, deletions too, oldest first. Left
out is what was let through unjudged, and what moved while its ref was not protected."""

Contains = Callable[[str, str], bool]
"""Whether the history of the second commit holds the first (`Repository.contains`)."""

Between = Callable[[str, str], Change]
"""The net difference of two commits (`agentguard.repo.reader.read_between`)."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """A change that came through `ref`, which is in the environment `source`. `merge` is the id of
    the merge that brings it, "" where there is none."""

    ref: str
    source: str
    merge: str = ""


def find_promotion(
    change: Change, policy: Policy, landed: Landed, contains: Contains, between: Between
) -> Promotion | None:
    """The promotion that a change is under a policy, None if it is none."""
    for source in _accepted(change, policy):
        moves = _moves(source, policy, landed)
        for tip, merge in _tips(change):
            for ref, begins in chains(moves, tip):
                old = change.update.old
                start = next((each for each in begins if contains(each, old)), "")
                if start and _records(change) <= _records(between(start, tip)):
                    return Promotion(ref, source, merge)
    return None


def _accepted(change: Change, policy: Policy) -> tuple[str, ...]:
    """The environments that this change may have come through."""
    update = change.update
    moves_on = update.old and update.new and not (change.rewound or change.tag)
    if not moves_on or change.target != "commit":
        return ()
    return policy.terms_of(environment_of(update.ref, policy.environments)).accepts_from


def _moves(source: str, policy: Policy, landed: Landed) -> list[Move]:
    """What landed in an environment: a ref that a stricter one claims as well is not in it."""
    moves = landed(policy.environments.get(source, ()))
    return [each for each in moves if environment_of(each.ref, policy.environments) == source]


def _tips(change: Change) -> Iterator[tuple[str, str]]:
    """What may have landed elsewhere: the new tip, with and without approval commits on top, and
    what a clean merge joins to the old tip; that merge stands beside it."""
    commits, tip = change.every_commit, change.update.new
    while tip != change.head and tip in commits:
        yield tip, ""
        tip = commits[tip].parents[0]
    yield change.head, ""
    merge = commits.get(change.head)
    if merge and merge.merge == "clean" and change.update.old in merge.parents:
        yield from ((each, merge.id) for each in merge.parents if each != change.update.old)


def chains(moves: Sequence[Move], tip: str) -> Iterator[tuple[str, list[str]]]:
    """Each unbroken chain that ends at `tip`, by its ref: where it may begin, nearest first."""
    by_ref: dict[str, list[Move]] = {}
    for move in moves:
        by_ref.setdefault(move.ref, []).append(move)
    for ref, own in by_ref.items():
        for end, move in reversed([*enumerate(own, 1)]):
            if tip and move.new == tip:
                yield ref, list(_begins(own[max(0, end - MOST_MOVES) : end]))


def _begins(moves: Sequence[Move]) -> Iterator[str]:
    """Where each move of a chain began, the last first, up to a gap or where the ref was made."""
    followed = moves[-1].new
    for move in reversed(moves):
        if move.new != followed:
            return
        if move.old or move.base:
            yield move.old or move.base
        if not move.old:
            return
        followed = move.old


def _records(change: Change) -> frozenset[bytes]:
    """What a change does to each path, as git's raw records; an exact rename does it to two."""
    return frozenset(record for file in change.files for record in raw_record(file))


def count_once(
    findings: Iterable[Finding], change: Change, policy: Policy, promotion: Promotion | None
) -> tuple[tuple[Finding, ...], str]:
    """The findings that count in a promotion, and a note about those that counted on the way."""
    found = tuple(findings)
    if promotion is None:
        return found, ""
    before = judged_before(promotion, change, policy)
    left = ", ".join(each.rule for each in found if each.rule in before)
    note = f"judged on the way through {promotion.ref}: {left}" if left else ""
    return tuple(each for each in found if each.rule not in before), note


def judged_before(promotion: Promotion, change: Change, policy: Policy) -> frozenset[str]:
    """The rules, by id, that a promotion is not held to again: those of size alone that were as
    strict where it comes from."""
    there = {rule.id: rule for rule in applicable(policy, promotion.source)}
    here = applicable(policy, environment_of(change.update.ref, policy.environments))
    found = ((there.get(rule.id), rule) for rule in here if _of_size(rule))
    return frozenset(rule.id for other, rule in found if other and _as_strict(other, rule))


def _of_size(rule: Rule) -> bool:
    """Whether a rule asks how much, and neither where nor who."""
    asked = {condition.measure for each in rule.when for condition in each.conditions}
    named = {entry for entry in rule.path_entries if not entry.startswith("!")}
    scopes: list[Narrowing] = [rule.scope, *(each.scope for each in rule.when)]
    anybody = all({*scope.actors} == {*ACTORS} for scope in scopes)
    return asked <= SIZES and named <= {EVERYTHING} and anybody


def _as_strict(there: Rule, here: Rule) -> bool:
    """Whether one variant of a rule finds what the other finds, stops it as surely, and asks as
    many people for as much."""
    alike = replace(there.scope, environments=here.scope.environments) == here.scope
    return (
        alike
        and there.when == here.when
        and {*there.teams} == {*here.teams}
        and all(more >= less for more, less in zip(_demands(there), _demands(here), strict=True))
    )


def _demands(rule: Rule) -> tuple[int, ...]:
    effects = (EFFECTS.index(rule.effects.get(actor, rule.effect)) for actor in ACTORS)
    return (rule.approvals, rule.require_presence, rule.require_verification, *effects)
