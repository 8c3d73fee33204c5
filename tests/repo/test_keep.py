"""Old tips: kept below names that nobody can push, list or fetch, and that gc leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from agentguard.change import RefUpdate
from agentguard.errors import EvaluationError
from agentguard.repo import keep
from agentguard.repo.keep import KEPT, Keeper, kept
from tests import kit

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
MAIN, TOPIC = "refs/heads/main", "refs/heads/topic"
PLACE = f"{KEPT}{MAIN}/20261121T090000Z"


@pytest.fixture(params=["sha1", "sha256"])
def work(request: pytest.FixtureRequest, tmp_path: Path) -> kit.Work:
    made = kit.init(tmp_path / "work", f"--object-format={request.param}")
    made.commit("First")
    return made


def keeper(work: kit.Work, now: datetime = NOW) -> Keeper:
    return Keeper(work.path / ".git", now)


def test_the_name_says_what_and_when(work: kit.Work) -> None:
    assert keeper(work).keep(MAIN, work.tip()) == PLACE
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))
    assert keeper(work, berlin).keep(TOPIC, work.tip()) == f"{KEPT}{TOPIC}/20261121T090000Z"
    assert work.tip(PLACE) == work.tip()


def test_twice_within_a_second(work: kit.Work) -> None:
    first, second = work.tip(), work.commit("Second")
    names = [keeper(work).keep(MAIN, tip) for tip in (first, second, first, second)]
    assert names == [PLACE, f"{PLACE}-2", PLACE, f"{PLACE}-2"]
    assert kept(work.path / ".git") == {PLACE: first, f"{PLACE}-2": second}


def test_too_often_within_a_second(work: kit.Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep, "MOST_AT_ONCE", 3)
    for number in range(4):
        keeper(work).keep(MAIN, work.commit(str(number)))
    with pytest.raises(EvaluationError, match="refs/heads/main was rewound too often"):
        keeper(work).keep(MAIN, work.commit("5"))


@pytest.mark.parametrize(
    "refs",
    [
        (MAIN, f"{MAIN}/20261121T090000Z"),
        (f"{MAIN}/20261121T090000Z", MAIN),
        (TOPIC, "refs/heads/" + "/".join(["long" * 50] * 20)),
    ],
    ids=["below a name that keeps", "above one", "longer than any file's name"],
)
def test_names_that_git_cannot_have(work: kit.Work, refs: tuple[str, str]) -> None:
    first, second = work.tip(), work.commit("Second")
    names = [keeper(work).keep(ref, tip) for ref, tip in zip(refs, (first, second), strict=True)]
    assert [work.tip(name) for name in names] == [first, second]
    assert keeper(work).keep(refs[1], second) == names[1]
    for ref, tip in zip(refs, (first, second), strict=True):
        assert tip in kept(work.path / ".git", [ref]).values()


def test_a_tag_is_kept_as_it_is(work: kit.Work) -> None:
    work.git("tag", "-a", "-m", "Release", "v1")
    tag = work.tip("refs/tags/v1")
    name = keeper(work).keep("refs/tags/v1", tag)
    assert work.tip(name) == tag != work.tip()


def test_a_name_that_is_no_text(work: kit.Work) -> None:
    ref = "refs/heads/caf\udce9"
    name = keeper(work).keep(ref, work.tip())
    assert kept(work.path / ".git", [ref]) == {name: work.tip()}


def test_those_of_a_ref_are_found(work: kit.Work) -> None:
    keeper(work).keep(MAIN, work.tip())
    other = keeper(work).keep("refs/heads/main-2", work.tip())
    assert list(kept(work.path / ".git", [MAIN])) == [PLACE]
    assert list(kept(work.path / ".git", ["refs/heads/main-2"])) == [other]
    assert list(kept(work.path / ".git")) == sorted([other, PLACE])
    assert kept(work.path / ".git", [TOPIC]) == {}


def test_a_tip_that_is_gone(work: kit.Work) -> None:
    with pytest.raises(EvaluationError, match="git update-ref failed"):
        keeper(work).keep(MAIN, "d" * len(work.tip()))
    assert kept(work.path / ".git") == {}


def test_what_a_move_loses(work: kit.Work) -> None:
    first, second = work.tip(), work.commit("Second")
    gone = "d" * len(first)
    loses = keeper(work).loses
    assert not loses(RefUpdate("", first, MAIN))
    assert not loses(RefUpdate(first, second, MAIN))
    assert loses(RefUpdate(second, first, MAIN))
    assert loses(RefUpdate(second, "", MAIN))
    assert loses(RefUpdate(gone, second, MAIN))
    assert loses(RefUpdate(work.tip("HEAD^{tree}"), second, MAIN))


# ---------------------------------------------------------------- on a server


@pytest.fixture
def server(tmp_path: Path) -> kit.Server:
    """A server that keeps a tip which no branch holds."""
    server = kit.make_server(tmp_path)
    lost = server.work.commit("Lost")
    server.bare.git("fetch", "-q", str(server.work.path), lost)
    Keeper(server.bare.path, NOW).keep(MAIN, lost)
    return server


def test_gc_leaves_it_alone(server: kit.Server) -> None:
    server.bare.git("reflog", "expire", "--expire=now", "--all")
    server.bare.git("gc", "-q", "--prune=now")
    assert server.tip(PLACE) == server.work.tip()
    assert server.bare.out("log", "-1", "--format=%s", PLACE) == "Lost"


def test_nobody_sees_it(server: kit.Server) -> None:
    listed = server.work.git("ls-remote", "origin").stdout
    assert MAIN in listed
    assert "agentguard" not in listed
    mirror = kit.init(server.work.path.with_name("mirror"), "--bare")
    mirror.git("fetch", "-q", str(server.bare.path), "+refs/*:refs/*")
    assert mirror.out("for-each-ref", "--format=%(refname)") == MAIN
    asked = mirror.git("fetch", "-q", str(server.bare.path), PLACE, check=False)
    assert "couldn't find remote ref" in asked.stderr


@pytest.mark.parametrize(
    "refspec", [f"origin/main:{PLACE}", f":{PLACE}", f"HEAD:{KEPT}{MAIN}/20990101T000000Z"]
)
def test_nobody_pushes_it(server: kit.Server, refspec: str) -> None:
    before = server.state()
    pushed = server.work.push("--force", refspec)
    assert pushed.status
    assert "[remote rejected]" in pushed.stderr
    assert server.state() == before


def test_nobody_pushes_it_where_it_is_not_hidden(server: kit.Server) -> None:
    server.bare.git("config", "--unset-all", "transfer.hideRefs")
    server.refused("--force", f"origin/main:{PLACE}")
    server.refused(f":{PLACE}")
