"""The report a pusher reads, word for word, and what it never does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from agentguard.change import RefUpdate
from agentguard.decision import Approval, Decision, RefusedApproval, Totals
from agentguard.reports import FORMATS
from agentguard.reports.layout import WIDTH, columns, fill, shorten
from tests.reports.decisions import DECISIONS, DIGEST, MAIN, OLD, STATEMENT, TOTALS, finding, update

REFUSED = """\
agentguard: refused: refs/heads/main needs a human's approval
340 files, +400 −28,745 lines (98.6 % deletions), 212 files deleted,
4 commits: 2 agent, 2 unknown

✗ mass-deletion: Push deletes far more than it adds
  28,745 lines in 212 files would be gone.
  measured 28,745 deleted_lines,  limit >= 1,000
            0.986 deletion_ratio, limit >= 0.70
  paths    src/page0.tsx
           src/page1.tsx
           src/page2.tsx
           src/page3.tsx
           src/page4.tsx
           … and 207 more
  commits  0ab40ab40ab4, 1ab41ab41ab4, 2ab42ab42ab4, … and 1 more
  who      needs 2 approvals from platform or security, approved by
           joe@example.com
  why      An agent that was asked for a narrow fix took a portal down
           like this. Deletions of this size are slow to bring back.
  fix      Restore what should stay, and push only the fix.

✓ auth-paths: Push changes authentication
  measured 1 files, limit >= 1
  who      approved by jane@example.com

! unknown-service: Routing names a service nobody defines
  portal-v2 is named in firebase.json and nowhere else.
  measured unknown_reference: portal-v2
  paths    firebase.json
  fix      Check that the service exists.

The approval by joe@example.com does not count:
  it expired at 2026-11-20T09:00:00Z
Approved by jane@example.com until 2026-11-22T09:00:00Z, with proof of
presence:
  auth-paths

To approve exactly this change, a listed approver signs:

Agentguard-Approval: v1
Agentguard-Repository: acme/portal
Agentguard-Ref: refs/heads/main
Agentguard-Change: sha256:3333333333333333333333333333333333333333333333333333333333333333
Agentguard-Rules: auth-paths mass-deletion
Agentguard-Expires: 2026-11-22T09:00:00Z
Agentguard-Approver:

  agentguard approve BRANCH --statement -   (paste the lines above)

Then push again, with the approval.
"""

BROKEN = """\
agentguard: could not be judged: refs/heads/main
3 files, +20 −4 lines (16.7 % deletions), 1 commit

The gate could not do its work; this is no finding about the change:
  - the deadline of 4 s passed while the trees were read
Show these lines to the server's administrator. What cannot be judged is
refused; push again once this is put right.
"""

DENIED = """\
agentguard: denied: refs/tags/v1.0
deletes this ref, which stands at 111111111111

