"""An honest label: a commit made in an agent's session says so in its message.

Nothing depends on it. An agent can take the variables away that its session is told by, or the line
itself; what can be relied on are keys and accounts of agents, in the policy.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from agentguard.errors import EvaluationError

if TYPE_CHECKING:
    from agentguard.actors import Markers
    from agentguard.repo.clone import Clone

TRAILER = "Assisted-by"
# What git itself puts together: a merge, a squash, or commits of others that are made anew.
NOT_OURS = ("merge", "squash")
REPLAYING = ("rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD", "REVERT_HEAD")
# Below this line git shows the difference, and throws it away.
SCISSORS = re.compile(r"^. -{24} >8 -{24}$", re.MULTILINE)


def run(file: Path, source: str) -> int:
    """Label the message in `file`; `source` is where git says that it comes from.

    Raises EvaluationError when the message cannot be read or written.
    """
    from agentguard.actors import bundled_markers, session
    from agentguard.repo.clone import open_clone

    source = source or os.environ.get("PRE_COMMIT_COMMIT_MSG_SOURCE", "")
    markers = bundled_markers()
    agent = session(os.environ, markers)
    if not agent or source in NOT_OURS:
        return 0
    clone = open_clone(Path.cwd())
    if any((clone.git_directory / name).exists() for name in REPLAYING):
        return 0
    message = _said(file, clone, source)
    if message.strip() and not _told(message, agent, markers):
        _add(file, clone, f"{TRAILER}: {markers.labels[agent]}")
    return 0


def _said(file: Path, clone: Clone, source: str) -> str:
    """What the message says so far, without git's comments for whoever edits it."""
    try:
        written = file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise EvaluationError(f"the commit message cannot be read: {error.strerror}") from error
    above = SCISSORS.split(written)[0]
    if source == "message":  # of `git commit -m "#123 …"` nothing is a comment
        return above
    comment = clone.config("core.commentChar")
    sign = comment if len(comment) == 1 else "#"
    return "".join(line for line in above.splitlines(keepends=True) if not line.startswith(sign))


def _told(message: str, agent: str, markers: Markers) -> bool:
    """The message has the label, or says more than the label would."""
    from agentguard.actors.message import marks_in

    return any(mark.decides or mark.agent == agent for mark in marks_in(message, markers))


def _add(file: Path, clone: Clone, trailer: str) -> None:
    """Let git add it, which knows where trailers go; a line end first, or the subject grows."""
    try:
        content = file.read_bytes()
        if not content.endswith(b"\n"):
            file.write_bytes(content + b"\n")
    except OSError as error:
        raise EvaluationError(f"the commit message cannot be written: {error.strerror}") from error
    clone.add_trailer(file, trailer)
