from __future__ import annotations

from dataclasses import replace

import pytest

from agentguard.approvals.contributors import part_in
from agentguard.change import Commit, Person, Signature
from agentguard.policy.model import Approver, ApproverKey
from tests.approvals.makers import AGENT, JANE, payload, work_commit

APPROVER = Approver(
    "jane@example.com",
    (ApproverKey(JANE.public),),
    aliases=("jane@old.example.com", "Jane Doe"),
)
JANES = Person("J", "jane@example.com")


def signed_by_jane(armored: bytes = JANE.sign(payload("x"))) -> Commit:
    return replace(work_commit(), signature=Signature("ssh", armored, payload("x")))


INVOLVED = {
    "author": (work_commit(author="jane@example.com"), "author"),
    "in capitals": (work_commit(author="Jane@Example.COM"), "author"),
    "alias": (work_commit(author="jane@old.example.com"), "author"),
    "fullwidth": (work_commit(author="ｊane@example.com"), "author"),
    "look-alike": (work_commit(author="jаne@example.com"), "author"),
    "zero width": (work_commit(author="ja\u200bne@example.com"), "author"),
    "by name": (replace(work_commit(), authors=(Person("jane doe", ""),)), "author"),
    "second author": (replace(work_commit(), authors=(Person("", "x"), JANES)), "author"),
    "first committer": (replace(work_commit(), committers=(JANES, Person("", "x"))), "committer"),
    "co-author": (work_commit("x\n\nCo-authored-by: J <jane@example.com>\n"), "co-author"),
    "case of the key": (work_commit("x\n\nCO-AUTHORED-BY: Jane@Example.com"), "co-author"),
    "in the subject": (work_commit("co-authored-by jane@example.com."), "co-author"),
    "quoted": (work_commit("> Co-Authored-By: Jane Doe <x@y>\ntext\n"), "co-author"),
    "folded": (work_commit("x\n\nCo-authored-by:\n  J\n  <jane@example.com>\n"), "co-author"),
    "other hyphens": (work_commit("Co‑authored–by: jane@example.com"), "co-author"),
    "several on a line": (work_commit("Co-authored-by: a@b, jane@example.com, c@d"), "co-author"),
    "her key": (signed_by_jane(), "signer"),
}


@pytest.mark.parametrize(("commit", "role"), INVOLVED.values(), ids=INVOLVED)
def test_a_part_is_found(commit: Commit, role: str) -> None:
    assert part_in(APPROVER, [work_commit(), commit]) == f"{role} of ffffffffffff"


APART = {
    "somebody else": work_commit(),
    "longer address": work_commit("Co-authored-by: mary-jane@example.com"),
    "longer domain": work_commit("Co-authored-by: jane@example.com.au"),
    "only mentioned": work_commit("Reported-by: jane@example.com\nas jane@example.com said"),
    "undecodable": work_commit("Co-authored-by: \udcff\udcfe", author="\udcff"),
    "another key": signed_by_jane(AGENT.sign(payload("x"))),
    "damaged signature": signed_by_jane(b"-----BEGIN SSH SIGNATURE-----\n"),
    "another kind": replace(work_commit(), signature=Signature("openpgp", b"", b"")),
}


@pytest.mark.parametrize("commit", APART.values(), ids=APART)
def test_no_part_is_made_up(commit: Commit) -> None:
    assert part_in(APPROVER, [commit]) == ""


def test_an_identity_of_invisible_characters_is_nobody() -> None:
    unseen = Approver("jane@example.com", (), aliases=("\u200b",))
    assert part_in(unseen, [work_commit("Co-authored-by: x", author="")]) == ""
