"""A policy file: what it means, and what is said about every mistake in it."""

from __future__ import annotations

import base64
import re
import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.errors import ConfigurationError
from agentguard.keys import parse_public_key
from agentguard.measures import MEASURES
from agentguard.policy.load import built_in, load_policy
from agentguard.policy.model import ApprovalPolicy, Policy
from agentguard.policy.times import seconds, shown
from tests.changes import BASE, MAIN, rule


def key(number: int = 1) -> str:
    """A public key's line."""
    parts = (b"ssh-ed25519", bytes([number]) * 32)
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return "ssh-ed25519 " + base64.b64encode(blob).decode()


def load(text: str, base: Policy = BASE) -> Policy:
    return load_policy(f"version = 1\n{text}".encode(), "policy.toml", base)


JANE = f'[approvers."jane@example.com"]\nkeys = ["{key()}"]\n'
BOB = f'[approvers."bob@example.com"]\nkeys = ["{key(2)}"]\n'
TITLED = "title='T'\nseverity='low'\neffect='warn'\nwhy='W'\nfix='F'"
RULE = "[rules.mass-deletion]\n"
NEVER = "valid_after = 2026-01-02, valid_before = 2026-01-02"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("versoin = 1", "versoin: unknown key; did you mean version?"),
        ("repository = 1", "repository: expected a string, found 1"),
        (
            "repository = 'a\\nb'".replace("'", '"'),
            "repository: expected a name of printable characters",
        ),
        ("repository = ' a'", "repository: expected a name of printable characters"),
        ("environments = 1", "environments: expected a table, found 1"),
        (
            "[environments.prod]\nrefs = ['refs/heads/x']",
            "environments.prod: is no environment; allowed: production, staging, development",
        ),
        (
            "[environments.development]\nrefs = ['refs/heads/x']",
            "environments.development.refs: cannot be listed: development is every ref",
        ),
        (
            "[environments.staging]",
            "environments.staging.refs: is missing; expected a list such as",
        ),
        (
            "[environments.production]\nrefs = ['main']",
            "environments.production.refs: 'main' is not a full ref name",
        ),
        (
            "[environments.production]\nrefs = ['refs/heads/[ab]']",
            "environments.production.refs: 'refs/heads/[ab]' is not",
        ),
        (
            "[environments.production]\nref = ['refs/heads/x']",
            "environments.production.ref: unknown key; did you mean refs?",
        ),
        (
            "[environments.staging]\nrefs = ['refs/heads/x']\nfoo = 1",
            "environments.staging.foo: unknown key; allowed: accepts_from, agents, refs, rules",
        ),
        (
            "[actors]\nunproven = 'human'",
            "actors.unproven: 'human' is not allowed; allowed: unknown, agent",
        ),
        (
            "[actors]\nagent_email = ['x']",
            "actors.agent_email: unknown key; did you mean agent_emails?",
        ),
        ("[actors]\nagent_keys = ['x']", "actors.agent_keys: not a public key of OpenSSH"),
        (
            "[actors]\nagent_pushers = [1]",
            "actors.agent_pushers: expected a string or a list of strings",
        ),
        ("[approvers.jane]", "approvers.jane.keys: expected a list with at least one public key"),
        (
            "[approvers.jane]\nkeys = []",
            "approvers.jane.keys: expected a list with at least one public key",
        ),
        (
            "[approvers.jane]\nkeys = 'x'",
            "approvers.jane.keys: expected a list with at least one public key",
        ),
        (
            "[approvers.jane]\nkeys = [1]",
            "approvers.jane.keys: expected a public key as one line of text",
        ),
        (
            "[approvers.jane]\nkeys = ['ssh-ed25519 AAAA']",
            "approvers.jane.keys: not a whole ssh-ed25519 key",
        ),
        (
            "[approvers.jane]\nkeys = [{}]",
            "approvers.jane.keys.key: expected a public key as one line of text",
        ),
        (
            f"[approvers.jane]\nkeys = [{{key = '{key()}', until = 2026-01-01}}]",
            "approvers.jane.keys.until: unknown key",
        ),
        (
            f"[approvers.jane]\nkeys = [{{key = '{key()}', valid_after = 'x'}}]",
            "approvers.jane.keys.valid_after: expected a date",
        ),
        (
            f"[approvers.jane]\nkeys = [{{key = '{key()}', valid_after = 07:00:00}}]",
            "approvers.jane.keys.valid_after: expected a date",
        ),
        (
            f"[approvers.jane]\nkeys = [{{key = '{key()}', valid_before = 0001-01-01T00:00:00+23:00}}]",
            "approvers.jane.keys.valid_before: expected a date",
        ),
        (
            f"[approvers.jane]\nkeys = [{{key = '{key()}', {NEVER}}}]",
            "approvers.jane.keys.valid_before: must be later than valid_after",
        ),
        (
            f"[approvers.jane]\nkeys = ['{key()}']\nteam = 'x'",
            "approvers.jane.team: unknown key; did you mean teams?",
        ),
        (
            f"[approvers.\"\"]\nkeys = ['{key()}']",
            "approvers: an approver needs a name of printable characters",
        ),
        (
            f"[approvers.\"a\\nb\"]\nkeys = ['{key()}']",
            "an approver needs a name of printable characters",
        ),
        (
            f"[approvers.\"jane \"]\nkeys = ['{key()}']",
            "an approver needs a name of printable characters",
        ),
        (f"{JANE}[approvers.bob]\nkeys = ['{key()}']", "approvers.bob: SHA256:"),
        ("accounts = 1", "accounts: expected a table, found 1"),
        ("[accounts]\njdoe = 1", "accounts.jdoe: expected a string or a list of strings, found 1"),
        ("[accounts.jdoe]\nx = 1", "accounts.jdoe: expected a string or a list of strings"),
        ("[accounts]\njdoe = []", "accounts.jdoe: expected a list of addresses such as"),
        ("[accounts]\njdoe = ['Jane Doe']", "accounts.jdoe: expected a list of addresses"),
        ("[accounts]\njdoe = ['a@b', 'c@d e']", "accounts.jdoe: expected a list of addresses"),
        ("[accounts]\n'' = 'a@b'", "accounts: expected an account as the platform names it"),
        ("[accounts]\n' jdoe' = 'a@b'", 'accounts." jdoe": expected an account'),
        ("[accounts]\njdoe = 'a@b'\nJDoe = 'c@d'", "accounts.JDoe: is listed twice"),
        (f"{JANE}[actors]\nagent_keys = ['{key()}']", 'approvers."jane@example.com": SHA256:'),
        (
            f"{JANE}[approvers.bob]\nkeys = ['{key(2)}']\naliases = ['Jane@Example.com']",
            "approvers.bob: jane@example.com is also a name of jane@example.com",
        ),
        (
            f"{JANE}[actors]\nagent_emails = ['JANE@example.com']",
            'approvers."jane@example.com": jane@example.com is also a name of an agent',
        ),
        (
            "[approvals]\ntrust = 'nobody'",
            "approvals.trust: 'nobody' is not allowed; allowed: signature, trailer",
        ),
        (
            "[approvals]\ncarriers = ['note']",
            "approvals.carriers: 'note' is not allowed; allowed: commit, signature, merge",
        ),
        ("[approvals]\ncarriers = []", "approvals.carriers: must not be empty"),
        (
            "[approvals]\nself_approval = true",
            "approvals.self_approval: true is not allowed; allowed: never, presence, allow",
        ),
        (
            "[approvals]\nrequire_presence = 'yes'",
            "approvals.require_presence: expected true or false, found 'yes'",
        ),
        (
            "[approvals]\nmax_age = '1 year'",
            "approvals.max_age: '1 year' is not a length of time such as '4s', '30m', '24h' or '7d'",
        ),
        ("[approvals]\nmax_age = '0h'", "approvals.max_age: '0h' is not a length of time"),
        ("[approvals]\nmax_age = 24", "approvals.max_age: expected a string, found 24"),
        (
            "[approvals]\nrevoked = ['SHA256:short']",
            "approvals.revoked: not a public key of OpenSSH",
        ),
        ("[paths.auth]\ninclude = ['./x']", "paths.auth.include: './x' matches nothing"),
        (
            "[paths.auth]\nexclude = ['[z-a]']",
            "paths.auth.exclude: '[z-a]' is not a gitignore-style pattern",
        ),
        ("[paths.auth]\ninclude = ['!x']", "paths.auth.include: '!x': only patterns stand here"),
        ("[paths.auth]\ninclude = ['@ci']", "paths.auth.include: '@ci': only patterns stand here"),
        (
            "[paths.auth]\nincludes = ['x']",
            "paths.auth.includes: unknown key; did you mean include?",
        ),
        (
            "[paths.auht]\ninclude = ['x']",
            "paths.auht: is no path class that a rule asks for; did you mean auth?",
        ),
        (
            "[paths.pay]\n" + rule("files='>= 1'", scope="paths='@pay'"),
            "paths.pay: is a new path class and needs `include`",
        ),
        ("[limits]\ndeadline = 'soon'", "limits.deadline: 'soon' is not a length of time"),
        (
            "[limits]\ndeadline = '99999999999999d'",
            "limits.deadline: '99999999999999d' is not a length of time",
        ),
        ("[limits]\nmemory = 1", "limits.memory: unknown key; allowed: deadline"),
        (
            "[server]\nplatform = 'svn'",
            "server.platform: 'svn' is not allowed; allowed: account, gitolite",
        ),
        ("[[freeze]]", "freeze[0].until: a freeze needs `from` and a later `until`"),
        (
            "[[freeze]]\nfrom = 2026-01-02\nuntil = 2026-01-02\nrefs = 'refs/heads/x'",
            "freeze[0].until: a freeze needs `from`",
        ),
        ("[freeze]\nfrom = 2026-01-01\nuntil = 2026-01-02", "freeze.refs: is missing"),
        (
            "[freeze]\nfrom = 2026-01-01\nuntil = 2026-01-02\nrefs = 'refs/heads/x'\neffect = 'stop'",
            "freeze.effect: 'stop' is not allowed; allowed: warn, approve, deny",
        ),
        (
            "[freeze]\nfrom = 2026-01-01\nuntil = 2026-01-02\nrefs = 'refs/heads/x'\nwhy = 'x'",
            "freeze.why: unknown key",
        ),
        (
            "[rules.mass-deletoin]\neffect = 'deny'",
            "and a new one needs title and when; did you mean mass-deletion?",
        ),
        ("rules.mass-deletion = 'off'", "rules.mass-deletion: expected a table, found 'off'"),
        (f"{RULE}effect = 'stop'", "rules.mass-deletion.effect: 'stop' is not allowed"),
        (
            f"{RULE}approvals = 0",
            "rules.mass-deletion.approvals: expected a whole number, 1 or more",
        ),
        (f"{RULE}enabled = 'no'", "rules.mass-deletion.enabled: expected true or false"),
        (
            f"{RULE}severity = 'huge'",
            "rules.mass-deletion.severity: 'huge' is not allowed; allowed: low",
        ),
        (f"{RULE}title = 'x'", "rules.mass-deletion.title: unknown key"),
        (
            f"{RULE}when = []",
            "rules.mass-deletion.when: is missing: a rule without conditions would match everything",
        ),
        (f"{RULE}when = {{}}", "rules.mass-deletion.when: needs at least one measure"),
        (
            f"{RULE}when = {{status = 'added'}}",
            "rules.mass-deletion.when: needs at least one measure",
        ),
        (
            f"{RULE}when = {{deleted_line = '>= 3'}}",
            "when.deleted_line: there is no such measure; did you mean deleted_lines?",
        ),
        (
            f"{RULE}when = {{deleted_lines = 300}}",
            'rules.mass-deletion.when.deleted_lines: expected a comparison such as ">= 1000"',
        ),
        (
            f"{RULE}when = {{deleted_lines = '=> 3'}}",
            "rules.mass-deletion.when.deleted_lines: expected a comparison",
        ),
        (
            f"{RULE}when = {{files = '>= {'9' * 400}'}}",
            "rules.mass-deletion.when.files: expected a comparison",
        ),
        (
            f"{RULE}when = {{rewound = 1}}",
            "rules.mass-deletion.when.rewound: expected true or false",
        ),
        (
            f"{RULE}when = {{added = []}}",
            "rules.mass-deletion.when.added: expected a list of regular expressions",
        ),
        (
            f"{RULE}when = {{added = ['(']}}",
            "rules.mass-deletion.when.added: not a regular expression: missing )",
        ),
        (
            f"{RULE}when = {{added = ['[[a]']}}",
            "rules.mass-deletion.when.added: not a regular expression: Possible nested set",
        ),
        (
            f"{RULE}when = {{actor = 'agent'}}",
            'rules.mass-deletion.scope: actor tells about one commit: the rule needs per = "commit"',
        ),
        (
            f"{RULE}scope = {{per = 'commit'}}\nwhen = {{secrets = ['private-key']}}",
            'rules.mass-deletion.scope: secrets tells about the push: the rule needs per = "update"',
        ),
        (
            f"{RULE}scope = {{per = ['update', 'commit']}}\nwhen = {{sql = ['truncate']}}",
            'rules.mass-deletion.scope: sql tells about the push: the rule needs per = "update"',
        ),
        (
            f"{RULE}scope = {{per = 'commit'}}\nwhen = {{actor = ['robot']}}",
            "rules.mass-deletion.when.actor: expected a list of: human, agent",
        ),
        (
            f"{RULE}scope = {{per = 'commit'}}\nwhen = {{actor = [['agent']]}}",
            "rules.mass-deletion.when.actor: expected a list of: human, agent",
        ),
        (
            f"{RULE}scope = {{per = 'commit'}}\nwhen = {{trailers = 'x'}}",
            "rules.mass-deletion.when.trailers: expected a table of trailer name",
        ),
        (
            f"{RULE}scope = {{per = ['window', 'update']}}",
            'rules.mass-deletion.scope.per: "window" stands alone: a rule either adds pushes up',
        ),
        (
            f"{RULE}scope = {{per = 'push'}}",
            "rules.mass-deletion.scope.per: 'push' is not allowed; allowed: update, commit, window",
        ),
        (
            f"{RULE}scope = {{environments = ['prod']}}",
            "rules.mass-deletion.scope.environments: 'prod' is not allowed; allowed: production",
        ),
        (f"{RULE}scope = {{actors = []}}", "rules.mass-deletion.scope.actors: must not be empty"),
        (
            f"{RULE}scope = {{status = ['gone']}}",
            "rules.mass-deletion.scope.status: 'gone' is not allowed; allowed: added",
        ),
        (
            f"{RULE}scope = {{paths = ['@auht']}}",
            "rules.mass-deletion.scope.paths: there is no path class @auht; allowed: @auth",
        ),
        (
            f"{RULE}scope = {{paths = ['']}}",
            "rules.mass-deletion.scope.paths: '' is not a gitignore-style pattern",
        ),
        (
            f"{RULE}scope = {{paths = ['!x']}}",
            "rules.mass-deletion.scope.paths: only takes away; to start from everything, put '?*' first",
        ),
        (
            f"{RULE}scope = {{status = ['added']}}\nwhen = {{status = ['deleted'], files = '>= 1'}}",
            "rules.mass-deletion.when.status: never holds: the rule's scope has only added",
        ),
        (
            f"{RULE}effects = {{robot = 'warn'}}",
            "rules.mass-deletion.effects.robot: unknown key; allowed: agent, automation, human, unknown",
        ),
        (
            f"{RULE}effects = {{human = 'pass'}}",
            "rules.mass-deletion.effects.human: 'pass' is not allowed",
        ),
        ("[rules.reserved-ref]\nenabled = false", "rules.reserved-ref: cannot be changed"),
        (
            f"[rules.freeze]\n{TITLED}\nwhen = {{files = '>= 1'}}",
            "rules.freeze.id: 'freeze' must be lower-case words joined by hyphens, and not be taken",
        ),
        (
            f"[rules.lockdown]\n{TITLED}\nwhen = {{files = '>= 1'}}",
            "rules.lockdown.id: 'lockdown' must be lower-case words joined by hyphens, and not be",
        ),
        (
            f"[rules.My_Rule]\n{TITLED}\nwhen = {{files = '>= 1'}}",
            "rules.My_Rule.id: 'My_Rule' must be lower-case words",
        ),
        (f"[rules.mine]\n{TITLED}", "rules.mine.when: is missing"),
        ("[rules.mine]\ntitle = 'T'", "rules.mine.severity: nothing is not allowed; allowed: low"),
        (
            f"{JANE}teams = ['web']\n{RULE}teams = ['wbe']",
            "rules.mass-deletion: no approver is in wbe; did you mean web?",
        ),
    ],
)
def test_a_mistake_is_named(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(text)
    assert str(caught.value).startswith("policy.toml: ")
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    "content",
    ["", "version = 2", "version = true", "version = 1.0", "version = '1'"],
)
def test_the_version_must_be_known(content: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\Apolicy.toml: version: expected "):
        load_policy(content.encode(), "policy.toml", BASE)


def test_a_policy_of_nothing_is_the_built_in_one() -> None:
    policy = load("")
    assert policy.rules == BASE.rules
    assert policy.environments == BASE.environments
    assert policy.approvals == ApprovalPolicy()
    assert (policy.repository, policy.deadline, policy.platform) == (None, 20.0, "")
    assert (policy.approvers, policy.freezes) == ({}, ())


def test_the_built_in_policy() -> None:
    assert BASE.environments["production"][0] == MAIN
    assert built_in("refs/heads/trunk").environments["production"][0] == "refs/heads/trunk"
    assert built_in().environments["production"][0] == MAIN
    assert {
        condition.measure
        for each in BASE.rules
        for when in each.when
        for condition in when.conditions
    } <= set(MEASURES)


def test_everything_said_is_kept() -> None:
    policy = load(
        f"""
        repository = "acme/portal"
        [environments.staging]
        refs = ["refs/heads/next"]
        [actors]
        unproven = "agent"
        agent_pushers = [" SVC-Claude "]
        agent_keys = ["{key(3)} comment"]
        [accounts]
        JDoe = [" Jane@example.com", "jane@old.example.com"]
        bob = "bob@example.com"
        [approvers."Jane@example.com"]
        keys = [
          "{key()}",
          {{ key = "{key(2)}", valid_after = 2026-01-01, valid_before = 2026-06-01T12:00:00+02:00 }},
        ]
        aliases = ["jane@old.example.com"]
        teams = "platform"
        [approvals]
        carriers = "commit"
        require_presence = true
        require_verification = true
        self_approval = "presence"
        max_age = "90m"
        revoked = ["{key(4)}", "{parse_public_key(key(5)).fingerprint}"]
        [limits]
        deadline = "500ms"
        [server]
        platform = "gitolite"
        [[freeze]]
        from = 2026-12-20T00:00:00Z
        until = 2027-01-04
        refs = ["refs/heads/main"]
        reason = "Holidays"
        """
    )
    assert policy.repository == "acme/portal"
    assert policy.environments["staging"] == ("refs/heads/next",)
    assert policy.environments["production"] == BASE.environments["production"]
    assert policy.actors.unproven == "agent"
    assert policy.actors.agent_pushers == {"svc-claude"}
    assert [each.line for each in policy.actors.agent_keys] == [key(3)]
    assert policy.accounts == {
        "jdoe": ("jane@example.com", "jane@old.example.com"),
        "bob": ("bob@example.com",),
    }
    jane = policy.approvers["Jane@example.com"]
    assert jane.identities == {"jane@example.com", "jane@old.example.com"}
    assert jane.teams == ("platform",)
    assert (jane.keys[0].valid_after, jane.keys[0].valid_before) == (None, None)
    assert jane.keys[1].valid_after == datetime(2026, 1, 1, tzinfo=UTC)
    assert jane.keys[1].valid_before == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert policy.approvals == ApprovalPolicy(
        carriers=("commit",),
        require_presence=True,
        require_verification=True,
        self_approval="presence",
        max_age=timedelta(minutes=90),
        revoked=frozenset(parse_public_key(key(number)).fingerprint for number in (4, 5)),
    )
    assert (policy.deadline, policy.platform) == (0.5, "gitolite")
    [freeze] = policy.freezes
    assert (freeze.effect, freeze.reason) == ("deny", "Holidays")
    assert policy.origins["approvals.max_age"] == "policy.toml"
    assert "approvals.trust" not in policy.origins


@pytest.mark.parametrize(
    ("when", "valid"),
    [
        ("2025-12-31T23:59:59", False),
        ("2026-01-01T00:00:00", True),
        ("2026-06-30T23:59:59", True),
        ("2026-07-01T00:00:00", False),
    ],
)
def test_a_key_counts_within_its_time(when: str, *, valid: bool) -> None:
    times = "valid_after = 2026-01-01, valid_before = 2026-07-01"
    text = f"[approvers.jane]\nkeys = [{{key = '{key()}', {times}}}]"
    now = datetime.fromisoformat(when).replace(tzinfo=UTC)
    assert load(text).approvers["jane"].keys[0].valid_at(now) is valid


def test_a_person_may_list_a_key_twice_and_have_several() -> None:
    policy = load(
        f"[approvers.jane]\nkeys = ['{key()}', '{key()} again', '{key(2)}']\n"
        + BOB.replace(key(2), key(3))
    )
    assert len(policy.approvers["jane"].keys) == 3


def test_a_rule_may_name_a_team_when_nobody_is_in_any() -> None:
    assert load(f"{JANE}{RULE}teams = ['web']").approvers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("500ms", 0.5),
        ("4s", 4),
        ("30 m", 1800),
        (" 24h ", 86400),
        ("7d", 604800),
        ("3650d", 315360000),
        ("3651d", None),
        ("0s", None),
        ("-1s", None),
        ("1w", None),
        ("", None),
        ("1.5h", None),
        ("٣h", None),
        ("9" * 5000 + "s", None),
    ],
)
def test_lengths_of_time(text: str, found: float | None) -> None:
    assert seconds(text) == found


