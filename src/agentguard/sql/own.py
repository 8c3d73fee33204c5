"""Statements of a script that touch only what the same script made: nothing that was there is lost.

Each function takes the statements in order and gives the numbers of those it means. What a name
stands for is not always known, so whatever cannot be read as one of the plain forms is not meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentguard.sql.splitting import Statement


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_NAME = r"[\w$.#-]++"
# All rows: no condition, no other table, and no function that makes one row of many.
_WHOLE = r"(?!DISTINCT\b|TOP\b)(?:(?!\bFROM\b)(?:[^()]|(?<=COALESCE)\(\)|(?<=IFNULL)\(\)))+"
_INTO = rf"INSERT INTO (?P<new>{_NAME}) ?(?:\(\) ?)?"
_FROM = rf" FROM (?P<old>{_NAME})\Z"
_COPY = _compiled(rf"{_INTO}SELECT {_WHOLE}{_FROM}")
_RENAME = _compiled(rf"ALTER TABLE (?P<name>{_NAME}) RENAME TO (?P<to>{_NAME})\Z")
_DROP = _compiled(rf"DROP TABLE (?:IF EXISTS )?(?P<table>{_NAME})\Z")
_TEMPORARY = _compiled(rf"CREATE (?:GLOBAL |LOCAL )?TEMP(?:ORARY)? TABLE (?P<table>{_NAME})")
_EMPTIED = _compiled(rf"(?:TRUNCATE(?: TABLE)?|DELETE FROM|UPDATE) (?P<table>{_NAME})")
_ALTER = _compiled(rf"ALTER TABLE (?:ONLY )?(?P<table>{_NAME})(?= ADD\b)")
# Of `ADD COLUMN IF NOT EXISTS` it takes the IF for a name: the column may hold something.
_ADD = _compiled(r"(?: |, ?)ADD (?:COLUMN )?(?P<column>\w+)")
_UPDATE = _compiled(rf"UPDATE (?P<table>{_NAME}) SET\b(?P<sets>.+)")
_SET = _compiled(r" ?(?P<column>\w+) ?=")
_ANY = "x"  # what a name is read as that cannot stand without its quotes


def rebuilds(script: Sequence[Statement]) -> frozenset[int]:
    """Drops of a table whose rows went into another one, which trades names with it.

    So SQLite changes a table: https://www.sqlite.org/lang_altertable.html#otheralter
    """
    renames = [match for each in script if (match := _RENAME.match(each.text))]
    traded = {(match["name"].lower(), match["to"].lower()) for match in renames}
    found, copies = set(), dict[str, str]()
    for number, each in enumerate(script):
        if copy := _COPY.match(each.text):
            copies[copy["old"].lower()] = copy["new"].lower()
        elif drop := _DROP.match(each.text):
            table = drop["table"].lower()
            if (copies.pop(table, _ANY), table) in traded and table != _ANY:
                found.add(number)
    return frozenset(found)


def on_temporary(script: Sequence[Statement]) -> frozenset[int]:
    """What is done to a table that ends with the session, until it is dropped."""
    found, temporary = set(), set[str]()
    for number, each in enumerate(script):
        if made := _TEMPORARY.match(each.text):
            temporary.add(made["table"].lower())
        elif touched := _DROP.match(each.text) or _EMPTIED.match(each.text):
            table = touched["table"].lower()
            if table in temporary - {_ANY}:
                found.add(number)
            if touched.re is _DROP:
                temporary.discard(table)
    return frozenset(found)


def first_values(script: Sequence[Statement]) -> frozenset[int]:
    """Updates that set no columns but those which the script added to the table before."""
    found, added = set(), set[tuple[str, str]]()
    for number, each in enumerate(script):
        if altered := _ALTER.match(each.text):
            table = altered["table"].lower()
            added |= {
                (table, add["column"].lower()) for add in _ADD.finditer(each.text, altered.end())
            }
        elif update := _UPDATE.match(each.text):
            table, sets = update["table"].lower(), update["sets"].split(",")
            columns = [match["column"].lower() if (match := _SET.match(s)) else "" for s in sets]
            if table != _ANY and all((table, column) in added for column in columns):
                found.add(number)
    return frozenset(found)
