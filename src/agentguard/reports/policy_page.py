"""The policy in force, as text a person can compare with what they meant."""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.policy.load import BUILT_IN
from agentguard.policy.model import Policy
from agentguard.policy.stack import Stack
from agentguard.reports.escape import escape
from agentguard.rules import Rule


def render(stack: Stack, *, explain: bool = False) -> str:
    """One block per policy. `explain` says of every value which file set it."""
    lines = [f"repository  {escape(stack.repository)}", f"deadline    {stack.deadline:g}s"]
    for policy in stack.policies:
        lines += ["", f"policy      {escape(policy.source)}", *_policy(policy, explain=explain)]
    return "\n".join(lines) + "\n"


def _policy(policy: Policy, *, explain: bool) -> Iterator[str]:
    rows = [*_who(policy), *(_rule(rule) for rule in policy.rules)]
    width = max(len(name) for name, _, _ in rows)
    for key, value, path in rows:
        origin = f"   # {escape(_origin(policy, path))}" if explain else ""
        yield f"  {key:<{width}}  {value}{origin}"


def _who(policy: Policy) -> Iterator[tuple[str, str, str]]:
    for name, refs in policy.environments.items():
        yield f"environments.{name}", escape(" ".join(refs)), f"environments.{name}"
    if not policy.approvers:
        yield "approvers", "nobody: nothing can be approved under this policy", "approvers"
    for approver in policy.approvers.values():
        keys = " ".join(entry.key.fingerprint for entry in approver.keys)
        yield f"approvers.{escape(approver.id)}", keys, f"approvers.{approver.id}"
    yield "approvals.max_age", str(policy.approvals.max_age), "approvals.max_age"
    yield "approvals.self_approval", policy.approvals.self_approval, "approvals.self_approval"
    yield "actors.unproven", policy.actors.unproven, "actors.unproven"


def _rule(rule: Rule) -> tuple[str, str, str]:
    any_of = " | ".join(
        ", ".join(f"{each.measure} {each.raw}" for each in alternative.conditions)
        for alternative in rule.when
    )
    effect = rule.effect if rule.enabled else "off"
    needs = f" x{rule.approvals}" if effect == "approve" and rule.approvals > 1 else ""
    return f"rules.{rule.id}", escape(f"{effect}{needs}: {any_of}"), f"rules.{rule.id}"


def _origin(policy: Policy, path: str) -> str:
    """The file that set a value, or anything below it."""
    for key, source in policy.origins.items():
        if key == path or key.startswith(f"{path}."):
            return source
    return BUILT_IN
