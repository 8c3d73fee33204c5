"""What agents push where a policy wants people to: found without any rule, like a freeze."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agentguard.finding import AGENT_PUSH, Effect, Finding
from agentguard.makers import Judged
from agentguard.policy.environments import environment_of
from agentguard.policy.model import Policy, Terms

WHY = (
    "Agents work in development. Each step from there is one that a person takes, so that what an "
    "agent got wrong is seen before it runs."
)
ASK = "Ask an approver to look at the whole change and approve it."


def by_agents(judged: Judged, policy: Policy) -> Iterator[Finding]:
    """What the policy has against agents on this ref, if it was one that pushed or made a commit.

    An agent's account answers for whatever it pushes, marked or not.
    """
    environment = environment_of(judged.change.update.ref, policy.environments)
    terms = policy.terms_of(environment)
    if terms.agents != "allow" and (judged.agent_account or _made(judged)):
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
