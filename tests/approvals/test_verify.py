from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.approvals.carriers import claims
from agentguard.approvals.statement import approval_message
from agentguard.approvals.verify import MAX_CLAIMS, verify_approvals
from agentguard.change import Change, Commit, FileChange, Person, RefUpdate, Signature
from agentguard.clock import SKEW
from agentguard.decision import Approval, RefusedApproval
from agentguard.policy.model import (
    ActorPolicy,
    ApprovalPolicy,
    Approver,
    ApproverKey,
    Policy,
)
from tests.approvals.makers import (
    AGENT,
    EXPECTED,
    JANE,
    JOHN,
    NOW,
    PARENT,
    STATEMENT,
    TOUCHED,
    TREE,
    approval_commit,
    commit,
    hardware,
    payload,
    software,
    work_commit,
)

JANE_ID, JOHN_ID = "jane@example.com", "john@example.com"
FILE = FileChange("src/login.py", "deleted", 0o100644, 0, "d" * 40, "")


def policy(
    approvals: ApprovalPolicy | None = None,
    keys: Mapping[str, tuple[ApproverKey, ...]] | None = None,
    actors: ActorPolicy | None = None,
) -> Policy:
    listed = keys or {
        JANE_ID: (ApproverKey(JANE.public), ApproverKey(TOUCHED.public)),
        JOHN_ID: (ApproverKey(JOHN.public),),
    }
    return Policy(
        source="policy.toml",
        environments={},
        rules=(),
        classes=None,  # type: ignore[arg-type]
        approvers={name: Approver(name, entries) for name, entries in listed.items()},
        approvals=approvals or ApprovalPolicy(),
        actors=actors or ActorPolicy(),
    )


def change(*approvals: Commit, commits: tuple[Commit, ...] = (work_commit(),)) -> Change:
    update = RefUpdate("0" * 39 + "1", "0" * 39 + "2", EXPECTED.ref)
    if len({each.id for each in approvals}) < len(approvals):
        approvals = tuple(replace(each, id=f"{n:040x}") for n, each in enumerate(approvals))
    return Change(update, files=(FILE,), commits=commits, approval_commits=approvals)


def judge(
    *approvals: Commit, under: Policy | None = None, **others: Any
) -> tuple[tuple[Approval, ...], tuple[RefusedApproval, ...]]:
    pushed = change(*approvals, **others)
    return verify_approvals(pushed, list(claims(pushed)), EXPECTED, under or policy(), NOW)


def test_a_good_approval_counts() -> None:
    good = approval_commit(number=5)
    assert good.signature
    expected = Approval(
        JANE_ID,
        "2026-11-21T21:00:00Z",
        STATEMENT.rules,
        good.id,
        key=JANE.public.fingerprint,
        statement=STATEMENT.render(),
        signed=good.signature.payload.decode(),
        signature=good.signature.armored.decode(),
    )
    assert judge(good) == ((expected,), ())


def test_a_touch_is_reported() -> None:
    ((approval,), refused) = judge(approval_commit(TOUCHED))
    assert approval.presence
    assert refused == ()


@pytest.mark.parametrize(
    "signer", [software("ecdsa256"), software("rsa3072"), hardware(1, "sk-ecdsa-sha2-nistp256")]
)
def test_keys_of_any_algorithm_count(signer: Any) -> None:
    (approvals, refused) = judge(
        approval_commit(signer), under=policy(keys={JANE_ID: (ApproverKey(signer.public),)})
    )
    assert (len(approvals), refused) == (1, ())


def text_of(**changes: Any) -> str:
    return approval_message(replace(STATEMENT, **changes))


def stated(**changes: Any) -> Commit:
    return approval_commit(statement=replace(STATEMENT, **changes))


def with_signature(armored: bytes, signed: bytes | None = None, kind: Any = "ssh") -> Commit:
    message = approval_message(STATEMENT)
    return commit(message, Signature(kind, armored, signed or payload(message)))


def signing(signed: bytes) -> Commit:
    """A commit whose signature is Jane's, over bytes that are not quite the commit's."""
    return with_signature(JANE.sign(signed), signed)


