"""Change and policy in, findings out. Pure: nothing here reads a file, a clock or a repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agentguard.approvals.digest import raw_record
from agentguard.change import Change, Commit, FileChange
from agentguard.finding import EFFECTS, SEVERITIES, Effect, Finding, Value
from agentguard.freeze import freeze_finding
from agentguard.makers import Judged, Makers
from agentguard.measures import MEASURES, Reading, View
from agentguard.policy.environments import environment_of, ref_matches, scopes_of
from agentguard.policy.model import Freeze, Policy
from agentguard.rules import ACTORS, Actor, Alternative, Condition, Rule

Readings = tuple[tuple[Condition, Reading], ...]

# Details of one finding that its message holds; the rest are counted.
MOST_DETAILS = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """One evaluation of an alternative that matched. `commit` is None for the net change; `words`
    say what happened, where the readings do not."""

    readings: Readings
    paths: tuple[str, ...]
    actors: frozenset[Actor]
    commits: tuple[str, ...]
    commit: Commit | None = None
    words: str = ""


def judge(judged: Judged, policy: Policy, now: datetime) -> tuple[Finding, ...]:
    """Every finding of one policy on one change, those that stand in the way first. Rules that
    add pushes up are judged in `agentguard.windows`."""
    ref = judged.change.update.ref
    findings = [freeze_finding(freeze, policy, now) for freeze in frozen(policy, ref, now)]
    bench = Bench.of(judged, policy)
    for rule in applicable(policy, environment_of(ref, policy.environments)):
        hits = list(bench.hits(rule))
        if hits:
            findings.append(finding_of(rule, hits, judged.change, policy))
    return tuple(sorted(findings, key=weight, reverse=True))


def weight(finding: Finding) -> tuple[int, int]:
    """How much a finding matters: by its effect, then by its severity."""
    return EFFECTS.index(finding.effect), SEVERITIES.index(finding.severity)


def applicable(policy: Policy, environment: str) -> tuple[Rule, ...]:
    """The rules that look at an environment at all, as the policy has them there."""
    return tuple(
        rule
        for rule in policy.rules_in(environment)
        if rule.enabled and environment in rule.scope.environments
    )


def frozen(policy: Policy, ref: str, now: datetime) -> tuple[Freeze, ...]:
    """The freezes that hold for a ref, the one that ends last first: it is told of."""
    holding = (
        freeze
        for freeze in policy.freezes
        if freeze.holds_at(now) and any(ref_matches(pattern, ref) for pattern in freeze.refs)
    )
    return tuple(sorted(holding, key=lambda freeze: freeze.until, reverse=True))


@dataclass(frozen=True, slots=True)
class Bench:
    """One change before one policy."""

    judged: Judged
    policy: Policy
    makers: Makers

    @classmethod
    def of(cls, judged: Judged, policy: Policy) -> Bench:
        """A change before a policy whose path classes know where agents' files lead in it."""
        classes = policy.classes.knowing(judged.change.followed)
        return cls(judged, replace(policy, classes=classes), Makers(judged))

    def hits(self, rule: Rule) -> Iterator[Hit]:
        """Whatever matches on the net change, then on each commit.

        All alternatives are tried: what a person did must not hide what an agent did beside it.
        """
        if "update" in rule.scope.per:
            for alternative in rule.when:
                yield from self._on_update(rule, alternative)
        if "commit" in rule.scope.per:
            for commit in self.judged.change.commits:
                for alternative in rule.when:
                    yield from self._on_commit(rule, alternative, commit)

    def _on_update(self, rule: Rule, alternative: Alternative) -> Iterator[Hit]:
        view = self.net(rule, alternative)
        yield from self.on_net(rule, alternative, view) if view else ()

    def net(self, rule: Rule, alternative: Alternative) -> View | None:
        """The net change as the scopes leave it, None if nobody they name had a part in it."""
        change, makers = self.judged.change, self.makers
        wanted, made = _wanted(rule, alternative), change.files
        if wanted != {*ACTORS}:
            if not wanted & (makers.everyone | self._pusher(alternative)):
                return None
            made = tuple(file for file in made if wanted & makers.of(file))
        return View(change, self._in_scope(made, rule, alternative), self.policy.classes)

    def on_net(self, rule: Rule, alternative: Alternative, view: View) -> Iterator[Hit]:
        """What an alternative finds in a view of the net change."""
        readings = _evaluate(rule, alternative, view)
        if readings:
            paths, makers = _paths(readings, rule, alternative, view), self.makers
            actors = makers.of_paths(paths, view.files) | self._pusher(alternative)
            yield Hit(readings, paths, actors, makers.commits(paths, view.files))

    def _on_commit(self, rule: Rule, alternative: Alternative, commit: Commit) -> Iterator[Hit]:
        actors = self.judged.actors(commit)
        if not actors & _wanted(rule, alternative):
            return
        view = View(
            self.judged.change, (), self.policy.classes, commit,
            self.judged.attributions[commit.id],
            scopes=scopes_of(self.judged.change.update.ref, self.policy.branches),
            account=self.judged.account,
        )  # fmt: skip
        if not _fits(alternative, view):
            return
        view = replace(view, files=self._in_scope(commit.files, rule, alternative))
        readings = _evaluate(rule, alternative, view)
        if readings:
            paths = _paths(readings, rule, alternative, view)
            yield Hit(readings, paths, actors, (commit.id,), commit)

    def _pusher(self, alternative: Alternative) -> frozenset[Actor]:
        """Who answers for what happens to the ref itself: no signature tells who moved it."""
        measures = (MEASURES[condition.measure] for condition in alternative.conditions)
        return frozenset({self.judged.unproven} if any(m.of == "ref" for m in measures) else ())

    def _in_scope(
        self, files: Sequence[FileChange], rule: Rule, alternative: Alternative
    ) -> tuple[FileChange, ...]:
        """The files that the rule's scope and the alternative's leave, as seen from inside."""
        status = {*rule.scope.status} & {*alternative.scope.status}
        # What a rename is depends on the scope; of any other file the status can be told first.
        files = [file for file in files if file.status in status or file.old_path is not None]
        for paths in filter(None, (rule.scope.paths, alternative.scope.paths)):
            inside = self.policy.classes.selector(paths)
            files = [found for file in files if (found := _seen_from(file, inside)) is not None]
        return tuple(file for file in files if file.status in status)


