"""What is spent, what may be tried again, and what nobody noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from agentguard.approvals.statement import Statement
from agentguard.decision import Contribution, Totals, UpdateDecision
from agentguard.ledger import history
from agentguard.ledger.history import History
from agentguard.ledger.moves import identity
from agentguard.ledger.sql import Ledger
from agentguard.policy.load import built_in
from agentguard.windows import rule_of
from tests.approvals.makers import NOW, STATEMENT
from tests.changes import policy, rule
from tests.ledger.makers import MAIN, A, B, C, D, decide, decided, note, update

OTHER = "refs/heads/other"
HISTORY = A + B + C  # what each of them holds: itself and those before it


def holds(name: str, tip: str) -> bool:
    return name in HISTORY and HISTORY.find(name) <= HISTORY.find(tip)


def use(ledger: Ledger, old: str, new: str, *, landed: bool = False) -> None:
    """A push with the approval, let through."""
    seq = decide(ledger, decided(update(old, new), STATEMENT)).seq
    if landed:
        note(ledger, (update(old, new), seq))


def spent(ledger: Ledger, old: str, new: str, statement: Statement = STATEMENT) -> str:
    past = History(ledger, [], "sam", NOW, lambda _: {})
    return past.spent(statement, update(old, new), holds)


# ---------------------------------------------------------------- spent or not


def test_nothing_is_spent_at_first(ledger: Ledger) -> None:
    assert spent(ledger, A, B) == ""
    assert ledger.head.seq == 0


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
        pytest.param((B, ""), ("", C), True, id="a deletion landed"),
        pytest.param((B, A), (B, A), False, id="a rewind did not land"),
        pytest.param((B, A), (A, D), True, id="the branch is where the rewind went"),
    ],
)
def test_the_branch_tells_what_nobody_noted(
    ledger: Ledger, first: tuple[str, str], again: tuple[str, str], *, is_spent: bool
) -> None:
    use(ledger, *first)
    assert bool(spent(ledger, *again)) == is_spent


@pytest.mark.parametrize("moved", [(A, B), ("", B), (B, ""), (B, A)])
def test_what_landed_is_spent_wherever_the_branch_is_now(
    ledger: Ledger, moved: tuple[str, str]
) -> None:
    use(ledger, *moved, landed=True)
    for now in (moved, (D, C), ("", D)):
        shown = moved[1][:12] or "a deletion"
        assert spent(ledger, *now) == (
            f"it was used at 2026-11-21T09:00:00Z, for {shown}; each push needs one of its own"
        )


def test_it_is_spent_by_whichever_use_landed(ledger: Ledger) -> None:
    use(ledger, A, D)
    use(ledger, A, B, landed=True)
    assert f"for {B[:12]};" in spent(ledger, A, C)


def test_another_statement_is_another_approval(ledger: Ledger) -> None:
    use(ledger, A, B, landed=True)
    for other in (
        replace(STATEMENT, expires=STATEMENT.expires + timedelta(seconds=1)),
        replace(STATEMENT, approver="joe@example.com"),
    ):
        assert spent(ledger, A, B, other) == ""


def test_an_approval_is_not_spent_by_being_spoken_of(ledger: Ledger) -> None:
    spoken = replace(STATEMENT, reason=f"As in {identity(STATEMENT.render())}")
    seq = decide(ledger, decided(update(A, B), spoken)).seq
    note(ledger, (update(A, B), seq))
    assert spent(ledger, A, B) == ""


def test_another_push_that_landed_spends_nothing(ledger: Ledger) -> None:
    use(ledger, A, B)
    note(ledger, (update(A, C), 0), (update(A, B, OTHER), 0), (update(D, B), 0))
    assert spent(ledger, A, B) == ""


def test_a_push_that_was_refused_spends_nothing(ledger: Ledger) -> None:
    """One of its refs was let through, another was not, so nothing moved."""
    refused = replace(decided(update(A, C, OTHER)), verdict="denied")
    decide(ledger, decided(update(A, B), STATEMENT), refused)
    assert spent(ledger, B, C) == ""
    assert ledger.moves() == []


# ---------------------------------------------------------------- what nobody noted


def unnoticed(ledger: Ledger, *updates: tuple[str, str, str]) -> list[tuple[str, str, str]]:
    asked = [update(old, new, ref) for old, new, ref in updates]
    return [move.key for move in history.unnoticed(ledger, asked)]


def test_the_next_push_finds_out_what_landed(ledger: Ledger) -> None:
    use(ledger, B, A)  # a rewind
    assert unnoticed(ledger, (B, C, MAIN), (A, C, OTHER)) == []
    assert unnoticed(ledger, (A, C, MAIN)) == [(MAIN, B, A)]
    note(ledger, (update(B, A), 2), late=True)
    assert unnoticed(ledger, (A, C, MAIN)) == []


def test_a_ref_that_is_made_again_was_gone(ledger: Ledger) -> None:
    use(ledger, B, "")
    assert unnoticed(ledger, ("", C, MAIN)) == [(MAIN, B, "")]


def test_only_the_last_move_to_where_it_stands_counts(ledger: Ledger) -> None:
    use(ledger, B, A, landed=True)
    use(ledger, C, A)
    assert unnoticed(ledger, (A, B, MAIN)) == [(MAIN, C, A)]
    note(ledger, (update(C, A), 4))
    assert unnoticed(ledger, (A, B, MAIN)) == []


def test_several_refs_at_once(ledger: Ledger) -> None:
    decide(ledger, decided(update(A, B)), decided(update(B, "", OTHER)))
    assert unnoticed(ledger, (B, C, MAIN), ("", A, OTHER)) == [(MAIN, A, B), (OTHER, B, "")]


# ---------------------------------------------------------------- while others wait


def test_git_is_asked_once_for_all_rules_with_one_window(ledger: Ledger) -> None:
    use(ledger, A, B, landed=True)
    decide(ledger, adding(OTHER, 3))
    rules, asked = built_in(MAIN), list[list[str]]()

    def tips(refs: Sequence[str]) -> dict[str, str]:
        asked.append(list(refs))
        return {}

    earlier = History(ledger, [update(B, C)], "sam", NOW, tips).earlier(rules, update(B, C), "")
    assert len({rule_of(each) for each in earlier}) > 1
    assert asked == [[OTHER]]


# ---------------------------------------------------------------- what pushes add up to

ADDING_UP = policy(rule("deleted_files = '>= 10'", scope="per = 'window'"))


RELEASE = "refs/heads/release/1"


def adding(ref: str, files: int, *, digest: str = "") -> UpdateDecision:
    """An update that was let through, and what it adds."""
    counted = (Contribution(ADDING_UP.source, "r/0", {"deleted_files": files}),) if files else ()
    totals = Totals(digest=digest)
    return replace(decided(update(A, B, ref)), windows=counted, totals=totals)


def past(ledger: Ledger, *, asked: list[str] | None = None) -> History:
    def tips(refs: Sequence[str]) -> dict[str, str]:
        if asked is not None:
            asked.extend(refs)
        return dict.fromkeys(refs, B)

    return History(ledger, [update(B, C)], "sam", NOW, tips)


def sums(history: History, ref: str = MAIN) -> list[tuple[int, int]]:
    found = history.earlier(ADDING_UP, update(B, C, ref), "")["r/0"]
    return [(each.sizes["deleted_files"], each.pushes) for each in found]


def test_a_change_counts_once_for_an_account_where_it_counts_at_all(ledger: Ledger) -> None:
    decide(ledger, adding("refs/heads/topic", 0, digest="one"))
    for ref in (MAIN, RELEASE):
        decide(ledger, adding(ref, 6, digest="one"))
    decide(ledger, adding("refs/heads/release/2", 2, digest="two"))
    assert sums(past(ledger)) == [(6, 1), (8, 2)]
    assert sums(past(ledger), RELEASE) == [(6, 1), (8, 2)]


def test_each_update_of_a_push_counts_for_those_after_it(ledger: Ledger) -> None:
    history = past(ledger)
    assert sums(history) == [(0, 0), (0, 0)]
    for number in range(3):
        history.decided(adding(RELEASE, 2, digest=str(number)))
    assert sums(history) == [(0, 0), (6, 3)]


def test_of_refs_that_nothing_is_counted_on_nobody_asks(ledger: Ledger) -> None:
    asked: list[str] = []
    decide(ledger, *(adding(f"refs/heads/topic/{number}", 0) for number in range(20)))
    decide(ledger, adding(RELEASE, 3))
    assert sums(past(ledger, asked=asked)) == [(0, 0), (3, 1)]
    assert asked == [RELEASE]
