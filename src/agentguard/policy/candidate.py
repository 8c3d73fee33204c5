"""A policy that a push brings: one that cannot be read would close the gate for everyone."""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.change import Change
from agentguard.errors import AgentguardError
from agentguard.finding import Finding
from agentguard.policy.load import built_in, load_policy
from agentguard.policy.places import IN_TREE
from agentguard.policy.stack import in_commit
from agentguard.repo.repository import Repository


def broken_policy(change: Change, repository: Repository) -> Iterator[Finding]:
    """What stands against a change that brings a policy which cannot be read."""
    if not any(file.path == IN_TREE and file.new_blob for file in change.files):
        return
    try:
        content = repository.file(change.head, IN_TREE)
        base = built_in(change.update.ref)
        load_policy(content or b"", IN_TREE, base, in_commit(repository, change.head))
    except AgentguardError as error:
        yield _finding(str(error))


def _finding(fault: str) -> Finding:
    return Finding(
        rule="broken-policy",
        title="The policy in this push cannot be read",
        severity="critical",
        effect="deny",
        message=fault,
        measured={"policy_readable": False},
        limit={"policy_readable": True},
        why="Once it counts, every push would be refused, the one that repairs it too.",
        fix=f"Put right what is named above. `agentguard policy validate {IN_TREE}` checks it.",
        paths=(IN_TREE,),
    )