✗ deleted-tag: A release tag is deleted
  measured ref_deleted: yes
  who      no approval can allow this (asked by the server's policy)
  why      Others build from it.
  fix      Leave the tag where it is.

agentguard: no objection to refs/heads/main (3 files, +20 −4)
"""

AUTH = finding(
    rule="auth-paths",
    title="Push changes authentication",
    message="Push changes authentication",
    measured={"files": 1},
    limit={"files": ">= 1"},
    approved_by=("jane@example.com",),
)
WARNING = finding(
    rule="unknown-service",
    effect="warn",
    title="Routing names a service nobody defines",
    message="portal-v2 is named in firebase.json and nowhere else.",
    measured={"unknown_reference": ("portal-v2",)},
    limit={"unknown_reference": True},
    paths=("firebase.json",),
    fix="Check that the service exists.",
)
DELETED_TAG = finding(
    rule="deleted-tag",
    effect="deny",
    title="A release tag is deleted",
    message="",
    measured={"ref_deleted": True},
    limit={"ref_deleted": True},
    why="Others build from it.",
    fix="Leave the tag where it is.",
    paths=(),
    commits=(),
    policy="the server's policy",
)


def text(*updates: object, errors: tuple[str, ...] = ()) -> str:
    return FORMATS["text"](Decision(updates, errors))  # type: ignore[arg-type]


def test_a_refusal() -> None:
    waiting = finding(approvals=2, teams=("platform", "security"), approved_by=("joe@example.com",))
    decided = update(
        verdict="needs-approval",
        totals=TOTALS,
        findings=(WARNING, AUTH, waiting),
        approvals=(
            Approval("jane@example.com", "2026-11-22T09:00:00Z", ("auth-paths",), presence=True),
        ),
        refused_approvals=(
            RefusedApproval("joe@example.com", "it expired at 2026-11-20T09:00:00Z"),
        ),
        statement=STATEMENT,
    )
    assert text(decided) == REFUSED


def test_what_could_not_be_judged() -> None:
    error = "the deadline of 4 s passed while the trees were read"
    assert text(update(verdict="error", errors=(error,))) == BROKEN


def test_a_denial_beside_an_update_nobody_objects_to() -> None:
    tag = RefUpdate(OLD, "", "refs/tags/v1.0")
    denied = update(update=tag, verdict="denied", totals=Totals(), findings=(DELETED_TAG,))
    assert text(update(), denied) == DENIED


def test_accepted_updates_take_one_line_each() -> None:
    other = RefUpdate(OLD, "", "refs/heads/old")
    created = RefUpdate("", OLD, "refs/heads/same")
    assert text(update(), update(update=other), update(update=created, totals=Totals(DIGEST))) == (
        "agentguard: accepted: refs/heads/main (3 files, +20 −4)\n"
        "agentguard: accepted: refs/heads/old (deleted)\n"
        "agentguard: accepted: refs/heads/same (no files)\n"
    )


def test_accepted_with_a_warning_a_note_and_an_error() -> None:
    decided = update(findings=(WARNING,), notes=("trailers are trusted",), errors=("no ledger",))
    shown = text(decided)
    assert shown.startswith("agentguard: accepted: refs/heads/main\n3 files")
    assert "The gate could not do its work" in shown
    assert "  - no ledger\n" in shown
    assert "What cannot be judged is refused" not in shown
    assert "note: trailers are trusted" in shown


@pytest.mark.parametrize("errors", [(), ("the policy cannot be read",)])
def test_a_push_that_could_not_be_judged_at_all(errors: tuple[str, ...]) -> None:
    shown = text(errors=errors)
    assert shown.startswith("agentguard: could not be judged: this push\n\nThe gate could not")
    assert f"  - {errors[0] if errors else 'there was nothing to judge'}\n" in shown


def test_refusals_come_first_and_are_cut() -> None:
    refused = update(verdict="needs-approval", findings=(finding(),))
    shown = text(*[update()] * 30, *[refused] * 15)
    assert shown.startswith("agentguard: refused:")
    assert "\nagentguard: … and 5 more refs with findings\n" in shown
    assert shown.endswith("(3 files, +20 −4)\nagentguard: … and 10 more\n")


def test_findings_and_errors_are_cut() -> None:
    decided = update(verdict="error", findings=(finding(),) * 25, errors=("x",) * 22)
    assert "\n… and 5 more findings\n" in text(decided)
    assert "\n  - … and 2 more\n" in text(decided)


@pytest.mark.parametrize(
    ("measured", "limit", "lines"),
    [
        (12345, "> 10000", ["measured 12,345 it, limit > 10,000"]),
        (0.5, "< 0.75", ["measured 0.5 it, limit < 0.75"]),
        (3, 2, ["measured 3 it, limit 2"]),
        (False, False, ["measured it: no"]),
        ("agent", ("agent", "unknown"), ["measured it: agent"]),
        (2, ("a", "b", "c", "d"), ["measured 2 it, one of a, b, c, … and 1 more"]),
        ("2026-12-20", "until 2027", ["measured it: 2026-12-20, limit until 2027"]),
        (("x" * 80,), True, ["measured it:", f"             {'x' * 29}…{'x' * 29}"]),
    ],
)
def test_measures(measured: object, limit: object, lines: list[str]) -> None:
    shown = text(update(findings=(finding(measured={"it": measured}, limit={"it": limit}),)))
    block = shown.split("\n  measured ")[1].split("\n  paths")[0]
    assert [f"measured {block.splitlines()[0]}", *block.splitlines()[1:]] == lines


def test_long_paths_are_shortened_in_the_middle_and_reasons_are_not() -> None:
    path = f"src/{'deep/' * 30}login.py"
    shown = text(update(findings=(finding(paths=(path, "a  b", f"{path} (imitates auth)")),)))
    assert f"  paths    {path[:30]}…{path[-30:]}\n           a  b\n" in shown
    assert "\n             (imitates auth)\n" in shown


def test_a_statement_stays_as_it_is_and_nothing_else_is_wide() -> None:
    shown = text(update(verdict="needs-approval", findings=(finding(),), statement=STATEMENT))
    assert STATEMENT in shown


def test_an_approval_of_nobody_named() -> None:
    shown = text(update(refused_approvals=(RefusedApproval("", "it has no signature"),)))
    assert "The approval by nobody named does not count:\n  it has no signature\n" in shown


@pytest.mark.parametrize("field", ["rule", "title", "message", "why", "fix", "policy"])
def test_escape_sequences_never_pass(field: str) -> None:
    evil = finding(**{field: "x\x1b[2K\x9b1A\u202e"})
    shown = text(update(verdict="needs-approval", findings=(evil, finding())))
    assert r"x\x1b[2K\u009b1A\u202e" in shown


def test_no_way_round_is_mentioned() -> None:
    words = (REFUSED + BROKEN + DENIED).lower()
    for hint in (
        "no-verify",
        "disable",
        "skip",
        "bypass",
        "smaller",
        "split",
        "threshold",
        "force",
    ):
        assert hint not in words


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(DECISIONS)
def test_whatever_was_found_lines_are_narrow_and_printable(decision: Decision) -> None:
    shown = FORMATS["text"](decision)
    assert shown.endswith("\n")
    for line in shown.removesuffix("\n").split("\n"):
        assert columns(line) <= WIDTH
        assert len(line) <= WIDTH
        assert line.isprintable()


def test_a_ref_of_any_length_leaves_room_for_the_headline() -> None:
    long = replace(MAIN, ref="refs/heads/" + "日本" * 60)
    first = text(update(update=long, verdict="needs-approval")).splitlines()[0]
    assert first.startswith("agentguard: refused: refs/heads/")
    assert first.endswith("needs a human's approval")
    assert columns(first) <= WIDTH


def test_shorten_counts_columns() -> None:
    assert shorten("abcdefghij", 10) == "abcdefghij"
    assert shorten("abcdefghijk", 10) == "abcde…hijk"
    assert columns(shorten("日本語日本語日本語", 10)) <= 10


def test_fill_stops_a_flood() -> None:
    lines = fill("why ", ["x" * 40] * 1000)
    assert len(lines) == 13
    assert lines[-1] == "    …"


def test_many_paths_are_counted_by_folder() -> None:
    paths = (
        *(f"templates/shop/{part}/row{number}.html" for part in "abcdef" for number in range(9)),
        *(f"src/pages/{number}.tsx" for number in range(7)),
        "src/auth/login.ts",
        "README.md",
    )
    shown = text(update(findings=(finding(paths=paths),)))
    assert (
        "  paths    templates/shop/ (54 files)\n"
        "           src/pages/ (7 files)\n"
        "           src/auth/login.ts\n"
        "           README.md\n"
    ) in shown


def test_what_is_the_same_everywhere_is_not_said() -> None:
    one = finding(policy="agentguard/policy.toml")
    shown = text(update(verdict="needs-approval", findings=(one,)))
    assert "asked by" not in shown
    assert "  commits" not in shown
    other = finding(policy=".agentguard.toml", rule="auth-paths")
    shown = text(update(verdict="needs-approval", findings=(one, other), totals=TOTALS))
    assert shown.count("(asked by agentguard/policy.toml)") == 1
    assert shown.count("  commits  ") == 2


def test_what_no_rule_looks_at_is_said_to_be_so() -> None:
    assert text(update(totals=Totals())).endswith("refs/heads/main (no rule looks at it)\n")
