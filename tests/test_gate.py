"""The pure part of the gate: policies, rules and approvals put together over a hand-made change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from agentguard.approvals import counting
from agentguard.change import Change, Mentions, RefUpdate
from agentguard.decision import Approval, Totals, UpdateDecision
from agentguard.errors import DeadlineError, EvaluationError
from agentguard.gate import Gate
from agentguard.outcome import unevaluated
from agentguard.policy.model import Policy
from agentguard.policy.stack import Stack
from agentguard.references import Mention
from agentguard.repo.extras import Wanted
from agentguard.repo.git import Git
from agentguard.repo.reader import Known
from agentguard.repo.repository import Repository
from tests.changes import BASE, MAIN, NOW, blob, change, commit, file, policy, renamed, rule
from tests.policy.test_load import key

TOPIC = "refs/heads/topic"


class Stored(Repository):
    """A repository whose files are all the same, and that no git stands behind."""

    content: bytes | None = None

    def file(self, commit: str, path: str) -> bytes | None:
        return type(self).content


def repository() -> Repository:
    return Stored(Path("/srv/portal.git"), cast("Git", None), MAIN, "sha1")


def gate(*policies: Policy, change: Change | Exception | None = None, **more: Any) -> Gate:
    def read(_repository: Repository, update: RefUpdate, _known: Known, wanted: Wanted) -> Change:
        if isinstance(change, Exception):
            raise change
        return change or Change(update)

    stack = Stack(policies or (policy(),), "acme/portal")
    return Gate(repository(), stack, Known("c" * 40, ()), NOW, read=read, **more)


def decided(*policies: Policy, change: Change | Exception, **more: Any) -> UpdateDecision:
    update = change.update if isinstance(change, Change) else RefUpdate("a" * 40, "b" * 40, MAIN)
    update = replace(update, ref=more.pop("ref", update.ref))
    [found] = gate(*policies, change=change, **more).judge([update]).updates
    return found


def named(text: str, name: str) -> Policy:
    return replace(policy(text), source=name)


PUSH = change(commit("c", file("src/a.py", added=1, deleted=3), file("b.png", "added", added=5)))
FILES = "files = '>= 1'"


def test_nothing_to_judge_is_an_error() -> None:
    assert gate().judge([]).verdict == "error"


def test_a_push_that_no_rule_minds() -> None:
    found = decided(change=PUSH)
    assert (found.verdict, found.findings, found.statement) == ("accepted", (), "")
    assert found.environment == "production"


def test_what_is_needed_is_stated() -> None:
    text = (
        rule(FILES)
        + rule(FILES, name="b-rule")
        + rule(FILES, name="a-warning").replace("'approve'", "'warn'")
    )
    found = decided(policy(text + "[approvals]\nmax_age = '2h'"), policy(), change=PUSH)
    assert found.verdict == "needs-approval"
    assert found.statement.splitlines() == [
        "Agentguard-Approval: v1",
        "Agentguard-Repository: acme/portal",
        f"Agentguard-Ref: {MAIN}",
        f"Agentguard-Change: {found.totals.digest}",
        "Agentguard-Rules: b-rule r",
        "Agentguard-Expires: 2026-01-01T02:00:00Z",
        "Agentguard-Approver:",
    ]


def test_what_is_denied_states_nothing() -> None:
    text = rule(FILES) + rule(FILES, name="x").replace("'approve'", "'deny'")
    found = decided(policy(text), change=PUSH)
    assert (found.verdict, found.statement) == ("denied", "")
    assert [each.rule for each in found.findings] == ["x", "r"]


@pytest.mark.parametrize(
    ("one", "other", "verdict", "source"),
    [
        pytest.param("warn", "approve", "needs-approval", "other", id="the second is stricter"),
        pytest.param("deny", "approve", "denied", "one", id="the first is stricter"),
        pytest.param("approve", "approve", "needs-approval", "one", id="alike"),
        pytest.param("warn", "warn", "accepted", "one", id="none stands in the way"),
    ],
)
def test_every_policy_must_be_passed(one: str, other: str, verdict: str, source: str) -> None:
    policies = (
        named(rule(FILES).replace("'approve'", f"'{effect}'"), name)
        for effect, name in ((one, "one"), (other, "other"))
    )
    found = decided(*policies, change=PUSH)
    assert found.verdict == verdict
    assert [each.policy for each in found.findings] == [source]


def test_each_policy_sees_the_environments_it_names() -> None:
    strict = named(rule(FILES) + f"[environments.staging]\nrefs = ['{TOPIC}']", "strict")
    pushed = change(commit("c", file("a")), ref=TOPIC)
    found = decided(policy(), strict, change=pushed)
    assert (found.environment, found.verdict) == ("staging", "needs-approval")
    assert decided(policy(rule(FILES)), change=pushed).verdict == "accepted"


def test_each_policy_knows_its_own_agents() -> None:
    text = rule(FILES, scope="actors = ['agent']")
    free = named(text, "free")
    strict = named(text + "[actors]\nunproven = 'agent'", "strict")
    assert decided(free, change=PUSH).verdict == "accepted"
    assert decided(free, strict, change=PUSH).verdict == "needs-approval"


def test_an_agents_account_answers_for_what_no_commit_explains() -> None:
    text = (
        rule("ref_deleted = true", scope="actors = ['agent']")
        + "[actors]\nagent_pushers = ['svc-claude']"
    )
    gone = Change(RefUpdate("a" * 40, "", MAIN))
    assert decided(policy(text), change=gone, pusher="SVC-Claude").verdict == "needs-approval"
    assert decided(policy(text), change=gone, pusher="jane").verdict == "accepted"


def test_totals() -> None:
    pushed = change(
        commit(
            "c",
            file("src/a.py", added=1, deleted=3),
            file("b", "added", added=6),
            file("c", "deleted", deleted=5),
        ),
        commit("d", renamed("x", "y"), file("e", new_size=0)),
    )
    totals = decided(policy(rule("files = '>= 99'")), change=pushed).totals
    assert totals.digest.startswith("sha256:")
    assert replace(totals, digest="") == Totals(
        "",
        commits=2,
        files=5,
        added_lines=7,
        deleted_lines=8,
        deletion_ratio=8 / 15,
        added_files=1,
        deleted_files=2,
        renamed_files=1,
        actors={"unknown": 2},
    )


def test_what_was_not_read_has_no_totals() -> None:
    assert decided(policy(), change=PUSH).totals == Totals()


def test_what_has_vanished_makes_another_digest() -> None:
    flagged = rule(FILES, scope="per = 'commit'")
    plain = change(commit("1", file("a", "added")), files=(file("b"),))
    digests = {
        decided(policy(text), change=plain).totals.digest
        for text in (flagged, rule("files = '> 0'"))
    }
    assert len(digests) == 2


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param({"rewound": True}, id="rewound"),
        pytest.param({"update": RefUpdate("a" * 40, "b" * 40, "refs/tags/v1")}, id="tag moved"),
        pytest.param({"update": RefUpdate("a" * 40, "", MAIN)}, id="deleted"),
    ],
)
def test_a_ref_that_moves_oddly_is_approved_with_its_ids(moved: dict[str, Any]) -> None:
    one, other = (change(files=(file("a"),), **moved) for _ in range(2))
    other = replace(other, base="d" * 40)
    text = rule("files = '>= 1'")
    digests = {decided(policy(text), change=each).totals.digest for each in (one, other)}
    assert len(digests) == 2


def test_only_a_push_option_can_approve_a_deletion() -> None:
    gone = Change(RefUpdate("a" * 40, "", MAIN))
    found = decided(policy(rule("ref_deleted = true")), change=gone)
    assert found.verdict == "needs-approval"
    assert found.statement
    assert found.notes == ()
    commits = "[approvals]\ncarriers = ['commit']\n" + rule("ref_deleted = true")
    found = decided(policy(commits), change=gone)
    assert (found.verdict, found.statement) == ("needs-approval", "")
    assert found.notes


# ---- what cannot be judged


@pytest.mark.parametrize(
    ("ref", "verdict"),
    [
        (MAIN, "error"),
        ("refs/heads/Main", "error"),
        ("refs/tags/v1", "error"),
        (TOPIC, "accepted"),
        ("refs/notes/commits", "accepted"),
        ("refs/replace/x", "denied"),
        ("refs/agentguard/x", "denied"),
    ],
)
def test_what_cannot_be_judged(ref: str, verdict: str) -> None:
    found = decided(BASE, change=EvaluationError("object missing"), ref=ref)
    assert found.verdict == verdict
    assert ("object missing" in "".join((*found.errors, *found.notes))) is (verdict != "denied")


def test_a_frozen_ref_is_protected_while_it_is_frozen() -> None:
    freeze = f"[freeze]\nfrom = 2025-12-31\nuntil = 2026-01-02\nrefs = '{TOPIC}'"
    found = decided(policy(freeze), change=EvaluationError("object missing"), ref=TOPIC)
    assert found.verdict == "error"
    assert decided(policy(freeze), change=change(ref=TOPIC)).verdict == "denied"
    later = freeze.replace("2025-12-31", "2026-01-01T12:00:00Z")
    assert decided(policy(later), change=EvaluationError("x"), ref=TOPIC).verdict == "accepted"


def test_a_reserved_ref_passes_nowhere_when_it_cannot_be_judged() -> None:
    update = RefUpdate("", "b" * 40, "refs/agentguard/keep")
    assert unevaluated(update, "development", "x").verdict == "error"


def test_the_end_of_our_time_is_the_callers() -> None:
    with pytest.raises(DeadlineError):
        decided(policy(), change=DeadlineError("too long"))
    given_up = gate(policy()).give_up([PUSH.update, RefUpdate("", "b" * 40, TOPIC)], "too long")
    assert [each.verdict for each in given_up.updates] == ["error", "accepted"]


# ---- a new policy in the push


@pytest.mark.parametrize(
    ("content", "ref", "rules"),
    [
        pytest.param(b"version = 1", MAIN, [], id="a good one"),
        pytest.param(b"version = 2", MAIN, ["broken-policy"], id="a broken one"),
        pytest.param(None, MAIN, ["broken-policy"], id="none after all"),
        pytest.param(b"version = 2", TOPIC, [], id="elsewhere"),
    ],
)
def test_a_policy_that_cannot_be_read_does_not_get_in(
    monkeypatch: pytest.MonkeyPatch, content: bytes | None, ref: str, rules: list[str]
) -> None:
    monkeypatch.setattr(Stored, "content", content)
    pushed = change(commit("c", file(".agentguard.toml")), ref=ref)
    found = decided(policy(), change=pushed)
    assert [each.rule for each in found.findings] == rules
    assert found.verdict == ("denied" if rules else "accepted")


def test_a_policy_may_go() -> None:
    pushed = change(commit("c", file(".agentguard.toml", "deleted")))
    assert decided(policy(), change=pushed).findings == ()


# ---- approvals


def approval(approver: str, *rules: str) -> Approval:
    return Approval(approver, "2026-01-02T00:00:00Z", rules or ("r",), blob(approver))


PEOPLE = policy(f"[approvers.jane]\nkeys = ['{key(1)}']\n")


def test_approvals_count_under_the_policy_that_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def verify(
        _change: Change, _claims: object, _expected: object, under: Policy, _now: object
    ) -> object:
        return ((approval("jane"),), ()) if "jane" in under.approvers else ((), ())

    monkeypatch.setattr(counting, "verify_approvals", verify)
    with_jane = replace(PEOPLE, rules=policy(rule(FILES)).rules, source="jane's")
    alone = decided(with_jane, change=PUSH)
    assert (alone.verdict, alone.findings[0].approved_by) == ("accepted", ("jane",))
    assert alone.approvals == (approval("jane"),)
    other = named(rule(FILES), "other")
    for order in ((with_jane, other), (other, with_jane)):
        both = decided(*order, change=PUSH)
        assert (both.verdict, both.findings[0].policy) == ("needs-approval", "other")


# ---- dead code or live


@pytest.mark.parametrize(
    ("mentions", "note"),
    [
        (Mentions(), ()),
        (Mentions(searched=2), ("no code that is left names any of the 2 deleted files",)),
        (
            Mentions(searched=2, complete=False),
            ("what was searched of the code that is left names none of the deleted files",),
        ),
        (
            Mentions((Mention("a", "b.py", 1), Mention("b", "x.md", 1)), searched=2),
            ("code that is left still names 1 of the 2 deleted files",),
        ),
    ],
)
def test_a_refused_deletion_says_whether_the_code_was_dead(
    mentions: Mentions, note: tuple[str, ...]
) -> None:
    gone = change(commit("c", file("a", "deleted"), file("b", "deleted")), mentions=mentions)
    found = decided(policy(rule("deleted_files = '>= 1'")), change=gone)
    assert (found.verdict, found.notes) == ("needs-approval", note)
    assert decided(policy(rule("deleted_files = '>= 3'")), change=gone).notes == ()
