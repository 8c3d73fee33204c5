"""Who must approve: two people, a team, one in an emergency, or plain text; through real pushes."""

from __future__ import annotations

from tests import kit
from tests.hooks import approving
from tests.hooks.approving import GLASS, JOE, WHY, Asked, needs_ssh_keygen, soon
from tests.ledger import chain

pytestmark = needs_ssh_keygen

TWO = "[rules.auth-paths]\napprovals = 2\n"
FROZEN = '[[freeze]]\nfrom = 2000-01-01\nuntil = 2199-01-01\nrefs = ["refs/heads/main"]\n'


def option(asked: Asked) -> str:
    return approving.option(asked.signed())


# ---------------------------------------------------------------- several people


def test_two_people_in_one_message(asked: Asked) -> None:
    asked.policy(TWO)
    jane, joe = asked.signed(), asked.signed("joe", approver=JOE)
    approving.with_trailers(asked.work, jane)
    assert "needs 2 approvals, approved by jane@example.com" in asked.server.refused().remote
    approving.with_trailers(asked.work, jane, joe)
    assert "approved by jane@example.com, joe@example.com" in asked.server.accepted().remote


def test_two_people_by_two_ways(asked: Asked) -> None:
    asked.policy(TWO)
    approving.approval_commit(asked.work, approving.filled(asked.text), asked.key("jane"))
    joe = approving.option(asked.signed("joe", approver=JOE))
    assert (
        "approved by joe@example.com, jane@example.com"
        in asked.server.accepted("-o", joe, "HEAD").remote
    )


def test_a_quorum_of_a_team(asked: Asked) -> None:
    asked.policy('[rules.auth-paths]\nteams = ["security"]\n')
    jane, joe = (
        approving.option(each) for each in (asked.signed(), asked.signed("joe", approver=JOE))
    )
    assert "needs 1 approval from security" in asked.server.refused("-o", jane, "HEAD").remote
    asked.server.accepted("-o", jane, "-o", joe, "HEAD")


# ---------------------------------------------------------------- breaking the glass


def test_the_glass_is_broken_instead_of_a_quorum(asked: Asked) -> None:
    asked.policy(TWO)
    signed = asked.signed(GLASS, expires=soon(), reason=WHY)
    approving.with_trailers(asked.work, signed)
    answer = asked.server.accepted()
    assert f"BREAK GLASS: jane@example.com lets this through alone, because: {WHY}" in (
        approving.said(answer)
    )
    assert "glass broken by jane@example.com" in approving.said(answer)
    [*_, decision, applied] = chain.verify(asked.server.bare.path)
    [used] = decision["body"]["updates"][0]["approvals"]
    assert (used["carrier"], used["reason"]) == ("signature", WHY)
    assert (used["presence"], used["counter"], used["key"]) == (True, 7, GLASS.public.fingerprint)
    assert used["signature"]
    assert used["statement"] in used["signed"]
    assert applied["body"]["moves"][0]["decision"] == decision["seq"]


def test_the_glass_is_broken_in_a_freeze(asked: Asked) -> None:
    asked.policy(FROZEN)
    refusal = asked.server.refused()
    assert "a break-glass key signs" in refusal.remote
    text = approving.statement(refusal)
    assert "Agentguard-Rules: auth-paths freeze\n" in text
    of_joe = asked.signed("joe", approver=JOE, rules="auth-paths freeze", expires=soon())
    assert "freeze" in asked.server.refused("-o", approving.option(of_joe), "HEAD").rules
    frozen = Asked(asked.server, asked.content, text)
    broken = approving.option(frozen.signed(GLASS, reason=WHY))
    assert "BREAK GLASS" in asked.server.accepted("-o", broken, "HEAD").remote


def test_a_freeze_that_asks_for_approval_takes_an_ordinary_one(asked: Asked) -> None:
    asked.policy(f'{FROZEN}effect = "approve"\n')
    refusal = asked.server.refused()
    assert "a listed approver signs" in refusal.remote
    assert "--break-glass" not in refusal.remote
    frozen = Asked(asked.server, asked.content, approving.statement(refusal))
    asked.server.accepted("-o", option(frozen), "HEAD")


# ---------------------------------------------------------------- without keys


def test_plain_text_where_the_policy_takes_it(asked: Asked) -> None:
    asked.policy('trust = "trailer"\n')
    approving.amend(asked.work, f"Drop it\n\nAgentguard-Approved-by: Jane <{kit.JANE}>\n")
    answer = asked.server.accepted()
    assert "approved by jane@example.com (unverified)" in answer.remote
    assert "unverified: anybody can have written this line" in approving.said(answer)


def test_plain_text_is_marked_in_json_too(asked: Asked) -> None:
    approving.amend(asked.work, f"Drop it\n\nAgentguard-Approved-by: {kit.JANE}\n")
    own = asked.work.path / ".git" / "agentguard" / "policy.toml"
    own.parent.mkdir()
    own.write_text(asked.server.policy.read_text() + 'trust = "trailer"\n')
    [update] = asked.work.check_json()["updates"]
    assert [approval["unverified"] for approval in update["approvals"]] == [True]
    [found] = (each for each in update["findings"] if each["rule"] == "auth-paths")
    assert found["unverified"] == [kit.JANE]


def test_plain_text_does_not_open_the_gate_itself(asked: Asked) -> None:
    asked.policy('trust = "trailer"\n')
    message = f"Loosen\n\nAgentguard-Approved-by: {kit.JANE}\n"
    asked.work.commit(message, {".agentguard.toml": "version = 1\n"})
    refusal = asked.server.refused()
    assert refusal.rules == {"gate-files"}
    assert "approved by jane@example.com (unverified)" in refusal.remote


def test_many_approvals_that_do_not_count_are_cut_short(asked: Asked) -> None:
    late = (asked.signed(expires=f"2020-01-01T00:00:{second:02}Z") for second in range(25))
    options = (part for each in late for part in ("-o", approving.option(each)))
    refusal = asked.server.refused(*options, "HEAD")
    assert refusal.remote.count("does not count") == 20
    assert "… and 5 more approvals" in refusal.remote