@pytest.mark.parametrize("text", ["1ms", "1500ms", "90s", "90m", "24h", "168h", "12345678s"])
def test_lengths_of_time_are_shown_as_they_are_written(text: str) -> None:
    assert shown(seconds(text) or 0) == text


def test_a_new_class_counts_in_a_new_rule() -> None:
    policy = load(
        "[paths.pay]\ninclude = ['pay/']\n" + rule("files = '>= 1'", scope="paths = '@pay'")
    )
    assert policy.classes.contains("pay", "pay/card.py")
    assert policy.rules[-1].scope.paths == ("@pay",)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            ">= 3",
            "agent",
            "deny",
            "1h",
            "refs/heads/x",
            "@auth",
            "x/**",
            key(),
            "production",
            "added",
        ]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "version",
                    "repository",
                    "production",
                    "refs",
                    "jane",
                    "keys",
                    "key",
                    "auth",
                    "include",
                    "mass-deletion",
                    "mine",
                    "when",
                    "scope",
                    "effects",
                    "effect",
                    "paths",
                    "status",
                    "per",
                    "title",
                    "why",
                    "fix",
                    "files",
                    "added",
                    "actor",
                    "signature",
                    "message",
                    "trailers",
                    "severity",
                    "human",
                    "from",
                    "until",
                    "deadline",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
