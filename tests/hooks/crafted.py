"""Objects that git's own commands do not make, and commits signed without ssh-keygen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentguard.approvals.sign import sign
from tests import kit

DATE = "1767225600 +0000"
PERSON = f"Sam Developer <sam@example.com> {DATE}"


def put(work: kit.Work, kind: str, body: bytes) -> str:
    """The id of an object of any content."""
    return work.out("hash-object", "-t", kind, "-w", "--literally", "--stdin", stdin=body)


def commit(
    work: kit.Work,
    message: str | bytes = "Change\n",
    *,
    tree: str = "",
    parents: Sequence[str] | None = None,
    headers: Sequence[bytes] = (),
    author: str | bytes = PERSON,
    key: Path | None = None,
) -> str:
    """The id of a commit on top of HEAD, signed with `key`; `headers` follow git's four."""
    lines = [f"tree {tree or work.tip('HEAD^{tree}')}".encode()]
    lines += [
        f"parent {parent}".encode() for parent in ([work.tip()] if parents is None else parents)
    ]
    lines += [b"author " + (author if isinstance(author, bytes) else author.encode())]
    lines += [f"committer {PERSON}".encode(), *headers]
    text = message if isinstance(message, bytes) else message.encode("utf-8", "surrogateescape")
    if key is not None:
        armored = sign(b"\n".join([*lines, b"", text]), key, "git")
        lines += [b"gpgsig " + armored.strip().replace(b"\n", b"\n ")]
    return put(work, "commit", b"\n".join([*lines, b"", text]))


def tree_of(work: kit.Work, entries: Sequence[tuple[str, bytes, str]]) -> str:
    """The id of a tree with exactly these entries (mode, name, id), in this order."""
    body = b"".join(
        f"{mode} ".encode() + name + b"\0" + bytes.fromhex(name_of)
        for mode, name, name_of in entries
    )
    return put(work, "tree", body)


def entries(work: kit.Work, tree: str = "HEAD") -> list[tuple[str, bytes, str]]:
    """The entries of a tree as `tree_of` takes them."""
    found = []
    for line in work.git("ls-tree", "-z", tree).stdout.split("\0")[:-1]:
        fields, _, name = line.partition("\t")
        mode, _, object_id = fields.split()
        found.append((mode.lstrip("0"), name.encode("utf-8", "surrogateescape"), object_id))
    return found
