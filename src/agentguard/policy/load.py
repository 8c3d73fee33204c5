"""Policies: the built-in one, and the files that start from it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from agentguard.bundled import data, folder
from agentguard.finding import EFFECTS
from agentguard.ledger.settings import read_ledger
from agentguard.paths import PathClasses, load_classes
from agentguard.policy.approvals import Read, files_of, read_approvals, read_keyring
from agentguard.policy.environments import DEVELOPMENT, ENVIRONMENTS, PRODUCTION
from agentguard.policy.model import Freeze, Policy, Terms
from agentguard.policy.people import check_people, read_accounts, read_actors, read_approvers
from agentguard.policy.repair import LEVELS, read_boundary
from agentguard.policy.rules import checked_pattern, load_rules, rules_with
from agentguard.policy.terms import read_terms
from agentguard.policy.times import read_duration, read_moment
from agentguard.pusher import PLATFORMS
from agentguard.reading import read_file
from agentguard.rules import Rule
from agentguard.settings import Table, nearest, parse_toml

BUILT_IN = "built-in rules"
VERSION = 1
SCOPE = "out_of_scope"
REF_PATTERN = re.compile(r"refs/[^\s~^:?\[\\]+")


@cache
def built_in(default_branch: str = "") -> Policy:
    """The built-in rules alone. `default_branch` is the full name of the ref HEAD points to."""
    classes = load_classes(data("rules", "paths.toml"), "paths.toml")
    refs = dict.fromkeys([*([default_branch] if default_branch else []), *PRODUCTION])
    return Policy(
        source=BUILT_IN,
        environments={"production": tuple(refs)},
        rules=load_rules(folder("rules"), classes),
        classes=classes,
        digest=_hash_of_rules(),
    )


def _hash_of_rules() -> str:
    """SHA-256 over every bundled rule, path class and mark of an agent."""
    files = sorted(folder("rules").rglob("*.toml"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def load_policy(content: bytes, source: str, base: Policy, read: Read | None = None) -> Policy:
    """One policy file on top of `base`. Raises ConfigurationError naming file, key and allowed.

    `read` gives the content of files that the policy names; without it they are looked for beside
    the policy.
    """
    document = Table(parse_toml(content, source), source)
    if document.integer("version", 0) != VERSION:
        document.fail("version", f"expected {VERSION}, the only version there is")
    read = read or reader_in(Path(source).parent)
    approvals_table = document.table("approvals")
    keyring = read_keyring(approvals_table, read)
    approvals = read_approvals(approvals_table, read)
    classes = _classes(document.table("paths"), base.classes)
    classes = classes.extended("gate", files_of(approvals_table), ())
    tuned = rules_with({rule.id: rule for rule in base.rules}, document.table("rules"), classes)
    rules = _watching(tuple(tuned.values()), branches="branches" in document)
    environments, terms = _environments(document.table("environments"), base, rules, classes)
    policy = replace(
        base,
        source=source,
        repository=_repository(document),
        environments=environments,
        terms=terms,
        actors=read_actors(document.table("actors")),
        accounts=read_accounts(document.table("accounts")),
        approvers=read_approvers(
            document.table("approvers"), keyring, keyless=approvals.trust == "trailer"
        ),
        approvals=approvals,
        classes=classes,
        rules=rules,
        branches=_branches(document.table("branches")),
        freezes=tuple(read_freeze(table) for table in document.tables("freeze")),
        deadline=_deadline(document.table("limits"), base.deadline),
        platform=_platform(document.table("server")),
        ledger=read_ledger(document.table("ledger")),
        repair_boundary=read_boundary(document.table("repair_boundary"), classes),
        digest=hashlib.sha256(content).hexdigest(),
        origins=dict(_leaves(document.values, source)),
    )
    document.finish()
    _check_new_classes(document.table("paths"), base.classes, policy)
    check_people(document.table("approvers"), policy)
    _check_teams(document, policy)
    return policy


def reader_in(place: Path) -> Read:
    """Reads files by names relative to a folder."""
    return lambda name: read_file(place / name)


def _repository(document: Table) -> str | None:
    name = document.string("repository", default="")
    if name != name.strip() or not name.isprintable():
        document.fail(
            "repository", "expected a name of printable characters, such as 'acme/portal'"
        )
    return name or None


def _classes(table: Table, classes: PathClasses) -> PathClasses:
    for name, entry in table.items():
        include, exclude = _patterns(entry, "include"), _patterns(entry, "exclude")
        entry.finish()
        classes = classes.extended(name, include, exclude)
    return classes


def _patterns(table: Table, key: str) -> tuple[str, ...]:
    patterns = table.strings(key)
    for pattern in patterns:
        if pattern.startswith(("!", "@")):
            table.fail(key, f"{pattern!r}: only patterns stand here; `exclude` is for taking away")
    return tuple(checked_pattern(table, key, pattern) for pattern in patterns)


def _check_new_classes(table: Table, known: PathClasses, policy: Policy) -> None:
    """A class that no rule asks for protects nothing: most likely its name is misspelt."""
    asked = {entry.removeprefix("!") for rule in policy.every_rule for entry in rule.path_entries}
    if policy.repair_boundary:
        asked.update(entry for each in LEVELS for entry in policy.repair_boundary.entries(each))
    for name in table.values:
        if name not in known.classes and f"@{name}" not in asked:
            hint = nearest(name, known.classes)
            table.fail(name, f"is no path class that a rule asks for; {hint}")
        if name not in known.classes and not policy.classes.classes[name].always:
            table.fail(name, "is a new path class and needs `include`")


def _environments(
    table: Table, base: Policy, rules: Sequence[Rule], classes: PathClasses
) -> tuple[dict[str, tuple[str, ...]], dict[str, Terms]]:
    """The refs of each environment, and what else the policy says of it. What is in none of them
    is `development`, so that one has no list."""
    refs, terms = dict(base.environments), dict[str, Terms]()
    for name, entry in table.items():
        if name not in ENVIRONMENTS:
            table.fail(name, f"is no environment; allowed: {', '.join(ENVIRONMENTS)}")
        if name == DEVELOPMENT and "refs" in entry:
            entry.fail("refs", "cannot be listed: development is every ref that is listed nowhere")
        if "refs" in entry or not (name in base.environments or name == DEVELOPMENT):
            refs[name] = _refs(entry)
        terms[name] = read_terms(entry, name, {rule.id: rule for rule in rules}, classes)
    for name, each in terms.items():
        for source in each.accepts_from:
            if source not in refs:
                table.table(name).fail("accepts_from", f"{source} has no refs: list them there")
    return refs, terms


def _refs(table: Table) -> tuple[str, ...]:
    refs = table.strings("refs")
    if not refs:
        table.fail("refs", "is missing; expected a list such as ['refs/heads/main']")
    for ref in refs:
        if not REF_PATTERN.fullmatch(ref):
            table.fail("refs", f"{ref!r} is not a full ref name such as 'refs/heads/release/*'")
    return refs


def _branches(table: Table) -> dict[str, tuple[str, ...]]:
    """`[branches."refs/heads/fix/*"]`: what changes of such a ref may touch."""
    found = {}
    for ref, entry in table.items():
        if not REF_PATTERN.fullmatch(ref):
            table.fail(ref, "is not a full ref name such as 'refs/heads/fix/*'")
        patterns = _patterns(entry, "scope")
        if not patterns:
            entry.fail("scope", "is missing; expected paths such as ['src/auth/**']")
        found[ref] = patterns
        entry.finish()
    return found


def _watching(rules: tuple[Rule, ...], *, branches: bool) -> tuple[Rule, ...]:
    """A policy that narrows branches means those that work is done on: there the rules about it
    look as well."""
    if not branches:
        return rules
    return tuple(
        replace(rule, scope=replace(rule.scope, environments=ENVIRONMENTS))
        if any(each.measure == SCOPE for when in rule.when for each in when.conditions)
        else rule
        for rule in rules
    )


def _deadline(table: Table, default: float) -> float:
    found = read_duration(table, "deadline", "20s") if "deadline" in table else default
    table.finish(also=["deadline"])
    return found


def _platform(table: Table) -> str:
    found = table.choice("platform", tuple(PLATFORMS), "")
    table.finish()
    return found


def read_freeze(table: Table, refs: tuple[str, ...] | None = None) -> Freeze:
    """One `[[freeze]]`. It must name its refs, unless they are given."""
    start, until = read_moment(table, "from"), read_moment(table, "until")
    if start is None or until is None or start >= until:
        table.fail("until", "a freeze needs `from` and a later `until`, each a date or a time")
    freeze = Freeze(
        start=start,
        until=until,
        refs=_refs(table) if refs is None else refs,
        effect=table.choice("effect", EFFECTS, "deny"),
        reason=table.string("reason", default=""),
    )
    table.finish()
    return freeze


def _check_teams(document: Table, policy: Policy) -> None:
    """A rule that waits for a team nobody is in could never be approved."""
    known = {team for approver in policy.approvers.values() for team in approver.teams}
    listed = [(document.table("rules"), policy.rules)]
    for name, entry in document.table("environments").items():
        listed.append((entry.table("rules"), tuple(policy.terms_of(name).rules.values())))
    for table, rules in listed:
        for rule in rules:
            if known and rule.teams and known.isdisjoint(rule.teams):
                hint = nearest(rule.teams[0], known)
                table.fail(rule.id, f"no approver is in {' or '.join(rule.teams)}; {hint}")


def _leaves(values: object, source: str, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key path of a document with the file it came from."""
    if not isinstance(values, dict):
        yield path, source
        return
    for key, value in values.items():
        yield from _leaves(value, source, f"{path}.{key}" if path else key)