def _wanted(rule: Rule, alternative: Alternative) -> set[Actor]:
    return {*rule.scope.actors} & {*alternative.scope.actors}


def _seen_from(file: FileChange, inside: Callable[[str], bool]) -> FileChange | None:
    """A file as the scope sees it: moved out is deleted, moved in is added."""
    if file.old_path is None:
        return file if inside(file.path) else None
    left, arrived = inside(file.old_path), inside(file.path)
    if left and arrived:
        return file
    if left:
        return _half(file, old=True)
    return _half(file, old=False) if arrived else None


def _half(file: FileChange, *, old: bool) -> FileChange:
    """The deletion or the addition that an exact rename is made of."""
    if old:
        return replace(
            file, path=file.old_path or "", old_path=None, status="deleted", new_mode=0,
            new_blob="", new_size=0, target=None,
        )  # fmt: skip
    return replace(file, old_path=None, status="added", old_mode=0, old_blob="", old_size=0)


def _fits(alternative: Alternative, view: View) -> bool:
    """Whether what a commit says of itself holds, and it brought something that vanished if that is
    asked for. Most do not fit, and then no path is matched."""
    asked = [(MEASURES[each.measure], each.limit) for each in alternative.conditions]
    if any(measure.vanished for measure, _ in asked) and not (view.commit and view.commit.contents):
        return False
    return all(
        measure.holds(measure.read(view, limit).value, limit)
        for measure, limit in asked
        if measure.said
    )


