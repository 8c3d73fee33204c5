"""How often rules that add pushes up stop ordinary work: `python -m benchmarks.windows [FOLDER]`.

Units of `units-dev.csv.gz` stand in the order in which they came to a default branch, without times.
So a day is taken as so many units in a row: the average day of a repository whose units span three
years, three times that, and fixed numbers. A unit that rules for single pushes stop is taken as
approved, and counts for nothing. What a window rule stops is approved too; `reset` then begins that
rule's sum anew, `kept` leaves it. All units are of one ref, and of people without keys; bytes are not
in the set. A repository younger than three years had more units a day than this makes of it.

The last line is the other side: of the units that are stopped for their size, those that would be
stopped too had they come in pieces, each below every limit.
"""

from __future__ import annotations

import csv
import gzip
import math
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.test_calibration import COLUMNS, DATA, RULES, stops

from agentguard.measures.size import ratio
from agentguard.policy.load import built_in
from agentguard.rules import Rule

ADDED = {
    "source_files": "s_files",
    "source_gutted_files": "gutted",
    "source_added_lines": "s_add",
    "source_deleted_lines": "s_del",
    "source_deleted_files": "s_f_D",
}
# How many units in a row a day is taken for, in a repository of so many.
SPANS: Mapping[str, Callable[[int], int]] = {
    "a day": lambda units: max(2, math.ceil(units / (3 * 365))),
    "three days": lambda units: max(5, math.ceil(units / 365)),
    "10 units": lambda _: 10,
    "20 units": lambda _: 20,
}

Row = Mapping[str, float]


@dataclass(slots=True)
class Tally:
    """Units, those that only a window rule stops, and how many each of these stops."""

    units: int
    stopped: int
    by_rule: Counter[str]

    @property
    def share(self) -> float:
        """Of all units, in per cent."""
        return 100 * self.stopped / self.units


def window_rules() -> tuple[Rule, ...]:
    """The built-in rules that add pushes up."""
    return tuple(rule for rule in built_in().rules if rule.scope.adds_up)


def repositories(data: Path) -> list[list[tuple[Row, bool]]]:
    """What each unit adds, by repository and in order, and whether it is stopped by itself."""
    alone = [rule for rule in built_in().rules if rule.id in RULES]
    with gzip.open(data, "rt", newline="") as file:
        return [
            [(_numbers(row, ADDED), _stopped(row, alone)) for row in rows]
            for _, rows in groupby(csv.DictReader(file), key=lambda row: row["repo"])
        ]


def _numbers(row: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, float]:
    return {name: float(row[column] or 0) if column else 0.0 for name, column in columns.items()}


def _stopped(row: Mapping[str, str], rules: Sequence[Rule]) -> bool:
    values = _numbers(row, COLUMNS)
    return any(stops(rule, values) for rule in rules)


def simulate(
    known: Sequence[Sequence[tuple[Row, bool]]], span: Callable[[int], int], *, reset: bool
) -> Tally:
    """The units of all repositories, pushed one after another."""
    rules = window_rules()
    tally = Tally(sum(map(len, known)), 0, Counter())
    for units in known:
        for found in _stops(units, rules, span(len(units)), reset=reset):
            tally.stopped += 1
            tally.by_rule.update(found)
    return tally


def _stops(
    units: Sequence[tuple[Row, bool]], rules: Sequence[Rule], span: int, *, reset: bool
) -> Iterator[list[str]]:
    """The rules that stop a unit, for each that is stopped."""
    windows: dict[str, deque[tuple[int, Row]]] = {rule.id: deque() for rule in rules}
    for number, (row, approved) in enumerate(units):
        if approved:
            continue
        for window in windows.values():
            while window and window[0][0] <= number - span:
                window.popleft()
        found = [rule.id for rule in rules if _past(rule, windows[rule.id], row)]
        for name in found if reset else ():
            windows[name].clear()
        for window in () if found else windows.values():
            window.append((number, row))
        if found:
            yield found


def _past(rule: Rule, earlier: deque[tuple[int, Row]], row: Row) -> bool:
    """As `agentguard.windows` decides it, with numbers alone."""
    total = {name: row[name] + sum(each[name] for _, each in earlier) for name in ADDED}
    sums, own = _with_ratio(total), _with_ratio(row)
    return any(
        any(own[each.measure] for each in when.conditions)
        and all(each.limit.holds(sums[each.measure]) for each in when.conditions)
        for when in rule.when
    )


def _with_ratio(row: Row) -> Row:
    lines = int(row["source_added_lines"]), int(row["source_deleted_lines"])
    return {**row, "source_deletion_ratio": ratio(*lines)}


def in_pieces(known: Sequence[Sequence[tuple[Row, bool]]]) -> tuple[int, int]:
    """How many units are stopped by themselves, and how many of them would be as a sum."""
    whole = [row for units in known for row, stopped in units if stopped]
    caught = [row for row in whole if any(_past(rule, deque(), row) for rule in window_rules())]
    return len(whole), len(caught)


def main() -> None:
    """Print the table."""
    known = repositories(Path(sys.argv[1]) / DATA.name if len(sys.argv) > 1 else DATA)
    print(f"{'a window is':<20}{'sum is':>8}{'stops':>10}   by rule")
    for words, span in SPANS.items():
        for reset in (True, False):
            tally = simulate(known, span, reset=reset)
            each = ", ".join(f"{name} {n}" for name, n in sorted(tally.by_rule.items()))
            print(f"{words:<20}{'reset' if reset else 'kept':>8}{tally.share:9.3f}%   {each}")
    whole, caught = in_pieces(known)
    print(f"in pieces: {caught} of {whole} units that are stopped whole, {caught / whole:.0%}")


if __name__ == "__main__":
    main()
