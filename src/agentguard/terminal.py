"""Asking the person at the terminal, if there is one."""

from __future__ import annotations

from agentguard.decision import Decision
from agentguard.reports.text import render

SHORT = 8
TERMINAL = "/dev/tty"


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
    print(render(decision), end="", flush=True)  # noqa: T201  git shows it to the person
    if decision.exit_code != 1:
        return decision.exit_code
    wanted = " ".join(short(update.totals.digest) for update in decision.updates if update.findings)
    question = f"agentguard: to go on all the same, type {wanted} (the server will judge again): "
    return 0 if typed(question, wanted) else decision.exit_code


def typed(question: str, wanted: str) -> bool:
    """Whether somebody at the terminal answered with `wanted`. No terminal, no answer."""
    try:
        with open(TERMINAL, "r+b", buffering=0) as terminal:  # noqa: PTH123  an unbuffered device
            terminal.write(question.encode())
            return terminal.readline().decode("utf-8", "replace").strip() == wanted
    except OSError:
        return False