def _evaluate(rule: Rule, alternative: Alternative, view: View) -> Readings:
    """Measure in the order written, up to the first condition that does not hold: then nothing."""
    narrowed = rule.scope.narrows or alternative.scope.narrows
    readings: list[tuple[Condition, Reading]] = []
    for condition in alternative.conditions:
        measure = MEASURES[condition.measure]
        if measure.of == "files" and narrowed and not view.files:
            return ()
        reading = measure.read(view, condition.limit)
        if not measure.holds(reading.value, condition.limit):
            return ()
        readings.append((condition, reading))
    return tuple(readings)


def _paths(readings: Readings, rule: Rule, alternative: Alternative, view: View) -> tuple[str, ...]:
    """Where it was seen; if no measure can say, all the files that were looked at by path."""
    paths = dict.fromkeys(path for _, reading in readings for path in reading.paths)
    if not paths and (rule.scope.paths or alternative.scope.paths):
        paths = dict.fromkeys(file.path for file in view.files)
    return tuple(paths)


def finding_of(rule: Rule, hits: Sequence[Hit], change: Change, policy: Policy) -> Finding:
    """One finding for all places where a rule matched. The strictest speaks for it: the net change,
    if it is among them."""
    leading = max(hits, key=lambda hit: EFFECTS.index(_effect(rule, hit)))
    effect = _effect(rule, leading)
    return Finding(
        rule=rule.id,
        title=rule.title,
        severity=rule.severity,
        effect=effect,
        message=_message(rule, leading),
        measured={condition.measure: reading.value for condition, reading in leading.readings},
        limit={condition.measure: _shown(condition.raw) for condition, _ in leading.readings},
        why=rule.why,
        fix=rule.fix,
        paths=_worst_first((path for hit in hits for path in hit.paths), change),
        commits=tuple(dict.fromkeys(name for hit in hits for name in hit.commits)),
        approvals=rule.approvals,
        teams=rule.teams,
        require_presence=rule.require_presence,
        require_verification=rule.require_verification,
        policy=policy.source,
        vanished=_vanished(hits, change) if effect != "warn" else (),
    )


def _shown(raw: object) -> Value:
    if isinstance(raw, bool | int | float | str):
        return raw
    if isinstance(raw, dict):
        return tuple(map(str, raw))
    return tuple(str(item) for item in raw) if isinstance(raw, list) else str(raw)


def _message(rule: Rule, hit: Hit) -> str:
    """What was seen, in words, if a measure has words for it."""
    if hit.words:
        return hit.words
    details = [detail for _, reading in hit.readings for detail in reading.details]
    shown = "; ".join(details[:MOST_DETAILS])
    more = len(details) - MOST_DETAILS
    return (shown + (f"; and {more} more" if more > 0 else "")) or rule.title


def _effect(rule: Rule, hit: Hit) -> Effect:
    """The strictest effect among those who made what was found."""
    effects = [rule.effects.get(actor, rule.effect) for actor in hit.actors]
    return max(effects, key=EFFECTS.index)


def _worst_first(paths: Iterable[str], change: Change) -> tuple[str, ...]:
    lost = {path: file.deleted for file in change.files for path in file.paths}
    return tuple(sorted(dict.fromkeys(paths), key=lambda path: (-lost.get(path, 0), path)))


def _vanished(hits: Sequence[Hit], change: Change) -> tuple[bytes, ...]:
    """Records that a single commit was flagged for and that the net change no longer shows."""
    flagged = [(hit.commit, {*hit.paths}) for hit in hits if hit.commit]
    if not flagged:
        return ()
    shown = {(file.path, file.new_blob) for file in change.files}
    gone = {
        record
        for commit, paths in flagged
        for file in commit.files
        if not paths.isdisjoint(file.paths) and (file.path, file.new_blob) not in shown
        for record in raw_record(file)
    }
    return tuple(sorted(gone and gone.difference(*map(raw_record, change.files))))
