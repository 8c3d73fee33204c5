"""What window rules add up, against clients that would like them to add up less, or more."""

from __future__ import annotations

import sqlite3

import pytest

from tests import kit
from tests.hooks.sending import send
from tests.ledger import chain

SUM = """
[rules.sum]
title = "Files go"
severity = "high"
effect = "approve"
why = "Each of them was somebody's."
fix = "Ask."
[rules.sum.scope]
per = "window"
[rules.sum.when]
deleted_files = ">= 10"
"""
NAMED = '[server]\nplatform = "gitolite"\n'


@pytest.fixture
def summing(server: kit.Server) -> kit.Server:
    server.add_policy(NAMED + SUM)
    return server


def drop(server: kit.Server, first: int, count: int) -> str:
    """A commit without some of the files."""
    gone = {f"lib/part{number}.py": None for number in range(first, first + count)}
    return server.work.commit(f"Drop {first}", gone)


def test_a_push_that_starts_where_the_ref_is_not_yet(summing: kit.Server) -> None:
    """It would be judged before the one that it lands after."""
    main, first, second = summing.tip(), drop(summing, 0, 6), drop(summing, 6, 6)
    late = send(summing, (first, second, "refs/heads/main"))
    assert "accepted" not in late.text
    assert "refs/heads/main" in late.text
    summing.accepted(f"{first}:main")
    assert summing.refused(f"{second}:main").rules == {"sum"}
    assert main != summing.tip() == first


def test_a_change_counts_though_it_was_pushed_to_a_branch_of_ones_own(summing: kit.Server) -> None:
    summing.work.git(
        "push", "-q", str(summing.bare.path), "main:refs/heads/release/1", GL_USER="sam"
    )
    first = drop(summing, 0, 6)
    summing.accepted(f"{first}:refs/heads/topic", GL_USER="sam")
    summing.accepted(f"{first}:main", GL_USER="sam")
    summing.work.git("reset", "-q", "--hard", "HEAD~")
    second = drop(summing, 6, 6)
    assert summing.refused(f"{second}:refs/heads/release/1", GL_USER="sam").rules == {"sum"}


@pytest.mark.parametrize("again", ["SAM", " sam", "ｓａｍ", "sa\u200bm"])
def test_an_account_is_one_however_it_is_spelled(summing: kit.Server, again: str) -> None:
    summing.work.git(
        "push", "-q", str(summing.bare.path), "main:refs/heads/release/1", GL_USER="sam"
    )
    summing.accepted(f"{drop(summing, 0, 6)}:main", GL_USER="sam")
    summing.work.git("reset", "-q", "--hard", "HEAD~")
    drop(summing, 6, 6)
    assert summing.refused("HEAD:refs/heads/release/1", GL_USER=again).rules == {"sum"}


def test_what_never_was_counts_against_nobody(summing: kit.Server) -> None:
    """Pushes from where the ref never was: git refuses them, and so they add up to nothing."""
    main = summing.tip()
    start = drop(summing, 0, 0)
    summing.work.git("push", "-q", str(summing.bare.path), "HEAD:refs/heads/topic")
    for number in range(3):
        send(summing, (start, drop(summing, number * 6, 6), "refs/heads/main"), GL_USER="sam")
    assert summing.tip() == main
    assert "applied" not in chain.events(summing.bare.path)[2:]
    summing.work.git("reset", "-q", "--hard", main)
    drop(summing, 100, 6)
    summing.accepted("HEAD:main", GL_USER="jane")


ALTERED = {"time": "never", "ref": "x\\", "pusher": b"\xff", "seq": "x", "windows": "[5]"}


@pytest.mark.parametrize(("column", "value"), ALTERED.items(), ids=ALTERED)
def test_a_past_that_somebody_altered_lets_nothing_through(
    column: str, value: object, summing: kit.Server
) -> None:
    summing.accepted(f"{drop(summing, 0, 2)}:main", GL_USER="sam")
    with sqlite3.connect(summing.bare.path / chain.FILE) as database:
        database.execute("DROP TRIGGER moves_update")
        database.execute(f"UPDATE moves SET {column} = ? WHERE event = 'accepted'", [value])
    drop(summing, 2, 2)
    refusal = summing.refused("HEAD:main", GL_USER="sam")
    assert "could not be judged" in refusal.remote
    assert "fault in agentguard itself" not in refusal.remote
    reconciled = kit.agentguard(
        "audit", "reconcile", "--repository", summing.bare.path,
        cwd=summing.bare.path, check=False,
    )  # fmt: skip
    assert "fault in agentguard itself" not in reconciled.text


def test_a_flood_of_refs_stops_nobody(summing: kit.Server) -> None:
    """Names as long as a path may be, more of them than fit on a command line."""
    tip, deep = summing.tip(), "/".join(["x" * 200] * 18)
    floods = [("", tip, f"refs/heads/{number}/{deep}") for number in range(700)]
    assert not send(summing, *floods, GL_USER="eve").status
    assert summing.tip(floods[-1][2]) == tip
    drop(summing, 0, 2)
    summing.accepted("HEAD:main", GL_USER="sam")
