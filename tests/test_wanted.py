"""What is read from git: what the rules ask for, and no less."""

from __future__ import annotations

import pytest

from agentguard.change import FileChange, Followed
from agentguard.engine import applicable
from agentguard.repo.extras import Wanted
from agentguard.wanted import judged_once, wanted_by
from tests.changes import BASE, file, policy, renamed, rule


def wanted(text: str, environment: str = "production") -> Wanted:
    found = policy(text)
    return wanted_by([(found, applicable(found, environment))])


FREEZE = "[freeze]\nfrom = 2026-01-01\nuntil = 2026-01-02\nrefs = 'refs/heads/x'\n"
REF = "ref_deleted = true"


@pytest.mark.parametrize(
    ("text", "content"),
    [
        pytest.param("", False, id="no rule"),
        pytest.param(rule(REF).replace("'approve'", "'deny'"), False, id="a ref rule that denies"),
        pytest.param(rule(REF), True, id="an approval names the content"),
        pytest.param(
            rule(REF, effects="human = 'approve'").replace("effect = 'approve'", "effect = 'deny'"),
            True,
            id="for some",
        ),
        pytest.param(rule("files = '>= 1'").replace("'approve'", "'deny'"), True, id="files"),
        pytest.param(
            rule("message = 'x'", scope="per = 'commit'").replace("'approve'", "'warn'"),
            True,
            id="commits",
        ),
        pytest.param(
            "[environments.production]\nagents = 'deny'", True, id="the commits tell who made them"
        ),
        pytest.param("[environments.production]\nagents = 'allow'", False, id="whoever made them"),
        pytest.param(
            "[environments.staging]\nrefs = 'refs/heads/x'\n"
            "[environments.production]\naccepts_from = 'staging'",
            True,
            id="who made the merge",
        ),
        pytest.param(FREEZE, True, id="a freeze may have to be approved"),
    ],
)
def test_content_is_read_when_it_may_matter(text: str, *, content: bool) -> None:
    assert wanted(text).content is content


@pytest.mark.parametrize(
    ("when", "least"),
    [
        pytest.param("files = '>= 1'", None, id="nobody asks"),
        pytest.param("put_back_files = '>= 8'", 8, id="the limit"),
        pytest.param("source_put_back_files = '> 8'", 9, id="without noise"),
        pytest.param("put_back_files = '>= 8'|put_back_files = '>= 3'", 3, id="the lowest of all"),
        pytest.param("put_back_files = '< 8'", 0, id="an upper limit"),
    ],
)
def test_put_back_content_is_looked_for_from_a_number_of_files(when: str, least: int) -> None:
    assert wanted(rule(when)).put_back == least


@pytest.mark.parametrize(
    ("when", "least"),
    [
        ("files = '>= 1'", None),
        ("deleted_share = '>= 0.05'", 1),
        ("deleted_files = '>= 3'\ndeleted_share = '>= 0.05'", 3),
        ("source_deleted_files = '>= 5'\ndeleted_share = '>= 0.05'|deleted_share = '>= 0.5'", 1),
    ],
)
def test_tracked_files_are_counted_from_a_number_of_deletions(when: str, least: int) -> None:
    assert wanted(rule(when)).tracked_files == least


TEXT = "added = ['x']"


@pytest.mark.parametrize(
    ("scope", "when", "record", "read"),
    [
        pytest.param("", TEXT, file("a"), True, id="everywhere"),
        pytest.param("paths = 'src/'", TEXT, file("src/a"), True, id="in the rule's paths"),
        pytest.param("paths = 'src/'", TEXT, file("a"), False, id="outside"),
        pytest.param(
            "paths = 'src/'", f"paths = '*.py'\n{TEXT}", file("src/a.py"), True, id="in both"
        ),
        pytest.param(
            "paths = 'src/'", f"paths = '*.py'\n{TEXT}", file("src/a"), False, id="in one"
        ),
        pytest.param("paths = 'src/'", TEXT, renamed("src/a", "b"), True, id="by the old path"),
        pytest.param("status = ['deleted']", TEXT, file("a"), False, id="of another status"),
        pytest.param(
            "", f"status = ['added']\n{TEXT}", file("a"), False, id="of another status inside"
        ),
    ],
)
def test_text_is_read_of_the_files_a_text_rule_looks_at(
    scope: str, when: str, record: FileChange, *, read: bool
) -> None:
    test = wanted(rule(when, scope=scope)).patch
    assert test is not None
    assert test(record) is read


