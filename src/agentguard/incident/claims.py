"""Whether a commit's message says less than the commit does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentguard.change import Commit
from agentguard.reports.layout import count

RULE = "message-understates"  # a finding of it in the ledger says the same

# A message is about something small. Words, not a judgement: what is said is shown beside it.
SMALL = re.compile(
    r"\b(typos?|docs?|documentation|comments?|tidy|clean[ -]?up|format(?:ting)?|lint|whitespace|"
    r"bump|minor|small|trivial|tweak|polish|simplif\w+|fix(?:es|ed)? (?:\w+ ){0,3}links?)\b",
    re.IGNORECASE,
)
# It admits that something goes away.
REMOVAL = re.compile(
    r"\b(remov|delet|drop|revert|replac|purg|strip|retir|prun|renam|mov(?:e|ed|es|ing)\b|migrat)",
    re.IGNORECASE,
)
LARGE_FILES, LARGE_LINES = 20, 500
MANY_DELETED = 5
GRAVE = ("auth", "credentials", "gate", "agent-rules")


def claims(commit: Commit, sensitive: Sequence[str]) -> str:
    """How the message differs from the diff, "" if it does not. `sensitive` are path classes."""
    files = [file for file in commit.files if file.status != "renamed"]
    lines = sum(file.added + file.deleted for file in files)
    gone = sum(file.gone for file in files)
    found = []
    small = SMALL.search(commit.subject)
    grave = [name for name in GRAVE if name in sensitive]
    if small and (len(files) >= LARGE_FILES or lines >= LARGE_LINES or grave):
        touching = f", {', '.join(grave)} among them" if grave else ""
        found.append(
            f"says “{small[0]}”; changes {count(len(files), 'file')}, {count(lines, 'line')}{touching}"
        )
    if gone >= MANY_DELETED and not REMOVAL.search(commit.message):
        found.append(f"deletes {gone:,} files and does not say so")
    return "; ".join(found)
