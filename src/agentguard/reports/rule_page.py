"""A rule's page: what it says in the terminal is what the documentation holds."""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.measures import MEASURES
from agentguard.policy.rules import FIXED
from agentguard.policy.times import shown
from agentguard.rules import Actor, Alternative, Narrowing, Rule

MAKERS: dict[Actor, str] = {
    "human": "a human proved to have made it",
    "agent": "an agent made it",
    "automation": "a listed bot made it",
    "unknown": "nobody knows who made it",
}


def render(rule: Rule) -> str:
    """The page as Markdown, made from the rule file alone."""
    parts = [
        f"# {rule.id}",
        rule.title + ".",
        *_facts(rule),
        f"## Why\n\n{rule.why}",
        f"## What to do\n\n{rule.fix}",
        _matches(rule),
        _examples(rule),
        _tuning(rule),
    ]
    return "\n\n".join(parts) + "\n"


def _facts(rule: Rule) -> Iterator[str]:
    who = "".join(f"; {effect} when {MAKERS[actor]}" for actor, effect in rule.effects.items())
    rows = {
        "Effect": rule.effect + who,
        "Severity": rule.severity,
        "Approvals": str(rule.approvals) if rule.effect == "approve" else "",
        "Looks at": " and ".join(_looks_at(rule)),
        "Environments": ", ".join(rule.scope.environments),
        "Paths": ", ".join(f"`{path}`" for path in rule.scope.paths),
        "Pack": rule.pack,
        "Since": rule.since,
        "References": ", ".join(rule.references),
    }
    table = [f"| {name} | {value} |" for name, value in rows.items() if value]
    yield "\n".join(["| | |", "|---|---|", *table])


def _looks_at(rule: Rule) -> Iterator[str]:
    words = {
        "update": "what a push changes in all",
        "commit": "each new commit",
        "window": f"what a push changes in all, added to what was accepted without approval in the "
        f"{shown(rule.scope.window)} before, on the same ref or from the same account",
    }
    yield from (words[per] for per in rule.scope.per)


def _matches(rule: Rule) -> str:
    lines = [f"- {_alternative(each)}" for each in rule.when]
    names = dict.fromkeys(each.measure for when in rule.when for each in when.conditions)
    legend = [f"- `{name}`: {MEASURES[name].about}" for name in names]
    any_of = ["Any of these is enough:", ""] if len(lines) > 1 else []
    parts = ["## When it matches", "", *any_of, *lines, "", "What is measured:", "", *legend]
    return "\n".join(parts)


def _alternative(alternative: Alternative) -> str:
    conditions = " and ".join(
        _code(f"{each.measure} {_limit(each.raw)}") for each in alternative.conditions
    )
    narrowing = [
        f"{key}: " + ", ".join(map(_code, getattr(alternative.scope, key)))
        for key in ("actors", "paths", "status")
        if getattr(alternative.scope, key) != getattr(Narrowing(), key)
    ]
    return conditions + (f" ({'; '.join(narrowing)})" if narrowing else "")


def _limit(raw: object) -> str:
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, dict):
        return "; ".join(f"{key} = {_limit(value)}" for key, value in raw.items())
    return " / ".join(map(str, raw)) if isinstance(raw, list) else str(raw)


def _code(text: str) -> str:
    """As code, also where it holds the sign for code itself."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _examples(rule: Rule) -> str:
    """What the rule finds and what it leaves alone; each is run through real git as a test."""
    parts = ["## Examples"]
    for expect, words in (("match", "It finds:"), ("no match", "It leaves alone:")):
        names = [f"- {each['name']}" for each in rule.examples if each["expect"] == expect]
        parts += [words, "\n".join(names)] if names else []
    return "\n\n".join(parts)


def _tuning(rule: Rule) -> str:
    if rule.id in FIXED:
        return "## Tuning\n\nNo policy can change this rule."
    return (
        f"## Tuning\n\nIn a policy, `[rules.{rule.id}]` takes `effect`, `effects`, `severity`, "
        "`approvals`, `teams`,\n`require_presence`, `require_verification`, `scope`, `when` (which "
        "replaces the conditions above) and `enabled`."
    )
