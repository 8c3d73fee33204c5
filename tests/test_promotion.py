"""What was judged on the way and comes on unchanged, and what only looks as if it were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.change import RefUpdate
from agentguard.decision import UpdateDecision
from agentguard.gate import Gate
from agentguard.policy.environments import ref_matches
from agentguard.policy.model import Policy
from agentguard.policy.stack import Stack
from agentguard.promotion import MOST_MOVES, Move, chains
from agentguard.repo.reader import Known
from agentguard.repo.repository import open_repository
from tests import kit
from tests.changes import MAIN, NOW, policy, rule

STAGING, NEXT, TOPIC = "refs/heads/staging", "refs/heads/next", "refs/heads/topic"
ENVIRONMENTS = (
    "[actors]\nagent_pushers = ['svc-claude']\n"
    f"[environments.staging]\nrefs = ['{STAGING}', '{NEXT}']\n"
    "[environments.production]\naccepts_from = 'staging'\n"
)
SIZE = rule("deleted_lines = '>= 50'", name="big")
TEXT = ENVIRONMENTS + SIZE
LINES = "".join(f"line {n}\n" for n in range(60))
FILES: dict[str, str | bytes] = dict.fromkeys(("a.py", "b.py"), LINES)


@dataclass
class Way:
    """A repository whose refs move as the gate says, with a ledger of it in memory."""

    work: kit.Work
    text: str = TEXT
    moves: list[Move] = field(default_factory=list)
    asked: list[Sequence[str]] = field(default_factory=list)

    def landed(self, patterns: Sequence[str]) -> list[Move]:
        self.asked.append(patterns)
        return [m for m in self.moves if any(ref_matches(each, m.ref) for each in patterns)]

    def judge(self, ref: str, new: str, *policies: Policy, pusher: str = "jane") -> UpdateDecision:
        repository = replace(open_repository(self.work.path / ".git"), default_branch=MAIN)
        main = self.tip(MAIN)
        stack = Stack(policies or (policy(self.text),), "acme/portal")
        known = Known(main, tuple(stack.protected(repository).values()))
        gate = Gate(repository, stack, known, NOW, pusher=pusher, landed=self.landed)
        [found] = gate.judge([RefUpdate(self.tip(ref), new, ref)]).updates
        return found

    def tip(self, ref: str) -> str:
        return self.work.git("rev-parse", "-q", "--verify", ref, check=False).stdout.strip()

    def land(self, ref: str, new: str) -> None:
        """Move a ref as an accepted push, approved or not, would have moved it."""
        old, main = self.tip(ref), self.tip(MAIN)
        base = "" if old or not new else self.work.out("merge-base", new, main)
        self.work.git("update-ref", *([ref, new] if new else ["-d", ref]))
        self.moves.append(Move(ref, old, new, base))

    def commit(self, onto: str, drop: str = "", *, author: str = kit.SOMEBODY, **files: str) -> str:
        """A commit on top of another that drops a file, or writes some; no ref moves."""
        self.work.git("checkout", "-q", "--detach", onto)
        named = {name.replace("_", "."): content for name, content in files.items()}
        return self.work.commit("Change", {drop: None} if drop else named, author=author)

    def merge(self, ours: str, theirs: str, *options: str, author: str = kit.SOMEBODY) -> str:
        self.work.git("checkout", "-q", "--detach", ours)
        name, _, email = author.rstrip(">").partition(" <")
        arguments = ("merge", "-q", "--no-ff", "-m", "Merge", *options, theirs)
        self.work.git(*arguments, GIT_AUTHOR_NAME=name, GIT_AUTHOR_EMAIL=email)
        return self.work.tip()


@pytest.fixture
def way(tmp_path: Path) -> Way:
    work = kit.init(tmp_path / "work")
    start = work.commit("Start", FILES)
    work.git("checkout", "-q", "--detach")
    found = Way(work)
    found.land(STAGING, start)
    return found


def rules(decided: UpdateDecision) -> list[str]:
    return [finding.rule for finding in decided.findings]


def staged(way: Way, drop: str = "a.py") -> str:
    """A commit that drops a file, landed on staging; the rule on size saw it there."""
    tip = way.commit(way.tip(STAGING), drop)
    assert rules(way.judge(STAGING, tip)) == ["big"]
    way.land(STAGING, tip)
    return tip


# ---- what is a promotion


def test_what_was_judged_on_staging_is_not_counted_twice(way: Way) -> None:
    found = way.judge(MAIN, staged(way))
    assert (found.verdict, rules(found)) == ("accepted", [])
    assert found.notes == (f"judged on the way through {STAGING}: big",)
    assert way.asked[-1] == (STAGING, NEXT)


def test_several_landed_pushes_come_together(way: Way) -> None:
    staged(way)
    small = way.commit(way.tip(STAGING), new_py="x\n")
    way.land(STAGING, small)
    assert not rules(way.judge(MAIN, staged(way, "b.py")))


def test_a_second_promotion_begins_where_the_first_ended(way: Way) -> None:
    way.land(MAIN, staged(way))
    assert not rules(way.judge(MAIN, staged(way, "b.py")))


def test_a_ref_that_was_made_begins_at_its_base(way: Way) -> None:
    way.land(NEXT, way.commit(way.tip(MAIN), "a.py"))
    found = way.judge(MAIN, way.tip(NEXT))
    assert (rules(found), found.notes) == ([], (f"judged on the way through {NEXT}: big",))


def test_a_clean_merge_with_what_production_has_meanwhile(way: Way) -> None:
    tip = staged(way)
    way.land(MAIN, way.commit(way.tip(MAIN), fix_py="fixed\n"))
    for pair in ((way.tip(MAIN), tip), (tip, way.tip(MAIN))):
        assert not rules(way.judge(MAIN, way.merge(*pair)))


def test_production_merged_back_into_staging_first(way: Way) -> None:
    staged(way)
    way.land(MAIN, way.commit(way.tip(MAIN), fix_py="fixed\n"))
    way.land(STAGING, way.merge(way.tip(STAGING), way.tip(MAIN)))
    assert not rules(way.judge(MAIN, way.tip(STAGING)))


def test_approval_commits_on_top_change_nothing(way: Way) -> None:
    tip = way.commit(way.tip(STAGING), "a.py")
    approval = "Agentguard approval\n\nAgentguard-Approval: v1"
    top = way.work.commit(approval)
    way.land(STAGING, top)
    assert rules(way.judge(MAIN, tip)) == ["big"]  # it never stood there alone
    assert not rules(way.judge(MAIN, top))
    assert not rules(way.judge(MAIN, way.work.commit(f"{approval} once more")))


# ---- what is none


def test_without_a_ledger_nothing_is(way: Way) -> None:
    tip = staged(way)
    repository = open_repository(way.work.path / ".git")
    stack = Stack((policy(TEXT),), "acme/portal")
    gate = Gate(repository, stack, Known(way.tip(MAIN), ()), NOW)
    [found] = gate.judge([RefUpdate(way.tip(MAIN), tip, MAIN)]).updates
    assert rules(found) == ["big"]


def test_without_a_word_in_the_policy_nothing_is(way: Way) -> None:
    silent = policy(TEXT.replace("accepts_from", "agents = 'allow'\n#"))
    assert rules(way.judge(MAIN, staged(way), silent)) == ["big"]
    assert rules(way.judge(MAIN, way.tip(STAGING), policy(TEXT), silent)) == ["big"]


def test_what_went_through_no_staging(way: Way) -> None:
    tip = way.commit(way.tip(MAIN), "a.py")
    way.land(TOPIC, tip)
    assert rules(way.judge(MAIN, tip)) == ["big"]
    assert rules(way.judge(MAIN, way.merge(way.tip(MAIN), tip))) == ["big"]
    over = way.merge(staged(way, "b.py"), tip)
    assert rules(way.judge(MAIN, over)) == ["big"]


def test_one_commit_more(way: Way) -> None:
    more = way.commit(staged(way), new_py="x\n")
    assert rules(way.judge(MAIN, more)) == ["big"]


def test_less_than_what_landed(way: Way) -> None:
    one = way.commit(way.tip(MAIN), "a.py")
    way.land(STAGING, way.commit(one, "b.py"))
    assert rules(way.judge(MAIN, one)) == ["big"]


def test_a_merge_that_git_would_not_have_made(way: Way) -> None:
    tip = staged(way)
    way.land(MAIN, way.commit(way.tip(MAIN), fix_py="fixed\n"))
    way.merge(way.tip(MAIN), tip)
    way.work.git("rm", "-q", "b.py")
    way.work.git("commit", "-q", "--amend", "--no-edit")
    assert rules(way.judge(MAIN, way.work.tip())) == ["big"]


def test_a_merge_that_leaves_out_some_of_it(way: Way) -> None:
    tip = way.commit(staged(way), "b.py")
    way.land(STAGING, tip)
    way.merge(way.tip(MAIN), tip)
    way.work.git("checkout", "-q", MAIN, "--", "b.py")
    way.work.git("commit", "-q", "--amend", "--no-edit")
    assert rules(way.judge(MAIN, way.work.tip())) == ["big"]


def test_a_merge_of_anything_but_the_old_tip(way: Way) -> None:
    beside = way.commit(way.tip(MAIN))
    assert rules(way.judge(MAIN, way.merge(beside, staged(way)))) == ["big"]


def test_work_of_production_that_a_merge_on_staging_drops(way: Way) -> None:
    """On staging nothing is seen to go, as it never was there."""
    way.land(MAIN, way.commit(way.tip(MAIN), hot_py=LINES))
    ours = way.merge(way.tip(STAGING), way.tip(MAIN), "-s", "ours")
    assert not rules(way.judge(STAGING, ours))
    way.land(STAGING, ours)
    assert rules(way.judge(MAIN, ours)) == ["big"]


def test_work_of_production_that_was_taken_back_before_staging_had_it(way: Way) -> None:
    way.land(MAIN, way.commit(way.tip(MAIN), hot_py=LINES))
    clean = way.merge(staged(way), way.commit(way.tip(MAIN), "hot.py"))
    assert not rules(way.judge(STAGING, clean))
    way.land(STAGING, clean)
    assert rules(way.judge(MAIN, clean)) == ["big"]


def test_a_gap_in_what_landed(way: Way) -> None:
    unseen = way.commit(way.tip(STAGING), "a.py")
    way.work.git("update-ref", STAGING, unseen)  # by hand, on the server
    way.land(STAGING, way.commit(unseen, new_py="x\n"))
    assert rules(way.judge(MAIN, way.tip(STAGING))) == ["big"]


def test_two_refs_are_two_chains(way: Way) -> None:
    way.land(NEXT, way.tip(MAIN))
    one = way.commit(way.tip(MAIN), "a.py")
    way.land(STAGING, one)
    two = way.commit(one, new_py="x\n")
    way.moves.append(Move(NEXT, one, two))  # it began at what only the other had
    assert rules(way.judge(MAIN, two)) == ["big"]


def test_a_ref_that_went_and_came_back(way: Way) -> None:
    tip = staged(way)
    way.land(STAGING, "")
    way.land(STAGING, way.commit(tip, "b.py"))
    assert not rules(way.judge(MAIN, way.tip(STAGING)))  # all of it was judged as the ref was made
    way.moves[-1] = replace(way.moves[-1], base="")
    assert rules(way.judge(MAIN, way.tip(STAGING))) == ["big"]  # what was before it went is past


def test_back_and_forth(way: Way) -> None:
    start, tip = way.tip(STAGING), staged(way)
    way.land(STAGING, start)
    assert not rules(way.judge(MAIN, tip))
    way.land(STAGING, tip)
    assert not rules(way.judge(MAIN, tip))


def test_a_ref_that_production_claims_as_well_is_no_staging(way: Way) -> None:
    both = TEXT.replace("accepts_from", f"refs = ['{MAIN}', '{STAGING}']\naccepts_from")
    assert rules(way.judge(MAIN, staged(way), policy(both))) == ["big"]


@pytest.mark.parametrize("ref", ["refs/heads/release/1", "refs/tags/v1"])
def test_a_new_ref(way: Way, ref: str) -> None:
    assert rules(way.judge(ref, staged(way))) == ["big"]


def test_a_rewind_a_moved_tag_and_a_deletion(way: Way) -> None:
    way.text += rule("ref_deleted = true", name="gone")
    tip = staged(way)
    way.land("refs/tags/v1", way.tip(MAIN))
    assert rules(way.judge("refs/tags/v1", tip)) == ["big"]
    way.land(MAIN, way.commit(way.tip(MAIN)))  # of no content, so that no file tells
    assert rules(way.judge(MAIN, tip)) == ["big"]
    assert rules(way.judge(MAIN, "")) == ["gone"]


# ---- which rules

R = rule("files = '>= 1'")
HERE, THERE = (f"{R}[environments.{name}.rules.r]\n" for name in ("production", "staging"))


@pytest.mark.parametrize(
    "text",
    [
        R,
        rule("files = '>= 1'", scope="paths = ['?*', '!*.md']"),
        rule("files = '>= 1'", scope="per = 'commit'"),
        THERE + "effect = 'deny'",
        THERE + "approvals = 2",
        THERE + "severity = 'low'",
        THERE + "require_presence = true",
    ],
)
def test_a_rule_of_size_is_asked_once(way: Way, text: str) -> None:
    way.land(STAGING, way.commit(way.tip(STAGING), "a.py"))
    found = way.judge(MAIN, way.tip(STAGING), policy(ENVIRONMENTS + text))
    assert (rules(found), len(found.notes)) == ([], 1)


@pytest.mark.parametrize(
    "text",
    [
        rule("files = '>= 1'", scope="paths = 'a.py'"),
        rule("paths = 'a.py'\nfiles = '>= 1'|files = '>= 9'"),
        rule("files = '>= 1'", scope="actors = ['agent', 'unknown']"),
        rule("files = '>= 1'\nremoved = 'line 1'"),
        rule("files = '>= 1'", scope="environments = 'production'"),
        THERE + "enabled = false",
        THERE + "effect = 'warn'",
        THERE + "effects = { human = 'warn' }",
        THERE + "when.files = '>= 9'",
        THERE + "scope.status = 'deleted'",
        THERE + "teams = 'web'",
        HERE + "effect = 'deny'",
        HERE + "approvals = 2",
        HERE + "require_presence = true",
        HERE + "require_verification = true",
    ],
)
def test_any_other_rule_is_asked_again(way: Way, text: str) -> None:
    way.land(STAGING, way.commit(way.tip(STAGING), "a.py"))
    found = way.judge(MAIN, way.tip(STAGING), policy(ENVIRONMENTS + text))
    assert (rules(found), found.notes) == (["r"], ())


def test_a_freeze_holds_for_promotions(way: Way) -> None:
    frozen = f"[freeze]\nfrom = 2025-12-31\nuntil = 2026-01-02\nrefs = '{MAIN}'"
    assert rules(way.judge(MAIN, staged(way), policy(TEXT + frozen))) == ["freeze"]


# ---- agents


def test_an_agent_promotes_with_a_human(way: Way) -> None:
    found = way.judge(MAIN, staged(way), pusher="svc-claude")
    [finding] = found.findings
    assert (finding.rule, finding.effect) == ("agent-promotion", "approve")
    assert found.verdict == "needs-approval"
    assert "Agentguard-Rules: agent-promotion\n" in found.statement


def test_an_agents_merge_is_its_promotion(way: Way) -> None:
    tip = staged(way)
    way.land(MAIN, way.commit(way.tip(MAIN), fix_py="fixed\n"))
    by_agent = way.merge(way.tip(MAIN), tip, author=kit.AGENT)
    [finding] = way.judge(MAIN, by_agent, policy(TEXT)).findings
    assert (finding.rule, finding.commits) == ("agent-promotion", (by_agent,))


@pytest.mark.parametrize(
    ("word", "direct", "promoted"),
    [
        ("allow", [], []),
        ("approve", ["agent-push"], ["agent-promotion"]),
        ("deny", ["agent-push"], ["agent-promotion"]),
    ],
)
def test_work_of_an_agent_comes_by_way_of_staging(
    way: Way, word: str, direct: list[str], promoted: list[str]
) -> None:
    under = policy(ENVIRONMENTS + f"agents = '{word}'\n")
    made = way.commit(way.tip(STAGING), author=kit.AGENT, new_py="x\n")
    found = way.judge(MAIN, made, under)
    assert (rules(found), found.verdict == "denied") == (direct, word == "deny")
    assert all(("to staging first" in each.fix) is (word == "deny") for each in found.findings)
    way.land(STAGING, made)
    found = way.judge(MAIN, made, under)
    assert (rules(found), found.verdict) == (promoted, "needs-approval" if promoted else "accepted")


# ---- chains


def test_a_chain_is_followed_only_so_far() -> None:
    moves = [Move(STAGING, str(n), str(n + 1)) for n in range(1, MOST_MOVES + 9)]
    [(_, begins)] = chains(moves, str(MOST_MOVES + 9))
    assert (len(begins), begins[-1]) == (MOST_MOVES, "9")


MOVES = st.builds(
    Move, *map(st.sampled_from, ([STAGING, NEXT], *(["", "a", "b", "c"],) * 2, ["", "d"]))
)


@given(st.lists(MOVES, max_size=12), st.sampled_from(["", "a", "b"]))
def test_every_step_of_a_chain_landed_on_one_ref(moves: list[Move], tip: str) -> None:
    found = list(chains(moves, tip))
    assert len(found) == sum(bool(tip) and move.new == tip for move in moves)
    for ref, begins in found:
        own = [move for move in moves if move.ref == ref]
        ends = [at for at, move in enumerate(own) if move.new == tip]
        assert any(walked(own[: end + 1]) == begins for end in ends)


def walked(own: list[Move]) -> list[str]:
    """The chain that ends with the last move, told from its front: the longest run of moves that
    join, from where the ref was made at the earliest."""
    run: list[Move] = []
    for move in own:
        joins = run and move.old and run[-1].new == move.old
        run = [*run, move] if joins else [move]
    return [start for move in reversed(run) if (start := move.old or move.base)]
