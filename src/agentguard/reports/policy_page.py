"""The policy in force, as text a person can compare with what they meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import timedelta

from agentguard.keys import PublicKey
from agentguard.paths import PathClass
from agentguard.policy.load import BUILT_IN, built_in
from agentguard.policy.model import Approver, ApproverKey, Freeze, Policy
from agentguard.policy.stack import Stack
from agentguard.policy.times import shown
from agentguard.reports.escape import escape
from agentguard.rules import Alternative, Narrowing, Rule

# A key, what it is set to (one line each), and where a policy file says it.
Row = tuple[str, list[str]]


def render(stack: Stack, *, explain: bool = False) -> str:
    """One block per policy. `explain` says of every value which file set it."""
    lines = [f"repository  {escape(stack.repository)}", f"deadline    {stack.deadline:g}s"]
    if len(stack.policies) > 1:
        lines.append("A push has to pass each of these policies:")
    for policy in stack.policies:
        lines += ["", f"policy {escape(policy.source)}", *_policy(policy, explain=explain)]
    return "\n".join(lines) + "\n"


def _policy(policy: Policy, *, explain: bool) -> Iterator[str]:
    for key, values in _rows(policy):
        origin = f"   # {escape(_origin(policy, key))}" if explain else ""
        yield f"  {escape(key)}{origin}"
        yield from (f"    {escape(value)}" for value in values)


def _rows(policy: Policy) -> Iterator[Row]:
    for name, refs in policy.environments.items():
        yield f"environments.{name}.refs", list(refs)
    for name, terms in policy.terms.items():
        yield f"environments.{name}.agents", [terms.agents]
        if terms.accepts_from:
            yield f"environments.{name}.accepts_from", list(terms.accepts_from)
    yield from ((f"branches.{ref}.scope", list(paths)) for ref, paths in policy.branches.items())
    yield from _settings("actors", policy.actors)
    if policy.accounts:
        yield "accounts", [f"{name} as {', '.join(own)}" for name, own in policy.accounts.items()]
    if not policy.approvers:
        yield "approvers", ["nobody: nothing can be approved under this policy"]
    for approver in policy.approvers.values():
        yield f"approvers.{approver.id}", list(_approver(approver))
    yield from _settings("approvals", policy.approvals)
    yield from ((f"freeze[{at}]", [_freeze(each)]) for at, each in enumerate(policy.freezes))
    if policy.repair_boundary:
        yield from _settings("repair_boundary", policy.repair_boundary)
    yield from _classes(policy)
    yield from ((f"rules.{rule.id}", list(_rule(rule))) for rule in policy.rules)
    for name, terms in policy.terms.items():
        rules = terms.rules.values()
        yield from ((f"environments.{name}.rules.{each.id}", list(_rule(each))) for each in rules)


def _classes(policy: Policy) -> Iterator[Row]:
    """What the policy adds to path classes, and what it takes out of them."""
    known = built_in().classes.classes
    for name in sorted({key.split(".")[1] for key in policy.origins if key.startswith("paths.")}):
        found, old = policy.classes.classes[name], known.get(name, PathClass(()))
        added = [f"also {pattern}" for pattern in found.always if pattern not in old.always]
        taken = [f"not {pattern}" for pattern in found.never if pattern not in old.never]
        yield f"paths.{name}", [*added, *taken]


def _settings(section: str, record: object) -> Iterator[Row]:
    """The fields of one section; those that are empty have nothing to say."""
    for field in fields(record):  # type: ignore[arg-type]
        value = getattr(record, field.name)
        if value not in ((), frozenset()):
            yield f"{section}.{field.name}", _said(value)


def _said(value: object) -> list[str]:
    if isinstance(value, bool):
        return [str(value).lower()]
    if isinstance(value, timedelta):
        return [f"{value.total_seconds() / 3600:g}h"]
    if isinstance(value, Iterable) and not isinstance(value, str):
        return sorted(str(getattr(each, "fingerprint", each)) for each in value)
    return [str(value)]


def _approver(approver: Approver) -> Iterator[str]:
    for entry in approver.keys:
        yield _key(entry)
    for entry in approver.break_glass:
        yield f"break-glass {_key(entry)}"
    if approver.aliases:
        yield f"also {', '.join(approver.aliases)}"
    if approver.teams:
        yield f"of {', '.join(approver.teams)}"


def _key(entry: ApproverKey) -> str:
    kind = entry.key.algorithm if isinstance(entry.key, PublicKey) else "openpgp"
    after = f" from {entry.valid_after:%Y-%m-%d %H:%M}" if entry.valid_after else ""
    before = f" until {entry.valid_before:%Y-%m-%d %H:%M}" if entry.valid_before else ""
    return f"{kind} {entry.key.fingerprint}{after}{before}"


def _freeze(freeze: Freeze) -> str:
    span = f"from {freeze.start:%Y-%m-%d %H:%M} until {freeze.until:%Y-%m-%d %H:%M} UTC"
    reason = f" ({freeze.reason})" if freeze.reason else ""
    return f"{freeze.effect} {span} for {' '.join(freeze.refs)}{reason}"


def _rule(rule: Rule) -> Iterator[str]:
    needs = f", {rule.approvals} people" if rule.approvals > 1 else ""
    teams = f", from {' or '.join(rule.teams)}" if rule.teams else ""
    made = "".join(f", {effect} if made by {actor}" for actor, effect in rule.effects.items())
    where = f" in {', '.join(rule.scope.environments)}{_narrowing(rule.scope)}"
    window = f", added up over {shown(rule.scope.window)}" if rule.scope.adds_up else ""
    yield f"{rule.effect}{needs}{teams}{made}{where}{window}" if rule.enabled else "off"
    if rule.enabled:
        yield from (f"when {_alternative(each)}" for each in rule.when)


def _alternative(alternative: Alternative) -> str:
    conditions = " and ".join(
        f"{each.measure} {' '.join(_said(each.raw))}" for each in alternative.conditions
    )
    return conditions + _narrowing(alternative.scope)


def _narrowing(scope: Narrowing) -> str:
    usual = Narrowing()
    found = (
        f"; {key}: {' '.join(getattr(scope, key))}"
        for key in ("actors", "paths", "status")
        if getattr(scope, key) != getattr(usual, key)
    )
    return "".join(found)


def _origin(policy: Policy, path: str) -> str:
    """The file that set a value, or anything in it."""
    whole = path.partition("[")[0]
    found = (
        source
        for key, source in policy.origins.items()
        if key == whole or key.startswith(f"{whole}.")
    )
    return next(found, BUILT_IN)
