"""The limits of the size rules, on the history they were calibrated on.

The data is not part of the repository; without it there is nothing to test.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agentguard.measures import MEASURES
from agentguard.rules import Rule
from tests.changes import BASE

DATA = Path(__file__).parents[2] / "shared" / "data" / "units-dev.csv.gz"
RULES = (
    "mass-deletion",
    "many-files-deleted",
    "directory-removed",
    "tree-share-deleted",
    "too-many-files",
    "files-gutted",
)

# Which column holds a measure. The set has no sizes in bytes: what they add is not counted here.
COLUMNS = {
    "source_deleted_lines": "s_del",
    "source_deletion_ratio": "s_ratio",
    "source_deleted_files": "s_f_D",
    "deleted_files": "f_D",
    "source_largest_removed_directory": "s_gone_dir_max",
    "deleted_share": "share_del",
    "source_files": "s_files",
    "source_gutted_files": "gutted",
    "source_deleted_bytes": "",
}

pytestmark = pytest.mark.skipif(not DATA.is_file(), reason="the calibration data is not here")


def units() -> Iterator[tuple[dict[str, float], bool]]:
    """The measures of each unit, and whether the reference stops it."""
    with gzip.open(DATA, "rt", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        at = {name: header.index(column) for name, column in COLUMNS.items() if column}
        reference = header.index("default_block")
        for row in reader:
            values = {name: float(row[column] or 0) for name, column in at.items()}
            yield {**values, "source_deleted_bytes": 0.0}, row[reference] == "True"


def stops(rule: Rule, values: Mapping[str, float]) -> bool:
    """Whether a rule's own conditions hold for the values."""
    return any(
        all(
            MEASURES[each.measure].holds(values[each.measure], each.limit)
            for each in when.conditions
        )
        for when in rule.when
    )


def test_the_size_rules_stop_as_little_ordinary_work_as_was_measured() -> None:
    rules = [rule for rule in BASE.rules if rule.id in RULES]
    assert len(rules) == len(RULES)
    counts: Counter[str] = Counter()
    for values, reference in units():
        matched = [rule.id for rule in rules if stops(rule, values)]
        counts.update(matched)
        counts["units"] += 1
        counts["stopped"] += bool(matched)
        counts["differently"] += bool(matched) != reference
    assert counts["units"] == 82_192
    assert 100 * counts["stopped"] / counts["units"] == pytest.approx(0.73, abs=0.02)
    assert counts["differently"] == 0
    assert all(counts[rule.id] for rule in rules)
