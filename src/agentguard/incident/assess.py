"""`incident assess`: what was changed since an incident began, by whom, and what was said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from agentguard.actors import Attribution, attribute, bundled_markers
from agentguard.change import Change, Commit, FileChange, RefUpdate
from agentguard.clock import iso
from agentguard.errors import AgentguardError, EvaluationError
from agentguard.incident.assessment import (
    FILE,
    Approved,
    Assessment,
    CommitSeen,
    RefSeen,
    Totals,
    as_json,
)
from agentguard.incident.case import ASSESS, Case
from agentguard.incident.claims import claims
from agentguard.incident.policies import policies_before
from agentguard.incident.window import Step, Window, last_approved, look
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.settings import ledger_settings
from agentguard.ledger.sql import Ledger
from agentguard.measures.ref import reserved
from agentguard.policy.environments import ref_matches
from agentguard.policy.model import Policy
from agentguard.repo.bundle import refs_of
from agentguard.repo.commits import list_commits
from agentguard.repo.extras import Wanted
from agentguard.repo.keep import kept
from agentguard.repo.reader import Known, read_change, read_trees
from agentguard.repo.repository import Repository, open_repository
from agentguard.reports.incident import markdown
from agentguard.rules import Actor

Key = tuple[str, str, str]
STRICTEST: Sequence[Actor] = ("agent", "unknown", "automation", "human")
RECORDS = "human-records"
MOST_COMMITS = 1000  # of one ref
MOST_PATHS = 100  # of one class in one commit
MADE_BY = ("agent", "unknown")  # whose records nobody vouches for


def assess(case: Case, by: str, now: datetime) -> Assessment:
    """Assess an incident, and keep the result as JSON and Markdown. Raises EvaluationError."""
    case.record("incident-assess", {"by": by, "since": case.since}, now)
    found = assessment(case, now)
    case.write(FILE, as_json(found))
    case.write("assessment.md", markdown(found))
    case.after(ASSESS, now)
    return found


def assessment(case: Case, now: datetime) -> Assessment:
    """What was done in the window of an incident. Reads only. Raises EvaluationError when the ledger
    or the repository cannot be read; what is wrong with one ref is a fault of that ref."""
    repository = open_repository(case.directory)
    tips = refs_of(case.directory).ids

    def wanted(ref: str) -> bool:
        return not case.refs or any(ref_matches(pattern, ref) for pattern in case.refs)

    with open_ledger(case.directory, ledger_settings(case.directory)) as ledger:
        window = look(ledger, case.since, wanted, tips)
        default = _before(window, repository.default_branch, tips)
        policies, notes = policies_before(repository, default)
        assessor = _Assessor(repository, policies, default, case.since, now, window.contained)
        refs = [
            assessor.ref(ref, steps, tips.get(ref, ""), ledger)
            for ref, steps in window.steps.items()
        ]
        refs += list(_by_hand(ledger, window, wanted, tips))
    steps = [step for found in window.steps.values() for step in found]
    return Assessment(
        incident=case.id,
        since=case.since,
        made=iso(now),
        head=str(window.head),
        refs=tuple(sorted(refs, key=lambda seen: seen.ref)),
        pushes=len({step.decided.seq for step in steps if step.decided}),
        refused=window.refused,
        refusals=window.refusals,
        approvals=tuple(approval for step in steps for approval in step.approvals),
        events=window.events,
        notes=(*notes, *window.notes),
    )


def _before(window: Window, ref: str, tips: Mapping[str, str]) -> str:
    """Where a ref stood when the window began."""
    steps = window.steps.get(ref, ())
    return steps[0].move.old if steps else tips.get(ref, "")


def _by_hand(
    ledger: Ledger, window: Window, wanted: Callable[[str], bool], tips: Mapping[str, str]
) -> Iterator[RefSeen]:
    """Refs that stand elsewhere than the ledger left them, though nothing of them is on record."""
    for ref, tip in tips.items():
        if ref in window.steps or reserved(ref) or not wanted(ref):
            continue
        moves = ledger.moves(ref=ref)
        if moves and moves[-1].new != tip and not any(move.new == tip for move in moves):
            last = moves[-1].new
            yield RefSeen(ref, last, tip, faults=(_moved_by_hand(last, tip),))


def _moved_by_hand(last: str, tip: str) -> str:
    return f"the ledger left it at {last[:12] or 'nothing'}; it is at {tip[:12] or 'nothing'}"


@dataclass(frozen=True, slots=True)
class _Assessor:
    repository: Repository
    policies: tuple[Policy, ...]
    default: str
    since: str
    now: datetime
    contained: frozenset[Key]
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def ref(self, ref: str, steps: Sequence[Step], tip: str, ledger: Ledger) -> RefSeen:
        """Everything that happened to one ref."""
        faults: list[str] = []
        commits: dict[str, CommitSeen] = {}
        for step in steps:
            try:
                commits.update({each.id: each for each in self._commits(step)})
            except AgentguardError as error:
                faults.append(f"{step.move.old[:12]}..{step.move.new[:12]} cannot be read: {error}")
            if step.decided is None:
                faults.append(f"record {step.move.seq}: it moved without a decision of the gate")
        if steps[-1].move.new != tip and not self._put_there(ref, tip):
            faults.append(_moved_by_hand(steps[-1].move.new, tip))
        before = steps[0].move.old
        seen = RefSeen(
            ref=ref,
            before=before,
            now=tip,
            pushers=tuple(dict.fromkeys(step.pusher for step in steps if step.pusher)),
            commits=tuple(commits.values())[:MOST_COMMITS],
            commits_cut=max(0, len(commits) - MOST_COMMITS),
            approved=self._approved(ledger, ref, before, faults),
            kept=tuple(kept(self.repository.directory, [ref])),
            faults=tuple(faults),
        )
        return self._with_net(seen, commits.values(), before or steps[0].move.base or self.default)

    def _put_there(self, ref: str, tip: str) -> bool:
        return any(name == ref and new == tip for name, _, new in self.contained)

    def _approved(self, ledger: Ledger, ref: str, before: str, faults: list[str]) -> Approved:
        found = last_approved(ledger, ref, self.since)
        if not found.tip or found.within or not before:
            return found
        try:
            between = list_commits(self.repository.git, before, [found.tip])
        except EvaluationError:
            faults.append(f"{found.tip[:12]}, which {found.approver} approved, is gone")
            return Approved()
        return replace(found, between=len(between))

    def _with_net(self, seen: RefSeen, commits: Iterable[CommitSeen], base: str) -> RefSeen:
        """The difference between where a ref stood (a new one: where it began) and stands."""
        actors = Counter(each.actor for each in commits)
        try:
            update = RefUpdate(base, seen.now, seen.ref)
            files = read_trees(self.repository, update, Known("", ()), Wanted()).files
        except AgentguardError as error:
            fault = f"the difference cannot be read: {error}"
            return replace(seen, totals=Totals(actors=dict(actors)), faults=(*seen.faults, fault))
        totals = Totals(
            files=len(files),
            added=sum(file.added for file in files),
            deleted=sum(file.deleted for file in files),
            deleted_files=sum(file.gone for file in files),
            actors=dict(actors),
        )
        paths = tuple(sorted({path for file in files for path in file.paths}))
        return replace(seen, totals=totals, paths=paths, sensitive=self._sensitive(files))

    def _commits(self, step: Step) -> Iterator[CommitSeen]:
        move = step.move
        update = RefUpdate(move.old, move.new, move.ref)
        known = Known(move.base or self.default, ())
        change: Change = read_change(self.repository, update, known, Wanted())
        for commit in change.commits:
            yield self._commit(commit, step)

    def _commit(self, commit: Commit, step: Step) -> CommitSeen:
        made = self._attributed(commit, step.pusher)
        sensitive = self._sensitive(commit.files)
        said = claims(commit, list(sensitive))
        if not said and commit.id in step.understated:
            said = "the gate found that its message says less than it does"
        return CommitSeen(
            id=commit.id,
            subject=commit.subject,
            actor=made.actor,
            agent=made.agent,
            evidence=made.evidence,
            files=len(commit.files),
            added=sum(file.added for file in commit.files),
            deleted=sum(file.deleted for file in commit.files),
            deleted_files=sum(file.gone for file in commit.files),
            sensitive=sensitive,
            records=tuple(self._records(commit.files)) if made.actor in MADE_BY else (),
            claims=said,
        )

    def _attributed(self, commit: Commit, pusher: str) -> Attribution:
        markers = bundled_markers()
        said = (attribute(commit, markers, policy, self.now, pusher) for policy in self.policies)
        return min(said, key=lambda found: STRICTEST.index(found.actor))

    def _sensitive(self, files: Iterable[FileChange]) -> dict[str, tuple[str, ...]]:
        """Paths by the classes that they belong to under any policy."""
        found: dict[str, list[str]] = {}
        for path in sorted({path for file in files for path in file.paths}):
            for name in self._classes_of(path):
                found.setdefault(name, []).append(path)
        return {name: tuple(paths[:MOST_PATHS]) for name, paths in sorted(found.items())}

    def _classes_of(self, path: str) -> tuple[str, ...]:
        if path not in self.classes:
            self.classes[path] = tuple(
                {
                    name: None
                    for policy in self.policies
                    for name in policy.classes.classes
                    if policy.classes.contains(name, path)
                }
            )
        return self.classes[path]

    def _records(self, files: Iterable[FileChange]) -> Iterator[str]:
        """Files that speak for people: whether it is true only they know."""
        tests = [
            policy.classes.selector(each.scope.paths)
            for policy in self.policies
            for rule in policy.rules
            if rule.id == RECORDS
            for each in rule.when
            if each.scope.paths
        ]
        for file in files:
            if file.status in {"added", "modified"} and any(test(file.path) for test in tests):
                yield file.path
