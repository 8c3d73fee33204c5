"""Ledgers with decisions in them, without a push around."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agentguard.approvals.statement import Statement
from agentguard.change import RefUpdate
from agentguard.decision import Approval, Decision, UpdateDecision
from agentguard.ledger.entries import decision_body
from agentguard.ledger.record import APPLIED, DECISION, Record
from agentguard.ledger.sql import Ledger
from tests.approvals.makers import JANE, NOW, STATEMENT

MAIN = STATEMENT.ref
A, B, C, D = (letter * 40 for letter in "abcd")


def update(old: str, new: str, ref: str = MAIN) -> RefUpdate:
    return RefUpdate(old, new, ref)


def approval(statement: Statement) -> Approval:
    return Approval(
        statement.approver, "", statement.rules, key=JANE.public.fingerprint,
        reason=statement.reason, statement=statement.render(), signature="armored",
        presence=True, counter=7, commit=D, signed=statement.render(),
    )  # fmt: skip


def decided(moved: RefUpdate, *statements: Statement, lost: bool = False) -> UpdateDecision:
    """An update that was let through, by these approvals."""
    approvals = tuple(approval(each) for each in statements)
    return UpdateDecision(moved, "production", "accepted", approvals=approvals, lost=lost)


def decide(ledger: Ledger, *updates: UpdateDecision, now: datetime = NOW) -> Record:
    with ledger.writing() as writer:
        return writer.append(DECISION, decision_body(Decision(updates), None, "sam"), now)


def note(ledger: Ledger, *moves: tuple[RefUpdate, int], late: bool = False) -> Record:
    """What landed, as records say it: each with the number of its decision."""
    with ledger.writing() as writer:
        return writer.append(APPLIED, {"late": late, "moves": _moves(moves)}, NOW)


def _moves(moves: Sequence[tuple[RefUpdate, int]]) -> list[dict[str, object]]:
    return [
        {"ref": each.ref, "old": each.old, "new": each.new, "decision": seq, "kept": ""}
        | {"environment": "production" if seq else "", "base": ""}
        for each, seq in moves
    ]
