"""What a rule can ask of SQL: the things a statement does to data that is there."""

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
]
KINDS: tuple[Kind, ...] = get_args(Kind)
