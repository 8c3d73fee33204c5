"""What SQL statements do to data that is there, for the few that do much."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agentguard.sql.kinds import Kind
from agentguard.sql.own import first_values, on_temporary, rebuilds
from agentguard.sql.splitting import Statement

_TABLE = r"(?P<table>[\w$.#-]++)"
# A condition that every row meets is none.
_ALL = r"(?!.*\bWHERE\b(?!\s(?:1\s?=\s?1|TRUE|1)\Z))"
_EFFECTS: tuple[tuple[Kind, str], ...] = (
    ("drop-database", r"DROP (?:DATABASE|SCHEMA|KEYSPACE|TABLESPACE)\b"),
    ("drop-table", rf"DROP (?:FOREIGN )?TABLE (?P<if>IF EXISTS )?{_TABLE}"),
    ("drop-partition", r"ALTER TABLE \S+ DROP PARTITION\b"),
    ("drop-column", rf"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?{_TABLE} (?:.*, ?)?DROP COLUMN\b"),
    ("truncate", rf"TRUNCATE (?:TABLE )?(?:ONLY )?{_TABLE}"),
    ("delete-all", rf"DELETE (?:\S+ )?FROM (?:ONLY )?{_TABLE}{_ALL}"),
    (
        "grant-everybody",
        r"GRANT (?>.*?\b(?:ALL|INSERT|UPDATE|DELETE|TRUNCATE)\b).* TO (?:GROUP )?PUBLIC\b",
    ),
    (
        "superuser",
        r"(?:ALTER|CREATE) (?:ROLE|USER|LOGIN) .*\bSUPERUSER\b|GRANT ALL(?: PRIVILEGES)? ON \*\.\*",
    ),
    (
        "row-security-off",
        rf"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?{_TABLE} (?:DISABLE|NO FORCE) ROW LEVEL SECURITY\b",
    ),
    ("update-all", rf"UPDATE (?:ONLY )?(?!SET\b){_TABLE} (?:(?:AS )?\w+ )?SET\b{_ALL}"),
)
_PATTERNS = tuple((kind, re.compile(effect, re.IGNORECASE)) for kind, effect in _EFFECTS)
# Made for the moment, by its name.
_PASSING = re.compile(r"(?:.*\.)?(?:tmp_|temp_|stg_|staging_|#)", re.IGNORECASE)
_MADE = re.compile(
    rf"CREATE (?:\w+ ){{0,3}}TABLE (?:IF NOT EXISTS )?{_TABLE}"
    r"|ALTER TABLE (?:IF EXISTS )?(?:ONLY )?"
    r"(?:(?P<wider>[\w$.-]+) ADD\b|(?P<secured>[\w$.-]+) (?:ENABLE|FORCE) ROW LEVEL SECURITY\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Effect:
    """One statement that does much, and the table it does it to, "" where it names none."""

    kind: Kind
    table: str
    text: str


def effects(script: Sequence[Statement]) -> Iterator[Effect]:
    """What the statements of one file do.

    What a migration takes back is left out where the same file made it before: the table, or for a
    column, one more in the table, or its row security. So is what ends with the session, and the
    first value of a column.
    """
    made = [match for each in script if not each.undoing and (match := _MADE.match(each.text))]
    tables, wider, secured = (
        {match[group].lower() for match in made if match[group]}
        for group in ("table", "wider", "secured")
    )
    before = {"drop-column": wider, "row-security-off": secured}
    left_out, rebuilt = on_temporary(script) | first_values(script), rebuilds(script)
    for number, each in enumerate(script):
        effect = _effect(each.text, tables)
        if effect is None or number in left_out or _PASSING.match(effect.table):
            continue
        if number in rebuilt:
            effect = replace(effect, kind="rebuild-table")
        if not (each.undoing and effect.table.lower() in before.get(effect.kind, tables)):
            yield effect


def _effect(text: str, made: set[str]) -> Effect | None:
    for kind, pattern in _PATTERNS:
        if match := pattern.match(text):
            named = match.groupdict()
            table = named.get("table") or ""
            again = named.get("if") and table.lower() in made
            return Effect("remake-table" if again else kind, table, text)
    return None
