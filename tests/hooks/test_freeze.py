"""Freezes that were declared on the server hold for real pushes, whatever the policies say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import kit
from tests.hooks import approving
from tests.hooks.approving import GLASS, JOE, WHY, Asked, needs_ssh_keygen, soon


def freeze(server: kit.Server, *arguments: str | Path) -> kit.Result:
    until = () if arguments[0] == "off" else ("--until", "8h")
    return kit.agentguard(
        "freeze", *arguments, *until, "--reason", "release week",
        cwd=server.bare.path, SUDO_USER="jane",
    )  # fmt: skip


def said(result: kit.Result) -> str:
    return " ".join(result.remote.split())


def test_everything_in_production_is_frozen(server: kit.Server) -> None:
    """By whatever policy there is when the push comes, not when it was declared."""
    freeze(server, "on")
    server.add_policy('[environments.production]\nrefs = ["refs/heads/live", "refs/heads/main"]\n')
    server.work.commit("Fix", {"src/new.py": "new\n"})
    for ref in ("main", "live"):
        refusal = server.refused(f"HEAD:refs/heads/{ref}")
        assert refusal.rules == {"freeze"}
        assert "no approval can allow this (asked by agentguard/freezes.toml)" in said(refusal)
        assert "(sudo: jane): release week" in said(refusal)
        assert "(sudo: jane), who declared it on the server, can lift it." in said(refusal)
        assert "agentguard freeze" not in refusal.remote
    server.accepted("HEAD:refs/heads/topic")
    freeze(server, "off")
    server.accepted("HEAD:refs/heads/main")


def test_only_the_refs_that_are_named(server: kit.Server) -> None:
    freeze(server, "on", "--refs", "refs/heads/topic/*", "--effect", "approve")
    server.work.commit("Fix", {"src/new.py": "new\n"})
    refusal = server.refused("HEAD:refs/heads/topic/one")
    assert refusal.rules == {"freeze"}
    assert "a listed approver signs" in refusal.remote
    server.accepted("HEAD:refs/heads/main")


def test_it_only_warns(server: kit.Server) -> None:
    freeze(server, "on", "--effect", "warn")
    server.work.commit("Fix", {"src/new.py": "new\n"})
    assert server.accepted().warnings == {"freeze"}


def test_without_a_policy_of_the_server(server: kit.Server) -> None:
    freeze(server, "on")
    server.policy.unlink()
    server.work.commit("Fix", {"src/new.py": "new\n"})
    assert server.refused().rules == {"freeze"}


def test_the_policy_in_the_tree_does_not_undo_it(server: kit.Server) -> None:
    server.work.commit("Policy", {".agentguard.toml": "version = 1\n"})
    server.seed()
    server.policy.unlink()
    freeze(server, "on")
    server.work.commit("Fix", {"src/new.py": "new\n"})
    assert server.refused().rules == {"freeze"}


def test_one_that_is_over_no_longer_holds(server: kit.Server) -> None:
    freeze(server, "on")
    path = server.bare.path / "agentguard" / "freezes.toml"
    text = path.read_text()
    year = datetime.now(UTC).year
    path.write_text(text.replace(f"= {year}", "= 2020").replace(f"= {year + 1}", "= 2020"))
    assert text != path.read_text()
    server.work.commit("Fix", {"src/new.py": "new\n"})
    server.accepted()


@needs_ssh_keygen
def test_the_glass_is_broken_in_a_declared_freeze(asked: Asked) -> None:
    freeze(asked.server, "on")
    refusal = asked.server.refused()
    text = approving.statement(refusal)
    assert "Agentguard-Rules: auth-paths freeze\n" in text
    of_joe = asked.signed("joe", approver=JOE, rules="auth-paths freeze", expires=soon())
    assert "freeze" in asked.server.refused("-o", approving.option(of_joe), "HEAD").rules
    frozen = Asked(asked.server, asked.content, text)
    broken = approving.option(frozen.signed(GLASS, reason=WHY))
    assert "BREAK GLASS" in asked.server.accepted("-o", broken, "HEAD").remote


FAULTS = {
    "not TOML": ("[[", "agentguard/freezes.toml: not TOML"),
    "an unknown key": ("freezes = 1", "agentguard/freezes.toml: freezes: unknown key"),
    "nobody": ("[[freeze]]\nfrom = 2026-01-01\n", "freeze[0].by: is missing"),
}


@pytest.mark.parametrize(("text", "reason"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_read_refuses(text: str, reason: str, server: kit.Server) -> None:
    (server.bare.path / "agentguard" / "freezes.toml").write_text(text)
    server.work.commit("Fix", {"src/new.py": "new\n"})
    assert reason in said(server.refused())


def test_what_everybody_can_write_refuses(server: kit.Server) -> None:
    freeze(server, "on", "--refs", "refs/heads/x")
    (server.bare.path / "agentguard" / "freezes.toml").chmod(0o666)
    server.work.commit("Fix", {"src/new.py": "new\n"})
    assert "can be written by everyone" in said(server.refused())


def test_a_push_cannot_bring_one_or_take_it_away(server: kit.Server) -> None:
    freeze(server, "on")
    server.work.commit("Lift", {"agentguard/freezes.toml": "", ".agentguard.toml": "version = 1\n"})
    assert "freeze" in server.refused().rules
