"""Which records somebody asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agentguard.clock import iso
from agentguard.errors import EvaluationError
from agentguard.ledger.record import APPLIED, DECISION, Record, Row
from agentguard.ledger.sql import Ledger
from agentguard.policy.environments import ref_matches

BRANCHES = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a record must be. "" and None ask for nothing; `ref` is a pattern, of a branch when it
    does not begin with `refs/`."""

    ref: str = ""
    pusher: str = ""
    rule: str = ""
    verdict: str = ""
    since: datetime | None = None

    def takes(self, record: Record) -> bool:
        """Whether it is one of those."""
        if self.since and record.time < iso(self.since):
            return False
        if self.verdict and record.body.get("verdict") != self.verdict:
            return False
        if self.pusher and record.body.get("pusher") != self.pusher:
            return False
        if self.rule and self.rule not in rules_of(record):
            return False
        return not self.ref or any(ref_matches(self._pattern, ref) for ref in refs_of(record))

    @property
    def _pattern(self) -> str:
        return self.ref if self.ref.startswith("refs/") else BRANCHES + self.ref


def selected(ledger: Ledger, selection: Selection, last: int) -> list[Row]:
    """The last records of the selection, 0 for all of them, in order.

    A record that cannot be read is one of them: whoever looks should know.
    """
    found: list[Row] = []
    for page in ledger.pages(backwards=True):
        for row in page:
            if _taken(row, selection):
                found.append(row)
                if len(found) == last:
                    return found[::-1]
    return found[::-1]


def first_since(ledger: Ledger, since: datetime) -> int:
    """The number of the first record since a time, 0 when there is none."""
    wanted = Selection(since=since)
    return next((row.seq for row in ledger.rows() if _taken(row, wanted)), 0)


def refs_of(record: Record) -> list[str]:
    """The refs that a record speaks of; of other events, what its `refs` names."""
    if record.event == DECISION:
        return [str(each["update"]["ref"]) for each in record.body.get("updates", ())]
    if record.event == APPLIED:
        return [str(each["ref"]) for each in record.body.get("moves", ())]
    named = record.body.get("refs")
    return [str(each) for each in named] if isinstance(named, list) else []


def rules_of(record: Record) -> list[str]:
    """The rules that a decision found broken, each once."""
    found = (
        str(finding["rule"])
        for update in _updates(record)
        for finding in update.get("findings", ())
    )
    return list(dict.fromkeys(found))


def approvers_of(record: Record) -> list[str]:
    """Who approved what a decision was about, each once."""
    found = (
        str(approval["approver"])
        for update in _updates(record)
        for approval in update.get("approvals", ())
    )
    return list(dict.fromkeys(found))


def _updates(record: Record) -> Iterator[dict[str, list[dict[str, str]]]]:
    if record.event == DECISION:
        yield from record.body.get("updates", ())


def _taken(row: Row, selection: Selection) -> bool:
    try:
        return selection.takes(row.record)
    except (EvaluationError, KeyError, TypeError, AttributeError):
        return True
