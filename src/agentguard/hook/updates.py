"""What git tells a server's hook on its standard input."""

from __future__ import annotations

import re

from agentguard.errors import EvaluationError
from agentguard.ref_update import RefUpdate

LINE = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) ([^\0\n ]+)")

# More refs in one push than this is an attack on the gate, or a mirror that its administrator
# seeds on the server itself.
MOST_UPDATES = 5_000
MOST_BYTES = 4 * 1024 * 1024


def parse_updates(stdin: bytes) -> tuple[RefUpdate, ...]:
    """`old new ref` lines as git writes them. Raises EvaluationError for anything else."""
    if not stdin or len(stdin) >= MOST_BYTES:
        raise EvaluationError("git named no ref to update" if not stdin else "too many refs")
    lines = stdin.removesuffix(b"\n").split(b"\n")
    if len(lines) > MOST_UPDATES:
        raise EvaluationError(f"more than {MOST_UPDATES:,} refs in one push")
    return tuple(_update(line) for line in lines)


def _update(line: bytes) -> RefUpdate:
    match = LINE.fullmatch(line)
    if match is None or len(match[1]) != len(match[2]) or match[1] == match[2]:
        raise EvaluationError("git described the push in a way that cannot be read")
    old, new = ("" if set(side) == {48} else side.decode() for side in (match[1], match[2]))
    return RefUpdate(old, new, match[3].decode("utf-8", "surrogateescape"))
