"""A pre-receive hook that reads every update and writes down what it saw, then refuses.

Started as `python -I probe.py REPORT`, as git starts any hook: in the bare repository, with the
quarantine's variables.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from agentguard.change import Change, RefUpdate
from agentguard.errors import AgentguardError
from agentguard.repo.extras import Wanted
from agentguard.repo.reader import Known, read_change
from agentguard.repo.repository import open_repository

HEADS = ["refs/heads/main"]


def facts(change: Change) -> dict[str, Any]:
    return {
        "commits": [commit.subject for commit in change.commits],
        "merges": [commit.merge for commit in change.commits],
        "files": [[file.path, file.status, file.added, file.deleted] for file in change.files],
        "patches": {path: patch.added for path, patch in change.patches.items()},
        "new_names": [name.path for name in change.new_names],
    }


def main() -> int:
    repository = open_repository(Path(os.environ["GIT_DIR"]), os.environ)
    tips = repository.tips(HEADS)
    known = Known(tips.get(HEADS[0], ""), tuple(tips.values()))
    seen: dict[str, Any] = {}
    for line in sys.stdin.read().splitlines():
        old, new, ref = line.split()
        update = RefUpdate(old.strip("0") and old, new.strip("0") and new, ref)
        try:
            seen[ref] = facts(read_change(repository, update, known, Wanted(patch=bool)))
        except AgentguardError as error:
            seen[ref] = str(error)
    Path(sys.argv[1]).write_text(json.dumps(seen))
    return 1


if __name__ == "__main__":
    sys.exit(main())
