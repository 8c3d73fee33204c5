"""After a push: the approvals that it used are spent.

Runs after the refs moved, so it can refuse nothing. What it misses (a crash) the next use of the
approval finds out from the ref itself.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from agentguard.approvals.used import UsedApprovals
from agentguard.hook.updates import MOST_BYTES, parse_updates


def run() -> int:
    """Note what landed, as git describes it on standard input."""
    updates = parse_updates(sys.stdin.buffer.read(MOST_BYTES))
    directory = Path(Path.cwd(), os.environ.get("GIT_DIR") or ".")
    UsedApprovals(directory).land(updates)
    return 0
