"""Who made each commit, as a table for people and as JSON: schema `agentguard/actors/1`.

Neither list is cut: it is all that was asked for, and a program that counts needs the whole of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from agentguard.actors import Attribution
from agentguard.reports.escape import escape

SHORT = 10  # digits of a commit
NOBODY = "there is no commit in this range\n"


def text(found: Sequence[Attribution]) -> str:
    """One line per commit with its evidence, then how many there are of each kind."""
    if not found:
        return NOBODY
    rows = [(each.commit[:SHORT], each.actor, each.agent, each.certainty) for each in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join([*map(_line, rows, [widths] * len(rows), found), "\n", _summary(found)])


def _line(row: Sequence[str], widths: Sequence[int], each: Attribution) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width)
    return f"{'  '.join((*cells, escape(each.evidence))).rstrip()}\n"


def _summary(found: Sequence[Attribution]) -> str:
    return f"{len(found):,} commits: {', '.join(_counts(found))}\n"


def _counts(found: Sequence[Attribution]) -> Iterator[str]:
    for actor, count in Counter(each.actor for each in found).most_common():
        yield f"{count:,} {actor}"
    if touched := sum(each.certainty == "touched" for each in found):
        yield f"{touched:,} of them touched by an agent"


def as_json(found: Sequence[Attribution]) -> str:
    """One JSON object, pure ASCII. `certainty` is "" where no mark was found."""
    commits = [
        {
            "commit": each.commit,
            "actor": each.actor,
            "agent": each.agent,
            "certainty": each.certainty,
            "evidence": escape(each.evidence),
            "signature": each.signature,
            "signer": escape(each.signer),
        }
        for each in found
    ]
    return json.dumps({"schema": "agentguard/actors/1", "commits": commits}, indent=2) + "\n"


FORMATS: dict[str, Callable[[Sequence[Attribution]], str]] = {"text": text, "json": as_json}
