"""Many small pushes: what was let in without approval adds up, whoever pushes and however."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tests import kit
from tests.hooks import approving
from tests.hooks.approving import needs_ssh_keygen
from tests.hooks.test_parallel import at_once
from tests.ledger import chain

MANY = 200
LIMIT = 15  # of `deletions-add-up`
RULE = "deletions-add-up"
FAILS_ONCE = "#!/bin/sh\n[ -e tried ] && exit 0\ntouch tried\nexit 1\n"


@pytest.fixture(scope="module")
def _many(tmp_path_factory: pytest.TempPathFactory) -> kit.Server:
    files = {f"src/part{n}.py": f"part = {n}\n" * 5 for n in range(MANY)}
    server = kit.make_template(tmp_path_factory.mktemp("many"), {"README.md": "Portal\n", **files})
    server.add_policy('[limits]\ndeadline = "60s"\n[rules.tree-share-deleted]\nenabled = false\n')
    return server


@pytest.fixture
def many(_many: kit.Server, tmp_path: Path) -> kit.Server:
    return kit.copy_server(_many, tmp_path / "many")


def drop(server: kit.Server, numbers: Iterable[int], **more: object) -> str:
    """A commit without these files."""
    return server.work.commit("Tidy", {f"src/part{n}.py": None for n in numbers})


def siblings(server: kit.Server, count: int, each: int) -> list[str]:
    """Commits from the tip of main, of which each deletes files of its own."""
    start = server.work.tip("origin/main")
    made = []
    for number in range(count):
        server.work.git("reset", "-q", "--hard", start)
        made.append(drop(server, range(number * each, (number + 1) * each)))
    return made


def statuses(server: kit.Server, refspecs: Sequence[str]) -> list[int]:
    """How pushes at once ended."""
    return [each.status for each in at_once([(server, refspec) for refspec in refspecs])]


# ---------------------------------------------------------------- adding up


def test_small_deletions_add_up_to_one_that_needs_a_human(many: kit.Server) -> None:
    for first in (0, 7):
        drop(many, range(first, first + 7))
        many.accepted()
    drop(many, range(14, 20))
    refusal = many.refused()
    assert refusal.rules == {RULE}
    said = " ".join(refusal.remote.split())
    assert "Adds to 2 earlier pushes to this ref since 2" in said
    assert "this one brings 6 of 20 source_deleted_files" in said
    assert "measured 20 source_deleted_files, limit >= 15" in said


def test_work_that_deletes_nothing_goes_on(many: kit.Server) -> None:
    drop(many, range(9))
    many.accepted()
    for number in range(9, 12):
        drop(many, [number * 2])
        many.accepted()
    drop(many, range(100, 109))
    many.refused()
    many.work.git("reset", "-q", "--hard", "origin/main")
    many.work.commit("Say more", {"README.md": "The portal\n"})
    many.accepted()


def test_numbers_of_a_window_are_not_in_what_a_human_signs(many: kit.Server) -> None:
    """The same change on more of a past is the same statement."""
    found = []
    for before in (range(8), range(20, 26)):
        start = many.work.tip("origin/main")
        drop(many, before)
        many.accepted()
        drop(many, range(100, 107 if before[0] else 109))
        refusal = many.refused() if before[0] else None
        many.work.git("reset", "-q", "--hard", "origin/main")
        found.append((start, refusal))
    refusal = found[1][1]
    assert refusal
    statement = approving.statement(refusal)
    assert f"Agentguard-Rules: {RULE}\n" in statement
    assert not re.search(r"\b2[01]\b", statement.split("Agentguard-Expires")[0])


@needs_ssh_keygen
def test_an_approval_lets_it_in_and_the_sum_starts_anew(many: kit.Server) -> None:
    drop(many, range(9))
    many.accepted()
    drop(many, range(9, 18))
    many.approve(statement=approving.statement(many.refused()))
    many.accepted()
    for first in (20, 27):
        drop(many, range(first, first + 7))
        many.accepted()
    drop(many, [50])
    assert "Adds to 2 earlier pushes" in " ".join(many.refused().remote.split())


def test_what_another_hook_refused_counts_for_nothing(many: kit.Server) -> None:
    hook = many.bare.path / "hooks" / "update"
    hook.write_text(FAILS_ONCE)
    hook.chmod(0o755)
    drop(many, range(9))
    assert many.work.push().status
    many.accepted()
    drop(many, range(9, 14))
    many.accepted()


def test_what_landed_unnoticed_counts(many: kit.Server) -> None:
    (many.bare.path / "hooks" / "post-receive").unlink()
    for first in (0, 7):
        drop(many, range(first, first + 7))
        many.accepted()
    drop(many, [20])
    assert many.refused().rules == {RULE}


# ---------------------------------------------------------------- over refs


def test_one_account_on_several_refs(many: kit.Server) -> None:
    one, two, three = siblings(many, 3, 7)
    many.accepted(f"{one}:refs/heads/release/1")
    many.accepted(f"{two}:refs/heads/release/2")
    refusal = many.refused(f"{three}:refs/heads/release/3")
    assert refusal.rules == {RULE}
    assert "by this account" in refusal.remote


def test_several_refs_in_one_push(many: kit.Server) -> None:
    refs = [f"{made}:refs/heads/release/{n}" for n, made in enumerate(siblings(many, 3, 7))]
    assert many.refused(*refs).rules == {RULE}
    many.accepted(*refs[:2])


def test_one_change_on_several_refs_counts_once(many: kit.Server) -> None:
    drop(many, range(9))
    many.work.git("tag", "v1")
    many.accepted("HEAD:main", "HEAD:refs/heads/release/1", "v1")
    drop(many, range(9, 14))
    many.accepted("HEAD:main")


def test_unprotected_refs_do_not_count(many: kit.Server) -> None:
    for first in (0, 9, 18):
        drop(many, range(first, first + 9))
        many.accepted("HEAD:refs/heads/topic")


# ---------------------------------------------------------------- at once


def test_of_many_at_once_no_more_slip_under_than_one_after_the_other(many: kit.Server) -> None:
    each = 4
    refs = [f"{made}:refs/heads/release/{n}" for n, made in enumerate(siblings(many, 8, each))]
    ended = statuses(many, refs)
    assert ended.count(0) == (LIMIT - 1) // each
    there = many.bare.out("for-each-ref", "--format=%(refname)", "refs/heads/release").split()
    assert len(there) == ended.count(0)
    decided = [r for r in chain.verify(many.bare.path) if r["event"] == "decision"]
    verdicts = [record["body"]["verdict"] for record in decided]
    assert verdicts.count("accepted") == ended.count(0)
    for record in decided:
        if record["body"]["verdict"] != "accepted":
            [update] = record["body"]["updates"]
            assert [found["rule"] for found in update["findings"]] == [RULE]


def test_at_once_on_one_ref_the_losers_can_come_again(many: kit.Server) -> None:
    """Of those who start from one place git lets one move the ref: the others counted nothing."""
    made = siblings(many, 3, 4)
    ended = statuses(many, [f"{each}:refs/heads/main" for each in made])
    assert ended.count(0) == 1
    many.work.git("fetch", "-q", "origin")
    for each in (m for m, status in zip(made, ended, strict=True) if status):
        many.work.git("reset", "-q", "--hard", "origin/main")
        many.work.git("cherry-pick", each)
        many.accepted()
    assert json.dumps(chain.events(many.bare.path)).count("applied") == 3
