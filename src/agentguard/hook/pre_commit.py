"""Advice before a commit: what is staged, judged as a commit on its way to the default branch."""

from __future__ import annotations

from pathlib import Path

from agentguard.terminal import advise


def run() -> int:
    """Judge the index of the repository we are in."""
    from agentguard.clone import check_staged, open_checkout

    return advise(check_staged(open_checkout(Path.cwd())))
