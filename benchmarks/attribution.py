"""How well marks tell agents from people, on labelled commits: `python -m benchmarks.attribution`.

The commits are not part of the repository: the path of a file of them may be given. Each line is a
JSON object: names, addresses, `message`, `label` (ai, human, automation), `agent`, `mark_kind`.
A label names one mark of its commit. Where that is a suggestion taken over in review, help, or a
committer, the commit counts as touched, and finding an agent in it as a mistake; the last line says
how many of those mistakes carry a mark of another kind besides, which the label leaves out.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import test_actors
from tests.test_actors import TOUCHED, judged, labelled

from agentguard.actors import Attribution

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """Of one agent: labelled commits, those found to be an agent's, those found to be this one's;
    touched commits, and those of them that were taken for an agent's."""

    agent: str
    made: int
    found: int
    named: int
    touched: int
    mistaken: int


def is_agents(row: Row) -> bool:
    """The label says that an agent made it."""
    return row["label"] == "ai" and row["mark_kind"] not in TOUCHED


def scores(rows: Sequence[tuple[Row, Attribution]]) -> list[Score]:
    """One score for each agent that a label names, the most frequent first."""
    agents = {row["agent"] for row, _ in rows if row["label"] == "ai"}
    found = [
        _score(agent, [pair for pair in rows if pair[0]["agent"] == agent]) for agent in agents
    ]
    return sorted(found, key=lambda score: (-score.made, -score.touched, score.agent))


def _score(agent: str, rows: Sequence[tuple[Row, Attribution]]) -> Score:
    made = [(row, seen) for row, seen in rows if is_agents(row)]
    touched = [seen for row, seen in rows if row["label"] == "ai" and not is_agents(row)]
    return Score(
        agent=agent,
        made=len(made),
        found=sum(seen.actor == "agent" for _, seen in made),
        named=sum(seen.agent == agent for _, seen in made),
        touched=len(touched),
        mistaken=sum(seen.actor == "agent" for seen in touched),
    )


def summary(rows: Sequence[tuple[Row, Attribution]]) -> str:
    """Recall and precision over all agents, and what the mistakes are."""
    agents = [seen for row, seen in rows if is_agents(row)]
    others = [(row, seen) for row, seen in rows if not is_agents(row)]
    hits = sum(seen.actor == "agent" for seen in agents)
    mistakes = [(row, seen) for row, seen in others if seen.actor == "agent"]
    people = sum(row["label"] != "ai" for row, _ in mistakes)
    return (
        f"recall     {hits / len(agents):.4f}   {hits} of {len(agents)}\n"
        f"precision  {hits / (hits + len(mistakes)):.4f}   {len(mistakes)} mistakes\n"
        f"of the mistakes {people} were people or automation, and "
        f"{sum(seen.certainty == 'authored' for _, seen in mistakes)} name the agent as author"
    )


def main() -> None:
    """Print the table and the figures over all."""
    if len(sys.argv) > 1:
        test_actors.LABELLED = Path(sys.argv[1])
    rows = [(row, judged(row)) for row in labelled()]
    print(
        f"{'agent':<20}{'made':>6}{'found':>7}{'named':>7}{'recall':>8}{'touched':>9}{'mistaken':>10}"
    )
    for score in scores(rows):
        recall = f"{score.found / score.made:.3f}" if score.made else "-"
        print(
            f"{score.agent:<20}{score.made:>6}{score.found:>7}{score.named:>7}{recall:>8}"
            f"{score.touched:>9}{score.mistaken:>10}"
        )
    print(summary(rows))


if __name__ == "__main__":
    main()
