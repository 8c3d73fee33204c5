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
from agentguard.rules import Alternative, Rule

PUT_BACK = ("put_back_files", "source_put_back_files")
MENTIONS = ("still_referenced",)
DELETED = ("deleted_files", "source_deleted_files")
LEADS = ("agent_targets", "unfollowed_agent_files")

Asking = tuple[Policy, tuple[Rule, ...]]


def wanted_by(asking: Iterable[Asking]) -> Wanted:
    """The reading that the rules of all policies need together."""
    asking = tuple(asking)
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
        follow=(follow := _follow(asking)),
        again=(lambda followed: wanted_by(_knowing(asking, followed))) if follow else None,
    )


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
        _reads(policy.classes, rule, each)
        for policy, rules in asking
        for rule in rules
        for each in rule.when
        if any(need(MEASURES[name]) for name in _names(each))
    ]
    return (lambda file: any(test(file) for test in tests)) if tests else None


def _reads(
    classes: PathClasses, rule: Rule, alternative: Alternative
) -> Callable[[FileChange], bool]:
    status = {*rule.scope.status} & {*alternative.scope.status}
    wanted = filter(None, (rule.scope.paths, alternative.scope.paths))
    inside = [classes.selector(paths) for paths in wanted]
    # What a rename is depends on the scope: seen from there, it may be an addition or a deletion.
    return lambda file: (
        (file.status in status or file.old_path is not None)
        and all(any(matches(path) for path in file.paths) for matches in inside)
    )