MESSAGE = approval_message(STATEMENT)
GOOD = approval_commit()
FORGED = {
    # (2) the spelling
    "words after the statement": (approval_commit(message=MESSAGE + "and more\n"), "unknown key"),
    "trailer after the statement": (
        approval_commit(message=MESSAGE + "Signed-off-by: J <j@x>\n"),
        "unknown key: 'Signed-off-by'",
    ),
    "words before the statement": (
        approval_commit(message="Fix\n\n" + MESSAGE),
        "does not begin with",
    ),
    "no final line feed": (approval_commit(message=MESSAGE[:-1]), "line feed"),
    "CRLF": (approval_commit(message=MESSAGE.replace("\n", "\r\n")), "does not begin with"),
    "two statements": (approval_commit(message=MESSAGE + STATEMENT.render()), "twice"),
    "an encoding of its own": (
        signing(payload(MESSAGE, headers=["encoding UTF-7"])),
        "other headers",
    ),
    "a header of its own": (signing(payload(MESSAGE, headers=["x y", " z"])), "other headers"),
    "other message signed": (signing(payload("Fix login\n")), "signed message is not"),
    "message signed with more": (signing(payload(MESSAGE + "x")), "signed message is not"),
    # (3) the shape of the commit
    "files": (replace(GOOD, files=(FILE,)), "changes files"),
    "no parent": (replace(GOOD, parents=()), "0 parents"),
    "merge": (replace(GOOD, parents=(PARENT, "b" * 40)), "2 parents"),
    "two author headers": (replace(GOOD, problems=("2 author headers",)), "2 author headers"),
    "other parent signed": (signing(payload(MESSAGE, parent="b" * 40)), "tree and parent"),
    "other tree": (replace(GOOD, tree="8" * 40), "tree and parent"),
    # (4) what it is for
    "other repository": (stated(repository="acme/toys"), "for 'acme/toys', not for 'acme/portal'"),
    "other ref": (stated(ref="refs/heads/next"), "for 'refs/heads/next', not for 'refs/heads/ma"),
    "look-alike ref": (stated(ref="refs/heads/mаin"), r"m\\u0430in"),
    "other change": (
        stated(change="sha256:" + "4" * 64),
        r"another one than was approved \(sha256:4{12} was approved, this is sha256:3{12}\)",
    ),
    # (5) the time
    "expired": (stated(expires=NOW), "expired at 2026-11-21T09:00:00Z"),
    "lasts too long": (
        stated(expires=NOW + timedelta(hours=24, seconds=1) + SKEW),
        "may last for 1 day",
    ),
    # (6) the signature
    "unsigned": (commit(MESSAGE), "not signed"),
    "openpgp": (with_signature(b"-----BEGIN PGP", kind="openpgp"), "kind openpgp"),
    "several": (with_signature(b"", kind="unknown"), "kind unknown"),
    "garbage": (with_signature(b"-----BEGIN SSH SIGNATURE-----\n"), "armored"),
    "two signatures in one": (with_signature(JANE.sign(payload(MESSAGE)) * 2), "base64"),
    "detached approval reused": (approval_commit(namespace="agentguard-approval@v1"), "not for"),
    "file signature reused": (approval_commit(namespace="file"), "is for b'file'"),
    "signature of another commit": (
        with_signature(JANE.sign(payload("Fix login\n"))),
        "does not belong",
    ),
    "signature of another approval": (
        with_signature(JANE.sign(payload(text_of(ref="refs/heads/next")))),
        "does not belong",
    ),
    # (7) the approver
    "open approver": (stated(approver=""), "names no approver"),
    "unknown approver": (stated(approver="eve@example.com"), "'eve@example.com' is not an appro"),
    "approver in capitals": (stated(approver="Jane@example.com"), "is not an approver"),
    "approver in disguise": (stated(approver="jane@example.com\u200b"), "is not an approver"),
    # (8) the key
    "agent's key": (approval_commit(AGENT), "is not one that policy.toml lists for 'jane"),
    "another approver's key": (approval_commit(JOHN), "is not one that policy.toml lists"),
}


@pytest.mark.parametrize(("forged", "reason"), FORGED.values(), ids=FORGED)
def test_forgeries_are_refused(forged: Commit, reason: str) -> None:
    approvals, (refused,) = judge(forged)
    assert approvals == ()
    assert re.search(reason, refused.reason), refused.reason
    assert refused.commit == forged.id


