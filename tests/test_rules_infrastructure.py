"""What the examples of the packs production, data and infrastructure cannot say."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from agentguard.rules import Rule
from tests.changes import BASE

PACKS = ("production", "data", "infrastructure")
RULES = tuple(rule for rule in BASE.rules if rule.pack in PACKS)
BY_ID = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)

# What a careless expression goes over again and again: the beginnings of what ours look for.
PIECES = (
    "a", " ", "\t", '"', "'", "-", "- ", "a.", "a_", ": ", "= ", "[", "{", "#", "/", "*", "db_", "db.a.",
    "database_", "backup.", "terraform -a ", "kubectl -n x ", "kubectl delete ", "gcloud a ", "az a ",
    "aws s3 rm ", "curl -XDELETE ", "rm -r ", "redis-cli ", "DELETE FROM ", "UPDATE a SET ", "FROM --a ",
    "on: [a ", "actions = [", "repo:", "allow ", 'resource "aws_', '"aws_sql_', "prevent_destroy ",
)  # fmt: skip
SIZE = 50_000
MOST_SECONDS = 0.5  # a hundred times what is usual; what grows with the square takes far longer

# In each class of these packs: places that are in it, and near misses.


def patterns(limit: object) -> Iterator[re.Pattern[str]]:
    """Every regular expression in a limit, however deep."""
    if isinstance(limit, re.Pattern):
        yield limit
    elif isinstance(limit, tuple | list):
        for each in limit:
            yield from patterns(each)
    elif hasattr(limit, "pattern"):
        yield from patterns(limit.pattern)


def patterns_of(rule: Rule) -> list[re.Pattern[str]]:
    conditions = [condition for when in rule.when for condition in when.conditions]
    return [found for condition in conditions for found in patterns(condition.limit)]


def slowest(rule: Rule, line: str) -> float:
    """Seconds that the slowest expression of a rule needs for one line."""
    seconds = 0.0
    for pattern in patterns_of(rule):
        started = time.process_time()
        pattern.search(line)
        seconds = max(seconds, time.process_time() - started)
    return seconds


def test_the_expressions_are_found() -> None:
    assert sum(len(patterns_of(rule)) for rule in RULES) > 100


@BY_ID
def test_no_line_takes_long(rule: Rule) -> None:
    for piece in PIECES:
        line = (piece * (SIZE // len(piece) + 1))[:SIZE]
        assert slowest(rule, line + "\0") < MOST_SECONDS, piece


@BY_ID
def test_a_person_who_is_known_is_only_told(rule: Rule) -> None:
    if rule.effect == "approve" and rule.id not in ("state-files", "unknown-reference"):
        assert rule.effects == {"human": "warn"}