SETTINGS = "sets = { 'a' = ['b'] }"
OUTSIDE = "unknown_reference = '>= 1'"


@pytest.mark.parametrize(
    ("when", "whole", "references"),
    [(SETTINGS, True, False), (OUTSIDE, False, True), (TEXT, False, False)],
)
def test_whole_files_are_read_for_settings_and_names(
    when: str, *, whole: bool, references: bool
) -> None:
    found = wanted(rule(when, scope="paths = 'src/'"))
    assert (found.whole is not None, found.references is not None) == (whole, references)
    for asks in filter(None, (found.whole, found.references)):
        assert asks(file("src/a.json"))
        assert not asks(file("a.json"))


SECRETS = "secrets = ['private-key']"


@pytest.mark.parametrize(
    ("when", "per", "asks"),
    [
        (SECRETS, "['update', 'commit']", True),
        (SECRETS, "'update'", False),
        (TEXT, "['update', 'commit']", False),
    ],
)
def test_single_commits_are_read_for_rules_that_look_at_them(
    when: str, per: str, *, asks: bool
) -> None:
    found = wanted(rule(when, scope=f"paths = 'src/'\nper = {per}")).vanished
    assert (found is not None) == asks
    if found:
        assert found(file("src/a"))
        assert not found(file("a"))


@pytest.mark.parametrize("status", ["added", "deleted"])
def test_a_rename_may_be_an_addition_or_a_deletion(status: str) -> None:
    read = wanted(rule(SETTINGS, scope=f"paths = 'src/'\nstatus = ['{status}']")).whole
    assert read is not None
    assert read(renamed("a.json", "src/a.json"))
    assert not read(file("src/a.json"))


@pytest.mark.parametrize(
    ("when", "least"),
    [
        ("files = '>= 1'", None),
        ("still_referenced = '>= 1'", 1),
        ("deleted_files = '>= 3'\nstill_referenced = '>= 1'", 3),
    ],
)
def test_mentions_are_looked_for_from_a_number_of_deletions(when: str, least: int) -> None:
    assert wanted(rule(when)).mentions == least


ACCOUNTS = "[accounts]\njdoe = 'jane@example.com'\n"
FOREIGN = rule("arrives = true\ncommitter = 'other'", scope="per = 'commit'")
WARNED = FOREIGN.replace("'approve'", "'warn'")
BESIDE = rule("arrives = true\ncommitter = 'other'|message = 'x'", scope="per = 'commit'")


@pytest.mark.parametrize(
    ("text", "pusher", "content", "arriving"),
    [
        pytest.param(ACCOUNTS + FOREIGN, "jdoe", True, True, id="an account that is listed"),
        pytest.param(ACCOUNTS + WARNED, "JDoe", True, True, id="to warn of it"),
        pytest.param(ACCOUNTS + FOREIGN, "kim", False, False, id="one that is not"),
        pytest.param(ACCOUNTS + FOREIGN, "", False, False, id="none that anybody knows"),
        pytest.param(FOREIGN, "jdoe", False, False, id="a policy that lists none"),
        pytest.param(ACCOUNTS + BESIDE, "kim", True, False, id="what else the rule asks"),
        pytest.param(ACCOUNTS, "jdoe", False, False, id="no rule"),
        pytest.param(
            rule("arrives = true", scope="per = 'commit'"), "", True, True, id="whoever pushes"
        ),
    ],
)
def test_who_made_a_commit_is_asked_where_it_can_be_told(
    text: str, pusher: str, *, content: bool, arriving: bool
) -> None:
    found = policy(text)
    read = wanted_by([(found, applicable(found, "production"))], pusher)
    assert (read.content, read.arriving) == (content, arriving)


