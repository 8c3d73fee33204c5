"""The report for programs has exactly the keys of the contract, and loses no name."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentguard.change import RefUpdate
from agentguard.decision import Approval, Decision, RefusedApproval, UpdateDecision
from agentguard.reports import FORMATS
from tests.reports.decisions import (
    DECISIONS,
    DIGEST,
    MAIN,
    NEW,
    OLD,
    STATEMENT,
    TOTALS,
    finding,
    update,
)

TOP = ["schema", "verdict", "updates", "errors"]
UPDATE = [
    *("ref", "old", "new", "environment", "verdict", "change"),
    *("findings", "approvals", "refused_approvals", "statement", "notes"),
]
CHANGE = [
    *("digest", "commits", "files", "added_lines", "deleted_lines", "deletion_ratio"),
    *("added_files", "deleted_files", "renamed_files", "actors"),
]
FINDING = [
    *("rule", "effect", "severity", "message", "measured", "limit", "paths", "commits"),
    *("approvals_required", "approved_by", "unverified", "broken_by"),
    *("why", "fix"),
]


def report(*updates: UpdateDecision, errors: tuple[str, ...] = ()) -> Any:
    return json.loads(FORMATS["json"](Decision(updates, errors)))


def test_the_whole_contract() -> None:
    decided = update(
        verdict="needs-approval",
        totals=TOTALS,
        findings=(finding(paths=("a.py",), commits=(NEW,)),),
        approvals=(Approval("jane@example.com", "2026-11-22T09:00:00Z", ("r",), presence=True),),
        refused_approvals=(RefusedApproval("joe@example.com", "expired"),),
        statement=STATEMENT,
    )
    assert report(decided) == {
        "schema": "agentguard/decision/1",
        "verdict": "needs-approval",
        "updates": [
            {
                "ref": "refs/heads/main",
                "old": OLD,
                "new": NEW,
                "environment": "production",
                "verdict": "needs-approval",
                "change": {
                    "digest": DIGEST,
                    "commits": 4,
                    "files": 340,
                    "added_lines": 400,
                    "deleted_lines": 28745,
                    "deletion_ratio": 0.986,
                    "added_files": 0,
                    "deleted_files": 212,
                    "renamed_files": 0,
                    "actors": {"agent": 2, "unknown": 2},
                },
                "findings": [
                    {
                        "rule": "mass-deletion",
                        "effect": "approve",
                        "severity": "high",
                        "message": "28,745 lines in 212 files would be gone.",
                        "measured": {"deleted_lines": 28745, "deletion_ratio": 0.986},
                        "limit": {"deleted_lines": ">= 1000", "deletion_ratio": ">= 0.70"},
                        "paths": ["a.py"],
                        "commits": [NEW],
                        "approvals_required": 1,
                        "approved_by": [],
                        "unverified": [],
                        "broken_by": [],
                        "why": finding().why,
                        "fix": finding().fix,
                    }
                ],
                "approvals": [
                    {
                        "approver": "jane@example.com",
                        "carrier": "commit",
                        "commit": "",
                        "key": "",
                        "presence": True,
                        "verification": False,
                        "counter": None,
                        "unverified": False,
                        "break_glass": False,
                        "reason": "",
                        "expires": "2026-11-22T09:00:00Z",
                        "rules": ["r"],
                    }
                ],
                "refused_approvals": [
                    {"approver": "joe@example.com", "commit": "", "step": "", "reason": "expired"}
                ],
                "statement": STATEMENT,
                "notes": [],
            }
        ],
        "errors": [],
    }


def test_keys_are_there_when_empty_and_in_order() -> None:
    shown = report(update(findings=(finding(paths=(), commits=()),)))
    [decided] = shown["updates"]
    assert list(shown) == TOP
    assert list(decided) == UPDATE
    assert list(decided["change"]) == CHANGE
    assert list(decided["findings"][0]) == FINDING
    assert list(report()) == TOP


def test_a_side_that_does_not_exist_is_zeros_of_the_same_length() -> None:
    for refs, ids in [
        (("", OLD), ("0" * 40, OLD)),
        (("5" * 64, ""), ("5" * 64, "0" * 64)),
        (("", ""), ("0" * 40, "0" * 40)),
    ]:
        [decided] = report(update(update=RefUpdate(*refs, "refs/heads/x")))["updates"]
        assert (decided["old"], decided["new"]) == ids


def test_long_lists_are_cut_with_a_count_beside() -> None:
    names = tuple(f"f{number}" for number in range(107))
    [decided] = report(
        update(
            findings=(
                finding(
                    paths=names,
                    commits=names,
                    measured={"names": names, "n": 1},
                    limit={"names": ("a",), "n": "> 0"},
                ),
                *(finding(),) * 101,
            )
        )
    )["updates"]
    first = decided["findings"][0]
    assert decided["findings_cut"] == 2
    assert (len(first["paths"]), first["paths_cut"]) == (100, 7)
    assert (len(first["commits"]), first["commits_cut"]) == (100, 7)
    assert (len(first["measured"]["names"]), first["measured"]["names_cut"]) == (100, 7)
    assert "approvals_cut" not in decided
    assert list(first).index("paths_cut") == list(first).index("paths") + 1


def test_when_updates_are_cut_the_refused_ones_stay() -> None:
    shown = report(*[update()] * 100, update(verdict="denied"))
    assert shown["updates_cut"] == 1
    assert shown["updates"][0]["verdict"] == "denied"


def test_errors_of_an_update_name_its_ref() -> None:
    shown = report(update(verdict="error", errors=("deadline",)), errors=("no policy",))
    assert shown["errors"] == ["no policy", "refs/heads/main: deadline"]
    assert shown["verdict"] == "error"


def test_a_warning_and_a_denial_ask_for_no_approval() -> None:
    for effect in ("warn", "deny"):
        [decided] = report(update(findings=(finding(effect=effect),)))["updates"]
        assert decided["findings"][0]["approvals_required"] == 0


def test_text_is_escaped_for_whoever_prints_it() -> None:
    raw = FORMATS["json"](Decision((update(findings=(finding(message="x\x1b\n\udcff"),)),)))
    assert raw.isascii()
    assert json.loads(raw)["updates"][0]["findings"][0]["message"] == r"x\x1b\x0a\xff"
    assert raw.startswith('{\n  "schema"')
    assert raw.endswith("}\n")


def unescape(shown: str) -> str:
    """What a program does that needs the bytes of a name."""

    def character(match: re.Match[str]) -> str:
        if match[1] == "\\":
            return "\\"
        code = int(match[1][1:], 16)
        return chr(code + 0xDC00 if match[1][0] == "x" and code > 0x7F else code)

    return re.sub(r"\\(\\|x..|u.{4}|U.{8})", character, shown)


@given(st.binary(min_size=1))
def test_a_name_can_be_recovered_byte_for_byte(raw: bytes) -> None:
    path = raw.decode("utf-8", "surrogateescape")
    decided = update(update=RefUpdate(OLD, NEW, path), findings=(finding(paths=(path,)),))
    [shown] = report(decided)["updates"]
    for name in (shown["ref"], shown["findings"][0]["paths"][0]):
        assert unescape(name).encode("utf-8", "surrogateescape") == raw


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(DECISIONS)
def test_whatever_was_found_it_is_portable_json(decision: Decision) -> None:
    raw = FORMATS["json"](decision)
    shown = json.loads(raw)
    assert raw.isascii()
    assert list(shown) == TOP
    assert shown["verdict"] == decision.verdict
    assert len(shown["updates"]) == len(decision.updates)


def test_the_ref_of_an_honest_update_is_as_it_is() -> None:
    assert report(update())["updates"][0]["ref"] == MAIN.ref
