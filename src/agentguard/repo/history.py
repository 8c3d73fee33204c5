"""Which files got content back that they had before."""

from __future__ import annotations

from collections.abc import Sequence

from agentguard.change import FileChange
from agentguard.repo.git import Git, narrowing, raw, text

# How many commits before the base are looked at.
LOOK_BACK = 1000


def put_back(git: Git, base: str, files: Sequence[FileChange]) -> frozenset[str]:
    """Paths whose new content the same path had within the last LOOK_BACK commits up to `base`."""
    wanted = {file.path: file for file in files if file.status in ("modified", "added")}
    if not wanted:
        return frozenset()
    ids = git.output("rev-list", f"--max-count={LOOK_BACK}", base)
    output = git.output(
        "diff-tree",
        "--stdin",
        "--root",
        "-r",
        "--raw",
        "-z",
        "--no-abbrev",
        "--no-renames",
        "--no-commit-id",
        "--",
        *narrowing(wanted),
        stdin=ids,
    )
    found = set()
    tokens = iter(output.split(b"\0"))
    for fields in tokens:
        path = text(next(tokens, b""))
        file = wanted.get(path)
        if file and raw(file.new_blob) in fields and file.new_blob != file.old_blob:
            found.add(path)
    return frozenset(found)
