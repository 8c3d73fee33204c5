"""Writing to a clone: the one commit that agentguard makes, and only when a person asked for it."""

from __future__ import annotations

from collections.abc import Callable

from agentguard.errors import ConfigurationError
from agentguard.repo.git import raw, text
from agentguard.repo.repository import Repository, resolve

HEADERS = {"sha1": b"gpgsig", "sha256": b"gpgsig-sha256"}


def signed_commit(
    repository: Repository,
    identity: str,
    parent: str,
    message: str,
    sign: Callable[[bytes], bytes],
) -> str:
    """Write a commit with the tree of its only parent, signed as `git commit -S` does; its id."""
    tree = text(repository.git.output("rev-parse", f"{parent}^{{tree}}")).strip()
    head = f"tree {tree}\nparent {parent}\nauthor {identity}\ncommitter {identity}\n"
    return write_signed(repository, raw(head), raw(f"\n{message}"), sign)


def write_signed(
    repository: Repository, head: bytes, body: bytes, sign: Callable[[bytes], bytes]
) -> str:
    """Write the commit made of `head` (its headers) and `body` (an empty line and the message),
    with a signature over both between them; its id."""
    signature = sign(head + body).rstrip(b"\n").replace(b"\n", b"\n ")
    header = HEADERS[repository.object_format]
    content = head + header + b" " + signature + b"\n" + body
    written = repository.git.output("hash-object", "-t", "commit", "-w", "--stdin", stdin=content)
    return text(written).strip()


def add_commit(repository: Repository, branch: str, commit: str, tip: str) -> None:
    """Move a local branch from `tip` to `commit`, unless it moved meanwhile."""
    ref = f"refs/heads/{branch}"
    if resolve(repository, ref) != tip:
        raise ConfigurationError(f"{branch!r} moved meanwhile: look at it again")
    repository.git.output("update-ref", "-m", "agentguard approve", ref, commit, tip)
