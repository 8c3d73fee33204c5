"""What must be read from git for a set of rules, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from agentguard.change import FileChange
from agentguard.measures import MEASURES, ref
from agentguard.measures.measure import NumberLimit
from agentguard.paths import PathClasses
from agentguard.policy.model import Policy
from agentguard.repo.reader import Wanted
from agentguard.rules import Alternative, Rule

REF_MEASURES = frozenset(measure.name for measure in ref.MEASURES)
PUT_BACK = ("put_back_files", "source_put_back_files")
DELETED = ("deleted_files", "source_deleted_files")


def wanted_by(asking: Iterable[tuple[Policy, tuple[Rule, ...]]]) -> Wanted:
    """The reading that the rules of all policies need together."""
    pairs = [
        (policy.classes, each) for policy, rules in asking for rule in rules for each in rule.when
    ]
    alternatives = [each for _, each in pairs]
    return Wanted(
        content=any(set(_names(each)) - REF_MEASURES for each in alternatives),
        put_back=_least(alternatives, PUT_BACK, PUT_BACK),
        tracked_files=_least(alternatives, ("deleted_share",), DELETED),
        patch=_patch([pair for pair in pairs if any(MEASURES[n].text for n in _names(pair[1]))]),
    )


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


def _patch(
    pairs: list[tuple[PathClasses, Alternative]],
) -> Callable[[FileChange], bool] | None:
    """A test for the files whose text some rule reads, None when no rule does."""
    if not pairs:
        return None
    tests = [_reads(classes, each) for classes, each in pairs]
    return lambda file: any(test(file) for test in tests)


def _reads(classes: PathClasses, alternative: Alternative) -> Callable[[FileChange], bool]:
    scope = alternative.scope
    inside = classes.selector(scope.paths) if scope.paths else None
    return lambda file: (
        file.status in scope.status and (inside is None or any(inside(path) for path in file.paths))
    )
