"""What small thing a commit says it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.measures import MEASURES
from agentguard.measures.claims import CLAIMS, claim_of
from tests.changes import change, commit
from tests.measures.views import read


@pytest.mark.parametrize(
    ("subject", "claim"),
    [
        ("Fix typo", "typo"),
        ("fix: two typos in the login page (#12)", "typo"),
        (":memo: Fix small typo in docs for features (#380)", "typo"),
        ("Correct spelling", "typo"),
        ("docs: describe the login", "docs"),
        ("docs(api): Remove old page", "docs"),
        ("[docs] S113: describe", "docs"),
        ("Update README.md", "docs"),
        ("chore: update docs", "docs"),
        ("Add missing changelog entry", "docs"),
        ("Reword comment", "comment"),
        ("Fix markup in BoundLogger docstring", "comment"),
        ("Fix broken link", "link"),
        ("fix(web): update the help URL", "link"),
        ("style(rust): normalize modules", "format"),
        ("🎨 Auto format", "format"),
        ("Fix lint", "format"),
        ("Remove trailing whitespace", "format"),
        ("Run prettier", "format"),
        ("chore: gofmt cleanup", "format"),
        ("Bump requests from 2.31 to 2.32", "bump"),
        ("chore(deps): anything", "bump"),
        ("Chore(deps-dev): update dependency x to v5", "bump"),
        ("Upgrade mermaid to 11.12.1 (#10564)", "bump"),
        ("update all yarn dependencies", "bump"),
        ("Changeset version bump (#223)", "bump"),
        ("Minor fixes", "minor"),
        ("refactor: tidy", "minor"),
        ("Code cleanup.", "minor"),
        ("Checkpoints cleanup (#2160)", "minor"),
        ("Rename a local variable", "minor"),
        ("refactor: rename the variable", "minor"),
        ("Polish", "minor"),
    ],
)
def test_what_subjects_claim(subject: str, claim: str) -> None:
    assert claim_of(subject) == claim


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Fix login",
        "feat: comments",
        "feat(docs)!: another format",
        "Gate v3 API schema and docs behind a switch",
        "Merge pull request #12 from sam/fix-typo",
        'Revert "Fix typo"',
        "Reapply docs: x",
        "fix: extend orphan cleanup to cover servers",
        "Release 1.23.2",
        "address comments left by Sam on #171",
        "Clean up: remove the unused shop",
        "Cleanup: drop old tests",
        "Documenting is not the word",
        "x" * 200 + " typo",
    ],
)
def test_what_claims_nothing_small(subject: str) -> None:
    assert claim_of(subject) == ""


def test_a_commit_is_measured_by_its_first_line_alone() -> None:
    made = commit("c", message="\nFix typo " + "in a word " * 9 + "\n\ndocs: more")
    found = read("claims", raw=["docs", "typo"], seen=change(made), commit=made)
    assert found.value == "typo"
    [said] = found.details
    assert said.startswith(f'{made.id[:12]} says "Fix typo in a word ')
    assert said.endswith('…"')
    assert len(said) < 90
    holds, parse = MEASURES["claims"].holds, MEASURES["claims"].parse
    assert holds(found.value, parse(["docs", "typo"]))
    assert holds(found.value, parse("typo"))
    assert not holds(found.value, parse(["docs"]))
    assert not holds("", parse(list(CLAIMS)))


def test_a_subject_of_another_kind_is_not_shown() -> None:
    made = commit("c", message="Rewrite the shop\n\nFix typo")
    found = read("claims", raw="typo", seen=change(made), commit=made)
    assert (found.value, found.details) == ("", ())
    assert read("claims", raw="typo").value == ""


@pytest.mark.parametrize("raw", ["large", [], ["typo", "x"], None, {"typo": 1}, [["typo"]]])
def test_any_other_claim_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match=r"expected a list of: typo, docs"):
        MEASURES["claims"].parse(raw)


@given(st.text(max_size=400))
def test_any_subject_is_read(subject: str) -> None:
    assert claim_of(subject) in {"", *CLAIMS}
