"""What a rule can ask of SQL: what a statement does to data that is there, or to who gets at it."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal[
    "drop-database",
    "drop-table",
    "remake-table",
    "rebuild-table",
    "drop-column",
    "drop-partition",
    "truncate",
    "delete-all",
    "update-all",
    "grant-everybody",
    "superuser",
    "row-security-off",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
