"""The file of used approvals: what is spent, what may be tried again, and what a crash leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.approvals.statement import Statement
from agentguard.approvals.used import UsedApprovals, identity
from agentguard.change import RefUpdate
from agentguard.decision import Approval, UpdateDecision
from agentguard.errors import EvaluationError
from tests.approvals.makers import JANE, NOW, STATEMENT

MAIN = STATEMENT.ref
A, B, C, D = (letter * 40 for letter in "abcd")
HISTORY = A + B + C  # what each of them holds: itself and those before it


def holds(name: str, tip: str) -> bool:
    return name in HISTORY and HISTORY.find(name) <= HISTORY.find(tip)


def update(old: str, new: str, ref: str = MAIN) -> RefUpdate:
    return RefUpdate(old, new, ref)


def decided(moved: RefUpdate, *statements: Statement) -> UpdateDecision:
    approvals = tuple(
        Approval(
            each.approver, "", each.rules, key=JANE.public.fingerprint, reason=each.reason,
            statement=each.render(), signature="armored", presence=True, counter=7,
            commit=D, signed=each.render(),
        )
        for each in statements
    )  # fmt: skip
    return UpdateDecision(moved, "production", "accepted", approvals=approvals)


@pytest.fixture
def used(tmp_path: Path) -> UsedApprovals:
    return UsedApprovals(tmp_path)


def use(used: UsedApprovals, old: str, new: str, *, landed: bool = False) -> None:
    used.record([decided(update(old, new), STATEMENT)], "sam", NOW)
    if landed:
        used.land([update(old, new)])


def spent(used: UsedApprovals, old: str, new: str) -> str:
    return used.spent(STATEMENT, update(old, new), holds)


# ---------------------------------------------------------------- spent or not


def test_nothing_is_spent_at_first(used: UsedApprovals) -> None:
    assert spent(used, A, B) == ""
    assert not used.path.exists()


@pytest.mark.parametrize(
    ("first", "again", "is_spent"),
    [
        pytest.param((A, B), (A, B), False, id="it did not land"),
        pytest.param((A, B), (B, C), True, id="the branch is where it went"),
        pytest.param((A, B), (C, D), True, id="the branch holds where it went"),
        pytest.param((A, B), (D, C), False, id="the branch went elsewhere"),
        pytest.param(("", B), ("", B), False, id="a new branch did not land"),
        pytest.param(("", B), (C, D), True, id="a new branch went on"),
        pytest.param((B, ""), (B, ""), False, id="a deletion did not land"),
        pytest.param((B, A), (B, A), False, id="a rewind did not land"),
        pytest.param((B, A), (A, D), True, id="the branch is where the rewind went"),
    ],
)
def test_the_branch_tells_what_nobody_noted(
    used: UsedApprovals, first: tuple[str, str], again: tuple[str, str], *, is_spent: bool
) -> None:
    use(used, *first)
    assert bool(spent(used, *again)) == is_spent


@pytest.mark.parametrize("moved", [(A, B), ("", B), (B, ""), (B, A)])
def test_what_landed_is_spent_wherever_the_branch_is_now(
    used: UsedApprovals, moved: tuple[str, str]
) -> None:
    use(used, *moved, landed=True)
    for now in (moved, (D, C), ("", D)):
        shown = moved[1][:12] or "a deletion"
        assert spent(used, *now) == (
            f"it was used at 2026-11-21T09:00:00Z, for {shown}; each push needs one of its own"
        )


def test_another_statement_is_another_approval(used: UsedApprovals) -> None:
    use(used, A, B, landed=True)
    for other in (
        replace(STATEMENT, expires=STATEMENT.expires + timedelta(seconds=1)),
        replace(STATEMENT, approver="joe@example.com"),
    ):
        assert used.spent(other, update(A, B), holds) == ""


def test_an_approval_is_not_spent_by_being_spoken_of(used: UsedApprovals) -> None:
    spoken = replace(STATEMENT, reason=f"As in {identity(STATEMENT.render())}")
    used.record([decided(update(A, B), spoken)], "sam", NOW)
    used.land([update(A, B)])
    assert spent(used, A, B) == ""


def test_another_push_that_landed_spends_nothing(used: UsedApprovals) -> None:
    use(used, A, B)
    used.land([update(A, C), update(A, B, "refs/heads/next"), update(D, B)])
    assert spent(used, A, B) == ""


# ---------------------------------------------------------------- what is written


def test_everything_about_a_use_is_kept(used: UsedApprovals) -> None:
    broken = replace(STATEMENT, reason="Login is down")
    used.record([decided(update(A, B), broken)], "sam", NOW)
    used.land([update(A, B)])
    first, second = map(json.loads, used.path.read_text().splitlines())
    name = identity(broken.render())
    assert first == {
        "event": "used", "approval": name, "time": "2026-11-21T09:00:00Z", "ref": MAIN,
        "old": A, "new": B, "pusher": "sam", "approver": "jane@example.com", "carrier": "commit",
        "key": JANE.public.fingerprint, "presence": True, "verification": False, "counter": 7,
        "break_glass": True, "reason": "Login is down", "statement": broken.render(),
        "signature": "armored", "commit": D, "signed": broken.render(),
    }  # fmt: skip
    assert second == {"event": "landed", "approval": name, "ref": MAIN, "old": A, "new": B}


def test_without_approvals_there_is_nothing_to_note(used: UsedApprovals) -> None:
    used.record([decided(update(A, B))], "sam", NOW)
    plain = Approval("jane@example.com", "", (), carrier="trailer")
    used.record([replace(decided(update(A, B)), approvals=(plain,))], "sam", NOW)
    used.land([update(A, B)])
    assert not used.path.exists()


def test_the_file_is_not_for_everyone(used: UsedApprovals) -> None:
    use(used, A, B)
    assert not used.path.stat().st_mode & 0o007


# ---------------------------------------------------------------- crashes


def torn() -> Iterator[bytes]:
    line = b'{"approval": "%s", "event": "used", "old": "%s"}' % (
        identity(STATEMENT.render()).encode(),
        A.encode(),
    )
    yield from (line[:length] for length in range(1, len(line)))


@given(st.sampled_from(list(torn())))
def test_half_a_line_is_passed_by_and_ended(
    tmp_path_factory: pytest.TempPathFactory, half: bytes
) -> None:
    used = UsedApprovals(tmp_path_factory.mktemp("torn"))
    used.path.parent.mkdir()
    used.path.write_bytes(half)
    assert spent(used, A, B) == ""
    use(used, A, B, landed=True)
    assert used.path.read_bytes().startswith(half + b"\n{")
    assert spent(used, A, B)


def test_a_line_that_is_no_record_is_passed_by(used: UsedApprovals) -> None:
    used.path.parent.mkdir()
    used.path.write_text(f'"{identity(STATEMENT.render())}"\n')
    assert spent(used, A, B) == ""


# ---------------------------------------------------------------- a file that cannot be used


def test_a_file_that_cannot_be_read(used: UsedApprovals) -> None:
    used.path.mkdir(parents=True)
    with pytest.raises(EvaluationError, match=r"approvals.jsonl cannot be read: Is a directory"):
        spent(used, A, B)
    with pytest.raises(EvaluationError, match="cannot be read"):
        used.land([update(A, B)])
    with pytest.raises(EvaluationError, match=r"approvals.jsonl cannot be written: Is a directory"):
        use(used, A, B)


def test_a_folder_that_cannot_be_made(used: UsedApprovals) -> None:
    used.path.parent.write_text("a file\n")
    with pytest.raises(EvaluationError, match="cannot be written"):
        use(used, A, B)


# ---- what landed, and nobody was there to say so


def landed(used: UsedApprovals) -> int:
    return used.path.read_text().count('"landed"') if used.path.exists() else 0


def test_the_next_push_finds_out_what_landed(used: UsedApprovals) -> None:
    use(used, B, A)  # a rewind
    used.settle([update(B, C)])
    assert (landed(used), spent(used, B, A)) == (0, "")
    used.settle([update(A, C, "refs/heads/other")])
    assert landed(used) == 0
    used.settle([update(A, B)])
    assert landed(used) == 1
    assert "it was used at" in spent(used, B, A)


def test_a_ref_that_is_made_again_was_gone(used: UsedApprovals) -> None:
    use(used, B, "")
    used.settle([update("", C)])
    assert landed(used) == 1
    assert "for a deletion" in spent(used, B, "")


def test_what_landed_is_noted_once(used: UsedApprovals) -> None:
    use(used, A, B)
    use(used, A, B)
    for _ in range(2):
        used.land([update(A, B)])
        used.settle([update(B, C)])
    assert landed(used) == 1


def test_only_the_end_of_a_long_file_is_looked_at(
    used: UsedApprovals, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(used, B, A)
    monkeypatch.setattr("agentguard.approvals.used.RECENT", 10)
    used.settle([update(A, B)])
    assert landed(used) == 0


def test_without_a_file_nothing_is_settled(used: UsedApprovals) -> None:
    used.settle([update(A, B)])
    assert not used.path.exists()
