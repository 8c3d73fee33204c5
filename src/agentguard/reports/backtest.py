"""What a policy would have done to a history, for people and as JSON: `agentguard/backtest/1`.

Neither list is cut: whoever tunes a rule has to see each step that it stops.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from agentguard.client.backtest import Judged
from agentguard.reports.escape import escape
from agentguard.reports.layout import WIDTH, clip, count, fill, wrap

SHORT = 10  # digits of a commit
NOTHING = "there is no step in this range\n"
NOTE = (
    "Judged by the policy as it is now, without freezes and without what the server's ledger knows."
)


def text(found: Sequence[Judged]) -> str:
    """How many steps there are, what each rule does to them, and those that are stopped."""
    if not found:
        return NOTHING
    stopped = [each for each in found if each.stopped]
    warned = sum(not each.stopped and bool(each.warned_by) for each in found)
    share = 100 * len(stopped) / len(found)
    lines = [
        f"{count(len(found), 'step')}: {len(stopped):,} would have been stopped ({share:.1f} %)",
        f"and {warned:,} more warned of.",
        *wrap("", NOTE),
        *_rules(found),
        *(line for each in stopped for line in _stopped(each)),
    ]
    return "\n".join(lines) + "\n"


def _rules(found: Sequence[Judged]) -> Iterator[str]:
    counts = _by_rule(found)
    if counts:
        yield f"\n{'rule':<40}{'stopped':>10}{'warned':>10}"
    for rule, (stopped, warned) in counts.items():
        yield f"{escape(clip(rule, 39)):<40}{stopped:>10,}{warned:>10,}"


def _by_rule(found: Sequence[Judged]) -> dict[str, tuple[int, int]]:
    """How many steps each rule stops and warns of, those first that stop most."""
    stops = Counter(rule for each in found for rule in each.stopped_by)
    warns = Counter(rule for each in found for rule in each.warned_by)
    rules = sorted({*stops, *warns}, key=lambda rule: (-stops[rule], -warns[rule], rule))
    return {rule: (stops[rule], warns[rule]) for rule in rules}


def _stopped(each: Judged) -> Iterator[str]:
    head = f"{each.step.new[:SHORT]}  "
    yield f"\n{head}{clip(escape(each.step.subject), WIDTH - len(head))}"
    indent = " " * len(head)
    yield from fill(indent, each.stopped_by) if each.stopped_by else ()
    for error in each.update.errors:
        yield from wrap(f"{indent}could not be judged: ", error)


def as_json(found: Sequence[Judged]) -> str:
    """One JSON object, pure ASCII."""
    rules = [
        {"rule": rule, "stopped": stopped, "warned": warned}
        for rule, (stopped, warned) in _by_rule(found).items()
    ]
    document = {
        "schema": "agentguard/backtest/1",
        "steps": len(found),
        "stopped": sum(each.stopped for each in found),
        "rules": rules,
        "found": [_entry(each) for each in found if each.stopped or each.warned_by],
    }
    return json.dumps(document, indent=2) + "\n"


def _entry(each: Judged) -> dict[str, object]:
    return {
        "commit": each.step.new,
        "before": each.step.old,
        "subject": escape(each.step.subject),
        "verdict": each.update.verdict,
        "stopped_by": each.stopped_by,
        "warned_by": each.warned_by,
        "errors": [escape(error) for error in each.update.errors],
    }


FORMATS: dict[str, Callable[[Sequence[Judged]], str]] = {"text": text, "json": as_json}
