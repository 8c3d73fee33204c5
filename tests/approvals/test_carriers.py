"""What each carrier makes of what it finds, before any policy has a say."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.approvals.carriers import claims
from agentguard.approvals.carriers.signature import (
    OPTION,
    in_push_options,
    push_option,
    trailers,
)
from agentguard.approvals.claim import DETACHED, GIT, Claim
from agentguard.approvals.sshsig import on_one_line
from agentguard.approvals.statement import MAX_TEXT, approval_message
from agentguard.change import Change, Commit, RefUpdate, Signature
from tests.approvals.makers import (
    EXPECTED,
    JANE,
    PARENT,
    STATEMENT,
    TREE,
    approval_commit,
    work_commit,
)

TEXT = STATEMENT.render()
ARMORED = JANE.sign(TEXT.encode(), DETACHED)
SIGNED = trailers(STATEMENT, on_one_line(ARMORED))
OTHER = "b" * 40


def change(*commits: Commit, approvals: tuple[Commit, ...] = ()) -> Change:
    update = RefUpdate("0" * 39 + "1", "0" * 39 + "2", EXPECTED.ref)
    return Change(update, head="f" * 40, commits=commits, approval_commits=approvals)


def with_message(message: str, **more: object) -> Commit:
    """A commit whose last paragraph git reads as trailers."""
    last = message.rstrip("\n").rpartition("\n\n")[2]
    pairs = tuple(line.partition(": ")[::2] for line in last.split("\n"))
    return replace(work_commit(message), trailers=pairs, **more)  # type: ignore[arg-type]


def found(*commits: Commit, approvals: tuple[Commit, ...] = ()) -> list[tuple[str, str]]:
    """The carrier of each claim and why it is no approval anyway."""
    brought = claims(change(*commits, approvals=approvals))
    return [(each.carrier, each.fault.reason if each.fault else "") for each in brought]


# ---------------------------------------------------------------- where claims are


def test_signed_trailers_are_a_detached_claim() -> None:
    commit = with_message(f"Fix\n\n{SIGNED}")
    [claim] = claims(change(commit))
    signature = Signature("ssh", ARMORED, TEXT.encode())
    assert claim == Claim("signature", STATEMENT, signature, commit)
    assert claim.namespace == DETACHED


def test_an_approval_commit_is_a_claim_of_its_own() -> None:
    commit = approval_commit()
    [claim] = claims(change(work_commit(), approvals=(commit,)))
    assert claim == Claim("commit", STATEMENT, commit.signature, commit)
    assert claim.namespace == GIT


def test_an_approval_commit_that_changes_something_is_looked_at_once() -> None:
    commit = approval_commit()
    assert len(found(commit, approvals=(commit,))) == 1


def test_signed_trailers_below_the_subject_of_an_approval_commit() -> None:
    """Whoever squashes may well keep that subject."""
    commit = with_message(f"Agentguard approval\n\n{SIGNED}")
    assert found(approvals=(commit,)) == [("signature", "")]


def test_an_approval_commit_may_be_both() -> None:
    commit = with_message(f"Agentguard approval\n\n{SIGNED}{TEXT}")
    assert [carrier for carrier, _ in found(approvals=(commit,))] == ["signature", "commit"]


@pytest.mark.parametrize(
    ("commit", "reason"),
    [
        (with_message(f"Fix\n\n{TEXT}"), "nobody signed it: a statement alone proves nothing"),
        (with_message(f"Fix\n\n{TEXT}More: words\n\nAnd more\n"), "in the middle"),
        (with_message("Fix\n\nAgentguard-Ref: refs/heads/main\n"), "Agentguard-Ref stands where"),
        (with_message(f"Fix\n\n{SIGNED}".replace("Ref:", "Ref :")), "only looks like"),
        (with_message(f"Fix\n\n{TEXT}Agentguard-Signature: AAA\n"), "base64 is damaged"),
        (with_message(f"Fix\n\n{TEXT}Agentguard-Signature: \n"), "there is no signature"),
        (
            with_message(f"Fix\n\nAgentguard-Signature: {'A' * 20_000}\n"),
            "do not all end with a line feed",
        ),
    ],
    ids=range(7),
)
def test_what_falls_short_says_why(commit: Commit, reason: str) -> None:
    [(carrier, why)] = found(commit)
    assert (carrier, reason in why) == ("signature", True), why


def signed_merge(text: str = TEXT, *, parents: tuple[str, ...] = (PARENT, OTHER)) -> Commit:
    message = f"Merge\n\n{text}"
    head = [f"tree {TREE}", *(f"parent {each}" for each in parents), "author J", "committer J"]
    payload = "\n".join([*head, "", message]).encode()
    signature = Signature("ssh", JANE.sign(payload), payload)
    return with_message(message, parents=parents, signature=signature, merge="clean")


def test_a_signed_merge_with_a_statement_is_a_claim() -> None:
    [claim] = claims(change(signed_merge()))
    assert (claim.carrier, claim.statement, claim.fault) == ("merge", STATEMENT, None)
    assert claim.namespace == GIT


def test_a_merge_with_signed_trailers_is_a_detached_claim() -> None:
    assert found(signed_merge(SIGNED)) == [("signature", "")]


def test_a_merge_that_is_not_as_git_makes_it_counts_only_on_top() -> None:
    own = replace(signed_merge(), merge="own")
    assert found(own) == [("merge", "")]
    below = replace(own, id="9" * 40)
    assert found(below) == [
        ("merge", "the merge is not as git makes it, and more was put on top of it")
    ]


def test_a_merge_of_three_is_no_claim() -> None:
    [(_, why)] = found(signed_merge(parents=(PARENT, OTHER, "c" * 40)))
    assert why == "the merge has 3 parents and must have two"


def test_a_merge_whose_signature_is_of_another_is_no_claim() -> None:
    moved = replace(signed_merge(), parents=(OTHER, PARENT))
    assert found(moved) == [("merge", "the signed tree and parent are not the commit's")]
    assert found(replace(moved, signature=None)) == [("merge", "the commit is not signed")]


# ---------------------------------------------------------------- push options


def test_a_push_option_is_a_detached_claim_without_commit() -> None:
    option = push_option(STATEMENT, on_one_line(ARMORED))
    assert option.isascii()
    assert " " not in option
    [claim] = in_push_options(["ci.skip", option, ""])
    assert claim == Claim("signature", STATEMENT, Signature("ssh", ARMORED, TEXT.encode()))


@pytest.mark.parametrize("pad", [True, False])
@pytest.mark.parametrize("end", ["", "\n"])
def test_its_base64_may_be_padded_or_not(end: str, *, pad: bool) -> None:
    value = base64.urlsafe_b64encode((SIGNED.rstrip() + end).encode()).decode()
    [claim] = in_push_options([OPTION + (value if pad else value.rstrip("="))])
    assert claim.fault is None


def encoded(text: str | bytes) -> str:
    return base64.urlsafe_b64encode(text if isinstance(text, bytes) else text.encode()).decode()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "not base64url"),
        ("a+b/", "not base64url"),
        ("ab cd", "not base64url"),
        ("ab==cd", "not base64url"),
        ("\u0430bcd", "not base64url"),
        ("A", "base64url is damaged"),
        (encoded(b"\xff\xfe"), "base64url is damaged"),
        (encoded("x"), "the statement has an unknown key: 'x'"),
        (encoded(TEXT), "there is no signature"),
        (encoded(SIGNED.replace("\n", "\r\n")), "line feed alone"),
        (encoded(f"Fix\n\n{SIGNED}"), "unknown key: 'Fix'"),
        (encoded(SIGNED * 2), "unknown key: 'Agentguard-Signature'"),
        (encoded(f"{SIGNED}\n"), "unknown key: 'Agentguard-Signature'"),
        ("A" * (MAX_TEXT + 1), "is longer than 65536 characters"),
    ],
    ids=range(14),
)
def test_damaged_options_say_why(value: str, reason: str) -> None:
    [claim] = in_push_options([OPTION + value])
    assert claim.fault
    assert reason in claim.fault.reason


LINES = st.sampled_from([*SIGNED.splitlines(), "", "\r", "x"]) | st.text(max_size=9)


@given(
    st.text()
    | st.binary().map(encoded)
    | st.lists(LINES, max_size=10).map(lambda lines: encoded("\n".join(lines)))
)
def test_any_option_is_a_claim_and_no_exception(value: str) -> None:
    [claim] = in_push_options([OPTION + value])
    if claim.fault is None:
        assert claim.statement
        assert claim.signature
    else:
        assert claim.fault.reason.isascii()
        assert claim.fault.reason.isprintable()


@given(
    message=st.lists(LINES | st.just(SIGNED.rstrip()), max_size=12).map("\n".join),
    shaped=st.booleans(),
)
def test_any_message_is_claims_and_no_exception(message: str, *, shaped: bool) -> None:
    commit = with_message(approval_message(STATEMENT) + message if shaped else message)
    for claim in claims(change(*([] if shaped else [commit]), approvals=(commit,) * shaped)):
        assert claim.fault or claim.statement
