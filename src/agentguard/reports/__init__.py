"""How a decision is shown: one module per format, listed in the table `FORMATS`.

Every format is a function from the decision to the whole report, which ends with a line end and
can be encoded as UTF-8.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentguard.decision import Decision


def _text(decision: Decision) -> str:
    from agentguard.reports import text

    return text.render(decision)


def _json(decision: Decision) -> str:
    from agentguard.reports import json

    return json.render(decision)


FORMATS: dict[str, Callable[[Decision], str]] = {"text": _text, "json": _json}
