"""Asking the person at the terminal, if there is one."""

from __future__ import annotations

import os
from pathlib import Path

from agentguard.decision import Decision, UpdateDecision
from agentguard.output import show
from agentguard.reports.text import render

SHORT = 8
TERMINAL = Path("/dev/tty")


def short(digest: str) -> str:
    """The part of a change digest that a person types to say they mean exactly this change."""
    return digest.removeprefix("sha256:")[:SHORT]


def advise(decision: Decision) -> int:
    """Report a decision that is only advice. A person may go on by typing the short digest.

    Without a terminal it stops: an agent has nobody to ask. The exit code is the decision's, or 0
    when a person went on.
    """
    if decision.exit_code == 0 and not any(update.findings for update in decision.updates):
        return 0
    report = render(decision)
    if decision.exit_code == 1:
        stopped = [update for update in decision.updates if update.verdict != "accepted"]
        wanted = " ".join(map(_name, stopped))
        question = f"agentguard: to go on all the same, type {wanted}\n(the server judges again): "
        # Whoever runs the hook may hold its output back until it ends.
        typed = ask(f"{report}\n{question}")
        if typed is not None:
            return 0 if typed == wanted else 1
    show(report)
    return decision.exit_code


def _name(update: UpdateDecision) -> str:
    """What to type for a ref: the digest of its change, the object if its change was not read."""
    return short(update.totals.digest or update.update.new or update.update.old)


def ask(question: str) -> str | None:
    """What the person at the terminal answers; None when there is no terminal, or it is in use by
    others, where waiting would never end."""
    try:
        with TERMINAL.open("rb", buffering=0) as there, TERMINAL.open("wb") as here:
            if os.tcgetpgrp(there.fileno()) != os.getpgrp():
                return None
            here.write(question.encode())
            here.flush()
            return there.readline().decode("utf-8", "replace").strip()
    except OSError:
        return None
