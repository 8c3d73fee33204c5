"""The limits of the rules that add pushes up, on the history they were calibrated on."""

from __future__ import annotations

import pytest
from benchmarks.windows import SPANS, in_pieces, repositories, simulate, window_rules

from tests.test_calibration import DATA

pytestmark = pytest.mark.skipif(not DATA.is_file(), reason="the calibration data is not here")


def test_they_stop_as_little_ordinary_work_as_was_measured() -> None:
    known = repositories(DATA)
    tally = simulate(known, SPANS["three days"], reset=True)
    assert tally.units == 82_192
    assert tally.share == pytest.approx(0.10, abs=0.02)
    assert {*tally.by_rule} == {rule.id for rule in window_rules()}
    assert simulate(known, SPANS["20 units"], reset=False).share <= 0.3
    whole, caught = in_pieces(known)
    assert caught / whole >= 0.7
