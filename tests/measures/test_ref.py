"""What happens to the ref itself."""

from __future__ import annotations

import pytest

from agentguard.change import Change, RefUpdate
from agentguard.measures.ref import reserved
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