def test_the_reasons_are_plain_ascii() -> None:
    hostile = [
        stated(ref="refs/heads/\x1b[2J\udcff"),
        stated(repository="\u202e"),
        stated(approver="\x07"),
        approval_commit(message=MESSAGE + "\x1b[2J: x\n"),
        replace(GOOD, problems=("\x1b",)),
    ]
    for refused in judge(*hostile)[1]:
        assert refused.reason.isascii()
        assert refused.reason.isprintable()


JANES_KEY = ApproverKey(JANE.public)
SOON, LATELY = NOW + timedelta(seconds=1), NOW - timedelta(seconds=1)
KEYS: dict[str, tuple[Policy, str]] = {
    "not valid yet": (
        policy(keys={JANE_ID: (replace(JANES_KEY, valid_after=SOON),)}),
        "is not valid now",
    ),
    "no longer valid": (
        policy(keys={JANE_ID: (replace(JANES_KEY, valid_before=NOW),)}),
        "is not valid now",
    ),
    "valid and expired entry": (
        policy(keys={JANE_ID: (JANES_KEY, replace(JANES_KEY, valid_before=LATELY))}),
        "is not valid now",
    ),
    "two approvers": (
        policy(keys={JANE_ID: (JANES_KEY,), JOHN_ID: (JANES_KEY,)}),
        "listed for several approvers",
    ),
    "agent's too": (
        policy(actors=ActorPolicy(agent_keys=(JANE.public,))),
        "also listed as an agent's",
    ),
    "revoked": (
        policy(ApprovalPolicy(revoked=frozenset({JANE.public.fingerprint}))),
        "is revoked",
    ),
    "no keys": (policy(keys={JANE_ID: ()}), "is not one that"),
    "other carrier": (policy(ApprovalPolicy(carriers=("signature",))), "not take approval commits"),
}


@pytest.mark.parametrize(("under", "reason"), KEYS.values(), ids=KEYS)
def test_a_good_signature_is_not_enough(under: Policy, reason: str) -> None:
    approvals, (refused,) = judge(approval_commit(), under=under)
    assert approvals == ()
    assert reason in refused.reason


def test_validity_and_expiry_have_their_edges() -> None:
    now_on = policy(keys={JANE_ID: (replace(JANES_KEY, valid_after=NOW, valid_before=SOON),)})
    assert judge(approval_commit(), under=now_on)[1] == ()
    longest = NOW + timedelta(hours=24) + SKEW
    assert judge(stated(expires=longest), stated(expires=SOON))[1] == ()


SK = ("sk-ssh-ed25519", "sk-ecdsa-sha2-nistp256")
PRESENCE = ApprovalPolicy(require_presence=True)
VERIFICATION = ApprovalPolicy(require_verification=True)


@pytest.mark.parametrize("kind", SK)
@pytest.mark.parametrize(
    ("flags", "rules", "counts"),
    [
        (0x00, ApprovalPolicy(), True),
        (0x00, PRESENCE, False),
        (0x04, PRESENCE, False),
        (0x01, PRESENCE, True),
        (0x01, VERIFICATION, False),
        (0x05, VERIFICATION, True),
        (0x05, replace(PRESENCE, require_verification=True), True),
    ],
)
def test_presence_is_asked_of_the_hardware(
    kind: str, flags: int, rules: ApprovalPolicy, counts: bool
) -> None:
    signer = hardware(flags, kind)
    under = policy(rules, keys={JANE_ID: (ApproverKey(signer.public),)})
    approvals, refused = judge(approval_commit(signer), under=under)
    assert (len(approvals), len(refused)) == ((1, 0) if counts else (0, 1))


@pytest.mark.parametrize("rules", [PRESENCE, VERIFICATION])
def test_a_software_key_has_no_presence(rules: ApprovalPolicy) -> None:
    assert judge(approval_commit(), under=policy(rules))[0] == ()


UNTOUCHED = hardware(0x00, number=4)


