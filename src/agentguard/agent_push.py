"""What agents push where a policy wants people to: found without any rule, like a freeze."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agentguard.finding import AGENT_PROMOTION, AGENT_PUSH, Effect, Finding
from agentguard.makers import Judged
from agentguard.policy.environments import environment_of
from agentguard.policy.model import Policy, Terms
from agentguard.promotion import Promotion

WHY = (
    "Agents work in development. Each step from there is one that a person takes, so that what an "
    "agent got wrong is seen before it runs."
)
ASK = "Ask an approver to look at the whole change and approve it."


def by_agents(
    judged: Judged, policy: Policy, promotion: Promotion | None = None
) -> Iterator[Finding]:
    """What the policy has against agents on this ref, if it was one that pushed or made a commit.

    An agent's account answers for whatever it pushes, marked or not. A promotion may be approved
    where a push from anywhere else is denied, and needs a human wherever an agent makes it.
    """
    environment = environment_of(judged.change.update.ref, policy.environments)
    terms = policy.terms_of(environment)
    account, made = judged.agent_account, _made(judged)
    if promotion:
        if account or promotion.merge in made or (made and terms.agents != "allow"):
            title = f"Work of an agent comes from {promotion.source} to {environment}"
            yield replace(_finding(judged, policy, "approve"), rule=AGENT_PROMOTION, title=title)
    elif terms.agents != "allow" and (account or made):
        finding = _finding(judged, policy, terms.agents)
        yield replace(finding, title=f"An agent pushes to {environment}", fix=_way(terms))


def _made(judged: Judged) -> tuple[str, ...]:
    """The new commits that an agent answers for, by id."""
    commits = judged.change.commits
    return tuple(each.id for each in commits if "agent" in judged.actors(each))


def _way(terms: Terms) -> str:
    """What is to be done with an agent's work."""
    if terms.agents == "approve":
        return ASK
    if terms.accepts_from:
        return (
            f"Push it to {' or '.join(terms.accepts_from)} first. What landed there can come here "
            "unchanged, once a person approves it."
        )
    return (
        "Leave this ref as it is and push to a branch of its own. Those who answer for this ref "
        "decide there what becomes of the work."
    )


def _finding(judged: Judged, policy: Policy, effect: Effect) -> Finding:
    made, count = _made(judged), len(judged.change.commits)
    pushed = "The pushing account is an agent's" if judged.agent_account else ""
    wrote = f"{len(made)} of {count} new commits are by an agent" if made else ""
    return Finding(
        rule=AGENT_PUSH,
        title="An agent pushes here",
        severity="critical" if effect == "deny" else "high",
        effect=effect,
        message="; ".join(filter(None, (pushed, wrote))),
        measured={"by_agent": True},
        limit={"by_agent": False},
        why=WHY,
        fix=ASK,
        commits=made,
        policy=policy.source,
    )
