"""How long each rule takes on the push of the incident: `python -m benchmarks.rules`.

`judging` is the rule's own evaluation of a change that has been read, with nothing remembered from
before: path patterns are compiled and files parsed anew, which rules that share them do once. `again`
is the same a second time, with all of that remembered. `reading` is what reading takes longer than
for a rule that asks for nothing more; rules that ask for the same text share it too. All of it is
processor time, that of git's processes included. Each figure is the least of all rounds, because
other programs only ever add to it. The last lines are for the catalog as a whole.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tests.incident_push import MAIN, NOW, gate, incident_push

from agentguard.actors import attribute, load_markers
from agentguard.bundled import data
from agentguard.change import Change, RefUpdate
from agentguard.engine import judge
from agentguard.makers import Judged
from agentguard.measures import setting
from agentguard.policy.load import built_in
from agentguard.policy.model import Policy
from agentguard.repo.repository import Repository
from agentguard.rules import Rule
from agentguard.windows import contributions, judge_windows

ROUNDS = 9
TARGET = 5.0  # milliseconds; still-referenced has a limit of its own


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds."""

    name: str
    judging: float
    again: float
    reading: float

    @property
    def sum(self) -> float:
        """Both together."""
        return self.judging + self.reading


def taken(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Milliseconds that one call takes by a clock."""
    start = clock()
    work()
    return (clock() - start) * 1000


def processor_time() -> float:
    """Seconds that this process and those it waited for have taken."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def alone(rules: tuple[Rule, ...]) -> Policy:
    """The built-in policy with these rules, and no path matched before."""
    base = built_in(MAIN)
    return replace(base, rules=rules, classes=replace(base.classes, _compiled={}))


def judged(change: Change) -> Judged:
    """The change with who made its commits."""
    markers = load_markers(data("rules", "actors.toml"), "actors.toml")
    policy = built_in(MAIN)
    made = {each.id: attribute(each, markers, policy, NOW) for each in change.commits}
    return Judged(change, made)


def evaluate(subject: Judged, policy: Policy) -> None:
    """All that rules do with a change that has been read, those that add pushes up too."""
    judge(subject, policy, NOW)
    contributions(subject, policy)
    judge_windows(subject, policy, {})


def judging(subject: Judged, rules: tuple[Rule, ...]) -> tuple[float, float]:
    """The evaluation alone, for the first time and for the second."""

    def twice() -> tuple[float, float]:
        setting._difference.cache_clear()  # noqa: SLF001  a push begins with nothing remembered
        policy = alone(rules)
        first, second = (
            taken(partial(evaluate, subject, policy), time.process_time) for _ in range(2)
        )
        return first, second

    firsts, seconds = zip(*(twice() for _ in range(ROUNDS)), strict=True)
    return min(firsts), min(seconds)


def reading(
    repository: Repository, update: RefUpdate, rules: tuple[Rule, ...]
) -> tuple[float, float]:
    """Reading the push without more than it takes, and what these rules add; measured in turns."""
    least = gate(repository, update, alone((_plain(),)))
    asked = gate(repository, update, alone(rules))
    turns = [
        [taken(partial(each.change, update), processor_time) for each in (least, asked)]
        for _ in range(ROUNDS)
    ]
    first, second = map(min, zip(*turns, strict=True))
    return first, max(0.0, second - first)


def _plain() -> Rule:
    return next(rule for rule in built_in(MAIN).rules if rule.id == "too-many-files")


def costs(repository: Repository, update: RefUpdate) -> list[Cost]:
    """One for each rule, the slowest first, and the catalog as the last."""
    rules = built_in(MAIN).rules
    subject = judged(gate(repository, update).change(update))
    idle = judging(subject, ())[1]

    def cost(name: str, asked: tuple[Rule, ...]) -> Cost:
        first, second = (max(0.0, each - idle) for each in judging(subject, asked))
        return Cost(name, first, second, reading(repository, update, asked)[1])

    found = [cost(f"{rule.pack}/{rule.id}", (rule,)) for rule in rules]
    found.sort(key=lambda each: -each.sum)
    least = reading(repository, update, rules)[0]
    return [*found, cost("all rules", rules), Cost("reading without them", 0.0, 0.0, least)]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        repository, update = incident_push(Path(folder))
        found = costs(repository, update)
    heads = ("judging", "again", "reading", "sum")
    print(f"{'rule':<48}" + "".join(f"{head:>9}" for head in heads) + f"   ms, {ROUNDS} rounds")
    for each in found:
        figures = (each.judging, each.again, each.reading, each.sum)
        slow = "  slow" if each.sum > TARGET and "/" in each.name else ""
        print(f"{each.name:<48}" + "".join(f"{figure:9.1f}" for figure in figures) + slow)


if __name__ == "__main__":
    main()
