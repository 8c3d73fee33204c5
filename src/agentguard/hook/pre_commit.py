"""Advice before a commit: what is staged, judged as a commit on its way to the default branch."""

from __future__ import annotations

from pathlib import Path


def run() -> int:
    """Judge the index of the repository we are in."""
    from agentguard.client.check import check_staged
    from agentguard.client.checkout import open_checkout
    from agentguard.client.terminal import advise

    return advise(check_staged(open_checkout(Path.cwd())))
