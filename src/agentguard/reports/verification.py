"""What `audit verify` says: each fault as it is found, and the sum."""

from __future__ import annotations

from agentguard.ledger.verify import Fault, Verification
from agentguard.reports.layout import count, wrap

ANCHOR = (
    "Only the chain itself was verified. That nothing was cut off at its end, or written anew, "
    "shows against a head that a push printed (--head) or a checkpoint (--checkpoint)."
)
NEXT = (
    "Next: keep what is there (`agentguard audit export --output FILE`, and a copy of the ledger) "
    "before anything else, then compare it with the refs (`agentguard audit reconcile`)."
)


def fault(found: Fault) -> str:
    """One fault, with the number of its record."""
    return _lines(wrap(f"record {found.seq}: " if found.seq else "", found.what))


def summary(walk: Verification, faults: int) -> str:
    """What was walked and what to make of it."""
    begins = f" from record {walk.first} on" if walk.first > 1 else ""
    walked = f"{count(walk.records, 'record')}{begins}, {walk.head}"
    if faults:
        sums = f"NOT intact: {count(faults, 'fault')} in {walked}"
        return _lines([*wrap("", sums), *wrap("", NEXT)])
    agreed = f"; {count(len(walk.kept), 'kept head')} compared" if walk.kept else ""
    lines = wrap("", f"intact: {walked}{agreed}")
    return _lines([*lines, *([] if walk.kept else wrap("", ANCHOR))])


def _lines(lines: list[str]) -> str:
    return "".join(f"{each}\n" for each in lines)
