"""Rules that add pushes up, against changes and sums made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from agentguard.engine import judge
from agentguard.finding import Finding
from agentguard.makers import Judged
from agentguard.measures.sizes import Sizes
from agentguard.windows import Earlier, adding_up, contributions, judge_windows
from tests.changes import NOW, change, commit, file, judged, policy, renamed, rule

WINDOW = "per = 'window'"
TEN = "deleted_files = '>= 10'"
SINCE = datetime(2026, 1, 1, 9, tzinfo=UTC)


def deleting(count: int, *, lines: int = 5) -> Judged:
    return judged(
        change(commit("c", *(file(f"src/{n}.py", "deleted", deleted=lines) for n in range(count))))
    )


def sums(*of: Earlier, key: str = "r/0") -> dict[str, Sequence[Earlier]]:
    return {key: of}


def earlier(pushes: int = 2, **sizes: int) -> Earlier:
    return Earlier(Sizes.from_dict(sizes), pushes, SINCE)


def found(
    subject: Judged, *of: Earlier, when: str = TEN, scope: str = "", effects: str = ""
) -> tuple[Finding, ...]:
    text = rule(when, scope=f"{WINDOW}\n{scope}", effects=effects)
    return judge_windows(subject, policy(text), sums(*of))


# ---- what a push adds


def test_what_a_push_adds_is_what_scope_and_actors_leave() -> None:
    gone, lock = file("src/a.py", "deleted", deleted=7), file("package-lock.json", deleted=90)
    subject = judged(
        change(commit("me", gone), commit("bot", file("docs/x.md", added=3)), commit("me", lock)),
        {"bot": "agent"},
    )
    text = rule(
        f"{TEN}|paths = 'src/'\n{TEN}|actors = 'agent'\n{TEN}|paths = 'lib/'\n{TEN}", scope=WINDOW
    )
    text += rule(TEN, name="elsewhere", scope=f"{WINDOW}\nenvironments = 'staging'")
    text += rule(TEN, name="alone")
    assert {key: sizes.to_dict() for key, sizes in contributions(subject, policy(text)).items()} == {
        "r/0": {
            "files": 3, "deleted_files": 1, "modified_files": 2, "gutted_files": 1,
            "deleted_bytes": 1000, "source_deleted_bytes": 1000,
            "added_lines": 3, "deleted_lines": 97, "changed_lines": 100,
            "source_files": 2, "source_deleted_files": 1, "source_modified_files": 1,
            "source_added_lines": 3, "source_deleted_lines": 7, "source_changed_lines": 10,
        },
        "r/1": {
            "files": 1, "deleted_files": 1, "deleted_lines": 7, "changed_lines": 7,
            "deleted_bytes": 1000, "source_deleted_bytes": 1000,
            "source_files": 1, "source_deleted_files": 1, "source_deleted_lines": 7,
            "source_changed_lines": 7,
        },
        "r/2": {
            "files": 1, "modified_files": 1, "added_lines": 3, "changed_lines": 3,
            "source_files": 1, "source_modified_files": 1, "source_added_lines": 3,
            "source_changed_lines": 3,
        },
    }  # fmt: skip


def test_rules_of_different_scope_have_different_sums() -> None:
    subject = judged(
        change(commit("me", file("src/a.py", added=1)), commit("bot", file("lib/b.py", "deleted"))),
        {"bot": "agent"},
    )
    scopes = {"all": "", "src": "paths = 'src/'", "bot": "actors = 'agent'"}
    scopes |= {"new": "status = 'modified'", "none": "paths = 'docs/'"}
    text = "".join(rule(TEN, name=each, scope=f"{WINDOW}\n{s}") for each, s in scopes.items())
    found = contributions(subject, policy(text))
    assert {key: sizes["files"] for key, sizes in found.items()} == {
        "all/0": 2, "src/0": 1, "bot/0": 1, "new/0": 1,
    }  # fmt: skip
    assert [key for key, sizes in found.items() if sizes["deleted_files"]] == ["all/0", "bot/0"]


def test_of_nobody_in_scope_nothing_is_added() -> None:
    text = rule(f"actors = 'agent'\n{TEN}", scope=WINDOW)
    assert contributions(deleting(3), policy(text)) == {}
    assert found(deleting(30), when=f"actors = 'agent'\n{TEN}") == ()


def test_which_rules_add_up() -> None:
    text = rule(TEN, scope=f"{WINDOW}\nwindow = '90m'") + rule(TEN, name="update")
    [only] = adding_up(policy(text), "refs/heads/main")
    assert (only.id, only.scope.window) == ("r", 5400.0)
    assert adding_up(policy(text), "refs/heads/topic") == ()


# ---- what is found


def test_judge_leaves_them_alone() -> None:
    assert judge(deleting(30), policy(rule(TEN, scope=WINDOW)), NOW) == ()
    both = policy(rule(TEN, scope=WINDOW) + rule(TEN, name="update"))
    assert [each.rule for each in judge(deleting(30), both, NOW)] == ["update"]
    assert [each.rule for each in judge_windows(deleting(30), both, {})] == ["r"]


@pytest.mark.parametrize(
    ("here", "before", "expected"), [(3, 7, True), (3, 6, False), (1, 9, True), (0, 40, False)]
)
def test_earlier_pushes_count(here: int, before: int, *, expected: bool) -> None:
    assert bool(found(deleting(here), earlier(deleted_files=before))) is expected


def test_what_a_finding_says() -> None:
    [finding] = found(deleting(3), earlier(deleted_files=7))
    assert finding.measured == {"deleted_files": 10}
    assert finding.limit == {"deleted_files": ">= 10"}
    assert finding.paths == ("src/0.py", "src/1.py", "src/2.py")
    assert finding.commits == (commit("c").id,)
    assert finding.message == (
        "Adds to 2 earlier pushes to this ref since 2026-01-01T09:00:00Z that nobody approved; "
        "this one brings 3 of 10 deleted_files"
    )
    assert finding.vanished == ()


def test_without_earlier_pushes_it_is_judged_alone() -> None:
    words = "This push alone is past what all pushes of 24h may add up to"
    assert [each.message for each in found(deleting(10))] == [words]
    assert [each.message for each in found(deleting(10), Earlier())] == [words]
    assert found(deleting(9)) == ()


def test_a_push_that_adds_nothing_to_what_is_counted_is_never_stopped() -> None:
    writing = judged(change(commit("c", file("a.py", added=9))))
    moving = judged(change(commit("c", renamed("a.py", "b.py"))))
    when = "deleted_lines = '>= 10'\ndeletion_ratio = '>= 0.5'"
    before = earlier(deleted_files=40, deleted_lines=4000)
    for subject in (writing, moving, judged(change())):
        assert found(subject, before) == ()
        assert found(subject, before, when=when) == ()
    assert found(deleting(1, lines=1), before, when=when)


def test_the_ratio_is_that_of_the_sum() -> None:
    when = "deleted_lines = '>= 100'\ndeletion_ratio = '>= 0.70'"
    subject = judged(change(commit("c", file("a.py", added=10, deleted=20))))
    [finding] = found(subject, earlier(deleted_lines=85, added_lines=35), when=when)
    assert finding.measured == {"deleted_lines": 105, "deletion_ratio": 0.7}
    assert finding.message.endswith("this one brings 20 of 105 deleted_lines")
    assert found(subject, earlier(deleted_lines=85, added_lines=36), when=when) == ()
    [finding] = found(subject, earlier(1, deleted_lines=9), when="deletion_ratio = '>= 0.5'")
    assert finding.message == (
        "Adds to 1 earlier push to this ref since 2026-01-01T09:00:00Z that nobody approved"
    )


@pytest.mark.parametrize("turned", [False, True])
def test_the_larger_of_the_two_sums_decides(*, turned: bool) -> None:
    ref = earlier(deleted_files=8)
    account = Earlier(Sizes.from_dict({"deleted_files": 20}), 1500, None, "pusher")
    both = (account, ref) if turned else (ref, account)
    [finding] = found(deleting(3), *both)
    assert finding.measured == {"deleted_files": 23}
    assert finding.message.startswith("Adds to 1,500 earlier pushes by this account that nobody")
    [finding] = found(deleting(3), *both, when="deleted_files = '< 15'")
    assert finding.measured == {"deleted_files": 11}


def test_each_alternative_has_a_sum_of_its_own() -> None:
    when = f"paths = 'lib/'\n{TEN}|paths = 'src/'\n{TEN}"
    text = policy(rule(when, scope=WINDOW))
    before = earlier(deleted_files=8)
    assert judge_windows(deleting(3), text, sums(before)) == ()
    [finding] = judge_windows(deleting(3), text, sums(before, key="r/1"))
    assert finding.measured == {"deleted_files": 11}


def test_who_made_this_push_tells_what_a_finding_does() -> None:
    subject = deleting(3)
    human = judged(subject.change, {"c": "human"})
    for pushed, effect in ((subject, "approve"), (human, "warn")):
        [finding] = found(pushed, earlier(deleted_files=8), effects="human = 'warn'")
        assert finding.effect == effect


def test_what_stands_in_the_way_comes_first() -> None:
    text = rule(TEN, name="warned", scope=WINDOW, effects="unknown = 'warn'")
    text += rule(TEN, name="asked", scope=WINDOW)
    asked = judge_windows(deleting(30), policy(text), {})
    assert [each.rule for each in asked] == ["asked", "warned"]


def test_no_number_of_a_sum_reaches_what_an_approval_covers() -> None:
    """The same rule is named, and the same content, whatever came before."""
    first, second = (found(deleting(12), each) for each in (Earlier(), earlier(deleted_files=500)))
    assert [each.rule for each in first] == [each.rule for each in second] == ["r"]
    assert [each.vanished for each in first] == [each.vanished for each in second] == [()]
