"""`incident close`: the record of what happened and what was done, for a human to sign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from agentguard.clock import iso
from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.incident.assessment import FILE, read_assessment
from agentguard.incident.case import CLOSE, Case
from agentguard.incident.lockdown import Lock
from agentguard.incident.mark import unsigned
from agentguard.incident.recover import boxes
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.record import DECISION, Record
from agentguard.ledger.settings import ledger_settings
from agentguard.reports import incident as report
from agentguard.reports.escape import escape

RECORD = "record.md"
MOST_LINES = 500


def refuse_unfinished(case: Case, unfinished: str) -> None:
    """Raise ConfigurationError while boxes of the plan are open and nobody said why."""
    waiting, _ = boxes(case)
    if waiting and not unfinished.strip():
        raise ConfigurationError(
            f"{len(waiting)} boxes of {case.folder / 'plan.md'} are not ticked; the first: "
            f"{waiting[0]}. Tick them when it is done, or say why it will not be: --unfinished REASON"
        )


def close(
    case: Case, by: str, now: datetime, *, unfinished: str = "", unlock: Lock | None, why: str = ""
) -> Iterator[str]:
    """Write `record.md` and end it; says what was done. `unlock` ends the lockdown too, because of
    `why`; without it the lockdown stays."""
    refuse_unfinished(case, unfinished)
    body = {"by": by, "unfinished": unfinished, "unlock": why}
    case.record("incident-close", body, now)
    content = unsigned(case.id, iso(now)) + _content(case, unfinished, now)
    path = case.write(RECORD, content)
    yield f"wrote {path}: generated, and unsigned until a human signs it"
    if unlock:
        unlock(f"incident {case.id} is closed: {why}")
    else:
        yield "the lockdown stays as it is; end it when you know that it can"
    case.after(CLOSE, now)
    yield f"next: agentguard incident sign {case.id} --key FILE"


def _content(case: Case, unfinished: str, now: datetime) -> str:
    waiting, ticked = boxes(case)
    said = f"\nClosed unfinished: {escape(unfinished)}\n" if unfinished else ""
    parts = [
        (
            f"# Record of incident {case.id}\n\n{escape(case.reason)}\n\n"
            f"Window: from {case.since}. Opened {case.opened} by {escape(case.by)}, "
            f"closed {iso(now)}.\n{said}"
        ),
        "## Timeline\n\nFrom the ledger; what happened outside of git is not in it.\n\n"
        + "".join(f"- {line}\n" for line in _timeline(case)),
        report.markdown(read_assessment(case.folder / FILE), heading="## What was measured"),
        "## What was done\n\n" + _boxes("x", ticked) + _boxes(" ", waiting),
        (
            "## What is to be learnt\n\nFor people to write: why it was possible, what is changed "
            "so that it is not again.\n"
        ),
    ]
    return "\n".join(parts)


def _boxes(tick: str, words: list[str]) -> str:
    return "".join(f"- [{tick}] {escape(each)}\n" for each in words)


def _timeline(case: Case) -> Iterator[str]:
    """Every decision and event since the window began, one line each."""
    with open_ledger(case.directory, ledger_settings(case.directory)) as ledger:
        head, shown = ledger.head, 0
        for row in ledger.rows():
            try:
                record = row.record
            except EvaluationError:
                yield f"record {row.seq} cannot be read: run `agentguard audit verify`"
                continue
            if record.time < case.since:
                continue
            shown += 1
            if shown <= MOST_LINES:
                yield escape(f"{record.time} record {record.seq}: {_words(record)}")
    if shown > MOST_LINES:
        yield f"… and {shown - MOST_LINES} more records"
    yield f"The ledger ended at {head}."


def _words(record: Record) -> str:
    body = record.body
    if record.event == DECISION:
        refs = [update["update"]["ref"] for update in body["updates"]]
        who = body["pusher"] or "somebody"
        return f"{who} pushed {', '.join(refs[:5]) or 'nothing readable'}: {body['verdict']}"
    if "moves" in body:
        moves = (f"{each['ref']} to {each['new'][:12] or 'nothing'}" for each in body["moves"])
        return f"landed: {', '.join(list(moves)[:5])}"
    by = f" by {body['by']}" if body.get("by") else ""
    reason = f": {body['reason']}" if body.get("reason") else ""
    return f"{record.event}{by}{reason}"
