"""`agentguard rules`: what is looked for, and why."""

from __future__ import annotations

from pathlib import Path

import click

from agentguard.errors import ConfigurationError


@click.command()
@click.argument("arguments", nargs=-1, metavar="[ID | test PATH...]")
def rules(arguments: tuple[str, ...]) -> int:
    """List the rules, print the page of one, or run the examples of your own (`test PATH...`)."""
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
    for rule in found:
        click.echo(f"{rule.id:<{width}}  {rule.effect:<7}  {rule.title}")
    return 0


def _page(name: str) -> int:
    from agentguard.policy.load import built_in
    from agentguard.reports.rule_page import render

    for rule in built_in().rules:
        if rule.id == name:
            click.echo(render(rule), nl=False)
            return 0
    raise ConfigurationError(f"there is no rule {name!r}; `agentguard rules` lists them all")


def _test(paths: list[Path]) -> int:
    from agentguard.examples import failures, rule_files

    files = rule_files(paths)
    failed = [line for path in files for line in failures(path)]
    for line in failed:
        click.echo(line)
    click.echo(f"{len(files)} rules tested, {len(failed)} examples failed")
    return 1 if failed else 0
