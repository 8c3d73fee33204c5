"""What a rule's `[when]` can ask: the visible table of measures, one file per way of measuring."""

from __future__ import annotations

from agentguard.measures import (
    account,
    agent_files,
    commit,
    lines,
    lost,
    outside,
    path,
    ref,
    scope,
    secret,
    setting,
    size,
    sql,
    text,
)
from agentguard.measures.measure import Measure, Reading, View

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        *size.MEASURES,
        *lost.MEASURES,
        *path.MEASURES,
        *agent_files.MEASURES,
        *text.MEASURES,
        *lines.MEASURES,
        *sql.MEASURES,
        *secret.MEASURES,
        *setting.MEASURES,
        *outside.MEASURES,
        *commit.MEASURES,
        *account.MEASURES,
        *scope.MEASURES,
        *ref.MEASURES,
    )
}

__all__ = ["MEASURES", "Measure", "Reading", "View"]
