"""What a policy says of one environment beside its refs."""

from __future__ import annotations

import pytest

from agentguard.engine import applicable
from agentguard.errors import ConfigurationError
from agentguard.rules import Rule
from tests.policy.test_load import BOB, TITLED, load

STAGING = "[environments.staging]\nrefs = ['refs/heads/next']\n"
TABLE = "[environments.staging.rules.mass-deletion"
OWN = f"[rules.own]\n{TITLED}\nwhen = {{ files = '>= 1' }}\n"


def rules(text: str, environment: str) -> dict[str, Rule]:
    return {each.id: each for each in applicable(load(text), environment)}


def test_a_rule_differs_where_the_policy_says_so() -> None:
    text = f"""{STAGING}[rules.mass-deletion]
severity = 'low'
{TABLE}]
effect = 'warn'
approvals = 3
[environments.staging.rules.mass-deletion.when]
files = '>= 7'
"""
    here, there = (rules(text, name)["mass-deletion"] for name in ("staging", "production"))
    assert (here.effect, here.approvals, len(here.when)) == ("warn", 3, 1)
    assert (there.effect, there.approvals, len(there.when)) == ("approve", 1, 2)
    assert (here.severity, there.severity) == ("low", "low")
    assert here.scope.environments == ("staging",)


def test_a_rule_is_off_in_one_environment() -> None:
    text = f"{STAGING}{TABLE}]\nenabled = false"
    assert "mass-deletion" not in rules(text, "staging")
    assert "mass-deletion" in rules(text, "production")


@pytest.mark.parametrize("text", ["", "[rules.mass-deletion]\nenabled = false\n"])
def test_a_rule_that_is_named_for_an_environment_looks_there(text: str) -> None:
    text += "[environments.development.rules.mass-deletion]\neffect = 'warn'"
    assert rules(text, "development")["mass-deletion"].effect == "warn"
    assert ("mass-deletion" in rules(text, "production")) is ("enabled" not in text)


def test_a_rule_of_the_policys_own_differs_too() -> None:
    text = f"{OWN}[environments.production.rules.own]\neffect = 'deny'"
    assert rules(text, "production")["own"].effect == "deny"
    assert load(text).environments == load("").environments


def test_a_class_that_only_one_environment_asks_for_counts() -> None:
    text = f"[paths.pay]\ninclude = ['pay/']\n{TABLE}.scope]\npaths = '@pay'\n{STAGING}"
    assert rules(text, "staging")["mass-deletion"].scope.paths == ("@pay",)


def test_what_comes_through_another_environment() -> None:
    text = f"{STAGING}[environments.production]\naccepts_from = 'staging'"
    assert load(text).terms_of("production").accepts_from == ("staging",)
    assert load(text).terms_of("staging").accepts_from == ()
    assert load(text).environments["production"] == load("").environments["production"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "[environments.production]\naccepts_from = 'staging'",
            "production.accepts_from: staging has",
        ),
        (
            "[environments.production]\naccepts_from = 'production'",
            "production.accepts_from: 'production' is not allowed; allowed: staging",
        ),
        ("[environments.production]\naccepts_from = []", "production.accepts_from: must not be em"),
        (
            "[environments.production]\naccepts_from = 'development'",
            "production.accepts_from: 'development' is not allowed; allowed: staging",
        ),
        (
            "[environments.development]\naccepts_from = 'staging'",
            "development.accepts_from: has no use here",
        ),
    ],
)
def test_a_mistake_about_the_way_is_named(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(text)
    assert str(caught.value).startswith(f"policy.toml: environments.{fault}")


def test_a_mistake_about_agents_is_named() -> None:
    with pytest.raises(ConfigurationError, match="allowed: allow, approve, deny") as caught:
        load("[environments.development]\nagents = 'no'")
    assert "environments.development.agents: 'no' is not allowed" in str(caught.value)


@pytest.mark.parametrize("name", ["freeze", "agent-push", "agent-promotion", "broken-policy"])
def test_a_rule_cannot_have_the_name_of_what_is_found_without_one(name: str) -> None:
    with pytest.raises(ConfigurationError, match="not be taken"):
        load(f"[rules.{name}]\n{TITLED}\nwhen = {{ files = '>= 1' }}")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"{TABLE}.scope]\nenvironments = ['staging']", "mass-deletion.scope.environments: is 'st"),
        (
            f"{TABLE}]\neffect = 'stop'",
            "mass-deletion.effect: 'stop' is not allowed; allowed: warn",
        ),
        (f"{TABLE}]\nefect = 'warn'", "mass-deletion.efect: unknown key; did you mean effect?"),
        (f"{TABLE}]\nteams = ['web']", "mass-deletion: no approver is in web; did you mean webb?"),
        (f"{TABLE}.when]\nfile = '>= 1'", "mass-deletion.when.file: there is no such measure"),
        (
            "[environments.staging.rules.mass-deletoin]\neffect = 'warn'",
            "mass-deletoin: there is no such rule, and a new one stands in [rules.ID]; did you mean",
        ),
        (
            f"[environments.staging.rules.own]\n{TITLED}\nwhen = {{ files = '>= 1' }}",
            "own: there is no such rule, and a new one stands in [rules.ID]",
        ),
        (
            "[environments.staging.rules.reserved-ref]\neffect = 'warn'",
            "reserved-ref: cannot be changed",
        ),
        ("[environments.staging.rules]\nx = 1", "x: expected a table, found 1"),
    ],
)
def test_a_mistake_is_named(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(f"{BOB}teams = ['webb']\n{STAGING}{text}")
    assert str(caught.value).startswith(f"policy.toml: environments.staging.rules.{fault}")
