"""Reading what holds in one environment: `[environments.NAME]` of a policy, beside its refs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agentguard.paths import PathClasses
from agentguard.policy.environments import DEVELOPMENT, ENVIRONMENTS
from agentguard.policy.model import Agents, Terms
from agentguard.policy.rules import tuned_rule
from agentguard.rules import Rule
from agentguard.settings import Table, nearest

AGENTS: tuple[Agents, ...] = ("allow", "approve", "deny")


def read_terms(table: Table, name: str, rules: Mapping[str, Rule], classes: PathClasses) -> Terms:
    """The table of the environment `name`; `rules` are those of the policy, by id.

    Raises ConfigurationError naming file, key and what is allowed.
    """
    terms = Terms(
        agents=table.choice("agents", AGENTS, "allow"),
        accepts_from=_accepts_from(table, name),
        rules=_variants(table.table("rules"), name, rules, classes),
    )
    table.finish(also=[] if name == DEVELOPMENT else ["refs", "accepts_from"])
    return terms


def _accepts_from(table: Table, name: str) -> tuple[str, ...]:
    """Other environments that have refs: what comes from anywhere was judged nowhere."""
    if name == DEVELOPMENT and "accepts_from" in table:
        table.fail("accepts_from", "has no use here: development takes what comes")
    others = tuple(each for each in ENVIRONMENTS if each not in {name, DEVELOPMENT})
    return table.choices("accepts_from", others, ())


def _variants(
    table: Table, name: str, rules: Mapping[str, Rule], classes: PathClasses
) -> dict[str, Rule]:
    """Rules as this environment has them: what the policy says of a rule everywhere, and on top
    what it says here. A rule that is named here looks here, unless it is switched off here."""
    found = {}
    for key, entry in table.items():
        if key not in rules:
            hint = nearest(key, rules)
            table.fail(key, f"there is no such rule, and a new one stands in [rules.ID]; {hint}")
        scope = entry.table("scope")
        if "environments" in scope:
            scope.fail("environments", f"is {name!r} already, by the table it stands in")
        rule = rules[key]
        here = replace(rule, scope=replace(rule.scope, environments=(name,)))
        found[key] = tuned_rule(entry, here, classes)
    return found
