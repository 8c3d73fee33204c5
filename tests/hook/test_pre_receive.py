"""`pre-receive` as a function; `tests/hooks` pushes through it for real."""

from __future__ import annotations

import io
import resource
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard import lockdown
from agentguard.change import RefUpdate
from agentguard.decision import Decision
from agentguard.errors import EvaluationError
from agentguard.hook import pre_receive, updates
from tests import kit

OLD, NEW, NONE = "1" * 40, "2" * 40, "0" * 40
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def decide(server: kit.Server, *lines: str, now: datetime = NOW) -> Decision:
    """The decision on updates whose objects are on the server already."""
    stdin = "".join(f"{line}\n" for line in lines).encode()
    return pre_receive.decide(stdin, server.bare.path, {}, now)


def sent(server: kit.Server, revision: str = "HEAD") -> str:
    """A commit brought to the server without being asked for."""
    server.bare.git("fetch", "-q", str(server.work.path), f"{revision}:refs/heads/incoming")
    return server.work.tip(revision)


@pytest.mark.parametrize(
    ("stdin", "why"),
    [
        ("", "named no ref"),
        ("\n", "cannot be read"),
        ("refs/heads/main\n", "cannot be read"),
        (f"{OLD} {NEW}\n", "cannot be read"),
        (f"{OLD} {NEW} refs/heads/a b\n", "cannot be read"),
        (f"{OLD} {OLD} refs/heads/main\n", "cannot be read"),
        (f"{OLD} {'2' * 64} refs/heads/main\n", "cannot be read"),
        (f"{OLD[:39]} {NEW} refs/heads/main\n", "cannot be read"),
        (f"{OLD.upper().replace('1', 'A')} {NEW} refs/heads/main\n", "cannot be read"),
        (f"{OLD} {NEW} refs/heads/main\n\n", "cannot be read"),
        (f"{OLD} {NEW} refs/heads/main\n" * (updates.MOST_UPDATES + 1), "more than 5,000"),
        ("x" * updates.MOST_BYTES, "too many"),
    ],
    ids=range(12),
)
def test_what_is_no_push_is_refused(stdin: str, why: str) -> None:
    with pytest.raises(EvaluationError, match=why):
        updates.parse_updates(stdin.encode())


def test_every_line_is_an_update() -> None:
    lines = (
        f"{OLD} {NEW} refs/heads/main\n{NONE} {'3' * 40} refs/tags/v\udcff\n{OLD} {NONE} refs/x\n"
    )
    assert updates.parse_updates(lines.encode("utf-8", "surrogateescape")) == (
        RefUpdate(OLD, NEW, "refs/heads/main"),
        RefUpdate("", "3" * 40, "refs/tags/v\udcff"),
        RefUpdate(OLD, "", "refs/x"),
    )


@given(st.binary(max_size=300))
def test_any_bytes_are_updates_or_our_own_error(stdin: bytes) -> None:
    with suppress(EvaluationError):
        assert updates.parse_updates(stdin)


def test_a_small_change_is_accepted(server: kit.Server) -> None:
    old = server.tip()
    server.work.commit("Say more", {"README.md": "The portal\n"})
    decision = decide(server, f"{old} {sent(server)} refs/heads/main")
    assert (decision.verdict, decision.exit_code) == ("accepted", 0)


def test_an_alias_and_a_broken_policy_are_no_updates_to_judge(server: kit.Server) -> None:
    server.bare.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    old = server.tip()
    server.work.commit("Say more", {"README.md": "The portal\n"})
    new = sent(server)
    [error] = decide(server, f"{old} {new} refs/heads/alias").errors
    assert error == "refs/heads/alias only stands for refs/heads/main: push to that name"
    server.policy.write_text("version = 2\n")
    [error] = decide(server, f"{old} {new} refs/heads/main").errors
    assert "agentguard/policy.toml: version" in error


def test_a_deadline_refuses_protected_refs_and_no_others(server: kit.Server) -> None:
    server.add_policy("[limits]\ndeadline = '1ms'\n")
    old = server.tip()
    server.work.commit("Say more", {"README.md": "The portal\n"})
    new = sent(server)
    decision = decide(server, f"{old} {new} refs/heads/main", f"{NONE} {new} refs/heads/topic")
    assert [update.verdict for update in decision.updates] == ["error", "accepted"]
    assert "took longer than 0.001 seconds" in decision.updates[0].errors[0]


