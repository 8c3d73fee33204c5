"""Reading rules: the built-in files, and what a policy changes in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from agentguard.change import FILE_STATUSES
from agentguard.errors import ConfigurationError
from agentguard.finding import EFFECTS, SEVERITIES, Effect
from agentguard.measures import MEASURES
from agentguard.paths import PathClasses, check_patterns
from agentguard.policy.environments import ENVIRONMENTS
from agentguard.rules import ACTORS, PERS, Actor, Alternative, Condition, Rule, Scope
from agentguard.settings import Table, parse_toml

NARROWING = ("actors", "paths", "status")
WINDOW = "`window` needs the ledger, which this version does not have; allowed: update, commit"


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
    """One rule file. Its name is the rule's id, its folder the pack."""
    table = Table(parse_toml(content, path.name), path.name)
    rule = new_rule(table, table.string("id"), path.parent.name, classes)
    if rule.id != path.stem:
        table.fail("id", f"must be the file's name, {path.stem!r}")
    return rule


def new_rule(table: Table, name: str, pack: str, classes: PathClasses) -> Rule:
    """A rule defined from nothing, in a file of its own or in a policy."""
    if not is_kebab(name):
        table.fail("id", f"{name!r} must be lower-case words joined by hyphens")
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
        effects=_effects(table.table("effects")),
        since=table.string("since", default=""),
        references=table.strings("references"),
        examples=tuple(example.values for example in table.tables("examples")),
    )
    table.finish()
    return rule


def tuned_rule(table: Table, rule: Rule, classes: PathClasses) -> Rule:
    """A rule as a policy changes it: what it names is replaced, the rest stays."""
    scope = rule.scope
    if "scope" in table:
        scope = _scope(table.table("scope"), rule.scope, classes)
    when = tuple(replace(each, scope=_rescoped(each, rule.scope, scope)) for each in rule.when)
    if "when" in table:
        when = _when(table, scope, classes)
    effect = table.choice("effect", EFFECTS, rule.effect)
    effects = {} if "effect" in table else dict(rule.effects)
    tuned = replace(
        rule,
        effect=effect,
        effects=effects | _effects(table.table("effects")),
        severity=table.choice("severity", SEVERITIES, rule.severity),
        approvals=table.integer("approvals", rule.approvals, least=1),
        teams=table.strings("teams", rule.teams),
        scope=scope,
        when=when,
        enabled=table.boolean("enabled", default=True),
    )
    table.finish()
    return tuned


def is_kebab(name: str) -> bool:
    """Lower-case letters and digits in words joined by single hyphens."""
    words = name.split("-")
    return all(word.isascii() and word.isalnum() and word == word.lower() for word in words)


def _rescoped(alternative: Alternative, old: Scope, new: Scope) -> Scope:
    """An alternative's scope when the rule's changes: its own narrowing stays."""
    own = {key: getattr(alternative.scope, key) for key in NARROWING}
    kept = {key: value for key, value in own.items() if value != getattr(old, key)}
    return replace(new, **kept)


def _effects(table: Table) -> dict[Actor, Effect]:
    found: dict[Actor, Effect] = {}
    for actor in ACTORS:
        if actor in table:
            found[actor] = table.choice(actor, EFFECTS)
    table.finish(also=ACTORS)
    return found


def _scope(table: Table, base: Scope, classes: PathClasses) -> Scope:
    if "window" in table.strings("per"):
        table.fail("per", WINDOW)
    scope = replace(
        _narrowed(table, base, classes),
        environments=table.choices("environments", ENVIRONMENTS, base.environments),
        per=table.choices("per", PERS, base.per),
    )
    table.finish()
    return scope


def _narrowed(table: Table, base: Scope, classes: PathClasses) -> Scope:
    paths = table.strings("paths", base.paths)
    for entry in paths:
        if entry.startswith("@") and entry[1:] not in classes.classes:
            known = ", ".join(f"@{name}" for name in classes.classes)
            table.fail("paths", f"there is no path class {entry}; allowed: {known}, or patterns")
    try:
        check_patterns(entry for entry in paths if not entry.startswith("@"))
    except ConfigurationError as error:
        table.fail("paths", str(error))
    return replace(
        base,
        paths=paths,
        actors=table.choices("actors", ACTORS, base.actors),
        status=table.choices("status", FILE_STATUSES, base.status),
    )


def _when(table: Table, scope: Scope, classes: PathClasses) -> tuple[Alternative, ...]:
    alternatives = tuple(_alternative(each, scope, classes) for each in table.tables("when"))
    if not alternatives:
        table.fail("when", "is missing: a rule without conditions would match everything")
    return alternatives


def _alternative(table: Table, scope: Scope, classes: PathClasses) -> Alternative:
    narrowed = _narrowed(table, scope, classes)
    conditions = tuple(_condition(table, name) for name in table.values if name not in NARROWING)
    if not conditions:
        table.fail("", "needs at least one measure")
    return Alternative(narrowed, conditions)


def _condition(table: Table, name: str) -> Condition:
    measure = MEASURES.get(name)
    if measure is None:
        table.finish(also=[*MEASURES, *NARROWING])
        raise AssertionError(name)
    raw: Any = table.take(name)
    try:
        return Condition(name, raw, measure.parse(raw))
    except ValueError as error:
        table.fail(name, str(error))


def rules_with(rules: Mapping[str, Rule], table: Table, classes: PathClasses) -> dict[str, Rule]:
    """The built-in rules as `[rules.…]` of a policy tunes, switches off or adds to them."""
    result = dict(rules)
    for name, entry in table.items():
        read: Callable[[Table], Rule]
        if name in rules:
            read = partial(tuned_rule, rule=rules[name], classes=classes)
        elif "title" in entry or ("when" in entry and "why" in entry):
            read = partial(new_rule, name=name, pack="policy", classes=classes)
        else:
            known = Table({name: {}}, table.source, table.path)
            known.finish(also=list(rules))
            raise AssertionError(name)
        result[name] = read(entry)
    return result
