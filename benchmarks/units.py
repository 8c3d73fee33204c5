"""Ordinary work and real accidents as counted rows, judged by the rules that see counts alone.

The rows are not part of the repository: `units-dev.csv.gz` holds one unit of ordinary work each (a
step of a default branch), `accidents-dev.jsonl` one accident that was repaired later. Size rules are
exact, but for what they say about bytes. Path rules are not: the rows count files and lines by classes
of older patterns, lines of a class over new and old files together, and symbolic links not at all. So
`PATHS` says by hand, for each of them, what of the rule can be told from a row. Text, settings, names
and refs are not in the rows.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.test_calibration import COLUMNS, stops
from tests.test_calibration import RULES as SIZES

from agentguard.policy.load import built_in
from agentguard.rules import Actor, Rule

Row = Mapping[str, float]

UNITS = "units-dev.csv.gz"
ACCIDENTS = "accidents-dev.jsonl"
# What a commit is that says nothing: nobody of these people had a key that a policy could list.
ACTORS: Mapping[str, Actor] = {"ai": "agent", "human": "unknown", "automation": "unknown"}
CLASSES = (
    "auth", "app_routes", "ci", "credentials", "deploy", "edge", "agent_rules", "incident_docs",
    "migrations", "infra",
)  # fmt: skip


def _lost(name: str, lines: int) -> Callable[[Row], bool]:
    return lambda row: row[f"{name}_d"] >= 1 or row[f"{name}_del"] >= lines


def _changed(name: str) -> Callable[[Row], bool]:
    return lambda row: row[f"{name}_m"] + row[f"{name}_d"] >= 1


def _deploy(row: Row) -> bool:
    """Lines of new files count too here: more than the rule finds."""
    rewritten = row["deploy_m"] >= 1 and row["deploy_add"] + row["deploy_del"] >= 10
    return row["deploy_d"] >= 1 or rewritten or _lost("ci", 10)(row)


PATHS: Mapping[str, Callable[[Row], bool]] = {
    "agent-rule-files": lambda row: (
        _changed("agent_rules")(row) or (bool(row["agent"]) and row["agent_rules_a"] >= 1)
    ),
    "auth-paths": _lost("auth", 10),
    "credential-paths": lambda row: row["credentials_t"] >= 1,
    "deploy-paths": _deploy,
    "human-records": lambda row: row["incident_docs_t"] >= 1,
    "infra-paths": lambda row: row["infra_d"] >= 3 or row["infra_del"] >= 100,
    "migration-paths": _changed("migrations"),
    "routing-paths": lambda row: _changed("edge")(row) or _lost("app_routes", 5)(row),
    "tests-deleted": lambda row: row["t_f_D"] >= 3,
}


@dataclass(slots=True)
class Tally:
    """Units of one kind of actor: how many there are, how many each rule found, and how many would
    need approval for a size rule, for any rule, and for any if a person's key had signed them."""

    units: int = 0
    unsigned: int = 0
    found: Counter[str] = field(default_factory=Counter)
    packs: Counter[str] = field(default_factory=Counter)
    size: int = 0
    any: int = 0
    as_human: int = 0


def rules() -> Mapping[str, Rule]:
    """The built-in rules that can be told from counts."""
    return {rule.id: rule for rule in built_in().rules if rule.id in (*SIZES, *PATHS)}


def matched(row: Row, known: Mapping[str, Rule]) -> list[Rule]:
    """The rules that find something in a row."""
    sizes = [rule for name, rule in known.items() if name in SIZES and stops(rule, row)]
    return sizes + [known[name] for name, holds in PATHS.items() if holds(row)]


def effect(rule: Rule, actor: Actor) -> str:
    """What a finding does when somebody of this kind made it; "" outside of the rule's scope."""
    return rule.effects.get(actor, rule.effect) if actor in rule.scope.actors else ""


def tallies(path: Path) -> Mapping[Actor, Tally]:
    """Ordinary units, by who made them."""
    known, found = rules(), {actor: Tally() for actor in ACTORS.values()}
    for actor, row, signed in units(path):
        tally = found[actor]
        tally.units += 1
        tally.unsigned += not signed
        hits = matched(row, known)
        asked = [rule for rule in hits if effect(rule, actor) == "approve"]
        tally.found.update(rule.id for rule in hits if effect(rule, actor))
        tally.packs.update({rule.pack for rule in asked})
        tally.size += any(rule.id in SIZES for rule in asked)
        tally.any += bool(asked)
        tally.as_human += any(effect(rule, "human") == "approve" for rule in hits)
    return found


def units(path: Path) -> Iterator[tuple[Actor, Row, bool]]:
    """Each unit: who made it, its counts by measure and by class, and whether it is signed."""
    kept = [f"{name}_{part}" for name in CLASSES for part in ("t", "a", "m", "d", "del", "add")]
    with gzip.open(path / UNITS, "rt", newline="") as file:
        for row in csv.DictReader(file):
            counts = {name: float(row[name] or 0) for name in (*kept, "t_f_D")}
            counts |= {name: float(row[c] or 0) if c else 0.0 for name, c in COLUMNS.items()}
            actor = ACTORS[row["ukind"]]
            yield actor, {**counts, "agent": actor == "agent"}, row["signed"] == "True"


def accidents(path: Path) -> tuple[list[Row], list[Row]]:
    """The counts of all accidents, and of the big ones: 5 files or 500 lines lost."""
    with (path / ACCIDENTS).open(encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    counts = [_counts(each["unit_m"], each["cats"]) for each in found]
    big = [c for c in counts if c["source_deleted_files"] >= 5 or c["source_deleted_lines"] >= 500]
    return counts, big


def _counts(sizes: Mapping[str, Any], classes: Mapping[str, Mapping[str, int]]) -> Row:
    """Accidents have their files by class, and no lines."""
    lines = sizes["s_add"] + sizes["s_del"]
    more = {
        "s_ratio": sizes["s_del"] / lines if lines else 0.0,
        "share_del": sizes["f_D"] / max(1, sizes["base_files"]),
    }
    given = {**sizes, **more}
    row = {name: float(given[c]) if c else 0.0 for name, c in COLUMNS.items()}
    for name in CLASSES:
        touched = classes.get(name, {})
        row |= {f"{name}_{part}": float(touched.get(part, 0)) for part in "tamd"}
        row |= {f"{name}_add": 0.0, f"{name}_del": 0.0}
    return {**row, "agent": 0.0, "t_f_D": float(sizes["t_f_D"])}
