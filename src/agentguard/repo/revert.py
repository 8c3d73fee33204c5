"""Putting a server's ref, or a branch beside it, back to what an earlier tip holds."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from agentguard.repo.environment import clean_environment
from agentguard.repo.git import Git, raw, text

WHO = "agentguard <agentguard@localhost>"  # a server has nobody's name to give


def revert_commit(directory: Path, target: str, tip: str, message: str, now: datetime) -> str:
    """Write a commit on top of `tip` with the tree of `target`; its id. Raises EvaluationError."""
    git = _git(directory)
    tree = text(git.output("rev-parse", "--verify", f"{target}^{{tree}}")).strip()
    person = f"{WHO} {int(now.timestamp())} +0000"
    content = f"tree {tree}\nparent {tip}\nauthor {person}\ncommitter {person}\n\n{message}\n"
    arguments = ("hash-object", "-t", "commit", "-w", "--stdin")
    return text(git.output(*arguments, stdin=raw(content))).strip()


def puts_back(directory: Path, commit: str, target: str, tip: str) -> bool:
    """Whether a commit stands on `tip` alone and has the tree of `target`."""
    git = _git(directory)
    parents = text(git.output("rev-list", "--parents", "-n1", commit)).split()[1:]
    trees = [text(git.output("rev-parse", f"{name}^{{tree}}")).strip() for name in (commit, target)]
    return parents == [tip] and trees[0] == trees[1]


def move_ref(directory: Path, ref: str, new: str, old: str) -> None:
    """Move a ref from `old` ("" for none) to `new`. Raises EvaluationError if it moved meanwhile."""
    before = old or "0" * len(new)
    line = f"update {ref}\0{new}\0{before}\0"
    _git(directory).output("update-ref", "--no-deref", "--stdin", "-z", stdin=raw(line))


def tip_of(directory: Path, ref: str) -> str:
    """What a ref points to, "" when it does not exist."""
    found = _git(directory).run(
        "rev-parse", "--verify", "-q", "--end-of-options", ref, ok=(0, 1, 128)
    )
    return text(found.stdout).strip() if found.returncode == 0 else ""


def kind_of(directory: Path, name: str) -> str:
    """`commit`, `tag`, `tree` or `blob`; "" for what is not there."""
    found = _git(directory).run("cat-file", "-t", name, ok=(0, 1, 128))
    return text(found.stdout).strip()


def _git(directory: Path) -> Git:
    return Git(directory, clean_environment(directory))
