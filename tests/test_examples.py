"""The form of examples: what each way of writing one means, and what is wrong with the others."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from agentguard.change import SYMLINK, Change
from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.examples import failures, matches, read_example, rule_files, rules_in
from agentguard.gate import Gate
from agentguard.policy.load import built_in, load_policy
from agentguard.repo.fast_import import File
from agentguard.rules import Rule

MAIN = "refs/heads/main"
HEAD = 'name = "x"\nexpect = "match"\n'
LINES = b"line 1 of file 0\nline 2 of file 0\n"


def rule(name: str) -> Rule:
    return next(rule for rule in built_in(MAIN).rules if rule.id == name)


def after(text: str) -> dict[str, File | None]:
    example = read_example(tomllib.loads(HEAD + text), "rule.toml", "examples[0]")
    return dict(example.commits[0].files)


@pytest.mark.parametrize(
    ("value", "file"),
    [
        ('"text"', File(b"text")),
        ("false", None),
        ("{ lines = 2 }", File(LINES)),
        ("{ lines = 2, changed = 1 }", File(LINES.replace(b"line 1", b"changed 1"))),
        ("{ size = 4 }", File(b"xxx\n")),
        ('{ symlink = "there" }', File(b"there", SYMLINK)),
        ('{ text = "x", mode = "755" }', File(b"x", 0o100755)),
        ('{ mode = "755" }', File(b"", 0o100755)),
        ("{}", File(b"")),
        ('{ from = "old" }', File(b"old\n")),
        ('{ from = "old", mode = "755" }', File(b"old\n", 0o100755)),
    ],
)
def test_what_a_file_holds(value: str, file: File | None) -> None:
    assert after(f'before = {{ old = "old\\n" }}\n[after]\n"new" = {value}\n') == {"new": file}


def test_ranges() -> None:
    found = after(
        '[before]\n"a{1..3}.txt" = { lines = 1 }\n[after]\n"b{2..3}/x" = { from = "a{2..3}.txt" }\n'
    )
    assert found == {
        "b2/x": File(b"line 1 of file 2\n"),
        "b3/x": File(b"line 1 of file 3\n"),
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('expect = "match"', "examples[0].name: is missing"),
        ('name = "x"', "examples[0].expect: nothing is not allowed; allowed: match, no match"),
        ('name = "x"\nexpect = "maybe"', "allowed: match, no match"),
        (HEAD + "beofre = {}", "examples[0].beofre: unknown key; did you mean before?"),
        (HEAD + "before = 1", "examples[0].before: expected a table, found 1"),
        (HEAD + 'update = "pull"', "examples[0].update: 'pull' is not allowed; allowed: push"),
        (HEAD + 'signed = "me"', "examples[0].signed: 'me' is not allowed; allowed: human, agent"),
        (HEAD + "after = { x = 1 }", "examples[0].after.x: expected text, false, or a table"),
        (HEAD + "after = { x = true }", "examples[0].after.x: expected text, false, or a table"),
        (HEAD + 'after = { "x{3..1}" = "" }', 'examples[0].after."x{3..1}": expected a range'),
        (HEAD + 'after = { "x{1..999999}" = "" }', "expected a range such as {1..40}"),
        (
            HEAD + "after = { x = { lines = 0 } }",
            "after.x.lines: expected a whole number, 1 or more",
        ),
        (
            HEAD + "after = { x = { size = -1 } }",
            "after.x.size: expected a whole number, 1 or more",
        ),
        (HEAD + "after = { x = { line = 1 } }", "after.x.line: unknown key; did you mean lines?"),
        (HEAD + 'after = { x = { mode = "777" } }', "'777' is not allowed; allowed: 644, 755"),
        (HEAD + 'after = { x = { from = "y" } }', "after.x.from: y did not exist before"),
        (HEAD + "accepted = 1", "examples[0].accepted: expected a table or a list of tables"),
        (
            HEAD + "[[accepted]]\nlines = 'x'",
            "examples[0].accepted[0].lines: unknown key; allowed: after, author, committer, message",
        ),
        (HEAD + "known = 2", "examples[0].known: expected a number of its commits, 1 at most"),
        (HEAD + "known = -1", "examples[0].known: expected a whole number, 0 or more"),
        (HEAD + "pusher = 1", "examples[0].pusher: expected a string, found 1"),
        (HEAD + "accounts = { jdoe = 'Jane' }", "examples[0].accounts.jdoe: expected a list of"),
        (HEAD + "commits = 1", "examples[0].commits: expected a table or a list of tables"),
        (
            HEAD + "[[commits]]\nmesage = 'x'",
            "examples[0].commits[0].mesage: unknown key; did you mean message?",
        ),
    ],
)
def test_errors_name_file_and_key(text: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_example(tomllib.loads(text), "rule.toml", "examples[0]")
    assert str(caught.value).startswith("rule.toml: examples[0].")
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("protected-ref-deleted", 'update = "delete"\nafter = { x = "" }', True),
        ("protected-ref-deleted", 'update = "create"\nref = "refs/heads/main"', False),
        ("protected-ref-rewound", 'update = "rewind"\nafter = { x = "" }', True),
        ("protected-ref-rewound", "", False),
        ("tag-moved", 'update = "move"\nafter = { x = "" }', True),
        ("reserved-ref", 'update = "create"\nref = "refs/agentguard/keep/x"', True),
        ("unsigned-agent-commit", 'author = "Claude <noreply@anthropic.com>"', True),
        (
            "unsigned-agent-commit",
            'author = "Claude <noreply@anthropic.com>"\nsigned = "agent"',
            False,
        ),
        (
            "many-files-deleted",
            """
            before = { "f{1..10}" = "x" }
            commits = [{ after = { "f{1..5}" = false } }, { after = { "f{6..10}" = false } }]
            """,
            True,
        ),
        (
            "put-back-to-older-content",
            """
            earlier = { "f{1..9}" = { lines = 3 } }
            before = { "f{1..9}" = { lines = 3, changed = 1 } }
            after = { "f{1..9}" = { lines = 3 } }
            """,
            True,
        ),
    ],
)
def test_every_way_of_pushing(name: str, text: str, expected: bool) -> None:
    example = read_example(tomllib.loads(HEAD + text), "rule.toml", "examples[0]")
    assert matches(rule(name), example, built_in(MAIN)) == expected


BOB = 'author = "Bob <bob@example.com>"'
JDOE = 'pusher = "jdoe"\naccounts = { jdoe = "jane@example.com" }\n'
TWO = "commits = [{ author = 'Bob <bob@example.com>' }, { author = 'J <jane@example.com>' }]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(JDOE + BOB, True, id="another's name"),
        pytest.param(BOB, False, id="nobody known pushes"),
        pytest.param(JDOE.replace('"jdoe"', '"kim"') + BOB, False, id="one not listed"),
        pytest.param(JDOE + BOB + "\ncommitter = 'J <jane@example.com>'", False, id="committed"),
        pytest.param(JDOE + TWO, True, id="both are new"),
        pytest.param(JDOE + TWO + "known = 1", False, id="the first is not"),
        pytest.param(JDOE + BOB + "\nref = 'refs/heads/topic'", True, id="on any branch"),
    ],
)
def test_who_pushes_what(text: str, expected: bool) -> None:
    example = read_example(tomllib.loads(HEAD + text), "rule.toml", "examples[0]")
    assert matches(rule("committer-not-pusher"), example, built_in(MAIN)) == expected


def test_a_policy_lists_its_own_accounts() -> None:
    text = b'version = 1\n[accounts]\njdoe = "jane@example.com"\n'
    base = load_policy(text, "policy.toml", built_in(MAIN))
    example = read_example(tomllib.loads(f'{HEAD}pusher = "jdoe"\n{BOB}'), "rule.toml", "x")
    assert matches(rule("committer-not-pusher"), example, base)


PIECES = """
before = { "f{1..20}" = { lines = 3 }, "keep{1..9}" = "" }
accepted = [{ after = { "f{1..7}" = false } }, { after = { "f{8..14}" = false } }]
"""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("deletions-add-up", PIECES + 'after = { "f15" = false }', True),
        ("deletions-add-up", PIECES + "after = { keep1 = false }", True),
        ("deletions-add-up", PIECES + 'after = { keep1 = "x" }', False),
        ("deletions-add-up", 'before = { "f{1..15}" = "x" }\nafter = { "f{1..15}" = false }', True),
        (
            "deletions-add-up",
            """
            before = { "f{1..14}" = { lines = 3 }, keep = "" }
            accepted = [{ after = { "f{1..14}" = false } }, { after = { new = "x" } }]
            after = { new = false }
            """,
            True,
        ),
        (
            "deletions-add-up",
            PIECES + 'after = { "f15" = { from = "f15" } }\nref = "refs/heads/topic"',
            False,
        ),
    ],
)
def test_pushes_that_were_accepted_before(name: str, text: str, expected: bool) -> None:
    example = read_example(tomllib.loads(HEAD + text), "rule.toml", "examples[0]")
    assert matches(rule(name), example, built_in(MAIN)) == expected


def test_accepted_pushes_stand_when_the_next_are_made() -> None:
    text = PIECES + 'after = { new = { from = "f1" } }'
    with pytest.raises(ConfigurationError, match="f1 did not exist before"):
        read_example(tomllib.loads(HEAD + text), "rule.toml", "examples[0]")


def test_only_rules_that_add_up_have_accepted_pushes() -> None:
    example = {"name": "a", "expect": "match", "accepted": {"after": {"x": "y"}}}
    with pytest.raises(ConfigurationError) as caught:
        failures(replace(rule("mass-deletion"), examples=(example,)), built_in(MAIN))
    fault = 'mass-deletion.toml: examples[0].accepted: goes with per = "window" only'
    assert str(caught.value) == fault


def test_failures_name_rule_and_example() -> None:
    moved = {"name": "a branch", "expect": "match", "ref": MAIN, "update": "move"}
    found = failures(replace(rule("mass-deletion"), examples=(moved,)), built_in(MAIN))
    assert found == [
        "mass-deletion: 'a branch' should be a match and is not",
        "mass-deletion: has no example that is a no match",
    ]


def test_a_reader_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: object) -> Change:
        raise EvaluationError("history is cut off")

    monkeypatch.setattr("agentguard.examples.Gate", partial(Gate, read=cut_off))
    found = failures(rule("tag-moved"), built_in(MAIN))
    assert found[0].endswith("could not be judged: history is cut off")
    assert len(found) == len(rule("tag-moved").examples)


def test_a_folder_without_rules(tmp_path: Path) -> None:
    (tmp_path / "paths.toml").touch()
    with pytest.raises(ConfigurationError, match="name at least one rule file"):
        rule_files([tmp_path])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("version = 2", "version: expected 1"),
        ("id = 'other'", "is missing"),
        ("=", "not TOML"),
    ],
)
def test_a_file_that_is_no_rule(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(content)
    with pytest.raises(ConfigurationError) as caught:
        rules_in(path)
    assert complaint in str(caught.value)
    assert "own.toml: " in str(caught.value)
