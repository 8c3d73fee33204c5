"""A rule's page: what it says in the terminal is what the documentation holds."""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.rules import Alternative, Rule


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
    who = "".join(
        f"; {effect} when a verified {actor} made it" for actor, effect in rule.effects.items()
    )
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
    words = {"update": "what a push changes in all", "commit": "each new commit"}
    yield from (words[per] for per in rule.scope.per)


def _matches(rule: Rule) -> str:
    lines = [f"- {_alternative(each, rule)}" for each in rule.when]
    return "\n".join(["## When it matches", "", *lines])


def _alternative(alternative: Alternative, rule: Rule) -> str:
    conditions = " and ".join(
        f"`{each.measure} {_limit(each.raw)}`" for each in alternative.conditions
    )
    narrowing = [
        f"{key}: " + ", ".join(f"`{value}`" for value in getattr(alternative.scope, key))
        for key in ("actors", "paths", "status")
        if getattr(alternative.scope, key) != getattr(rule.scope, key)
    ]
    return conditions + (f" ({'; '.join(narrowing)})" if narrowing else "")


def _limit(raw: object) -> str:
    if isinstance(raw, bool):
        return str(raw).lower()
    return " / ".join(map(str, raw)) if isinstance(raw, list) else str(raw)


def _examples(rule: Rule) -> str:
    lines = [f"- {example['expect']}: {example['name']}" for example in rule.examples]
    return "\n".join(["## Examples", "", *lines])


def _tuning(rule: Rule) -> str:
    return (
        "## Tuning\n\nIn a policy, `[rules." + rule.id + "]` takes `effect`, `approvals`, `teams`, "
        "`scope`, `when` (which replaces the conditions above) and `enabled`."
    )
