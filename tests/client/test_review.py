"""What an approver is shown: every part of the review, narrow, safe, and cut where it is long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentguard.approvals.statement import Statement
from agentguard.change import Change, Mentions, RefUpdate
from agentguard.directories import DirectoryTotal
from agentguard.policy.load import built_in
from agentguard.references import Mention
from agentguard.reports.layout import WIDTH, columns
from agentguard.reports.review import Review, Sensitive, render
from tests.changes import change, commit, file
from tests.reports.decisions import DIGEST, NUMBER, UPDATES, WORDS, finding, update

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
STATEMENT = Statement(
    repository="acme/portal",
    ref="refs/heads/main",
    change=DIGEST,
    rules=("auth-paths", "mass-deletion"),
    expires=NOW,
    approver="jane@example.com",
)
RULES = {rule.id: rule for rule in built_in().rules}


def shown(**parts: Any) -> str:
    """A review of one mass deletion that needs approval, but for `parts`."""
    decided = update(verdict="needs-approval", findings=(finding(),))
    return render(Review(**{"decision": decided, "statement": STATEMENT, **parts}))


def mentions(*found: tuple[str, str, int], complete: bool = True) -> Mentions:
    return Mentions(tuple(Mention(*each) for each in found), 340, complete)


def test_the_order_of_the_parts() -> None:
    text = shown(
        directories=(DirectoryTotal("src/auth", 2, 1, 30, 1),),
        deleted=340,
        mentions=mentions(("src/auth/login.py", "src/app.py", 14)),
        sensitive=(Sensitive("@auth", (file("src/auth/login.py", "deleted"),)),),
    )
    parts = (
        "agentguard: refused: refs/heads/main needs a human's approval",
        "3 files",
        "directory",
        "1 of 340 deleted files is still named by what stays:",
        "Sensitive files:",
        "✗ mass-deletion:",
        "why  ",
        "fix  ",
        "You are about to approve, as jane@example.com:",
        "repository  acme/portal",
        "expires     2026-11-22T09:00:00Z",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "BREAK GLASS" not in text


def test_a_subject_that_makes_little_of_it_stands_beside_what_is_deleted() -> None:
    little = finding(
        rule="message-understates",
        title=RULES["message-understates"].title,
        effect="warn",
        message='0123456789ab says "Fix typo"',
        measured={"claims": "typo", "deleted_files": 1},
        limit={"claims": ("typo", "docs"), "deleted_files": ">= 1"},
    )
    text = shown(decision=update(verdict="needs-approval", findings=(finding(), little)))
    assert "! message-understates: A commit says it is small and is not\n" in text
    assert '  0123456789ab says "Fix typo"\n' in text


def test_what_is_signed_is_shown_whole() -> None:
    long = replace(STATEMENT, ref="refs/heads/" + "x" * 200, reason="It is down " * 9 + "again")
    lines = shown(statement=long).splitlines()
    start = next(n for n, text in enumerate(lines) if text.startswith("You are about"))
    shown_values = "".join(text[14:] for text in lines[start + 1 :])
    assert long.ref in shown_values
    assert DIGEST in shown_values
    assert "again" in shown_values


def test_where_nothing_stands_in_the_way_here_the_server_still_refused() -> None:
    text = shown(decision=update())
    assert text.startswith("agentguard: refused: refs/heads/main needs a human's approval\n")


class TestDirectories:
    def test_numbers_stand_below_each_other(self) -> None:
        totals = (
            DirectoryTotal("pages", 340, 400, 28745, 212),
            DirectoryTotal("", 1, 0, 3, 0),
        )
        assert shown(directories=totals).split("\n\n")[1].splitlines() == [
            "directory  files  gone  added  deleted",
            "pages/       340   212   +400  −28,745",
            "./             1     0     +0       −3",
        ]

    def test_a_long_name_is_shortened(self) -> None:
        text = shown(directories=(DirectoryTotal("d/" * 80, 1, 10**9, 10**9, 1),))
        assert max(map(columns, text.splitlines())) == WIDTH

    def test_none_of_a_change_without_files(self) -> None:
        assert "directory" not in shown()
        assert "Sensitive" not in shown()


class TestMentions:
    def test_each_deleted_file_once_with_the_place_named_first(self) -> None:
        found = mentions(("a.py", "src/app.py", 14), ("b.py", "x.py", 1), ("a.py", "docs/a.md", 2))
        text = shown(deleted=340, mentions=found)
        part = "2 of 340 deleted files are still named by what stays:\n"
        assert part + "  a.py <- src/app.py:14\n  b.py <- x.py:1\n\n" in text

    def test_the_first_ten_are_shown(self) -> None:
        found = mentions(*((f"{number}.py", "x.py", number) for number in range(12)))
        text = shown(deleted=340, mentions=found)
        assert "12 of 340 deleted files" in text
        assert "  9.py <- x.py:9\n  … and 2 more\n" in text
        assert "10.py" not in text

    def test_none_is_said_too(self) -> None:
        text = shown(deleted=1, mentions=mentions())
        assert "None of 1 deleted file is still named by what stays.\n" in text

    def test_a_search_that_was_cut_short(self) -> None:
        text = shown(deleted=1_500, mentions=mentions(complete=False))
        assert "The search was not complete (340 of 1,500 were looked for)" in text


class TestSensitive:
    def test_files_by_class_with_what_happens_to_them(self) -> None:
        files = (file("a/login.py", "deleted"), file("b.py", new_size=0), file("c.py"))
        text = shown(
            directories=(DirectoryTotal("a", 3, 0, 0, 2),),
            sensitive=(Sensitive("@auth", files), Sensitive("@ci", files[2:])),
        )
        assert (
            "Sensitive files:\n"
            "  @auth: 3 files\n"
            "    deleted    a/login.py\n"
            "    emptied    b.py\n"
            "    modified   c.py\n"
            "  @ci: 1 file\n"
            "    modified   c.py\n"
        ) in text

    def test_many(self) -> None:
        files = tuple(file(f"{number}.py") for number in range(9))
        text = shown(
            directories=(DirectoryTotal("a", 9, 0, 0, 0),), sensitive=(Sensitive("@auth", files),)
        )
        assert "    modified   4.py\n    … and 4 more\n" in text

    def test_none(self) -> None:
        text = shown(directories=(DirectoryTotal("a", 3, 0, 0, 2),))
        assert "No sensitive file is touched.\n" in text


class TestLeftOut:
    def test_one_line_for_each_class(self) -> None:
        files = (file("tests/auth/login.py", "deleted"), file("src/test/auth/check.py"))
        text = shown(left_out=(Sensitive("@auth", files), Sensitive("@ci", files[1:])))
        assert (
            "Called like sensitive files, and taken for tests, documents or examples:\n"
            "  @auth: 2 files, tests/auth/login.py\n"
            "  @ci: 1 file, src/test/auth/check.py\n"
        ) in text

    def test_none(self) -> None:
        assert "Called like" not in shown()


class TestDeletedRef:
    GONE = RefUpdate("a" * 40, "", "refs/heads/release")

    def test_what_is_lost_newest_first(self) -> None:
        commits = [commit(str(n), file("a"), message=f"Work {n}\n\nMore") for n in range(7)]
        text = shown(decision=update(update=self.GONE), lost=change(*commits))
        assert "deletes this ref, which stands at aaaaaaaaaaaa" in text
        assert "On it and not on the default branch: 7 commits, 1 file\n" in text
        assert f"  {commits[6].id[:12]} Work 6\n" in text
        assert f"  {commits[2].id[:12]} Work 2\n  … and 2 more\n" in text

    @pytest.mark.parametrize(
        ("lost", "said"),
        [
            (change(), "Everything on it is on the default branch as well."),
            (Change(GONE, target="blob"), "What it holds is a blob."),
        ],
    )
    def test_what_is_not_lost(self, lost: Change, said: str) -> None:
        assert said in shown(decision=update(update=self.GONE), lost=lost)

    def test_what_cannot_be_known(self) -> None:
        text = shown(decision=update(update=self.GONE), lost=Change(self.GONE, target="none"))
        assert "What it holds" not in text


def test_rules_that_only_the_server_s_policy_has() -> None:
    text = shown(unseen=(("auth-paths", RULES["auth-paths"]), ("of-theirs", None)))
    assert "Rules that found something by the server's policy" in text
    assert "  auth-paths: Authentication or authorization code is removed\n    why: " in text
    assert "  of-theirs: not known here\n" in text


def test_the_glass_is_broken_aloud() -> None:
    text = shown(statement=replace(STATEMENT, reason="The portal is down"))
    assert "BREAK GLASS: you let this through alone" in text
    assert "\n  The portal is down\n" in text
    assert "This will stand in every report of the push" in text


PATHS = WORDS.filter(bool)
REVIEWS = st.builds(
    Review,
    decision=UPDATES,
    statement=st.builds(
        replace, st.just(STATEMENT), ref=st.text("a/日\u0301\x1b \n\udcff", min_size=1)
    ),
    directories=st.lists(
        st.builds(DirectoryTotal, WORDS, NUMBER, NUMBER, NUMBER, NUMBER), max_size=3
    ).map(tuple),
    deleted=NUMBER,
    mentions=st.none()
    | st.builds(
        Mentions,
        st.lists(st.builds(Mention, PATHS, PATHS, NUMBER), max_size=3).map(tuple),
        NUMBER,
        st.booleans(),
    ),
    sensitive=st.lists(
        st.builds(Sensitive, WORDS, st.lists(PATHS.map(file), max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    left_out=st.lists(
        st.builds(Sensitive, WORDS, st.lists(PATHS.map(file), min_size=1, max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
    unseen=st.lists(st.tuples(WORDS, st.just(None)), max_size=2).map(tuple),
    lost=st.none() | WORDS.map(lambda message: change(commit("1", file("a"), message=message))),
)


@given(REVIEWS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_in_a_push_the_review_is_safe_and_narrow(review: Review) -> None:
    text = render(review)
    assert text.endswith("\n")
    for line in text.removesuffix("\n").split("\n"):
        assert columns(line) <= WIDTH
        assert line.isprintable()
