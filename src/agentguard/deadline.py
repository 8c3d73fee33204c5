"""An end to judging: a push that takes too long is refused, not waited for."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from agentguard.errors import DeadlineError


@contextlib.contextmanager
def deadline(seconds: float, what: str = "judging this push") -> Iterator[None]:
    """Raise DeadlineError in the block after `seconds`; reading from git is interrupted too."""

    def expired(_signal: int, _frame: FrameType | None) -> None:
        raise DeadlineError(f"{what} took longer than {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
