"""Where an approval can be: one file per carrier.

`claims` gathers what sets out to be an approval of one update. Which carriers count, and for whom,
is the policy's to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.approvals.carriers import commit, merge, signature
from agentguard.approvals.claim import Claim
from agentguard.approvals.trailers import statements
from agentguard.change import Change

__all__ = ["claims"]


def claims(change: Change) -> Iterator[Claim]:
    """Every claim that the commits of a change carry, oldest first."""
    shaped = {each.id for each in change.approval_commits}
    for each in change.every_commit.values():
        blocks = list(statements(each))
        yield from (signature.in_trailers(block, each) for block in blocks if block.signed)
        unsigned = [block for block in blocks if not block.signed]
        if each.id in shaped:
            if unsigned or not blocks:
                yield commit.claim_of(each)
        elif len(each.parents) > 1 and unsigned:
            yield merge.claim_of(each, change)
        else:
            yield from (signature.unsigned(block, each) for block in unsigned)
