"""Change and policy in, findings out. Pure: nothing here reads a file, a clock or a repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agentguard.actors import Attribution
from agentguard.approvals.digest import raw_record
from agentguard.change import Change, Commit, FileChange
from agentguard.finding import EFFECTS, Effect, Finding, Value
from agentguard.measures import MEASURES, View
from agentguard.policy.environments import environment_of, ref_matches
from agentguard.policy.model import Freeze, Policy
from agentguard.rules import ACTORS, Actor, Alternative, Rule, Scope

# Details of one finding that its message holds; the rest are counted.
MOST_DETAILS = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """A change with who made each of its commits (by commit id)."""

    change: Change
    attributions: Mapping[str, Attribution]

    def actor(self, commit: Commit) -> Actor:
        """Who made a commit."""
        return self.attributions[commit.id].actor


@dataclass(frozen=True, slots=True)
class Hit:
    """One evaluation of a rule that matched. `commit` is None for the net change."""

    measured: Mapping[str, Value]
    limit: Mapping[str, Value]
    paths: tuple[str, ...]
    actors: frozenset[Actor]
    details: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    commit: Commit | None = None


def judge(judged: Judged, policy: Policy, now: datetime) -> tuple[Finding, ...]:
    """Every finding of one policy on one change, those that stand in the way first."""
    ref = judged.change.update.ref
    environment = environment_of(ref, policy.environments)
    findings = [_frozen(freeze, policy) for freeze in policy.freezes if _holds(freeze, ref, now)]
    touched = Touched(judged)
    for rule in applicable(policy, environment):
        hits = list(_hits(rule, judged, policy, touched))
        if hits:
            findings.append(_finding(rule, hits, judged.change, policy))
    return tuple(sorted(findings, key=lambda found: -EFFECTS.index(found.effect)))


def applicable(policy: Policy, environment: str) -> tuple[Rule, ...]:
    """The rules that look at an environment at all."""
    return tuple(
        rule for rule in policy.rules if rule.enabled and environment in rule.scope.environments
    )


class Touched:
    """Which commits, and so which actors, touched each path of a change."""

    def __init__(self, judged: Judged) -> None:
        self._by_path: dict[str, list[Commit]] = {}
        self._judged = judged
        for commit in judged.change.commits:
            for file in commit.files:
                for path in file.paths:
                    self._by_path.setdefault(path, []).append(commit)

    def actors(self, file: FileChange) -> set[Actor]:
        """Who touched a file. What no new commit explains was made by nobody knows whom."""
        commits = [commit for path in file.paths for commit in self._by_path.get(path, [])]
        return {self._judged.actor(commit) for commit in commits} or {"unknown"}

    def commits(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Ids of the commits that touched any of the paths, oldest first."""
        found = {commit.id for path in paths for commit in self._by_path.get(path, [])}
        return tuple(commit.id for commit in self._judged.change.commits if commit.id in found)

    def everyone(self) -> frozenset[Actor]:
        """Who made the change as a whole."""
        actors = {self._judged.actor(commit) for commit in self._judged.change.commits}
        return frozenset(actors or {"unknown"})


def _hits(rule: Rule, judged: Judged, policy: Policy, touched: Touched) -> Iterator[Hit]:
    """At most one hit for the net change, and one for each commit."""
    if "update" in rule.scope.per:
        hit = _first(_on_update(each, judged, policy, touched) for each in rule.when)
        if hit is not None:
            yield hit
    if "commit" in rule.scope.per:
        for commit in judged.change.commits:
            hit = _first(_on_commit(each, commit, judged, policy) for each in rule.when)
            if hit is not None:
                yield hit


def _first(hits: Iterable[Hit | None]) -> Hit | None:
    return next((hit for hit in hits if hit is not None), None)


def _on_update(
    alternative: Alternative, judged: Judged, policy: Policy, touched: Touched
) -> Hit | None:
    scope, change = alternative.scope, judged.change
    wanted = set(scope.actors)
    files = change.files
    if wanted != set(ACTORS):
        if not files and not wanted & touched.everyone():
            return None
        files = tuple(file for file in files if wanted & touched.actors(file))
        if change.files and not files:
            return None
    files = _in_scope(files, scope, policy)
    hit = _evaluate(alternative, View(change, files, policy.classes))
    if hit is None:
        return None
    where = {path: file for file in files for path in file.paths}
    seen = [where[path] for path in hit.paths if path in where]
    actors = frozenset(a for file in seen for a in touched.actors(file)) or touched.everyone()
    return replace(hit, actors=actors, commits=touched.commits(hit.paths))


