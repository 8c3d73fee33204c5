"""What happens to the ref itself."""

from __future__ import annotations

import pytest

from agentguard.change import Change, RefUpdate
from agentguard.measures.ref import imitates, reserved
from tests.measures.views import read

A, B = "a" * 40, "b" * 40
TAG = "refs/tags/v1"


@pytest.mark.parametrize(
    ("name", "change", "value"),
    [
        ("ref_created", Change(RefUpdate("", B, "refs/heads/x")), True),
        ("ref_created", Change(RefUpdate(A, B, "refs/heads/x")), False),
        ("ref_created", Change(RefUpdate("", "", "refs/heads/x")), False),
        ("ref_deleted", Change(RefUpdate(A, "", "refs/heads/x")), True),
        ("ref_deleted", Change(RefUpdate(A, B, "refs/heads/x")), False),
        ("rewound", Change(RefUpdate(A, B, "refs/heads/x"), rewound=True), True),
        ("rewound", Change(RefUpdate(A, B, "refs/heads/x")), False),
        ("tag_moved", Change(RefUpdate(A, B, TAG)), True),
        ("tag_moved", Change(RefUpdate("", B, TAG)), False),
        ("tag_moved", Change(RefUpdate(A, "", TAG)), False),
        ("tag_moved", Change(RefUpdate(A, B, "refs/heads/x")), False),
        ("reserved_ref", Change(RefUpdate("", B, "refs/replace/x")), True),
        ("reserved_ref", Change(RefUpdate("", B, "refs/heads/x")), False),
        ("imitates_ref", Change(RefUpdate("", B, "refs/heads/Main")), True),
        ("imitates_ref", Change(RefUpdate("", B, "refs/heads/main")), False),
    ],
)
def test_a_ref_is_measured(name: str, change: Change, *, value: bool) -> None:
    assert read(name, raw=True, seen=change).value is value


@pytest.mark.parametrize(
    ("ref", "is_reserved"),
    [
        ("refs/agentguard/keep/1", True),
        ("refs/agentguard", True),
        ("refs/AgentGuard/keep", True),
        ("refs/agent\u200bguard/keep", True),
        ("refs/replace/" + A, True),
        ("refs/original/refs/heads/main", True),
        ("refs/bisect/bad", True),
        ("refs/rewritten/x", True),
        ("refs/agentguards/x", False),
        ("refs/heads/replace/x", False),
        ("refs/notes/commits", False),
    ],
)
def test_reserved_namespaces(ref: str, *, is_reserved: bool) -> None:
    assert reserved(ref) is is_reserved


@pytest.mark.parametrize(
    ("ref", "does"),
    [
        ("refs/heads/Main", True),
        ("refs/heads/MASTER", True),
        ("refs/heads/ma\u200bin", True),
        ("refs/heads/m\u0430in", True),
        ("refs/heads/releas\u0435/2", True),
        ("refs/heads/origin/main", True),
        ("refs/heads/Upstream/Master", True),
        ("refs/heads/heads/main", True),
        ("refs/heads/refs/heads/main", True),
        ("refs/heads/refs/remotes/origin/main", True),
        ("refs/remotes/origin/main", True),
        ("refs/heads/HEAD", True),
        ("refs/heads/head", True),
        ("refs/tags/main", True),
        ("refs/tags/origin/main", True),
        ("refs/heads/main", False),
        ("refs/heads/master", False),
        ("refs/heads/feature/main", False),
        ("refs/heads/main-fix", False),
        ("refs/heads/domain", False),
        ("refs/heads/origin/topic", False),
        ("refs/heads/release/V2", False),
        ("refs/heads/größe", False),
        ("refs/heads/исправить", False),
        ("refs/tags/release/2.0-RC1", False),
        ("refs/notes/main", False),
        ("refs/heads/\udcff", False),
    ],
)
def test_refs_that_pass_for_others(ref: str, *, does: bool) -> None:
    assert imitates(ref) is does
