"""The policies as they were before an incident: what came in since may have changed one."""

from __future__ import annotations

from collections.abc import Sequence

from agentguard.errors import AgentguardError
from agentguard.incident.assessment import Assessment
from agentguard.incident.case import Case
from agentguard.policy.load import built_in
from agentguard.policy.model import Policy
from agentguard.policy.places import IN_TREE
from agentguard.policy.repair import DEFAULT, Boundaries
from agentguard.policy.stack import load_stack
from agentguard.repo.repository import Repository, open_repository
from agentguard.repo.revert import tip_of


def policies_of(case: Case, assessment: Assessment) -> tuple[Policy, ...]:
    """The policies as they were when the window of the incident began."""
    repository = open_repository(case.directory)
    default = repository.default_branch
    moved = {seen.ref: seen.before for seen in assessment.refs}
    tip = moved[default] if default in moved else tip_of(case.directory, default)
    return policies_before(repository, tip)[0]


def policies_before(repository: Repository, tip: str) -> tuple[tuple[Policy, ...], list[str]]:
    """The policies as they were before the window, and what had to be left out: what came in since
    may have changed the one in the tree."""
    attempts = (
        (tip, "the policy in the tree before the window"),
        ("", "the policies of the server"),
    )
    notes: list[str] = []
    for commit, what in attempts:
        try:
            return load_stack(repository, commit).policies, notes
        except AgentguardError as error:
            notes.append(f"{what} cannot be read, so it was left out: {error}")
    return (built_in(repository.default_branch),), notes


def boundaries(policies: Sequence[Policy]) -> Boundaries:
    """The boundaries in force. The tree's policy, which what went wrong may have changed, can only
    make them stricter: where no policy of the server has one, the default stands beside it."""
    said = [(p.source, p.repair_boundary, p.classes) for p in policies if p.repair_boundary]
    if not any(source != IN_TREE for source, _, _ in said):
        said.insert(0, ("default", DEFAULT, policies[0].classes))
    return Boundaries(tuple(said))
