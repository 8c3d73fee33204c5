"""What must be read from git for a set of rules, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from agentguard.change import FileChange, Followed
from agentguard.measures import MEASURES
from agentguard.measures.measure import Measure, NumberLimit
from agentguard.paths import AGENTS, FOLLOWED, PathClasses
from agentguard.policy.model import Policy, Terms
from agentguard.repo.extras import Wanted
from agentguard.rules import Alternative, Condition, Rule

PUT_BACK = ("put_back_files", "source_put_back_files")
MENTIONS = ("still_referenced",)
DELETED = ("deleted_files", "source_deleted_files")
LEADS = ("agent_targets", "unfollowed_agent_files")

Asking = tuple[Policy, tuple[Rule, ...]]


def wanted_by(asking: Iterable[Asking], pusher: str = "") -> Wanted:
    """The reading that the rules of all policies need together, for what `pusher` pushes."""
    asking = tuple((policy, _possible(policy, rules, pusher)) for policy, rules in asking)
    alternatives = [each for _, rules in asking for rule in rules for each in rule.when]
    return Wanted(
        content=any(_asks_for_content(policy, rules) for policy, rules in asking),
        put_back=_least(alternatives, PUT_BACK, PUT_BACK),
        tracked_files=_least(alternatives, ("deleted_share",), DELETED),
        patch=_files(asking, lambda measure: measure.text),
        mentions=_least(alternatives, MENTIONS, DELETED),
        whole=_files(asking, lambda measure: measure.whole),
        references=_files(asking, lambda measure: measure.looked_up),
        vanished=_files(_by_commit(asking), lambda measure: measure.vanished),
        arriving=any(map(_on_arrival, alternatives)),
        follow=(follow := _follow(asking)),
        again=(lambda followed: wanted_by(_knowing(asking, followed), pusher)) if follow else None,
    )


def judged_once(asking: Asking, pusher: str) -> bool:
    """Whether something may stop commits of `pusher` only when they first arrive: what is let
    through unjudged then is never judged."""
    policy, rules = asking
    return any(
        {rule.effect, *rule.effects.values()} != {"warn"} and any(map(_on_arrival, rule.when))
        for rule in _possible(policy, rules, pusher)
    )


def _on_arrival(alternative: Alternative) -> bool:
    return any(MEASURES[name].arrival for name in _names(alternative))


def _possible(policy: Policy, rules: Iterable[Rule], pusher: str) -> tuple[Rule, ...]:
    """The rules with those alternatives alone that could hold for what `pusher` pushes."""

    def could(condition: Condition) -> bool:
        possible = MEASURES[condition.measure].possible
        return possible is None or possible(condition.limit, policy, pusher)

    left = ((rule, tuple(a for a in rule.when if all(map(could, a.conditions)))) for rule in rules)
    return tuple(replace(rule, when=when) for rule, when in left if when)


def _follow(asking: Iterable[Asking]) -> Callable[[str], bool] | None:
    """Where agents' files may stand, for the policies that ask where they lead."""
    places = [
        policy.classes.selector((f"@{AGENTS}",))
        for policy, rules in asking
        if any(map(_asks_where_they_lead, rules))
    ]
    return (lambda path: any(matches(path) for matches in places)) if places else None


def _asks_where_they_lead(rule: Rule) -> bool:
    classes = {entry.removeprefix("!") for entry in rule.path_entries}
    measures = {name for each in rule.when for name in _names(each)}
    return not classes.isdisjoint(map("@{}".format, FOLLOWED)) or not measures.isdisjoint(LEADS)


def _knowing(asking: Iterable[Asking], followed: Followed) -> Iterator[Asking]:
    """The same, with what agents' files lead to in the path classes."""
    for policy, rules in asking:
        yield replace(policy, classes=policy.classes.knowing(followed)), rules


def _by_commit(asking: Iterable[Asking]) -> Iterator[Asking]:
    """The rules that look at single commits."""
    for policy, rules in asking:
        yield policy, tuple(rule for rule in rules if "commit" in rule.scope.per)


def _asks_for_content(policy: Policy, rules: Iterable[Rule]) -> bool:
    """Files and commits are read when a rule measures them, and when anything may have to be
    approved: an approval is a commit, and names the content it is for."""
    asks = bool(policy.freezes) or any(map(_tells_who, policy.terms.values()))
    return asks or any(
        "approve" in (rule.effect, *rule.effects.values())
        or any(MEASURES[name].of != "ref" for each in rule.when for name in _names(each))
        for rule in rules
    )


def _tells_who(terms: Terms) -> bool:
    """Whether it matters in an environment who made the commits, and what they hold."""
    return terms.agents != "allow" or bool(terms.accepts_from)


def _names(alternative: Alternative) -> list[str]:
    return [condition.measure for condition in alternative.conditions]


def _least(
    alternatives: Iterable[Alternative], asked: tuple[str, ...], by: tuple[str, ...]
) -> int | None:
    """How many files it takes before a condition on `asked` could hold, as limits on `by` say."""
    found = [
        max(_limits(each, by), default=1)
        for each in alternatives
        if any(name in asked for name in _names(each))
    ]
    return min(found) if found else None


def _limits(alternative: Alternative, names: tuple[str, ...]) -> Iterator[int]:
    for condition in alternative.conditions:
        if condition.measure in names and isinstance(condition.limit, NumberLimit):
            yield condition.limit.least


def _files(
    asking: Iterable[Asking], need: Callable[[Measure], bool]
) -> Callable[[FileChange], bool] | None:
    """A test for the files that some rule reads by a measure of such need, None when no rule does."""
    tests = [
        _reads(policy.classes, rule, asked)
        for policy, rules in asking
        for rule in rules
        if (asked := [each for each in rule.when if any(need(MEASURES[n]) for n in _names(each))])
    ]
    return (lambda file: any(test(file) for test in tests)) if tests else None


def _reads(
    classes: PathClasses, rule: Rule, alternatives: Iterable[Alternative]
) -> Callable[[FileChange], bool]:
    """A test for the files that some of a rule's alternatives look at."""
    inside = _selected(classes, rule.scope.paths)
    # The rule's own scope leaves few files, so that most are not compared with each alternative.
    scopes = dict.fromkeys((each.scope.status, each.scope.paths) for each in alternatives)
    tests = [
        ({*rule.scope.status} & {*status}, _selected(classes, paths)) for status, paths in scopes
    ]
    # What a rename is depends on the scope: seen from there, it may be an addition or a deletion.
    return lambda file: (
        inside(file)
        and any(
            (file.status in status or file.old_path is not None) and within(file)
            for status, within in tests
        )
    )


def _selected(classes: PathClasses, paths: tuple[str, ...]) -> Callable[[FileChange], bool]:
    """A test for the files with a path among `paths`; without any, for all files."""
    if not paths:
        return lambda _file: True
    matches = classes.selector(paths)
    return lambda file: matches(file.path) or (file.old_path is not None and matches(file.old_path))