def _on_commit(
    alternative: Alternative, commit: Commit, judged: Judged, policy: Policy
) -> Hit | None:
    attribution = judged.attributions[commit.id]
    if attribution.actor not in alternative.scope.actors:
        return None
    files = _in_scope(commit.files, alternative.scope, policy)
    view = View(judged.change, files, policy.classes, commit, attribution)
    hit = _evaluate(alternative, view)
    if hit is None:
        return None
    actors = frozenset({attribution.actor})
    return replace(hit, actors=actors, commits=(commit.id,), commit=commit)


def _in_scope(files: Sequence[FileChange], scope: Scope, policy: Policy) -> tuple[FileChange, ...]:
    if scope.paths:
        inside = policy.classes.selector(scope.paths)
        files = [found for file in files if (found := _seen_from(file, inside)) is not None]
    return tuple(file for file in files if file.status in scope.status)


def _seen_from(file: FileChange, inside: object) -> FileChange | None:
    """A file as the scope sees it: moved out is deleted, moved in is added."""
    if not callable(inside):
        raise TypeError("a scope is a test of paths")
    if file.old_path is None:
        return file if inside(file.path) else None
    left, arrived = inside(file.old_path), inside(file.path)
    if left and arrived:
        return file
    if left:
        return replace(file, path=file.old_path, old_path=None, status="deleted")
    return replace(file, old_path=None, status="added") if arrived else None


def _evaluate(alternative: Alternative, view: View) -> Hit | None:
    """Measure in the order written, and stop at the first condition that does not hold."""
    scope = alternative.scope
    if scope.paths and not view.files:
        return None
    measured: dict[str, Value] = {}
    limit: dict[str, Value] = {}
    paths: dict[str, None] = {}
    details: tuple[str, ...] = ()
    for condition in alternative.conditions:
        measure = MEASURES[condition.measure]
        reading = measure.read(view, condition.limit)
        if not measure.holds(reading.value, condition.limit):
            return None
        measured[condition.measure] = reading.value
        limit[condition.measure] = _shown(condition.raw)
        paths.update(dict.fromkeys(reading.paths))
        details += reading.details
    if not paths and scope.paths:
        paths.update(dict.fromkeys(file.path for file in view.files))
    return Hit(measured, limit, tuple(paths), frozenset(), details)


def _shown(raw: object) -> Value:
    if isinstance(raw, bool | int | float | str):
        return raw
    return tuple(str(item) for item in raw) if isinstance(raw, list) else str(raw)


def _finding(rule: Rule, hits: Sequence[Hit], change: Change, policy: Policy) -> Finding:
    """One finding for all places where a rule matched; the net change speaks for it, if it did."""
    effect = max((_effect(rule, hit) for hit in hits), key=EFFECTS.index)
    leading = hits[0]
    return Finding(
        rule=rule.id,
        title=rule.title,
        severity=rule.severity,
        effect=effect,
        message=_message(rule, leading),
        measured=leading.measured,
        limit=leading.limit,
        why=rule.why,
        fix=rule.fix,
        paths=_worst_first((path for hit in hits for path in hit.paths), change),
        commits=tuple(dict.fromkeys(name for hit in hits for name in hit.commits)),
        approvals=rule.approvals,
        teams=rule.teams,
        policy=policy.source,
        vanished=_vanished(hits, change) if effect != "warn" else (),
    )


def _message(rule: Rule, hit: Hit) -> str:
    """What was seen, in words, if a measure has words for it."""
    shown = "; ".join(hit.details[:MOST_DETAILS])
    more = len(hit.details) - MOST_DETAILS
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
    net = {record for file in change.files for record in raw_record(file)}
    shown = {(file.path, file.new_blob) for file in change.files}
    found = set()
    for hit in hits:
        for file in hit.commit.files if hit.commit else ():
            listed = any(path in hit.paths for path in file.paths)
            if listed and (file.path, file.new_blob) not in shown:
                found.update(set(raw_record(file)) - net)
    return tuple(sorted(found))


def _holds(freeze: Freeze, ref: str, now: datetime) -> bool:
    return freeze.holds_at(now) and any(ref_matches(pattern, ref) for pattern in freeze.refs)


def _frozen(freeze: Freeze, policy: Policy) -> Finding:
    until = f"{freeze.until:%Y-%m-%dT%H:%M:%SZ}"
    return Finding(
        rule="freeze",
        title="This ref is frozen",
        severity="critical",
        effect=freeze.effect,
        message=f"Frozen until {until}" + (f": {freeze.reason}" if freeze.reason else ""),
        measured={"frozen": True},
        limit={"frozen": until},
        why="A freeze was declared so that nothing changes while nobody watches. Agents have "
        "destroyed production during one.",
        fix=f"Wait until {until}, or ask those who declared the freeze.",
        policy=policy.source,
    )
