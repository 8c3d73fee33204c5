"""Rules against changes made by hand: where a rule looks, who is held to it, and what is reported."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agentguard.approvals.digest import raw_record
from agentguard.change import SYMLINK, Change, NewName, RefUpdate
from agentguard.engine import applicable, frozen, judge, weight
from agentguard.finding import EFFECTS, SEVERITIES
from agentguard.measures import MEASURES, Measure
from agentguard.rules import Actor
from tests.changes import (
    BASE,
    MAIN,
    NOW,
    blob,
    change,
    commit,
    file,
    findings,
    judged,
    policy,
    renamed,
    rule,
)

FILES = "files = '>= 1'"
HUMAN_WARN = "human = 'warn'"


Actors = dict[str, Actor]


def matched(changed: Change, text: str, actors: Actors | None = None) -> bool:
    return bool(findings(changed, text, actors))


# ---- where a rule looks


@pytest.mark.parametrize(
    ("ref", "environments", "found"),
    [
        ("refs/heads/main", "", True),
        ("refs/heads/Main", "", True),
        ("refs/heads/topic", "", False),
        ("refs/heads/topic", "environments = 'development'", True),
        ("refs/heads/main", "environments = ['staging', 'development']", False),
    ],
)
def test_environments(ref: str, environments: str, *, found: bool) -> None:
    pushed = change(commit("c", file("a")), ref=ref)
    assert matched(pushed, rule(FILES, scope=environments)) is found


def test_a_rule_that_is_off_is_not_asked() -> None:
    off = policy("[rules.mass-deletion]\nenabled = false", only_rules=False)
    asked = {each.id for each in applicable(off, "production")}
    assert asked == {each.id for each in BASE.rules} - {"mass-deletion"}
    here = {each.id for each in applicable(BASE, "development")}
    arriving = {"author-not-pusher", "committer-not-pusher", "label-missing"}
    assert here == {"ref-imitates-protected", "reserved-ref", *arriving}


@pytest.mark.parametrize(
    ("record", "scope", "found"),
    [
        pytest.param(file("src/a.py"), "paths = 'src/'", True, id="inside"),
        pytest.param(file("lib/a.py"), "paths = 'src/'", False, id="outside"),
        pytest.param(file("SRC/a.py"), "paths = 'src/'", True, id="spelt otherwise"),
        pytest.param(file("src/a.py"), "paths = ['src/', '!*.py']", False, id="taken away"),
        pytest.param(file("src/a.py", "deleted"), "status = ['deleted']", True, id="status"),
        pytest.param(file("src/a.py"), "status = ['deleted']", False, id="other status"),
        pytest.param(
            renamed("src/a.py", "lib/a.py"),
            "paths = 'src/'\nstatus = ['deleted']",
            True,
            id="moved out is deleted",
        ),
        pytest.param(
            renamed("lib/a.py", "src/a.py"),
            "paths = 'src/'\nstatus = ['added']",
            True,
            id="moved in is added",
        ),
        pytest.param(
            renamed("src/a.py", "src/b.py"),
            "paths = 'src/'\nstatus = ['renamed']",
            True,
            id="moved within",
        ),
        pytest.param(
            renamed("src/a.py", "src/b.py"),
            "paths = 'src/'\nstatus = ['deleted', 'added']",
            False,
            id="neither out nor in",
        ),
        pytest.param(
            renamed("lib/a.py", "lib/b.py"), "paths = 'src/'", False, id="moved elsewhere"
        ),
        pytest.param(
            renamed("src/a.py", "lib/a.py"),
            "status = ['renamed']",
            True,
            id="without paths a move is a move",
        ),
        pytest.param(
            file("src", "added"), "paths = 'src/**'", True, id="a file where the directory stood"
        ),
    ],
)
@pytest.mark.parametrize("per", ["update", "commit"])
def test_paths_and_status(record: object, scope: str, per: str, *, found: bool) -> None:
    pushed = change(commit("c", record))  # type: ignore[arg-type]
    assert matched(pushed, rule(FILES, scope=f"{scope}\nper = '{per}'")) is found


@pytest.mark.parametrize(
    ("scope", "when", "found"),
    [
        pytest.param("", "paths = 'src/'\nfiles = '>= 1'", True, id="narrows everything"),
        pytest.param("paths = 'src/'", "paths = '*.py'\nfiles = '>= 1'", True, id="both hold"),
        pytest.param(
            "paths = 'src/'",
            "paths = 'lib/'\nfiles = '>= 1'",
            False,
            id="never wider than the rule",
        ),
        pytest.param(
            "paths = 'src/'\nstatus = ['deleted']",
            "paths = 'src/auth/'\nfiles = '>= 1'",
            True,
            id="out of the inner paths is deleted",
        ),
        pytest.param(
            "status = ['modified', 'deleted']",
            "status = ['added', 'deleted']\npaths='src/auth/'\nfiles = '>= 1'",
            True,
            id="common status",
        ),
        pytest.param(
            "actors = ['agent']",
            "actors = ['agent', 'human']\nfiles = '>= 1'",
            False,
            id="never other actors",
        ),
    ],
)
def test_an_alternative_only_narrows(scope: str, when: str, *, found: bool) -> None:
    pushed = change(commit("c", renamed("src/auth/a.py", "src/a.py")))
    assert matched(pushed, rule(when, scope=scope), {"c": "human"}) is found


def test_a_scope_that_leaves_nothing_measures_nothing() -> None:
    pushed = change(commit("c", file("lib/a.py")))
    assert not matched(pushed, rule("files = '<= 3'", scope="paths = 'src/'"))
    assert not matched(pushed, rule("files = '<= 3'", scope="status = ['deleted']"))
    assert not matched(pushed, rule("files = '<= 3'", scope="actors = ['agent']"))
    assert matched(change(), rule("files = '== 0'"))


# ---- per update, per commit


def test_what_a_push_takes_back_is_seen_per_commit_only() -> None:
    added, gone = file("key.pem", "added"), file("key.pem", "deleted")
    pushed = change(commit("1", added), commit("2", gone), files=())
    assert not matched(pushed, rule(FILES, scope="paths = '*.pem'"))
    [found] = findings(pushed, rule(FILES, scope="paths = '*.pem'\nper = 'commit'"))
    assert found.commits == (blob("1"), blob("2"))
    assert set(found.vanished) == {*raw_record(added), *raw_record(gone)}


def test_the_sum_is_seen_per_update_only() -> None:
    pushed = change(*(commit(str(n), file(f"{n}.py", "deleted")) for n in range(4)))
    many = "deleted_files = '>= 4'"
    assert matched(pushed, rule(many))
    assert not matched(pushed, rule(many, scope="per = 'commit'"))


def test_places_of_both_are_one_finding_and_the_net_change_speaks() -> None:
    pushed = change(commit("1", file("a"), file("b")), commit("2", file("a", deleted=3)))
    [found] = findings(pushed, rule(FILES, scope="per = ['update', 'commit']"))
    assert found.measured == {"files": 2}
    assert found.limit == {"files": ">= 1"}
    assert found.paths == ("a", "b")
    assert found.commits == (blob("1"), blob("2"))


def test_a_clean_merge_adds_nothing_and_an_own_merge_is_its_makers() -> None:
    evil = file("src/auth/login.py", deleted=80)
    side, clean = commit("side", file("x.py")), commit("clean", merge="clean")
    own = commit("own", evil, merge="own")
    text = rule(
        "deleted_lines = '>= 10'",
        scope="per = ['update', 'commit']\npaths = '@auth'",
        effects=HUMAN_WARN,
    )
    assert not findings(change(side, clean), text)
    [found] = findings(
        change(side, clean, own), text, {"side": "human", "clean": "human", "own": "agent"}
    )
    assert (found.effect, found.commits) == ("approve", (blob("own"),))
    [found] = findings(change(side, own), text, {"side": "agent", "own": "human"})
    assert found.effect == "warn"


# ---- who made it


@pytest.mark.parametrize(
    ("makers", "effect"),
    [
        pytest.param({"1": "human", "2": "human"}, "warn", id="verified humans alone"),
        pytest.param({"1": "human", "2": "agent"}, "approve", id="one agent among them"),
        pytest.param({"1": "agent", "2": "human"}, "approve", id="the agent first"),
        pytest.param({"1": "human"}, "approve", id="one unknown among them"),
        pytest.param({"1": "human", "2": "automation"}, "approve", id="a bot proves nothing"),
        pytest.param({}, "approve", id="nobody knows"),
    ],
)
@pytest.mark.parametrize("per", ["'update'", "'commit'", "['update', 'commit']"])
def test_only_humans_lower_an_effect(makers: Actors, effect: str, per: str) -> None:
    pushed = change(commit("1", file("a", deleted=3)), commit("2", file("b", deleted=9)))
    [found] = findings(pushed, rule(FILES, scope=f"per = {per}", effects=HUMAN_WARN), makers)
    assert found.effect == effect


def test_an_agent_elsewhere_in_the_push_does_not_tighten() -> None:
    pushed = change(commit("1", file("src/auth/a.py")), commit("2", file("README.md")))
    text = rule(FILES, scope="paths = '@auth'", effects=HUMAN_WARN)
    [found] = findings(pushed, text, {"1": "human", "2": "agent"})
    assert (found.effect, found.commits) == ("warn", (blob("1"),))


def test_what_a_person_did_does_not_hide_what_an_agent_did_beside_it() -> None:
    """The first alternative holds for the person's file, the second for the agent's."""
    pushed = change(
        commit("1", file("src/auth/old.py", "deleted", deleted=3)),
        commit("2", file("src/auth/login.py", deleted=80)),
    )
    text = rule(
        "deleted_files = '>= 1'|deleted_lines = '>= 50'\nstatus = ['modified']",
        scope="paths = '@auth'",
        effects=HUMAN_WARN,
    )
    [found] = findings(pushed, text, {"1": "human", "2": "agent"})
    assert found.effect == "approve"
    assert found.measured == {"deleted_lines": 80}
    assert set(found.paths) == {"src/auth/old.py", "src/auth/login.py"}
    assert findings(pushed, text, {"1": "human", "2": "human"})[0].measured == {"deleted_files": 1}


def test_a_file_an_agent_wrote_and_a_person_moved_is_still_the_agents() -> None:
    text = rule(FILES, scope="paths = '@auth'\nactors = ['agent']")
    wrote = commit("1", file("tmp/x.py", "added", new_blob=blob("moved")))
    moved = commit("2", renamed("tmp/x.py", "src/auth/x.py"))
    net = (file("src/auth/x.py", "added", new_blob=blob("moved")),)
    pushed = change(wrote, moved, files=net)
    [found] = findings(pushed, text, {"1": "agent", "2": "human"})
    assert found.commits == (blob("1"), blob("2"))
    copied = commit("2", file("src/auth/x.py", "added", new_blob=blob("moved")))
    assert matched(change(wrote, copied, files=net), text, {"1": "agent", "2": "human"})


def test_the_old_path_of_a_move_is_the_movers() -> None:
    pushed = change(commit("1", renamed("src/auth/a.py", "lib/a.py")))
    text = rule("deleted_files = '>= 1'", scope="paths = '@auth'\nactors = ['agent']")
    assert matched(pushed, text, {"1": "agent"})
    assert not matched(pushed, text, {"1": "human"})


@pytest.mark.parametrize(("unproven", "found"), [("unknown", False), ("agent", True)])
def test_what_no_commit_explains_was_made_by_who_answers_for_it(
    unproven: Actor, *, found: bool
) -> None:
    pushed = change(commit("1", file("a")), files=(file("a"), file("src/auth/x.py")))
    text = rule(FILES, scope="paths = '@auth'\nactors = ['agent']")
    subject = judged(pushed, {"1": "human"}, unproven)
    assert bool(findings(subject, text)) is found
    [by_nobody] = findings(subject, rule(FILES, scope="paths = '@auth'", effects=HUMAN_WARN))
    assert (by_nobody.effect, by_nobody.commits) == ("approve", ())


def test_after_a_rewind_no_file_is_a_persons_alone() -> None:
    pushed = change(commit("1", file("src/auth/a.py", deleted=50)), rewound=True)
    [found] = findings(pushed, rule(FILES, effects=HUMAN_WARN), {"1": "human"})
    assert found.effect == "approve"


@pytest.mark.parametrize("scope", ["actors = ['unknown']", "actors = ['automation']"])
def test_a_bots_name_excuses_nothing(scope: str) -> None:
    pushed = change(commit("1", file("incidents/1.md")))
    for per in ("update", "commit"):
        text = rule(FILES, scope=f"{scope}\nper = '{per}'", effects="automation = 'warn'")
        [found] = findings(pushed, text, {"1": "automation"})
        assert found.effect == "approve"


def test_a_change_as_a_whole_is_everybodys() -> None:
    """A ratio has no place of its own, so whoever took part answers for it."""
    pushed = change(commit("1", file("a", deleted=50)), commit("2", file("b", added=1)))
    text = rule("deletion_ratio = '>= 0.5'", effects=HUMAN_WARN)
    assert findings(pushed, text, {"1": "human", "2": "human"})[0].effect == "warn"
    assert findings(pushed, text, {"1": "human", "2": "agent"})[0].effect == "approve"
    unexplained = change(
        commit("1", file("a", deleted=50)), files=(file("a", deleted=50), file("z"))
    )
    assert findings(unexplained, text, {"1": "human"})[0].effect == "approve"


def test_a_place_that_is_no_file_is_everybodys() -> None:
    """A twin of a directory is named by its path; below it an agent added, beside it a person."""
    pushed = change(
        commit("1", file("src/a\u202e.py", "added")),
        commit("2", file("Src/b.py", "added")),
        new_names=(NewName("", "Src", ("src", "Src")),),
    )
    text = rule("suspicious_paths = '>= 1'", effects=HUMAN_WARN)
    [found] = findings(pushed, text, {"1": "human", "2": "agent"})
    assert found.effect == "approve"
    assert found.message == (
        "src/a\u202e.py: has a character that turns the reading direction (U+202E); "
        "Src: differs from its neighbour src only in case"
    )


def test_a_link_made_by_an_agent_is_the_agents() -> None:
    link = file("src/auth/a.py", "typechange", new_mode=SYMLINK, target="../../x")
    pushed = change(commit("1", link))
    text = rule(FILES, scope="paths = '@auth'\nstatus = ['typechange']", effects=HUMAN_WARN)
    assert findings(pushed, text, {"1": "agent"})[0].effect == "approve"


# ---- the ref itself


def ref_change(**more: object) -> Change:
    return Change(RefUpdate("a" * 40, "", MAIN), **more)  # type: ignore[arg-type]


def test_no_signature_tells_who_moved_a_ref() -> None:
    text = rule("ref_deleted = true", effects=HUMAN_WARN)
    [found] = findings(ref_change(), text)
    assert (found.effect, found.paths, found.commits) == ("approve", (), ())
    moved = change(commit("1", file("a")), ref="refs/tags/v1")
    [found] = findings(moved, rule("tag_moved = true", effects=HUMAN_WARN), {"1": "human"})
    assert found.effect == "approve"


@pytest.mark.parametrize(
    ("actors", "unproven", "found"),
    [
        ("'agent'", "agent", True),
        ("'agent'", "unknown", False),
        ("'unknown'", "unknown", True),
        ("'human'", "unknown", False),
    ],
)
def test_a_ref_rule_for_some_actors(actors: str, unproven: Actor, *, found: bool) -> None:
    text = rule("ref_deleted = true", scope=f"actors = {actors}")
    assert bool(findings(judged(ref_change(), unproven=unproven), text)) is found


def test_a_ref_rule_looks_past_files_that_others_made() -> None:
    pushed = change(commit("1", file("a")), rewound=False, ref="refs/tags/v1")
    text = rule("tag_moved = true", scope="actors = ['agent']")
    assert findings(judged(pushed, {"1": "human"}, "agent"), text)


def test_an_unsigned_agent_commit_below_a_persons() -> None:
    text = rule("actor = ['agent']\nsignature = ['none']", scope="per = 'commit'")
    pushed = change(commit("1", file("a")), commit("2", file("b")), commit("3"))
    [found] = findings(pushed, text, {"1": "agent", "2": "human", "3": "agent"})
    assert found.commits == (blob("1"), blob("3"))
    assert found.measured == {"actor": "agent", "signature": "none"}
    assert found.limit == {"actor": ("agent",), "signature": ("none",)}
    assert not findings(judged(pushed, {"1": "agent"}, signature="verified"), text)


def test_commits_of_other_actors_are_not_looked_at() -> None:
    text = rule(FILES, scope="per = 'commit'\nactors = ['agent']")
    pushed = change(commit("1", file("a")), commit("2", file("a")))
    [found] = findings(pushed, text, {"1": "agent", "2": "human"})
    assert found.commits == (blob("1"),)


# ---- how conditions are tried, and what is reported


def test_conditions_are_tried_in_order_up_to_the_first_that_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def spy(measure: Measure) -> Measure:
        def read(view: object, limit: object) -> object:
            asked.append(measure.name)
            return measure.read(view, limit)  # type: ignore[arg-type]

        return Measure(measure.name, measure.about, measure.parse, read, measure.holds)  # type: ignore[arg-type]

    text = rule("files = '>= 2'\nadded_files = '>= 1'\ndeleted_files = '>= 1'")
    parsed = policy(text)
    for name in ("files", "added_files", "deleted_files"):
        monkeypatch.setitem(MEASURES, name, spy(MEASURES[name]))
    assert not judge(judged(change(commit("c", file("a")))), parsed, NOW)
    assert asked == ["files"]
    asked.clear()
    assert not judge(judged(change(commit("c", file("a"), file("b")))), parsed, NOW)
    assert asked == ["files", "added_files"]


def test_the_worst_path_comes_first() -> None:
    pushed = change(commit("c", file("b", deleted=1), file("a", deleted=1), file("z", deleted=9)))
    assert findings(pushed, rule(FILES))[0].paths == ("z", "a", "b")


def test_without_a_place_of_its_own_the_files_in_scope_are_named() -> None:
    pushed = change(commit("c", file("src/a", deleted=9), file("b", deleted=9)))
    ratio = "deletion_ratio = '>= 0.5'"
    assert findings(pushed, rule(ratio, scope="paths = 'src/'"))[0].paths == ("src/a",)
    assert findings(pushed, rule(f"paths = 'src/'\n{ratio}"))[0].paths == ("src/a",)
    assert findings(pushed, rule(ratio))[0].paths == ()


def test_a_finding_says_what_the_rule_says() -> None:
    text = rule(
        "trailers = {x = 'y'}", scope="per = 'commit'", head="approvals = 2\nteams = ['web']"
    )
    [found] = findings(change(commit("c", trailers=(("X", "y"),))), text)
    assert (found.rule, found.title, found.message, found.why, found.fix) == (
        "r",
        "T",
        "T",
        "W",
        "F",
    )
    assert (found.approvals, found.teams, found.policy) == (2, ("web",), "policy.toml")
    assert found.limit == {"trailers": ("x",)}


def test_many_details_are_counted() -> None:
    odd = [file(f"{n}\u202e", "added") for n in range(8)]
    [found] = findings(change(commit("c", *odd)), rule("suspicious_paths = '>= 1'"))
    assert found.message.count("reading direction") == 5
    assert found.message.endswith("; and 3 more")


def test_what_stands_in_the_way_comes_first() -> None:
    text = "".join(
        rule(FILES, name=f"{severity}-{effect}", head="")
        .replace("'high'", f"'{severity}'")
        .replace("'approve'", f"'{effect}'")
        for severity in SEVERITIES
        for effect in EFFECTS
    )
    found = findings(change(commit("c", file("a"))), text)
    assert [weight(each) for each in found] == sorted(map(weight, found), reverse=True)
    assert found[0].rule == "critical-deny"
    assert found[-1].rule == "low-warn"


# ---- what an approval covers beside the net change


def test_what_the_net_change_still_shows_has_not_vanished() -> None:
    pushed = change(commit("1", file("a.pem", "added")))
    [found] = findings(pushed, rule(FILES, scope="per = 'commit'"))
    assert found.vanished == ()


def test_what_is_only_pointed_out_covers_nothing() -> None:
    pushed = change(commit("1", file("a.pem", "added")), files=())
    text = rule(FILES, scope="per = 'commit'", effects=HUMAN_WARN)
    assert findings(pushed, text, {"1": "human"})[0].vanished == ()
    assert findings(pushed, text, {"1": "agent"})[0].vanished != ()


def test_a_deletion_that_was_put_back_belongs_to_the_approval() -> None:
    gone, back = file("a", "deleted"), file("a", "added", new_blob=blob("old a"))
    pushed = change(commit("1", gone), commit("2", back, file("b")), files=(file("b"),))
    [found] = findings(pushed, rule("deleted_files = '>= 1'", scope="per = 'commit'"))
    assert found.vanished == tuple(sorted(raw_record(gone)))


# ---- freezes

FREEZE = """
[[freeze]]
from = 2026-01-01T00:00:00Z
until = 2026-01-02T00:00:00Z
refs = ["refs/heads/*"]
effect = "{}"
"""


@pytest.mark.parametrize(
    ("now", "ref", "held"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), MAIN, True),
        (datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC), "refs/heads/TOPIC", True),
        (datetime(2026, 1, 2, tzinfo=UTC), MAIN, False),
        (datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), MAIN, False),
        (datetime(2026, 1, 1, tzinfo=UTC), "refs/tags/v1", False),
    ],
)
def test_a_freeze_holds_for_its_refs_in_its_time(now: datetime, ref: str, *, held: bool) -> None:
    assert bool(frozen(policy(FREEZE.format("deny")), ref, now)) is held


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_freeze_is_a_finding(effect: str) -> None:
    text = FREEZE.format(effect) + "reason = 'Holidays'\n"
    [found] = judge(judged(change(ref="refs/heads/topic")), policy(text), NOW + timedelta(hours=1))
    assert (found.rule, found.effect, found.policy) == ("freeze", effect, "policy.toml")
    assert found.message == "Frozen until 2026-01-02T00:00:00Z: Holidays"
    plain = judge(judged(change()), policy(FREEZE.format(effect)), NOW)[0]
    assert plain.message == "Frozen until 2026-01-02T00:00:00Z"
