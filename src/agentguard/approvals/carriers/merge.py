"""The signed merge commit: the approver's own merge of the change, ending with the statement."""

from __future__ import annotations

from agentguard.approvals.carriers.commit import signed_as_it_is
from agentguard.approvals.claim import Claim, Fault, claim
from agentguard.change import Change, Commit


def claim_of(commit: Commit, change: Change) -> Claim:
    """What a merge commit claims whose message ends with a statement."""
    text = commit.message[commit.message.rfind("\n\n") + 2 :]
    return claim(
        "merge",
        text,
        commit,
        lambda: _tree(commit, change),
        lambda: signed_as_it_is(commit),
        signature=commit.signature,
    )


def _tree(commit: Commit, change: Change) -> Fault | None:
    """The tree is what git makes of the two parents, or the very one that the digest names.

    Anything else in a merge would be approved without being named, however soon it goes again.
    """
    if len(commit.parents) != 2:
        return Fault("commit", f"the merge has {len(commit.parents)} parents and must have two")
    if commit.merge == "clean" or commit.id == change.head:
        return None
    return Fault("commit", "the merge is not as git makes it, and more was put on top of it")
