"""What is about to be committed, read as if it were pushed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from agentguard.errors import EvaluationError
from agentguard.repo.git import Git, text
from agentguard.repo.merges import merge_trees, scratch
from agentguard.repo.repository import Repository, resolve


@contextlib.contextmanager
def staged(repository: Repository, index: Path) -> Iterator[tuple[Repository, str, str]]:
    """The repository with the tree of `index` in it (for as long as the block lasts), what that
    tree is to be compared with ("" in a repository without commits), and the tree.

    During a merge it is compared with what git makes of the merge: the other side's work is not
    this commit's doing.
    """
    with scratch(repository.git) as git:
        indexed = Git(git.directory, dict(git.environment, GIT_INDEX_FILE=str(index)))
        try:
            tree = text(indexed.output("write-tree")).strip()
        except EvaluationError as error:
            raise EvaluationError(
                f"what is staged is no commit yet (are all conflicts resolved?): {error}"
            ) from error
        yield replace(repository, git=git), _compared(repository, git), tree


def _compared(repository: Repository, git: Git) -> str:
    """HEAD, or the tree git makes of it and the one other side; it merges no more than two."""
    head = resolve(repository, "HEAD") or ""
    merging = _merging(repository)
    return merge_trees(git, [(head, merging[0])])[head, merging[0]] if len(merging) == 1 else head


def _merging(repository: Repository) -> list[str]:
    with contextlib.suppress(FileNotFoundError):
        return (repository.directory / "MERGE_HEAD").read_text(encoding="ascii").split()
    return []