@pytest.mark.parametrize(
    ("mode", "signer", "counts"),
    [
        ("never", JANE, False),
        ("never", TOUCHED, False),
        ("presence", JANE, False),
        ("presence", UNTOUCHED, False),
        ("presence", TOUCHED, True),
        ("allow", JANE, True),
    ],
)
def test_own_changes_are_approved_only_as_the_policy_says(
    mode: Any, signer: Any, counts: bool
) -> None:
    mine = (work_commit(), work_commit("Fix\n\nCo-authored-by: Jane <Jane@Example.com>\n"))
    under = policy(ApprovalPolicy(self_approval=mode))
    approvals, refused = judge(approval_commit(signer), under=under, commits=mine)
    assert (len(approvals), len(refused)) == ((1, 0) if counts else (0, 1))
    if refused:
        assert "is the co-author of ffffffffffff, and another person must" in refused[0].reason


@pytest.mark.parametrize("posing", [{"files": (FILE,)}, {"parents": (PARENT, "b" * 40)}])
def test_work_that_poses_as_approval_is_work(posing: dict[str, Any]) -> None:
    poser = replace(approval_commit(), **posing)
    approvals, refused = judge(poser, approval_commit())
    assert approvals == ()
    assert "is the author of" in refused[1].reason


def test_two_people_are_two() -> None:
    by_john = approval_commit(JOHN, replace(STATEMENT, approver=JOHN_ID))
    approvals, refused = judge(approval_commit(), by_john)
    assert [approval.approver for approval in approvals] == [JANE_ID, JOHN_ID]
    assert refused == ()


def test_one_person_twice_is_shown_twice() -> None:
    again = stated(expires=NOW + timedelta(hours=1))
    approvals, refused = judge(approval_commit(number=1), again)
    assert [each.approver for each in approvals] == [JANE_ID, JANE_ID]
    assert refused == ()


def test_a_second_approval_may_add_rules_or_a_touch() -> None:
    more = stated(rules=("frozen",))
    approvals, _ = judge(approval_commit(), more, approval_commit(TOUCHED))
    assert [(a.approver, a.rules, a.presence) for a in approvals] == [
        (JANE_ID, STATEMENT.rules, False),
        (JANE_ID, ("frozen",), False),
        (JANE_ID, STATEMENT.rules, True),
    ]


def test_a_bad_approval_does_not_spoil_a_good_one() -> None:
    unsigned = commit(MESSAGE, number=1)
    approvals, refused = judge(unsigned, approval_commit(number=2), stated(approver="eve"))
    assert [approval.commit for approval in approvals] == [f"{2:040x}"]
    assert [(r.approver, r.commit) for r in refused] == [(JANE_ID, unsigned.id), ("eve", "0" * 40)]


def test_nothing_is_approved_by_nobody() -> None:
    assert judge() == ((), ())


def test_too_many_approvals_are_none() -> None:
    approvals, (refused,) = judge(*[approval_commit()] * (MAX_CLAIMS + 1))
    assert approvals == ()
    assert "more than 64" in refused.reason


@settings(deadline=None)
@given(
    message=st.text() | st.text().map(lambda tail: MESSAGE + tail) | st.just(MESSAGE),
    armored=st.binary() | st.just(JANE.sign(payload(MESSAGE))),
    signed=st.binary() | st.just(payload(MESSAGE)),
    parents=st.lists(st.just(PARENT), max_size=2).map(tuple),
    tree=st.sampled_from([TREE, ""]),
)
def test_nothing_in_a_commit_raises(
    message: str, armored: bytes, signed: bytes, parents: tuple[str, ...], tree: str
) -> None:
    odd = Commit(
        "e" * 40, tree, parents, (), (), message, signature=Signature("ssh", armored, signed)
    )
    approvals, refused = judge(odd)
    good = (MESSAGE, (PARENT,), TREE, payload(MESSAGE)) == (message, parents, tree, signed)
    assert (len(approvals), len(refused)) == (
        (1, 0) if good and armored == JANE.sign(signed) else (0, 1)
    )


# ---- who pushes, what was used, the broken glass