SECTIONS = st.sampled_from(
    [
        "environments",
        "actors",
        "approvers",
        "approvals",
        "paths",
        "rules",
        "freeze",
        "limits",
        "server",
        "x",
    ]
)


def toml(value: object) -> str:
    """A value as TOML; nothing is written as an empty list."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {toml(each)}' for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value) + '"'
    return "[]" if value is None else str(value)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(SECTIONS, VALUES, max_size=3))
def test_any_document_is_a_policy_or_a_configuration_error(document: dict[str, object]) -> None:
    text = "\n".join(f"{name} = {toml(value)}" for name, value in document.items())
    tomllib.loads(text)
    said = "policy.toml: "
    try:
        load(text)
    except ConfigurationError as error:
        said = str(error)
    assert said.startswith("policy.toml: ")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_a_policy_or_a_configuration_error(content: bytes) -> None:
    with pytest.raises(ConfigurationError, match=re.escape("policy.toml: ")):
        load_policy(content, "policy.toml", BASE)


def test_branches_and_the_paths_they_stay_in() -> None:
    policy = load('[branches."refs/heads/fix/*"]\nscope = ["src/auth/**"]')
    assert policy.branches == {"refs/heads/fix/*": ("src/auth/**",)}
    [rule] = [each for each in policy.rules if each.id == "out-of-scope"]
    assert "development" in rule.scope.environments
    [rule] = [each for each in load("").rules if each.id == "out-of-scope"]
    assert "development" not in rule.scope.environments


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[branches.fix]\nscope = ['a']", "branches.fix: is not a full ref name"),
        ('[branches."refs/heads/fix"]\n', 'branches."refs/heads/fix".scope: is missing'),
        ('[branches."refs/heads/fix"]\nscope = ["!a"]', "scope: '!a': only patterns stand here"),
        ('[branches."refs/heads/fix"]\nscope = ["a"]\nx = 1', "x: unknown key"),
    ],
)
def test_a_mistake_in_a_branch_is_named(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(fault)):
        load(text)
