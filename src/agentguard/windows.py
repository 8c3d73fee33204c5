"""Rules with `per = "window"`: what earlier pushes add up to, together with this one. Pure.

Such a rule has one sum for each `[[when]]`, since each may look at other files; `name` tells them
apart, in the ledger too. Nothing of a sum becomes part of what an approval covers.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from agentguard.clock import iso
from agentguard.engine import Bench, Hit, applicable, finding_of, weight
from agentguard.finding import EFFECTS, Finding, Value
from agentguard.makers import Judged
from agentguard.measures import MEASURES, View
from agentguard.measures.sizes import NOTHING, Sizes
from agentguard.policy.environments import environment_of
from agentguard.policy.model import Policy
from agentguard.policy.times import shown
from agentguard.rules import Alternative, Rule

By = Literal["ref", "pusher"]
WHOSE: Mapping[By, str] = {"ref": "to this ref", "pusher": "by this account"}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was accepted without approval before this push: on one ref, or from one account.

    `sizes` is the sum of `pushes` contributions, of which `since`, in UTC, is the first.
    """

    sizes: Sizes = NOTHING
    pushes: int = 0
    since: datetime | None = None
    by: By = "ref"


def name(rule: Rule, number: int) -> str:
    """What the sum of a rule's alternative is called, such as `deletions-add-up/0`."""
    return f"{rule.id}/{number}"


def rule_of(sum_of: str) -> str:
    """The rule whose sum has that name."""
    return sum_of.partition("/")[0]


def adding_up(policy: Policy, ref: str) -> tuple[Rule, ...]:
    """The rules that add up the pushes to a ref; `scope.window` says over how many seconds."""
    asked = applicable(policy, environment_of(ref, policy.environments))
    return tuple(rule for rule in asked if rule.scope.adds_up)


def contributions(judged: Judged, policy: Policy) -> Mapping[str, Sizes]:
    """What a change adds to each sum of a policy, by `name`. What it adds nothing to is left out."""
    seen = _seen(Bench.of(judged, policy))
    return {
        sum_of: Sizes.of(view.files, view.source_files) for sum_of, _, _, view in seen if view.files
    }


def judge_windows(
    judged: Judged,
    policy: Policy,
    earlier: Mapping[str, Sequence[Earlier]],
    said: Sequence[Finding] = (),
) -> tuple[Finding, ...]:
    """The findings of a policy's rules that add pushes up, those that stand in the way first.

    `earlier` has by `name` the sums for the ref and for the pusher; the larger decides. Where there
    is none the change is judged alone, and what `said` says of it already is not said again. What
    adds nothing to what a rule counts is not found.
    """
    bench = Bench.of(judged, policy)
    hits: dict[str, tuple[Rule, list[Hit]]] = {}
    for sum_of, rule, alternative, view in _seen(bench):
        sums = [each for each in earlier.get(sum_of, ()) if each.sizes]
        if not sums and _covered(rule, alternative, said):
            continue
        found = list(_past(bench, rule, alternative, view, sums))
        if found:
            hits.setdefault(rule.id, (rule, []))[1].append(max(found, key=_numbers))
    findings = [finding_of(rule, each, judged.change, policy) for rule, each in hits.values()]
    return tuple(sorted(findings, key=weight, reverse=True))


def _covered(rule: Rule, alternative: Alternative, said: Sequence[Finding]) -> bool:
    """Whether a rule about single pushes found as much, and is as strict about it."""
    asked = {condition.measure for condition in alternative.conditions}
    return any(
        asked <= {*finding.measured} and EFFECTS.index(finding.effect) >= EFFECTS.index(rule.effect)
        for finding in said
    )


def _seen(bench: Bench) -> Iterator[tuple[str, Rule, Alternative, View]]:
    """What each alternative sees of the change, with the name of its sum. Most see the same."""
    views: dict[Hashable, View | None] = {}
    for rule in adding_up(bench.policy, bench.judged.change.update.ref):
        scope = rule.scope
        for number, alternative in enumerate(rule.when):
            narrowing = (scope.actors, scope.paths, scope.status, alternative.scope)
            if narrowing not in views:
                views[narrowing] = bench.net(rule, alternative)
            if (view := views[narrowing]) is not None:
                yield name(rule, number), rule, alternative, view


def _past(
    bench: Bench, rule: Rule, alternative: Alternative, view: View, sums: Sequence[Earlier]
) -> Iterator[Hit]:
    """Each of the sums that is past the limit with the change, if that adds to it at all."""
    own = {
        each.measure: MEASURES[each.measure].read(view, each.limit).value
        for each in alternative.conditions
    }
    for earlier in sums or (Earlier(),) if any(own.values()) else ():
        for hit in bench.on_net(rule, alternative, view.after(earlier.sizes)):
            yield replace(hit, words=_words(rule, earlier, hit, own))


def _numbers(hit: Hit) -> list[float]:
    values = (reading.value for _, reading in hit.readings)
    return [value for value in values if isinstance(value, int | float)]


def _words(rule: Rule, earlier: Earlier, hit: Hit, own: Mapping[str, Value]) -> str:
    """How the sum came about, and how much of it is this push."""
    if not earlier.pushes:
        return (
            f"This push alone is past what all pushes of {shown(rule.scope.window)} may add up to"
        )
    count = f"{earlier.pushes:,} earlier push{'es' if earlier.pushes > 1 else ''}"
    since = f" since {iso(earlier.since)}" if earlier.since else ""
    shares = [
        f"{own[condition.measure]:,} of {reading.value:,} {condition.measure}"
        for condition, reading in hit.readings
        if isinstance(reading.value, int)
    ]
    brought = f"; this one brings {' and '.join(shares)}" if shares else ""
    return f"Adds to {count} {WHOSE[earlier.by]}{since} that nobody approved{brought}"
