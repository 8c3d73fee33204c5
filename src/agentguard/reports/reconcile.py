"""What refs did against what was decided, for people and as JSON: schema `agentguard/reconcile/1`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from agentguard.ledger.reconcile import Kind, Step
from agentguard.reports.escape import escape
from agentguard.reports.layout import count, cut, wrap
from agentguard.reports.log import digits

MOST_HARMLESS = 20
KINDS: dict[Kind, str] = {
    "landed": "landed as accepted",
    "not-landed": "accepted, but did not land: something else stopped it",
    "unrecorded": "landed as accepted, but nobody noted that",
    "undecided": "landed without a decision: the gate did not run, or was passed by",
    "unaccounted": "moved, and no record tells of it",
    "unknown": "older than the ledger; no push of it landed since",
}
FATES = {
    "held": "Its old tip {} is held by another ref.",
    "kept": "Its old tip {} is kept.",
    "loose": "Its old tip {} has no name any more: git will remove it.",
    "gone": "Its old tip {} is gone from the repository.",
}
REPAIR = (
    "Next: `agentguard audit reconcile --repair` notes what landed, and keeps old tips that are "
    "still there. Run it when no push is under way."
)
LOOK = "A person has to find out who moved these refs: the ledger cannot tell."


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every step but those that landed as accepted, how many there are of each kind, and how many
    things were put right before."""

    steps: Sequence[Step]
    counts: Counter[Kind]
    repaired: int = 0

    @property
    def exit_code(self) -> int:
        """0 when everything is explained."""
        return 0 if all(step.explained for step in self.steps) else 1


def outcome(steps: Iterable[Step], repaired: int = 0) -> Outcome:
    """What a report needs of many steps."""
    counts: Counter[Kind] = Counter()
    kept = []
    for step in steps:
        counts[step.kind] += 1
        if step.kind != "landed" or step.lost:
            kept.append(step)
    return Outcome(kept, counts, repaired)


def text(found: Outcome) -> str:
    """What has to be looked at first, then what is harmless, then the sum."""
    open_ = [step for step in found.steps if not step.explained]
    harmless = [line for step in found.steps if step.explained for line in _harmless(step)]
    lines = [line for step in open_ for line in _step(step)]
    lines += cut(harmless, MOST_HARMLESS)
    if found.repaired:
        lines.append(f"put right: {count(found.repaired, 'thing')}")
    sums = [f"{found.counts[kind]:,} {kind}" for kind in KINDS if found.counts[kind]]
    lines += wrap("", f"{'NOT all' if open_ else 'all'} explained: {', '.join(sums) or 'no moves'}")
    if any(step.kind == "unrecorded" or step.old_tip == "loose" for step in open_):
        lines += wrap("", REPAIR)
    if any(step.kind in {"unaccounted", "undecided"} for step in open_):
        lines += wrap("", LOOK)
    return "".join(f"{line}\n" for line in lines)


def as_json(found: Outcome) -> str:
    """One JSON object, pure ASCII. Ids are full."""
    document = {
        "schema": "agentguard/reconcile/1",
        "explained": found.exit_code == 0,
        "repaired": found.repaired,
        "counts": {kind: found.counts[kind] for kind in KINDS},
        "steps": [asdict(step) | {"explained": step.explained} for step in found.steps],
    }
    return json.dumps(document, indent=2) + "\n"


FORMATS: dict[str, Callable[[Outcome], str]] = {"text": text, "json": as_json}


def _step(step: Step) -> list[str]:
    record = f" (record {step.seq})" if step.seq else ""
    lines = [_moved(step), *wrap("  ", f"{KINDS[step.kind]}{record}")]
    if step.old_tip:
        lines += wrap("  ", FATES[step.old_tip].format(digits(step.old)))
    return lines


def _harmless(step: Step) -> list[str]:
    if step.kind == "unknown":
        return []
    return [f"{_moved(step)}  {step.kind} (record {step.seq})"]


def _moved(step: Step) -> str:
    return f"{escape(step.ref)}  {digits(step.old)}..{digits(step.new)}"
