"""What a rule's `[when]` can ask: the visible table of measures, one file per way of measuring."""

from __future__ import annotations

from agentguard.measures import commit, path, ref, size, text
from agentguard.measures.measure import Measure, Reading, View

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (*size.MEASURES, *path.MEASURES, *text.MEASURES, *commit.MEASURES, *ref.MEASURES)
}

__all__ = ["MEASURES", "Measure", "Reading", "View"]
