"""The table of `docs/agents.md`, made from `actors.toml`: `python -m tests.agents_page` rewrites it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from agentguard import bundled

PAGE = Path(__file__).parents[1] / "docs" / "agents.md"
BEGIN, END = "<!-- the table: begin -->\n", "<!-- the table: end -->\n"
KINDS = {
    "emails": "address",
    "email_patterns": "address",
    "logins": "account",
    "names": "name",
    "name_suffixes": "name",
    "bare_names": "name without a person's address",
    "models": "name of its model",
    "trailers": "trailer",
    "credits": "line such as “Generated with …”",
    "lines": "line",
    "links": "link to its session",
    "subjects": "first line",
    "assist_trailers": "trailer, as help",
}


def agents() -> dict[str, Any]:
    """Every agent of `actors.toml` with its entry."""
    content = tomllib.loads(bundled.data("rules", "actors.toml").decode())
    return dict(sorted(content["agents"].items()))


def table() -> str:
    """One line for each agent."""
    head = [
        "| agent | told by | as co-author | label | its session sets |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *(_line(who, entry) for who, entry in agents().items())]) + "\n"


def _line(who: str, entry: dict[str, Any]) -> str:
    kinds = dict.fromkeys(kind for key, kind in KINDS.items() if entry.get(key))
    role = "reviewer: touched" if entry.get("review") else "made it"
    variables = ", ".join(f"`{name}`" for name in entry.get("sessions", ()))
    return f"| `{who}` | {', '.join(kinds)} | {role} | {entry.get('label', '')} | {variables} |"


def main() -> None:
    """Put the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