@pytest.mark.parametrize("pusher", ["jane@example.com", "Jane", "jane", "JANE@old.example.com"])
@pytest.mark.parametrize("aliases", [("jane@old.example.com",), ("jane@old.example.com", "jdoe")])
def test_who_pushes_does_not_approve(pusher: str, aliases: tuple[str, ...]) -> None:
    under = policy()
    jane = replace(under.approvers[JANE_ID], aliases=aliases)
    under = replace(under, approvers={**under.approvers, JANE_ID: jane})
    pushed = change(approval_commit())
    claimed = list(claims(pushed))
    expected = replace(EXPECTED, pusher=pusher)
    approvals, (refused,) = verify_approvals(pushed, claimed, expected, under, NOW)
    assert (approvals, refused.step) == ((), "person")
    assert f"'jane@example.com' is the one who pushes, as {pusher!r}" in refused.reason
    alone = replace(under, approvals=ApprovalPolicy(self_approval="allow"))
    assert len(verify_approvals(pushed, claimed, expected, alone, NOW)[0]) == 1


@pytest.mark.parametrize("pusher", ["", "git", "jan", "janet", "example.com", "john@example.com"])
def test_others_who_push_are_others(pusher: str) -> None:
    pushed = change(approval_commit())
    expected = replace(EXPECTED, pusher=pusher)
    approvals, refused = verify_approvals(pushed, list(claims(pushed)), expected, policy(), NOW)
    assert (len(approvals), refused) == (1, ())


def test_what_was_used_is_used() -> None:
    pushed = change(approval_commit())
    expected = replace(EXPECTED, spent=lambda statement: f"used by {statement.approver}")
    approvals, (refused,) = verify_approvals(pushed, list(claims(pushed)), expected, policy(), NOW)
    assert approvals == ()
    assert (refused.step, refused.reason) == ("use", f"used by {JANE_ID}")


NIGHT = replace(STATEMENT, reason="the login is down", expires=NOW + timedelta(hours=1))
GLASS = hardware(0x01, number=8)


def on_call(**approvals: Any) -> Policy:
    under = policy(ApprovalPolicy(**approvals))
    jane = replace(under.approvers[JANE_ID], break_glass=(ApproverKey(GLASS.public),))
    return replace(under, approvers={**under.approvers, JANE_ID: jane})


def test_the_glass_is_broken_by_one_alone() -> None:
    mine = (replace(work_commit(), authors=(Person("Jane", JANE_ID),)),)
    (found,), refused = judge(approval_commit(GLASS, NIGHT), under=on_call(), commits=mine)
    assert (found.reason, found.presence, found.counter) == ("the login is down", True, 7)
    assert refused == ()


@pytest.mark.parametrize(
    ("forged", "under", "step", "reason"),
    [
        pytest.param(
            approval_commit(JANE, NIGHT), on_call(), "key", "is no break-glass key", id="software"
        ),
        pytest.param(
            approval_commit(TOUCHED, NIGHT), on_call(), "key", "no break-glass key", id="other key"
        ),
        pytest.param(
            approval_commit(GLASS), on_call(), "key", "for breaking glass alone", id="no reason"
        ),
        pytest.param(
            approval_commit(hardware(0x00, number=8), NIGHT),
            on_call(),
            "presence",
            "touch of a hardware key",
            id="no touch",
        ),
        pytest.param(
            approval_commit(GLASS, NIGHT),
            on_call(require_verification=True),
            "presence",
            "PIN or biometric",
            id="no PIN",
        ),
        pytest.param(
            approval_commit(GLASS, replace(NIGHT, expires=NOW + timedelta(hours=2))),
            on_call(),
            "time",
            "may last for 1:00:00 at most",
            id="too long",
        ),
        pytest.param(
            approval_commit(GLASS, NIGHT),
            on_call(revoked=GLASS.public.names),
            "key",
            "is revoked",
            id="revoked",
        ),
    ],
)
def test_no_other_key_breaks_it(forged: Commit, under: Policy, step: str, reason: str) -> None:
    approvals, (refused,) = judge(forged, under=under)
    assert (approvals, refused.step) == ((), step)
    assert reason in refused.reason


def test_every_refusal_names_its_step() -> None:
    steps = {each: judge(forged)[1][0].step for each, (forged, _) in FORGED.items()}
    assert set(steps.values()) == {
        "statement", "commit", "change", "time", "signature", "approver", "key",
    }  # fmt: skip
