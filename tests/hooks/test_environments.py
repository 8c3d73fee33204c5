"""Environments that differ, as real pushes."""

from __future__ import annotations

import pytest

from tests import kit

STAGING = '[environments.staging]\nrefs = ["refs/heads/staging"]\n'
DENY = '[environments.production]\nagents = "deny"\n'
PLATFORM = '[server]\nplatform = "http"\n[actors]\nagent_pushers = ["svc-claude"]\n'
PAGES = {f"src/app/page{n}.py": None for n in range(12)}


def test_a_rule_holds_where_it_is_meant_to(server: kit.Server) -> None:
    server.add_policy(
        f"{STAGING}[environments.staging.rules.many-files-deleted]\nenabled = false\n"
    )
    server.work.commit("Drop", PAGES)
    assert server.refused().rules == {"many-files-deleted"}
    server.accepted("HEAD:refs/heads/staging")


def test_agents_do_not_push_to_production(server: kit.Server) -> None:
    server.add_policy(DENY)
    server.work.commit("Fix", {"README.md": "Fixed\n"}, author=kit.AGENT)
    refusal = server.refused()
    assert refusal.rules == {"agent-push", "unsigned-agent-commit"}
    assert "no approval can allow this" in refusal.remote
    server.approve()
    assert "agent-push" in server.refused().rules
    server.accepted("HEAD:refs/heads/topic")
    server.accepted("HEAD~2:refs/heads/release/1")


def test_agents_are_told_the_way(server: kit.Server) -> None:
    server.add_policy(f'{STAGING}{DENY}accepts_from = ["staging"]\n')
    server.work.commit("Drop", PAGES, author=kit.AGENT)
    refusal = server.refused()
    assert "agent-push" in refusal.rules
    assert "Push it to staging first." in refusal.remote
    assert "many-files-deleted" in server.refused("HEAD:refs/heads/staging").rules


@pytest.mark.parametrize("target", ["HEAD:main", "HEAD~1:refs/tags/v1", ":refs/heads/release/1"])
def test_an_agents_account_does_not_either(server: kit.Server, target: str) -> None:
    server.add_policy(DENY + PLATFORM)
    server.work.push("main:refs/heads/release/1", check=True)
    server.work.commit("Fix", {"README.md": "Fixed\n"})
    assert "agent-push" in server.refused(target, REMOTE_USER="svc-claude").rules


def test_people_may_let_an_agent_push(server: kit.Server) -> None:
    server.add_policy(DENY.replace("deny", "approve"))
    server.work.commit("Fix", {"README.md": "Fixed\n"}, author=kit.AGENT)
    refusal = server.refused()
    assert refusal.rules == {"agent-push", "unsigned-agent-commit"}
    assert server.approve(statement=refusal.text).status == 0
    server.accepted()
