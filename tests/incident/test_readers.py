"""What is read back, or given by a person: it is what it should be, or one of our own errors."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.change import Commit, FileChange, Person
from agentguard.clock import iso
from agentguard.errors import AgentguardError, ConfigurationError
from agentguard.incident.actions import Action
from agentguard.incident.assessment import (
    SCHEMA,
    ApprovalSeen,
    Approved,
    Assessment,
    CommitSeen,
    RefSeen,
    Totals,
    as_json,
    read_assessment,
)
from agentguard.incident.case import folder_of
from agentguard.incident.claims import claims
from agentguard.reports.incident import markdown, plan, text

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NASTY = "\x1b[31m`[x](y)`\udcff\n* "
SEEN = Assessment(
    incident="a",
    since=iso(NOW),
    made=iso(NOW),
    head="ledger 1 abc",
    refs=(
        RefSeen(
            ref=f"refs/heads/{NASTY}",
            before="1" * 40,
            now="2" * 40,
            pushers=(NASTY,),
            commits=tuple(
                CommitSeen(f"{n:040x}", NASTY, "agent", claims=NASTY, records=(NASTY,))
                for n in range(35)
            ),
            commits_cut=7,
            totals=Totals(1, 2, 3, 4, {"agent": 35}),
            paths=(NASTY,),
            sensitive={"auth": (NASTY,) * 9},
            approved=Approved("3" * 40, NASTY, 4, within=True),
            kept=("refs/agentguard/keep/x",),
            faults=(NASTY,),
        ),
    ),
    refusals={"mass-deletion": 2},
    approvals=(
        ApprovalSeen("refs/heads/main", NASTY, ("a",), "trailer", 3, True),
        ApprovalSeen("refs/heads/main", NASTY, ("a",), "signature", 3, broke_glass=NASTY),
    ),
    events=(NASTY,),
    notes=(NASTY,),
)


def test_an_assessment_comes_back_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(as_json(SEEN))

    assert read_assessment(tmp_path / "a") == SEEN


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["schema", "refs", "commits", "totals", "approved", "approvals", "x"]),
        inner, max_size=4),
    max_leaves=8,
))  # fmt: skip
def test_any_other_document_is_our_own_error(value: Any) -> None:
    import tempfile

    found = {"schema": SCHEMA, **value} if isinstance(value, dict) else value
    with tempfile.NamedTemporaryFile("w") as file:
        json.dump(found, file)
        file.flush()
        with pytest.raises(AgentguardError):
            read_assessment(Path(file.name))


def test_an_assessment_of_another_version_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(as_json(SEEN).replace(SCHEMA, "agentguard/other/2"))

    with pytest.raises(AgentguardError, match="another version"):
        read_assessment(tmp_path / "a")


@given(st.text(max_size=80))
def test_an_incident_is_never_kept_anywhere_else(name: str) -> None:
    try:
        folder = folder_of(Path("/srv/x.git"), name)
    except ConfigurationError:
        return
    assert folder.parent == Path("/srv/x.git/agentguard/incidents")
    assert name.isascii()
    assert len(name) <= 64


def test_nothing_from_outside_reaches_a_terminal_or_becomes_markup() -> None:
    shown, marked = text(SEEN), markdown(SEEN)

    for report in (shown, marked, plan([_action(NASTY)], SEEN.refs)):
        assert "\x1b" not in report
        assert "\udcff" not in report
    assert max(map(len, shown.splitlines())) <= 72
    outside = re.sub(r"^## `[^`]*`$", "", marked, flags=re.MULTILINE)
    assert not re.search(r"(?<!\\)[`\[*](?![ *])", outside.replace("**", ""))
    assert "… and 12 commits more" in shown
    assert "IN the window" in shown
    assert "BROKE THE GLASS" in " ".join(shown.split())
    assert "unverified plain text" in " ".join(shown.split())


def _action(ref: str) -> Action:
    return Action("restore-ref", ref, "1" * 40, "2" * 40, "inside", "2" * 40, hindrance=ref)


def test_a_plan_of_nothing_says_so() -> None:
    assert plan([], []) == "There is nothing that could be done here.\n"


def commit(message: str, *files: FileChange) -> Commit:
    return Commit("1" * 40, "", (), (Person("a", "b"),), (), message, files=files)


def changed(path: str, lines: int) -> FileChange:
    return FileChange(path, "modified", 1, 1, "a", "b", added=lines)


def gone(number: int) -> tuple[FileChange, ...]:
    return tuple(FileChange(f"f{n}", "deleted", 1, 0, "a", "") for n in range(number))


@pytest.mark.parametrize(
    ("message", "files", "classes", "said"),
    [
        ("Fix typo", (changed("a", 1),), [], ""),
        ("Fix typo", (changed("a", 500),), [], "says “typo”; changes 1 file, 500 lines"),
        ("Fix typo", (changed("a", 499),), [], ""),
        ("Bump x", tuple(changed(f"f{n}", 1) for n in range(20)), [], "20 files"),
        ("Tidy", (changed("a", 1),), ["auth"], "auth among them"),
        ("Rebuild the parser", (changed("a", 9000),), [], ""),
        ("Rework login", gone(5), [], "deletes 5 files and does not say so"),
        ("Rework login", gone(4), [], ""),
        ("Rework login\n\nRemoves the old pages.", gone(5), [], ""),
    ],
)
def test_messages_that_say_less_than_was_done(
    message: str, files: tuple[FileChange, ...], classes: list[str], said: str
) -> None:
    found = claims(commit(message, *files), classes)

    assert (said in found) if said else not found
