"""What a policy has against pushes of agents, over hand-made changes."""

from __future__ import annotations

import pytest

from agentguard.agent_push import by_agents
from agentguard.change import Change, RefUpdate
from agentguard.errors import EvaluationError
from agentguard.finding import Finding
from agentguard.makers import Judged
from agentguard.rules import Actor
from tests.changes import BASE, MAIN, blob, change, commit, file, judged, policy
from tests.test_gate import TOPIC, decided

PUSH = change(commit("1", file("a")), commit("2", file("b")))
ACCOUNT = "[actors]\nagent_pushers = ['svc-claude']\n"


def agents(word: str, environment: str = "production") -> str:
    return f"[environments.{environment}]\nagents = '{word}'\n"


def found(subject: Judged, text: str) -> list[Finding]:
    return list(by_agents(subject, policy(text)))


@pytest.mark.parametrize(
    ("word", "effect", "severity", "verdict"),
    [("deny", "deny", "critical", "denied"), ("approve", "approve", "high", "needs-approval")],
)
def test_an_agents_commit(word: str, effect: str, severity: str, verdict: str) -> None:
    [finding] = found(judged(PUSH, {"2": "agent"}), agents(word))
    assert (finding.rule, finding.effect, finding.severity) == ("agent-push", effect, severity)
    assert finding.commits == (blob("2"),)
    assert finding.message == "1 of 2 new commits are by an agent"
    assert finding.title == "An agent pushes to production"
    text = agents(word) + "[actors]\nunproven = 'agent'"
    assert decided(policy(text), change=PUSH).verdict == verdict


@pytest.mark.parametrize("text", ["", agents("allow"), agents("deny", "development")])
def test_without_a_word_about_it_nothing_is_found(text: str) -> None:
    assert not found(judged(PUSH, {"2": "agent"}), text)
    assert BASE.terms == {}


@pytest.mark.parametrize("actor", ["human", "unknown", "automation"])
def test_who_is_no_agent_pushes(actor: Actor) -> None:
    assert not found(judged(PUSH, {"1": actor, "2": actor}), agents("deny"))


def test_a_bots_name_is_no_excuse_where_nobody_is_trusted() -> None:
    [finding] = found(judged(PUSH, {"1": "human", "2": "automation"}, "agent"), agents("deny"))
    assert finding.commits == (blob("2"),)


@pytest.mark.parametrize(
    "pushed",
    [
        pytest.param(change(commit("1", file("a"))), id="unmarked commits"),
        pytest.param(change(ref="refs/tags/v1"), id="a tag on what is there already"),
        pytest.param(Change(RefUpdate(blob("before"), "", MAIN)), id="a deletion"),
        pytest.param(change(rewound=True), id="a rewind"),
    ],
)
def test_an_agents_account_answers_for_all_it_pushes(pushed: Change) -> None:
    under = policy(ACCOUNT + agents("deny"))
    [finding] = decided(under, change=pushed, pusher="SVC-Claude").findings
    assert (finding.rule, finding.effect) == ("agent-push", "deny")
    assert finding.message.startswith("The pushing account is an agent's")
    assert decided(under, change=pushed, pusher="jane").verdict == "accepted"


def test_each_environment_has_its_own_word() -> None:
    text = ACCOUNT + agents("deny") + agents("approve", "development")
    here = change(commit("1", file("a")), ref=TOPIC)
    assert decided(policy(text), change=here, pusher="svc-claude").verdict == "needs-approval"
    assert decided(policy(text), change=here, pusher="jane").verdict == "accepted"


def test_each_policy_has_its_own_word() -> None:
    strict, free = policy(ACCOUNT + agents("deny")), policy(ACCOUNT)
    for order in ((strict, free), (free, strict)):
        assert decided(*order, change=PUSH, pusher="svc-claude").verdict == "denied"


def test_what_is_judged_only_when_it_arrives_does_not_pass_unjudged() -> None:
    fault = EvaluationError("object missing")
    text = "[accounts]\njdoe = 'jane@example.com'\n"
    stops = "[rules.committer-not-pusher]\neffect = 'deny'\n"
    for words, pusher, verdict in (
        (text + stops, "jdoe", "error"),
        (text + stops, "kim", "accepted"),
        (text, "jdoe", "accepted"),
    ):
        under = policy(words, only_rules=False)
        assert decided(under, change=fault, ref=TOPIC, pusher=pusher).verdict == verdict


def test_what_cannot_be_judged_does_not_pass_where_agents_are_held_back() -> None:
    fault = EvaluationError("object missing")
    text = agents("approve", "development")
    assert decided(policy(text), change=fault, ref=TOPIC).verdict == "error"
    text = agents("allow", "development")
    assert decided(policy(text), change=fault, ref=TOPIC).verdict == "accepted"
