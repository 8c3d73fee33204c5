"""Writes the pages that are made from the program itself: one per rule, their index, the commands.

`make docs` runs it; a test fails when the pages are out of date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click

from agentguard.cli import cli
from agentguard.policy.load import built_in
from agentguard.reports.rule_page import render
from agentguard.rules import Rule

HERE = Path(__file__).resolve().parent
WIDTH = 79
MADE = "<!-- Made by `make docs`. Change the program, not this page. -->\n\n"
INCIDENT = re.compile(r"\bincident:([a-z-]+)")


def pages() -> dict[str, str]:
    """Every generated page by its path below `docs/`."""
    rules = built_in().rules
    found = {f"rules/{rule.id}.md": MADE + _linked(render(rule)) for rule in rules}
    found["rules/index.md"] = MADE + _index(rules)
    found["cli.md"] = MADE + _commands()
    return found


def outdated(directory: Path, wanted: Mapping[str, str]) -> Iterator[str]:
    """Pages that are missing, different, or about a rule there is no more."""
    for name, content in wanted.items():
        page = directory / name
        if not page.is_file() or page.read_text(encoding="utf-8") != content:
            yield name
    for page in sorted((directory / "rules").glob("*.md")):
        if (name := f"rules/{page.name}") not in wanted:
            yield name


def write(directory: Path, wanted: Mapping[str, str]) -> None:
    """Bring the pages up to date."""
    for name in list(outdated(directory, wanted)):
        page = directory / name
        if name not in wanted:
            page.unlink()
            continue
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(wanted[name], encoding="utf-8", newline="\n")
        print(f"wrote docs/{name}")


def _linked(page: str) -> str:
    """The page with a link to each incident that it names."""
    return INCIDENT.sub(r"[\1](../incidents.md#\1)", page)


def _index(rules: Iterable[Rule]) -> str:
    packs: dict[str, list[Rule]] = {}
    for rule in rules:
        packs.setdefault(rule.pack, []).append(rule)
    parts = [
        "# Rules",
        (
            "The built-in rules, by pack. `agentguard rules ID` prints the page of one. "
            "How to write your own is in [writing a rule](../writing-a-rule.md)."
        ),
    ]
    for pack, members in sorted(packs.items()):
        rows = [
            f"| [{rule.id}]({rule.id}.md) | {rule.effect} | {rule.severity} | {rule.title} |"
            for rule in sorted(members, key=lambda rule: rule.id)
        ]
        head = ["| rule | effect | severity | what it finds |", "|---|---|---|---|"]
        parts += [f"## {pack}", "\n".join([*head, *rows])]
    return "\n\n".join(parts) + "\n"


def _commands() -> str:
    parts = [
        "# Command line",
        (
            "What `agentguard COMMAND --help` prints. The exit codes are in "
            "[exit-codes.md](exit-codes.md)."
        ),
    ]
    for names, text in _help(cli, ("agentguard",), None):
        parts.append(f"## {' '.join(names)}\n\n```text\n{text}\n```")
    return "\n\n".join(parts) + "\n"


def _help(
    command: click.Command, names: tuple[str, ...], parent: click.Context | None
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The help of a command and of everything below it, whatever the terminal's width is."""
    context = click.Context(
        command,
        info_name=names[-1],
        parent=parent,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=cli.context_settings["help_option_names"],
    )
    yield names, command.get_help(context).rstrip()
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None and not found.hidden:
                yield from _help(found, (*names, name), context)


if __name__ == "__main__":
    write(HERE, pages())
