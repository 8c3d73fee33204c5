"""`agentguard rules`: what is looked for, and why."""

from __future__ import annotations

from pathlib import Path

import click

from agentguard.errors import ConfigurationError
from agentguard.output import show


@click.command(short_help="List the rules, show one, or test your own.")
@click.argument("arguments", nargs=-1, metavar="[ID | test PATH...]")
def rules(arguments: tuple[str, ...]) -> int:
    """List the rules, print the page of one, or run the examples of your own.

    `rules test PATH...` takes rule files, policies with rules of their own, and folders.
    """
    if not arguments:
        return _list()
    if arguments[0] == "test":
        return _test([Path(argument) for argument in arguments[1:]])
    if len(arguments) > 1:
        raise click.UsageError("one rule at a time")
    return _page(arguments[0])


def _list() -> int:
    from agentguard.policy.load import built_in

    found = built_in().rules
    width = max(len(rule.id) for rule in found)
    show("".join(f"{rule.id:<{width}}  {rule.effect:<7}  {rule.title}\n" for rule in found))
    return 0


def _page(name: str) -> int:
    from agentguard.policy.load import built_in
    from agentguard.reports.rule_page import render

    for rule in built_in().rules:
        if rule.id == name:
            show(render(rule))
            return 0
    raise ConfigurationError(f"there is no rule {name!r}; `agentguard rules` lists them all")


def _test(paths: list[Path]) -> int:
    from agentguard.examples import failures, rule_files, rules_in
    from agentguard.output import say

    tested = [pair for path in rule_files(paths) for pair in rules_in(path)]
    failed = [line for rule, policy in tested for line in failures(rule, policy)]
    for line in failed:
        say(line)
    say(f"rules tested: {len(tested)}, failures: {len(failed)}")
    return 1 if failed else 0
