"""Reading rules: the built-in files, and what a policy changes in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from agentguard.change import FILE_STATUSES
from agentguard.compiled import parsed
from agentguard.errors import ConfigurationError
from agentguard.finding import (
    AGENT_PROMOTION,
    AGENT_PUSH,
    EFFECTS,
    FREEZE,
    LOCKDOWN,
    REF_MOVED,
    SEVERITIES,
    Effect,
)
from agentguard.measures import MEASURES
from agentguard.paths import PathClasses
from agentguard.patterns import check_pattern
from agentguard.policy.environments import ENVIRONMENTS
from agentguard.policy.times import read_duration
from agentguard.rules import ACTORS, PERS, Actor, Alternative, Condition, Narrowing, Rule, Scope
from agentguard.settings import Table, nearest, parse_toml

KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
NARROWING = ("actors", "paths", "status")
ALONE = '"window" stands alone: a rule either adds pushes up, or judges each by itself'
WINDOW = 'goes with per = "window" only'

# What is found without any rule has these names.
TAKEN = (FREEZE, LOCKDOWN, AGENT_PUSH, AGENT_PROMOTION, REF_MOVED, "broken-policy")
# Refs below these names are not even read, so nobody may let them through.
FIXED = ("reserved-ref",)


def load_rules(folder: Path, classes: PathClasses) -> tuple[Rule, ...]:
    """Every `<pack>/<id>.toml` below `folder`, by pack and id. Raises ConfigurationError."""
    files = sorted(folder.glob("*/*.toml"))
    if not files:
        raise ConfigurationError(f"no rules below {folder}: nothing would be checked")
    rules = tuple(load_rule(path.read_bytes(), path, classes) for path in files)
    names = [rule.id for rule in rules]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ConfigurationError(f"two rules are called {', '.join(sorted(twice))}")
    return rules


def load_rule(content: bytes, path: Path, classes: PathClasses) -> Rule:
    """One rule file. Its name is the rule's id, its folder the pack. What was read at installation
    was checked there."""
    table = Table(parse_toml(content, path.name), path.name)
    rule = new_rule(table, table.string("id"), path.parent.name, classes)
    if rule.id != path.stem:
        table.fail("id", f"must be the file's name, {path.stem!r}")
    return rule if parsed(content) is not None else _checked(rule, table)


def new_rule(table: Table, name: str, pack: str, classes: PathClasses) -> Rule:
    """A rule defined from nothing, in a file of its own or in a policy. Its limits are not checked."""
    if not is_kebab(name) or name in TAKEN:
        table.fail("id", f"{name!r} must be lower-case words joined by hyphens, and not be taken")
    scope = _scope(table.table("scope"), Scope(), classes)
    rule = Rule(
        id=name,
        pack=pack,
        title=table.string("title"),
        severity=table.choice("severity", SEVERITIES),
        effect=table.choice("effect", EFFECTS),
        why=table.string("why"),
        fix=table.string("fix"),
        scope=scope,
        when=_when(table, scope, classes),
        approvals=table.integer("approvals", 1, least=1),
        teams=table.strings("teams"),
        require_presence=table.boolean("require_presence", default=False),
        require_verification=table.boolean("require_verification", default=False),
        effects=_effects(table.table("effects")),
        since=table.string("since", default=""),
        references=table.strings("references"),
        examples=tuple(example.values for example in table.tables("examples")),
    )
    table.finish()
    return _measurable(rule, table)


def tuned_rule(table: Table, rule: Rule, classes: PathClasses) -> Rule:
    """A rule as a policy changes it: what it names is replaced, the rest stays."""
    if rule.id in FIXED:
        table.fail("", "cannot be changed: what it stops is not even read")
    scope = _scope(table.table("scope"), rule.scope, classes)
    effects = {} if "effect" in table else dict(rule.effects)
    tuned = replace(
        rule,
        effect=table.choice("effect", EFFECTS, rule.effect),
        effects=effects | _effects(table.table("effects")),
        severity=table.choice("severity", SEVERITIES, rule.severity),
        approvals=table.integer("approvals", rule.approvals, least=1),
        teams=table.strings("teams", rule.teams),
        require_presence=table.boolean("require_presence", default=rule.require_presence),
        require_verification=table.boolean(
            "require_verification", default=rule.require_verification
        ),
        scope=scope,
        when=_when(table, scope, classes) if "when" in table else rule.when,
        enabled=table.boolean("enabled", default=True),
    )
    table.finish()
    return _checked(_measurable(tuned, table), table)


def rules_with(rules: Mapping[str, Rule], table: Table, classes: PathClasses) -> dict[str, Rule]:
    """The built-in rules as `[rules.…]` of a policy tunes, switches off or adds to them."""
    result = dict(rules)
    for name, entry in table.items():
        if name in rules:
            result[name] = tuned_rule(entry, rules[name], classes)
        elif "title" in entry or ("when" in entry and "why" in entry):
            result[name] = _checked(new_rule(entry, name, "policy", classes), entry)
        else:
            hint = nearest(name, rules)
            table.fail(name, f"there is no such rule, and a new one needs title and when; {hint}")
    return result


def is_kebab(name: str) -> bool:
    """Lower-case letters and digits in words joined by single hyphens."""
    return KEBAB.fullmatch(name) is not None


def _checked(rule: Rule, table: Table) -> Rule:
    """The rule, if each of its measures takes the limit that the table gives it."""
    for entry, alternative in zip(table.tables("when"), rule.when, strict=False):
        for condition in alternative.conditions:
            try:
                _ = condition.limit
            except ValueError as error:
                entry.fail(condition.measure, str(error))
    return rule


def _measurable(rule: Rule, table: Table) -> Rule:
    """The rule, if each of its measures has something to look at."""
    for alternative in rule.when:
        for condition in alternative.conditions:
            measure = MEASURES[condition.measure]
            if rule.scope.adds_up and not measure.adds_up:
                table.fail("when", _never_adds_up(condition.measure))
            if measure.of == "commit" and "update" in rule.scope.per:
                fault = f'{condition.measure} tells about one commit: the rule needs per = "commit"'
                table.fail("scope", fault)
            net = measure.whole or measure.looked_up
            both = measure.vanished and "update" in rule.scope.per
            if net and "commit" in rule.scope.per and not both:
                fault = f'{condition.measure} tells about the push: the rule needs per = "update"'
                table.fail("scope", fault)
    return rule


def _never_adds_up(name: str) -> str:
    known = ", ".join(measure.name for measure in MEASURES.values() if measure.adds_up)
    return f'{name} does not add up over pushes, as per = "window" needs it; allowed: {known}'


def _effects(table: Table) -> dict[Actor, Effect]:
    found = {actor: table.choice(actor, EFFECTS) for actor in ACTORS if actor in table}
    table.finish(also=ACTORS)
    return found


def _scope(table: Table, base: Scope, classes: PathClasses) -> Scope:
    narrowing = _narrowing(table, base, classes)
    scope = Scope(
        actors=narrowing.actors,
        paths=narrowing.paths,
        status=narrowing.status,
        environments=table.choices("environments", ENVIRONMENTS, base.environments),
        per=table.choices("per", PERS, base.per),
        window=read_duration(table, "window", "24h") if "window" in table else base.window,
    )
    if scope.adds_up and {*scope.per} != {"window"}:
        table.fail("per", ALONE)
    if "window" in table and not scope.adds_up:
        table.fail("window", WINDOW)
    table.finish()
    return scope


def _narrowing(table: Table, base: Narrowing, classes: PathClasses) -> Narrowing:
    return Narrowing(
        actors=table.choices("actors", ACTORS, base.actors),
        paths=_paths(table, base.paths, classes),
        status=table.choices("status", FILE_STATUSES, base.status),
    )


def _paths(table: Table, base: tuple[str, ...], classes: PathClasses) -> tuple[str, ...]:
    paths = table.strings("paths", base)
    for entry in map(_unnegated, paths):
        if entry.startswith("@") and entry[1:] not in classes.classes:
            known = ", ".join(f"@{name}" for name in classes.classes)
            table.fail("paths", f"there is no path class {entry}; allowed: {known}, or patterns")
    if paths and all(entry.startswith("!") for entry in paths):
        table.fail("paths", "only takes away; to start from everything, put '?*' first")
    for entry in paths:
        if not _unnegated(entry).startswith("@"):
            checked_pattern(table, "paths", entry)
    return paths


def checked_pattern(table: Table, key: str, pattern: str) -> str:
    """A pattern of a list in `table`. Raises ConfigurationError naming file and key."""
    try:
        check_pattern(pattern)
    except ConfigurationError as error:
        table.fail(key, str(error))
    return pattern


def _unnegated(entry: str) -> str:
    return entry.removeprefix("!")


def _when(table: Table, scope: Scope, classes: PathClasses) -> tuple[Alternative, ...]:
    alternatives = tuple(_alternative(each, scope, classes) for each in table.tables("when"))
    if not alternatives:
        table.fail("when", "is missing: a rule without conditions would match everything")
    return alternatives


def _alternative(table: Table, scope: Scope, classes: PathClasses) -> Alternative:
    narrowing = _narrowing(table, Narrowing(), classes)
    for key in ("actors", "status"):
        allowed = getattr(scope, key)
        if not {*getattr(narrowing, key)} & {*allowed}:
            table.fail(key, f"never holds: the rule's scope has only {', '.join(allowed)}")
    conditions = tuple(_condition(table, name) for name in table.values if name not in NARROWING)
    if not conditions:
        table.fail("", "needs at least one measure")
    return Alternative(narrowing, conditions)


def _condition(table: Table, name: str) -> Condition:
    if name not in MEASURES:
        table.fail(name, f"there is no such measure; {nearest(name, {*MEASURES, *NARROWING})}")
    return Condition(name, table.take(name), MEASURES[name].parse)
