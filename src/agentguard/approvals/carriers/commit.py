"""The approval commit: empty, on top of the change, signed by the approver, and nothing else."""

from __future__ import annotations

from agentguard.approvals.claim import Claim, Fault, claim
from agentguard.approvals.statement import APPROVAL_SUBJECT
from agentguard.change import Commit

_HEADERS = (b"tree", b"parent", b"author", b"committer")
_PREFIX = f"{APPROVAL_SUBJECT}\n\n"


def claim_of(commit: Commit) -> Claim:
    """What an approval commit claims, if it is nothing but that."""
    if not commit.message.startswith(_PREFIX):
        fault = Fault("statement", f"the message does not begin with {_PREFIX!r} exactly")
        return Claim("commit", None, commit.signature, commit, fault)
    return claim(
        "commit",
        commit.message.removeprefix(_PREFIX),
        commit,
        lambda: _empty(commit),
        lambda: signed_as_it_is(commit),
        signature=commit.signature,
    )


def _empty(commit: Commit) -> Fault | None:
    if len(commit.parents) != 1:
        return Fault("commit", f"the commit has {len(commit.parents)} parents and must have one")
    if commit.files:
        return Fault("commit", "the commit changes files; an approval commit must be empty")
    return None


def signed_as_it_is(commit: Commit) -> Fault | None:
    """What is signed must be this commit, with this message, and with no header but git's four.

    Another header could make a person's tools show a text other than the one that is judged.
    """
    if commit.problems:
        return Fault("commit", f"the commit is malformed: {', '.join(commit.problems)!a}")
    if commit.signature is None:
        return Fault("signature", "the commit is not signed")
    head, _, message = commit.signature.payload.partition(b"\n\n")
    lines = head.split(b"\n")
    parents = [f"parent {parent}".encode() for parent in commit.parents]
    if [line.partition(b" ")[0] for line in lines] != _headers(len(parents)):
        named = "the commit has other headers than tree, parent, author, committer"
        return Fault("commit", named)
    if message != commit.message.encode("utf-8", "surrogateescape"):
        return Fault("signature", "the signed message is not the commit's message")
    if lines[: 1 + len(parents)] != [f"tree {commit.tree}".encode(), *parents]:
        return Fault("signature", "the signed tree and parent are not the commit's")
    return None


def _headers(parents: int) -> list[bytes]:
    tree, parent, *people = _HEADERS
    return [tree, *[parent] * parents, *people]
