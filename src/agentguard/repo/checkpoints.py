"""Checkpoints on another host: commits without files, one upon the other, on one ref."""

from __future__ import annotations

import tempfile
from pathlib import Path

from agentguard.repo.environment import clean_environment
from agentguard.repo.git import Git, raw, text

WHO = "agentguard <agentguard@localhost>"
# Nobody is there to be asked.
BATCH = {"GIT_SSH_COMMAND": "ssh -o BatchMode=yes"}


def send(url: str, ref: str, message: str, when: int) -> str:
    """Add a commit with this message to a ref of another repository; its id there.

    `when` is seconds since the epoch. What stands there already is never replaced. Raises
    EvaluationError.
    """
    with tempfile.TemporaryDirectory(prefix="agentguard-") as folder:
        directory = Path(folder)
        git = Git(directory, clean_environment(directory) | BATCH)
        tip = _tip(git, url, ref)
        git.output("init", "-q", "--bare", f"--object-format={_format(tip)}", folder)
        if tip:
            git.output("fetch", "-q", "--depth=1", "--no-tags", "--", url, ref)
        commit = _commit(git, tip, message, when)
        git.output("push", "-q", "--", url, f"{commit}:{ref}")
        return commit


def _tip(git: Git, url: str, ref: str) -> str:
    """What the ref points to there, "" when it does not exist."""
    for line in git.output("ls-remote", "--", url, ref).splitlines():
        tip, _, name = text(line).partition("\t")
        if name == ref:
            return tip
    return ""


def _format(tip: str) -> str:
    return "sha256" if len(tip) == 64 else "sha1"


def _commit(git: Git, parent: str, message: str, when: int) -> str:
    tree = text(git.output("hash-object", "-t", "tree", "-w", "--stdin")).strip()
    above = f"parent {parent}\n" if parent else ""
    signed = f"{WHO} {when} +0000"
    content = f"tree {tree}\n{above}author {signed}\ncommitter {signed}\n\n{message}"
    written = git.output("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw(content))
    return text(written).strip()
