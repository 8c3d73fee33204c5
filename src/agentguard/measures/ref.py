"""What happens to the ref itself."""

from __future__ import annotations

from agentguard.measures.measure import Measure, View, flag
from agentguard.names import fold

# Namespaces that git or agentguard give a meaning to: what stands there changes what others see.
RESERVED = (
    "refs/agentguard/",
    "refs/replace/",
    "refs/original/",
    "refs/bisect/",
    "refs/rewritten/",
)


def reserved(ref: str) -> bool:
    """Whether a ref lies in a reserved namespace, however its name is spelt."""
    return (fold(ref) + "/").startswith(RESERVED)


def _ref(view: View) -> str:
    return view.change.update.ref


MEASURES: tuple[Measure, ...] = (
    flag("ref_created", "the ref is new", lambda view: view.change.update.created),
    flag("ref_deleted", "the ref is deleted", lambda view: view.change.update.deleted),
    flag("rewound", "the new target does not contain the old one", lambda v: v.change.rewound),
    flag("tag_moved", "an existing tag gets another target", lambda view: view.change.tag_moved),
    flag("reserved_ref", "the ref is in a reserved namespace", lambda view: reserved(_ref(view))),
)