def test_a_head_that_names_no_branch_falls_back_on_the_likely_one(server: kit.Server) -> None:
    server.bare.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    old = server.tip()
    server.work.commit("Add attributes", {".gitattributes": "* -diff\n"})
    decision = decide(server, f"{NONE} {sent(server)} refs/heads/release/1")
    assert decision.updates[0].totals.files == 1
    assert old != sent(server)


def test_no_branch_at_all(tmp_path: Path) -> None:
    bare = kit.init(tmp_path / "bare", "--bare")
    work = kit.init(tmp_path / "work")
    new = work.commit("Start", {"README.md": "Portal\n"})
    bare.git("fetch", "-q", str(work.path), "main:refs/incoming/main")
    stdin = f"{NONE} {new} refs/heads/main\n".encode()
    assert pre_receive.decide(stdin, bare.path, {}, NOW).verdict == "accepted"


def test_run_prints_the_report_and_gives_the_exit_code(
    server: kit.Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    monkeypatch.chdir(server.bare.path)
    old = server.tip()
    line = f"{old} {NONE} refs/heads/main\n".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    assert pre_receive.run() == 1
    assert "protected-ref-deleted" in capsys.readouterr().out


def test_memory_gets_a_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda which, pair: asked.append((which, pair)))
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, resource.RLIM_INFINITY))
    pre_receive.limit_memory()
    assert (resource.RLIMIT_AS, (pre_receive.MEMORY, resource.RLIM_INFINITY)) in asked
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, 4096))
    pre_receive.limit_memory()
    assert (resource.RLIMIT_AS, (4096, 4096)) in asked


# ---------------------------------------------------------------- lockdown


@pytest.fixture
def lockdown_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine's lockdown, which is not in force."""
    path = tmp_path / "etc" / "lockdown.json"
    path.parent.mkdir()
    monkeypatch.setattr(lockdown, "FILE", path)
    return path


def order(*repos: str, agents_only: bool = False) -> str:
    orders = (lockdown.Order("why", "root", NOW, agents_only, repos),)
    return lockdown.as_text(lockdown.Lockdown(orders))


def rules(decision: Decision) -> set[str]:
    return {finding.rule for update in decision.updates for finding in update.findings}


@pytest.mark.parametrize("repos", [(), ("PATH",), ("acme/portal",), ("acme/shop", "acme/*")])
def test_a_lockdown_of_everything_denies_every_ref(
    repos: tuple[str, ...], server: kit.Server, lockdown_file: Path
) -> None:
    path = str(server.bare.path.resolve())
    lockdown_file.write_text(order(*(each.replace("PATH", path) for each in repos)))
    server.work.commit("Say more", {"README.md": "The portal\n"})
    new = sent(server)
    decision = decide(
        server, f"{server.tip()} {new} refs/heads/main", f"{NONE} {new} refs/heads/topic"
    )
    assert [update.verdict for update in decision.updates] == ["denied", "denied"]
    assert rules(decision) == {"lockdown"}
    assert all(not update.statement for update in decision.updates)


def test_a_lockdown_opens_nothing_for_what_is_no_push(
    server: kit.Server, lockdown_file: Path
) -> None:
    lockdown_file.write_text(order())
    assert decide(server, "nonsense").verdict == "error"


@pytest.mark.parametrize("agents_only", [False, True])
def test_a_lockdown_of_others_stops_nothing_here(
    server: kit.Server, lockdown_file: Path, *, agents_only: bool
) -> None:
    lockdown_file.write_text(order("acme/shop", agents_only=agents_only))
    server.work.commit("Say more", {"README.md": "The portal\n"}, author=kit.AGENT)
    assert decide(server, f"{NONE} {sent(server)} refs/heads/topic").verdict == "accepted"


def test_a_lockdown_for_agents_asks_who_made_it(server: kit.Server, lockdown_file: Path) -> None:
    lockdown_file.write_text(order("acme/portal", agents_only=True))
    server.work.commit("Say more", {"README.md": "The portal\n"})
    assert decide(server, f"{NONE} {sent(server)} refs/heads/topic").verdict == "accepted"
    server.work.commit("Say more", {"README.md": "A portal\n"}, author=kit.AGENT)
    decision = decide(server, f"{NONE} {sent(server)} refs/heads/topic")
    assert (decision.verdict, rules(decision)) == ("denied", {"lockdown"})


def test_a_lockdown_for_agents_refuses_what_it_cannot_judge(
    server: kit.Server, lockdown_file: Path
) -> None:
    line = f"{NONE} {NEW} refs/heads/topic"
    assert decide(server, line).verdict == "accepted"
    lockdown_file.write_text(order(agents_only=True))
    assert decide(server, line).verdict == "error"
