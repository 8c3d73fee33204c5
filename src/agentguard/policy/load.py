"""Policies: the built-in one, and the files that start from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal

from agentguard.bundled import data, folder
from agentguard.errors import ConfigurationError
from agentguard.finding import EFFECTS
from agentguard.keys import PublicKey, parse_public_key
from agentguard.paths import PathClasses, check_patterns, load_classes
from agentguard.policy.environments import ENVIRONMENTS, PRODUCTION
from agentguard.policy.model import (
    ActorPolicy,
    ApprovalPolicy,
    Approver,
    ApproverKey,
    Freeze,
    Policy,
    utc,
)
from agentguard.policy.rules import load_rules, rules_with
from agentguard.pusher import PLATFORMS
from agentguard.settings import Table, parse_toml

BUILT_IN = "built-in rules"
VERSION = 1
CARRIERS = ("commit", "signature", "merge")
SELF_APPROVAL: tuple[Literal["never", "presence", "allow"], ...] = ("never", "presence", "allow")
DURATION = re.compile(r"(\d+)\s*(ms|s|m|h|d)")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
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
    )


def load_policy(content: bytes, source: str, base: Policy) -> Policy:
    """One policy file on top of `base`. Raises ConfigurationError naming file, key and allowed."""
    document = Table(parse_toml(content, source), source)
    if document.take("version") != VERSION:
        document.fail("version", f"expected {VERSION}, the only version there is")
    classes = _classes(document.table("paths"), base.classes)
    rules = rules_with({rule.id: rule for rule in base.rules}, document.table("rules"), classes)
    policy = replace(
        base,
        source=source,
        repository=document.string("repository", default="") or None,
        environments={**base.environments, **_environments(document.table("environments"))},
        actors=_actors(document.table("actors")),
        approvers=_approvers(document.table("approvers")),
        approvals=_approvals(document.table("approvals")),
        classes=classes,
        rules=tuple(rules.values()),
        freezes=tuple(_freeze(table) for table in document.tables("freeze")),
        deadline=_deadline(document.table("limits"), base.deadline),
        platform=_platform(document.table("server"), base.platform),
        origins=dict(_leaves(document.values, source)),
    )
    document.finish()
    _check_keys(document, policy)
    return policy


def _classes(table: Table, classes: PathClasses) -> PathClasses:
    for name, entry in table.items():
        include, exclude = entry.strings("include"), entry.strings("exclude")
        try:
            check_patterns((*include, *exclude))
        except ConfigurationError as error:
            entry.fail("include", str(error))
        entry.finish()
        classes = classes.extended(name, include, exclude)
    return classes


def _environments(table: Table) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, entry in table.items():
        if name not in ENVIRONMENTS[:-1]:
            table.fail(name, f"is no environment; allowed: {', '.join(ENVIRONMENTS[:-1])}")
        found[name] = _refs(entry)
        entry.finish()
    return found


def _refs(table: Table) -> tuple[str, ...]:
    refs = table.strings("refs")
    if not refs:
        table.fail("refs", "is missing; expected a list such as ['refs/heads/main']")
    for ref in refs:
        if not REF_PATTERN.fullmatch(ref):
            table.fail("refs", f"{ref!r} is not a full ref name such as 'refs/heads/release/*'")
    return refs


def _actors(table: Table) -> ActorPolicy:
    policy = ActorPolicy(
        unproven=table.choice("unproven", ("unknown", "agent"), "unknown"),
        agent_pushers=_lower(table, "agent_pushers"),
        agent_emails=_lower(table, "agent_emails"),
        automation_emails=_lower(table, "automation_emails"),
        agent_keys=tuple(_key(table, "agent_keys", line) for line in table.strings("agent_keys")),
    )
    table.finish()
    return policy


def _lower(table: Table, key: str) -> frozenset[str]:
    return frozenset(value.strip().lower() for value in table.strings(key))


def _key(table: Table, where: str, line: object) -> PublicKey:
    if not isinstance(line, str):
        table.fail(where, "expected a public key as one line of text")
    try:
        return parse_public_key(line)
    except ConfigurationError as error:
        table.fail(where, str(error))


def _approvers(table: Table) -> dict[str, Approver]:
    approvers = {}
    for name, entry in table.items():
        if not name.strip() or any(not character.isprintable() for character in name):
            table.fail(name, "an approver needs a name of printable characters, such as an address")
        approvers[name] = Approver(
            id=name,
            keys=_approver_keys(entry),
            aliases=entry.strings("aliases"),
            teams=entry.strings("teams"),
        )
        entry.finish()
    return approvers


def _approver_keys(table: Table) -> tuple[ApproverKey, ...]:
    listed = table.take("keys")
    if not isinstance(listed, list) or not listed:
        table.fail("keys", "expected a list with at least one public key")
    return tuple(_approver_key(table, entry) for entry in listed)


def _approver_key(table: Table, entry: object) -> ApproverKey:
    if not isinstance(entry, dict):
        return ApproverKey(_key(table, "keys", entry))
    inner = Table(entry, table.source, f"{table.path}.keys")
    key = _key(inner, "key", inner.take("key"))
    found = ApproverKey(key, _moment(inner, "valid_after"), _moment(inner, "valid_before"))
    inner.finish()
    return found


def _moment(table: Table, key: str) -> datetime | None:
    value = table.take(key)
    if value is None:
        return None
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    table.fail(key, "expected a date such as 2026-12-31 or a date and time")


def _approvals(table: Table) -> ApprovalPolicy:
    table.choice("trust", ("signature",), "signature")
    policy = ApprovalPolicy(
        carriers=table.choices("carriers", CARRIERS, ("commit", "signature")),
        require_presence=table.boolean("require_presence", default=False),
        require_verification=table.boolean("require_verification", default=False),
        self_approval=table.choice("self_approval", SELF_APPROVAL, "never"),
        max_age=timedelta(seconds=_seconds(table, "max_age", "24h")),
        revoked=frozenset(_fingerprint(table, entry) for entry in table.strings("revoked")),
    )
    table.finish()
    return policy


def _fingerprint(table: Table, entry: str) -> str:
    return entry if FINGERPRINT.fullmatch(entry) else _key(table, "revoked", entry).fingerprint


def seconds(value: str) -> float | None:
    """A length of time such as `4s`, `30m`, `24h` or `7d` in seconds, None for anything else."""
    match = DURATION.fullmatch(value.strip())
    return int(match[1]) * UNITS[match[2]] or None if match else None


def _seconds(table: Table, key: str, default: str) -> float:
    value = table.string(key, default=default)
    found = seconds(value)
    if found is None:
        table.fail(key, f"{value!r} is not a length of time such as '4s', '30m', '24h' or '7d'")
    return found


def _deadline(table: Table, default: float) -> float:
    found = _seconds(table, "deadline", "20s") if "deadline" in table else default
    table.finish(also=["deadline"])
    return found


def _platform(table: Table, default: str) -> str:
    found = table.choice("platform", tuple(PLATFORMS), default)
    table.finish()
    return found


def _freeze(table: Table) -> Freeze:
    start, until = _moment(table, "from"), _moment(table, "until")
    if start is None or until is None or start >= until:
        table.fail("until", "a freeze needs `from` and a later `until`")
    freeze = Freeze(
        start=start,
        until=until,
        refs=_refs(table),
        effect=table.choice("effect", EFFECTS, "deny"),
        reason=table.string("reason", default=""),
    )
    table.finish()
    return freeze


def _check_keys(document: Table, policy: Policy) -> None:
    """One key, one person: a key two can use proves neither, and an agent's key proves no human."""
    owner: dict[bytes, str] = {key.blob: "an agent" for key in policy.actors.agent_keys}
    for approver in policy.approvers.values():
        for entry in approver.keys:
            other = owner.setdefault(entry.key.blob, approver.id)
            if other != approver.id:
                fault = f"{entry.key.fingerprint} is a key of {approver.id} and of {other}"
                document.fail("approvers", fault)


def _leaves(values: object, source: str, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key path of a document with the file it came from."""
    if not isinstance(values, dict):
        yield path, source
        return
    for key, value in values.items():
        yield from _leaves(value, source, f"{path}.{key}" if path else key)
