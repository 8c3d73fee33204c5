"""The trees git itself would have made of the merges in a push."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from agentguard.errors import EvaluationError
from agentguard.repo.environment import scratch_environment
from agentguard.repo.git import Git

Parents = tuple[str, ...]


@contextlib.contextmanager
def scratch(git: Git) -> Iterator[Git]:
    """The same repository with a throw-away place for new objects."""
    with tempfile.TemporaryDirectory(prefix="agentguard-") as place:
        yield Git(git.directory, scratch_environment(git.environment, Path(place)))


def merge_trees(git: Git, merges: Sequence[Parents]) -> Mapping[Parents, str]:
    """The tree of the automatic merge of each pair of commits, conflict markers and all.

    Objects are written, so `git` must be a scratch one.
    """
    wanted = list(dict.fromkeys(merges))
    if not wanted:
        return {}
    output = git.output(
        "merge-tree",
        "--write-tree",
        "--stdin",
        "-z",
        "--no-messages",
        "--allow-unrelated-histories",
        stdin="".join(f"{ours} {theirs}\n" for ours, theirs in wanted).encode(),
    )
    trees = _trees(output.split(b"\0"))
    if len(trees) != len(wanted):
        raise EvaluationError("git merge-tree did not answer for every merge")
    return dict(zip(wanted, trees, strict=True))


def _trees(tokens: list[bytes]) -> list[str]:
    """Each answer is a status, a tree, any number of conflicted entries, and an empty token."""
    trees = []
    position = 0
    while position + 1 < len(tokens):
        trees.append(tokens[position + 1].decode())
        position = tokens.index(b"", position + 1) + 1
    return trees
