"""Rules: read from files, added and tuned by a policy."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from agentguard.change import FILE_STATUSES
from agentguard.errors import ConfigurationError
from agentguard.measures import MEASURES
from agentguard.policy.load import load_policy
from agentguard.policy.rules import ALONE, WINDOW, is_kebab, load_rule, load_rules, tuned_rule
from agentguard.rules import ACTORS, Narrowing, Rule, Scope
from agentguard.settings import Table
from tests.changes import BASE, rule

SUMS = {
    "files", "added_files", "deleted_files", "modified_files", "renamed_files", "gutted_files",
    "added_lines", "deleted_lines", "changed_lines", "deleted_bytes", "deletion_ratio",
}  # fmt: skip
HEAD = "id = 'bad-thing'\ntitle = 'T'\nseverity = 'low'\neffect = 'warn'\nwhy = 'W'\nfix = 'F'\n"
WHEN = "[when]\nfiles = '>= 1'\n"


def read(text: str, name: str = "bad-thing.toml") -> Rule:
    return load_rule(text.encode(), Path("rules/pack", name), BASE.classes)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "id: is missing; expected a string"),
        ("id = ", "not TOML"),
        (
            "id = 'other'" + HEAD.removeprefix("id = 'bad-thing'") + WHEN,
            "id: must be the file's name, 'bad-thing'",
        ),
        (
            "id = 'Bad'" + HEAD.removeprefix("id = 'bad-thing'") + WHEN,
            "id: 'Bad' must be lower-case words",
        ),
        (HEAD.replace("title = 'T'", ""), "title: is missing"),
        (HEAD.replace("title = 'T'", "title = ''") + WHEN, "title: must not be empty"),
        (
            HEAD.replace("'low'", "'huge'") + WHEN,
            "severity: 'huge' is not allowed; allowed: low, medium, high, critical",
        ),
        (
            HEAD.replace("'warn'", "'stop'") + WHEN,
            "effect: 'stop' is not allowed; allowed: warn, approve, deny",
        ),
        (HEAD.replace("why = 'W'", "") + WHEN, "why: is missing"),
        (HEAD.replace("fix = 'F'", "") + WHEN, "fix: is missing"),
        (HEAD, "when: is missing: a rule without conditions would match everything"),
        (HEAD + "[when]", "when: needs at least one measure"),
        (
            HEAD + "[[when]]\nfiles = '>= 1'\n[[when]]\nfile = '>= 1'",
            "when[1].file: there is no such measure; did you mean files?",
        ),
        (HEAD + "[[when]]\nactors = ['agent']", "when[0]: needs at least one measure"),
        (HEAD + "approvals = -1\n" + WHEN, "approvals: expected a whole number, 1 or more"),
        (
            HEAD + "window = '24h'\n[scope]\nper = 'window'\n" + WHEN,
            "window: unknown key; ",
        ),
        (HEAD + "[scope]\nper = ['window', 'commit']\n" + WHEN, f"scope.per: {ALONE}"),
        (HEAD + "[scope]\nwindow = '24h'\n" + WHEN, f"scope.window: {WINDOW}"),
        (
            HEAD + "[scope]\nper = 'window'\nwindow = 'a day'\n" + WHEN,
            "scope.window: 'a day' is not a length of time such as '4s', '30m', '24h' or '7d'",
        ),
        (
            HEAD + "[scope]\nper = 'window'\n[[when]]\nfiles = '>= 1'\ndeleted_share = '> 0'",
            'when: deleted_share does not add up over pushes, as per = "window" needs it; allowed: ',
        ),
        (HEAD + "whens = '24h'\n" + WHEN, "whens: unknown key; did you mean when?"),
        (HEAD + "[scope]\npath = '@auth'\n" + WHEN, "scope.path: unknown key; did you mean paths?"),
        (
            HEAD + "[effects]\nhumans = 'warn'\n" + WHEN,
            "effects.humans: unknown key; did you mean human?",
        ),
        (
            HEAD + WHEN + "[[examples]]\n[examples.x]\n[[exampels]]",
            "exampels: unknown key; did you mean examples?",
        ),
    ],
)
def test_a_malformed_rule_is_named(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\Abad-thing\.toml: " + re.escape(fault)):
        read(text)


def test_a_rule() -> None:
    found = read(
        HEAD + "approvals = 2\nteams = ['web']\nsince = '0.1'\nreferences = ['incident:x']\n"
        "[scope]\nenvironments = ['production']\nactors = ['agent']\n"
        "per = ['update', 'commit']\npaths = '@auth'\n[effects]\nhuman = 'warn'\n"
        "[[when]]\nstatus = ['deleted']\nfiles = '> 3'\ndeletion_ratio = '>= 0.5'\n"
        "[[when]]\nadded = ['x']\n[[examples]]\nname = 'n'\n"
    )
    assert (found.id, found.pack, found.approvals, found.teams) == (
        "bad-thing",
        "pack",
        2,
        ("web",),
    )
    assert found.scope == Scope(
        ("agent",), ("@auth",), FILE_STATUSES, ("production",), ("update", "commit")
    )
    assert found.effects == {"human": "warn"}
    first, second = found.when
    assert first.scope == Narrowing(ACTORS, (), ("deleted",))
    assert [(each.measure, each.raw) for each in first.conditions] == [
        ("files", "> 3"),
        ("deletion_ratio", ">= 0.5"),
    ]
    assert second.scope == Narrowing()
    assert found.examples == ({"name": "n"},)
    assert found.enabled


def test_the_built_in_rules_are_all_there() -> None:
    ids = [each.id for each in BASE.rules]
    assert len(ids) == len(set(ids)) >= 22
    assert all(is_kebab(name) for name in ids)
    assert [(each.pack, each.id) for each in BASE.rules] == sorted(
        (each.pack, each.id) for each in BASE.rules
    )


def test_no_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing would be checked"):
        load_rules(tmp_path, BASE.classes)


def test_two_rules_of_one_name_are_an_error(tmp_path: Path) -> None:
    for pack in ("one", "two"):
        (tmp_path / pack).mkdir()
        (tmp_path / pack / "bad-thing.toml").write_text(HEAD + WHEN)
    with pytest.raises(ConfigurationError, match="two rules are called bad-thing"):
        load_rules(tmp_path, BASE.classes)


@pytest.mark.parametrize(
    ("name", "kebab"),
    [
        ("a", True),
        ("a-b2", True),
        ("A", False),
        ("a_b", False),
        ("-a", False),
        ("a-", False),
        ("a--b", False),
        ("ä", False),
        ("", False),
    ],
)
def test_names(name: str, *, kebab: bool) -> None:
    assert is_kebab(name) is kebab


def tuned(text: str, name: str) -> Rule:
    policy = load_policy(f"version = 1\n{text}".encode(), "policy.toml", BASE)
    return next(each for each in policy.rules if each.id == name)


BUILT_IN = {each.id: each for each in BASE.rules}


def test_a_rule_is_switched_off() -> None:
    assert not tuned("[rules.mass-deletion]\nenabled = false", "mass-deletion").enabled


def test_what_is_not_named_stays() -> None:
    found = tuned("[rules.auth-paths]\napprovals = 2", "auth-paths")
    assert found.approvals == 2
    assert (found.when, found.scope, found.effects) == (
        BUILT_IN["auth-paths"].when,
        BUILT_IN["auth-paths"].scope,
        {"human": "warn"},
    )


@pytest.mark.parametrize(
    ("text", "effect", "effects"),
    [
        pytest.param("effect = 'deny'", "deny", {}, id="an effect holds for everybody"),
        pytest.param(
            "effects = {human = 'approve'}",
            "approve",
            {"human": "approve"},
            id="one effect by actor",
        ),
        pytest.param(
            "effects = {agent = 'deny'}",
            "approve",
            {"human": "warn", "agent": "deny"},
            id="one more",
        ),
        pytest.param(
            "effect = 'deny'\neffects = {human = 'warn'}", "deny", {"human": "warn"}, id="both"
        ),
    ],
)
def test_effects_are_tuned(text: str, effect: str, effects: dict[str, str]) -> None:
    found = tuned(f"[rules.auth-paths]\n{text}", "auth-paths")
    assert (found.effect, found.effects) == (effect, effects)


def test_conditions_are_replaced() -> None:
    found = tuned("[rules.mass-deletion.when]\ndeleted_lines = '>= 300'", "mass-deletion")
    [only] = found.when
    assert [(each.measure, each.raw) for each in only.conditions] == [("deleted_lines", ">= 300")]
    assert found.scope == BUILT_IN["mass-deletion"].scope


def test_a_tuned_scope_leaves_the_alternatives_to_narrow_it() -> None:
    found = tuned(
        "[rules.agent-rule-files.scope]\npaths = ['AGENTS.md']\nactors = ['agent', 'unknown']",
        "agent-rule-files",
    )
    assert found.scope.paths == ("AGENTS.md",)
    assert found.scope.actors == ("agent", "unknown")
    assert found.when == BUILT_IN["agent-rule-files"].when


def test_a_rule_is_added() -> None:
    found = tuned(rule("files = '>= 1'", name="own-rule", scope="paths = 'pay/'"), "own-rule")
    assert (found.pack, found.effect, found.scope.paths) == ("policy", "approve", ("pay/",))


def test_a_window_is_tuned() -> None:
    found = tuned("[rules.deletions-add-up.scope]\nwindow = '7d'", "deletions-add-up")
    assert (found.scope.per, found.scope.window) == (("window",), 7 * 86400)
    assert BUILT_IN["deletions-add-up"].scope.window == 86400
    turned = "[rules.mass-deletion.scope]\nper = 'window'\nwindow = '90m'"
    assert tuned(turned, "mass-deletion").scope.window == 5400
    found = tuned("[rules.deletions-add-up.scope]\nper = 'update'", "deletions-add-up")
    assert found.scope.per == ("update",)


def test_a_window_stays_when_something_else_of_the_scope_is_tuned() -> None:
    built_in = BUILT_IN["deletions-add-up"]
    weekly = replace(built_in, scope=replace(built_in.scope, window=7 * 86400.0))
    table = Table({"scope": {"actors": ["agent"]}}, "policy.toml")
    assert tuned_rule(table, weekly, BASE.classes).scope == replace(weekly.scope, actors=("agent",))


@pytest.mark.parametrize("name", ["tree-share-deleted", "tag-moved", "private-key-content"])
def test_only_sums_add_up(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"rules.{name}.when: .* does not add up"):
        tuned(f"[rules.{name}.scope]\nper = 'window'", name)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_every_measure_adds_up_or_is_refused(name: str) -> None:
    size = name.removeprefix("source_") in SUMS
    assert MEASURES[name].adds_up is size


def test_a_tuned_rule_must_still_be_measurable() -> None:
    with pytest.raises(ConfigurationError, match="actor tells about one commit"):
        tuned(
            "[rules.unsigned-agent-commit.scope]\nper = ['update', 'commit']",
            "unsigned-agent-commit",
        )
