"""Searching the files of a tree with `git grep`, and listing them."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

from agentguard.repo.git import Git, raw, stream, text


def root_of(tree: str) -> str:
    """How to name a commit or tree so that git looks up no attributes of it, by which a file could
    be called binary and hidden."""
    return f"{tree}^{{tree}}"


def paths_in(git: Git, root: str) -> list[str]:
    """Every path of a tree."""
    return text(git.output("ls-tree", "-r", "-z", "--full-tree", "--name-only", root)).split("\0")


@contextlib.contextmanager
def searching(
    git: Git, root: str, expression: str, *options: str, stderr: int
) -> Iterator[subprocess.Popen[bytes]]:
    """A running `git grep` for one expression; binary files are not read. Each answer begins with
    the root, `:`, the path and a NUL byte."""
    fixed = ("-z", "-I", "--full-name", "--no-color", "--no-column")
    with git.start("grep", *fixed, *options, "-f", "-", root, stderr=stderr) as process:
        # A git that is gone already is told by its status.
        with contextlib.suppress(BrokenPipeError), stream(process.stdin) as patterns:
            patterns.write(raw(expression))
        yield process