@pytest.mark.parametrize(
    ("text", "pusher", "once"),
    [
        pytest.param(ACCOUNTS + FOREIGN, "jdoe", True, id="a rule that stops what arrives"),
        pytest.param(ACCOUNTS + WARNED, "jdoe", False, id="one that warns"),
        pytest.param(
            ACCOUNTS
            + FOREIGN.replace("'approve'", "'warn'").replace(
                "[rules.r.effects]\n", "[rules.r.effects]\nagent = 'deny'\n"
            ),
            "jdoe",
            True,
            id="one that stops some",
        ),
        pytest.param(ACCOUNTS + FOREIGN, "kim", False, id="who is not listed"),
        pytest.param(ACCOUNTS + rule("files = '>= 1'"), "jdoe", False, id="another rule"),
        pytest.param(ACCOUNTS + BESIDE, "kim", False, id="another part of the rule"),
    ],
)
def test_what_is_judged_only_on_arrival(text: str, pusher: str, *, once: bool) -> None:
    found = policy(text)
    assert judged_once((found, applicable(found, "production")), pusher) is once


LED = "agent_targets = '>= 1'"


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        pytest.param(rule("files = '>= 1'", scope="paths = '@agent-links'"), True, id="a class"),
        pytest.param(
            rule("files = '>= 1'", scope="paths = ['?*', '!@agent-imports']"), True, id="not it"
        ),
        pytest.param(
            rule("paths = '@agent-imports'\nfiles = '>= 1'"), True, id="in an alternative"
        ),
        pytest.param(rule(LED), True, id="a measure"),
        pytest.param(rule("unfollowed_agent_files = '>= 1'"), True, id="what is not known"),
        pytest.param(
            rule("files = '>= 1'", scope="paths = '@agent-rules'"), False, id="another class"
        ),
    ],
)
def test_agents_files_are_followed_when_a_rule_asks(text: str, *, asks: bool) -> None:
    found = wanted(text)
    assert (found.follow is not None, found.again is not None) == (asks, asks)
    assert wanted(text, "development").follow is None
    if found.follow:
        assert found.follow("api/CLAUDE.md")
        assert not found.follow("docs/CLAUDE.md")


def test_a_policy_says_where_agents_files_stand() -> None:
    both = [policy(rule(LED)), policy(rule(LED) + "[paths.agent-rules]\ninclude = ['/prompts/']")]
    follow = wanted_by([(each, applicable(each, "production")) for each in both]).follow
    assert follow is not None
    assert follow("prompts/a.md")


def test_what_they_lead_to_is_read_once_it_is_known() -> None:
    found = wanted(rule(TEXT, scope="paths = '@agent-imports'"))
    assert found.patch is not None
    assert not found.patch(file("README.md"))
    knowing = found.knowing(Followed(imports={"readme.md": "CLAUDE.md"}))
    assert knowing.patch is not None
    assert knowing.patch(file("README.md"))
    assert not knowing.patch(file("other.md"))
    assert found.knowing(Followed()) is found


def test_without_a_text_rule_no_text_is_read() -> None:
    assert wanted(rule("files = '>= 1'")).patch is None
    assert wanted_by([]) == Wanted(content=False)


def test_several_policies_ask_together() -> None:
    one, other = policy(rule("put_back_files = '>= 8'")), policy(rule(TEXT, scope="paths = 'x/'"))
    found = wanted_by((each, applicable(each, "production")) for each in (one, other))
    assert (found.content, found.put_back) == (True, 8)
    assert found.patch is not None
    assert found.patch(file("x/a"))


def test_the_built_in_rules_ask_for_little() -> None:
    found = wanted_by([(BASE, applicable(BASE, "production"))])
    assert (found.content, found.put_back, found.tracked_files) == (True, 8, 3)
    assert found.patch is not None
    assert found.patch(file(".pre-commit-config.yaml"))
    assert not found.patch(file("src/app.py"))
    assert not wanted_by([(BASE, applicable(BASE, "development"))], "jdoe").content
    assert not wanted_by([(BASE, applicable(BASE, "production"))], "jdoe").arriving
