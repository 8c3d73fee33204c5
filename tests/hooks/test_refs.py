"""What becomes of refs themselves: aliases, deletions, and tags that move."""

from __future__ import annotations

import pytest

from tests import kit
from tests.hooks.test_approvals import statement


def test_an_alias_of_a_protected_branch_is_not_pushed_to(server: kit.Server) -> None:
    server.bare.git("symbolic-ref", "refs/heads/harmless", "refs/heads/main")
    server.work.commit("Drop the pages", {"src/app": None})
    refusal = server.refused("main:harmless")
    assert "refs/heads/harmless only stands for refs/heads/main" in " ".join(refusal.remote.split())


def test_a_refused_deletion_asks_for_no_statement_that_nothing_could_carry(
    server: kit.Server,
) -> None:
    server.add_policy("[approvals]\ncarriers = ['commit']\n")
    refusal = server.refused(":main")
    assert refusal.rules == {"protected-ref-deleted"}
    assert "Agentguard-Approval" not in refusal.remote
    assert "Whoever runs this server can delete the ref" in " ".join(refusal.remote.split())


@pytest.mark.parametrize("annotated", [False, True], ids=["lightweight", "annotated"])
def test_a_tag_that_moves_back_lands_once_approved(server: kit.Server, annotated: bool) -> None:
    work = server.work
    first = work.tip()
    second = work.commit("Add a note", {"docs/note.md": "note\n"})
    server.accepted("main")
    make = ("tag", *(("-a", "-m", "v1") if annotated else ()))
    work.git(*make, "v1", second)
    server.accepted("v1")
    work.git("checkout", "-q", "-B", "back", first)
    work.git(*make, "-f", "v1", first)
    refusal = server.refused("-f", "v1")
    assert refusal.rules == {"tag-moved"}
    server.approve("back", "--base", second, statement=statement(refusal))
    work.git(*make, "-f", "v1", "back")
    server.accepted("-f", "v1")
    assert server.tip("refs/tags/v1^{commit}") == work.tip("back")
