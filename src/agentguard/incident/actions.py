"""What can be done about each ref, and whether the repair boundary lets the tool do it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agentguard.errors import ConfigurationError
from agentguard.incident.assessment import FILE, Assessment, RefSeen, read_assessment
from agentguard.incident.case import Case
from agentguard.incident.policies import boundaries, policies_of
from agentguard.policy.model import Policy
from agentguard.policy.repair import Boundaries, Level
from agentguard.repo.keep import kept
from agentguard.repo.repository import open_repository
from agentguard.repo.revert import kind_of, puts_back, tip_of

HEADS = "refs/heads/"
REVERTS = "refs/heads/agentguard/"
Choice = Literal["approved", "before"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done: to `ref`, which is at `old`, so that it comes to `new`.

    A branch to be prepared stands on `old`, and its commit is not known yet. `target` is the tip
    whose content it is about. `level` is where it stands in the repair boundary. `hindrance` is why
    it cannot be done, "" if it can; `done` that it has been.
    """

    name: str
    ref: str
    old: str
    new: str
    level: Level
    target: str = ""
    hindrance: str = ""
    done: bool = False

    @property
    def open(self) -> bool:
        """It is still to be done, and nothing is in the way but a person's word."""
        return not self.done and not self.hindrance

    def allowed(self, approved_by: str) -> bool:
        """Whether the boundary lets the tool do it, `approved_by` a named human or nobody ("")."""
        return self.level == "inside" or (self.level == "at" and bool(approved_by))


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be done about an incident: by which assessment, policies and boundaries."""

    assessment: Assessment
    policies: tuple[Policy, ...]
    limits: Boundaries
    actions: tuple[Action, ...]


def plan(case: Case, choice: Choice | None) -> Plan:
    """What can be done now, in the order in which it would be. `choice` says which earlier tip
    counts where there are two. Raises EvaluationError."""
    assessment = read_assessment(case.folder / FILE)
    policies = policies_of(case, assessment)
    limits = boundaries(policies)
    planner = _Planner(case, limits, choice)
    found = tuple(each for seen in assessment.refs for each in planner.of(seen))
    return Plan(assessment, policies, limits, found)


def ambiguous(seen: RefSeen) -> bool:
    """Whether the last approved tip and the one before the window are two, so that a person has to
    choose: between them lies what was accepted without anybody's approval."""
    return bool(seen.before and seen.approved.tip) and seen.approved.tip != seen.before


def refuse_unclear(case: Case, assessment: Assessment, choice: Choice | None) -> None:
    """Raise ConfigurationError where a person must choose the tip, and did not."""
    unclear = [seen.ref for seen in assessment.refs if ambiguous(seen)]
    if unclear and choice is None:
        raise ConfigurationError(
            f"{unclear[0]} has two earlier tips: what a human approved last, and where it stood "
            f"before {case.since}. Look at both in the assessment, then say which: --to approved "
            "or --to before"
        )


def check_person(name: str, policies: Sequence[Policy]) -> None:
    """Raise ConfigurationError unless a policy lists `name` as an approver, if any lists some."""
    known = {each.id: each.identities for policy in policies for each in policy.approvers.values()}
    if not name.strip() or (known and not any(name.lower() in all_of for all_of in known.values())):
        listed = f"; listed are {', '.join(sorted(known))}" if known else ""
        raise ConfigurationError(f"--approved-by {name!r}: name the human who decided{listed}")


@dataclass(frozen=True, slots=True)
class _Planner:
    case: Case
    limits: Boundaries
    choice: Choice | None

    def of(self, seen: RefSeen) -> Iterator[Action]:
        """The actions for one ref."""
        target = seen.before if self.choice == "before" else seen.target
        tip = tip_of(self.case.directory, seen.ref)
        hindrance = self._hindrance(seen, target, tip)
        level = self.limits.of("restore-ref", seen.paths)
        if target and tip == target:
            yield Action("restore-ref", seen.ref, tip, target, level, target, done=True)
            return
        if tip:
            held = tip in kept(self.case.directory, [seen.ref]).values()
            yield Action("keep-tip", seen.ref, tip, tip, self.limits.of("keep-tip"), tip, done=held)
        if tip and target and seen.ref.startswith(HEADS):
            yield self._revert(seen, target, tip, hindrance)
        yield Action("restore-ref", seen.ref, tip, target, level, target, hindrance)

    def _revert(self, seen: RefSeen, target: str, tip: str, hindrance: str) -> Action:
        """A branch with the content of the target, on top of what is there. One that somebody has
        worked on since is theirs."""
        name = f"{REVERTS}revert-{self.case.id}-{seen.ref.removeprefix(HEADS)}"
        there = tip_of(self.case.directory, name)
        level = self.limits.of("revert-branch", seen.paths)
        if there and not hindrance and not puts_back(self.case.directory, there, target, tip):
            hindrance = f"it is there and holds something else ({there[:12]}): it stays"
        done = bool(there) and not hindrance
        return Action("revert-branch", name, tip, there, level, target, hindrance, done)

    def _hindrance(self, seen: RefSeen, target: str, tip: str) -> str:
        if not target:
            return "it came into being in the window: it stays, until a person decides"
        if not kind_of(self.case.directory, target):
            return f"{target[:12]} is no longer in the repository"
        if tip not in {seen.now, target}:
            return f"it moved since: run `agentguard incident assess {self.case.id}` again"
        if open_repository(self.case.directory).aliases([seen.ref]):
            return "it only stands for another ref"
        return ""
