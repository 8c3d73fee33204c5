"""Decisions as the ledger keeps them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agentguard import __version__, compiled
from agentguard.decision import Contribution, Decision, RefusedApproval
from agentguard.finding import Finding
from agentguard.hook import pre_receive
from agentguard.ledger import entries
from agentguard.ledger.entries import LONGEST, MOST, decision_body
from agentguard.ledger.record import SHORT, canonical
from tests import kit
from tests.approvals.makers import STATEMENT
from tests.ledger import chain
from tests.ledger.makers import A, B, C, approval, decided, update

FINDING = Finding(
    rule="mass-deletion", title="Much is deleted", severity="high", effect="approve",
    message="said", measured={"ratio": 0.98765}, limit={"ratio": ">= 0.7"}, why="long", fix="long",
    paths=("a", "b\udcff"), commits=(C,), vanished=(b"\x00\xff",),
)  # fmt: skip


def body(**values: Any) -> dict[str, Any]:
    changed = replace(decided(update(A, B), STATEMENT), **values)
    [found] = decision_body(Decision((changed,)), None, "sam")["updates"]
    plain: dict[str, Any] = json.loads(canonical(found))
    return plain


def test_without_a_policy_the_reason_is_kept() -> None:
    decision = Decision(errors=("agentguard/policy.toml: version: expected 1",))
    assert decision_body(decision, None, "") == {
        "verdict": "error", "pusher": "", "platform": "", "repository": "", "updates": [],
        "errors": ["agentguard/policy.toml: version: expected 1"], "policies": {},
        "tool": {"version": __version__, "code": compiled.code_hash()},
    }  # fmt: skip


def test_statement_and_raw_signature_are_kept() -> None:
    [kept] = body()["approvals"]
    given = approval(STATEMENT)
    assert kept["statement"] == kept["signed"] == STATEMENT.render()
    assert (kept["signature"], kept["key"], kept["counter"]) == ("armored", given.key, 7)
    assert (kept["approver"], kept["presence"], kept["carrier"]) == (
        "jane@example.com", True, "commit",
    )  # fmt: skip


def test_a_finding_is_kept_without_what_its_rule_says_anyway() -> None:
    [kept] = body(findings=(FINDING,))["findings"]
    assert kept.keys().isdisjoint({"title", "why", "fix"})
    assert (kept["rule"], kept["effect"], kept["message"]) == ("mass-deletion", "approve", "said")
    assert (kept["measured"], kept["limit"]) == ({"ratio": 0.988}, {"ratio": ">= 0.7"})
    assert (kept["paths"], kept["commits"]) == (["a", "b\udcff"], [C])
    assert kept["vanished"] == ["00ff"]


def test_long_lists_are_cut_and_counted() -> None:
    paths = tuple(map(str, range(MOST + 7)))
    refused = tuple(RefusedApproval(str(number), "why") for number in range(MOST + 1))
    found = body(findings=(replace(FINDING, paths=paths),), refused_approvals=refused)
    [finding] = found["findings"]
    assert finding["paths"] == list(paths[:MOST])
    assert finding["paths_cut"] == 7
    assert len(found["refused_approvals"]) == MOST
    assert found["refused_approvals_cut"] == 1


def test_long_texts_are_cut_but_for_what_names_something() -> None:
    long, ref = "x" * (LONGEST + 7), "refs/heads/" + "y" * LONGEST
    finding = replace(FINDING, paths=(long,), message=long, vanished=(long.encode(),))
    moved = update(A, B, ref)
    found = body(update=moved, findings=(finding,), statement=long, notes=(long,))
    [kept] = found["findings"]
    shown = f"{'x' * LONGEST}… and 7 more"
    assert (kept["paths"], kept["message"], found["notes"]) == ([shown], shown, [shown])
    assert len(kept["vanished"][0]) < LONGEST + 40
    assert (found["update"]["ref"], found["statement"]) == (ref, long)


@pytest.mark.parametrize("name", sorted(entries.WHOLE))
def test_what_decisions_hang_on_is_never_cut(name: str) -> None:
    many: dict[str, Any] = {
        "approvals": (approval(STATEMENT),) * (MOST + 1),
        "windows": (Contribution("beside", "many-lines", {"lines": 1}),) * (MOST + 1),
    }
    found = body(**{name: many[name]})
    assert len(found[name]) == MOST + 1
    assert f"{name}_cut" not in found


def test_a_real_decision_names_its_policies(server: kit.Server) -> None:
    line = f"{server.tip()} {'0' * 40} refs/heads/main\n".encode()
    now = datetime(2026, 11, 21, tzinfo=UTC)
    decision = pre_receive.decide(line, server.bare.path, {}, now)
    *_, last = chain.verify(server.bare.path)
    kept = last["body"]
    assert (kept["repository"], kept["platform"]) == ("acme/portal", "account")
    assert kept["policies"].keys() == {"agentguard/policy.toml"}
    assert kept["verdict"] == decision.verdict == "needs-approval"
    assert kept["updates"][0]["statement"] == decision.updates[0].statement
    assert decision.head == f"ledger {last['seq']} {chain.rows(server.bare.path)[-1].hash[:SHORT]}"


@pytest.fixture
def server(tmp_path: Path) -> kit.Server:
    return kit.make_server(tmp_path)
