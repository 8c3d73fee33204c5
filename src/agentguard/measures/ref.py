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

# Names that mean one branch to everybody. Others cannot be told from the name alone: `release/V2`
# is honest.
_KNOWN = ("main", "master", "head")
# What git and people put before a branch's name. A ref that has it in its own name is found in the
# place of the other: of a tag and a branch called alike, git takes the tag.
_FRONTS = ("refs/", "heads/", "remotes/", "tags/", "origin/", "upstream/")


def reserved(ref: str) -> bool:
    """Whether a ref lies in a reserved namespace, however its name is spelt."""
    return (fold(ref) + "/").startswith(RESERVED)


def imitates(ref: str) -> bool:
    """Whether a ref passes for a protected branch, or for HEAD, and is none.

    That is one in other letters (`Main`, `ma<zero width space>in`), with something before its name
    that git or a remote puts there (`refs/heads/origin/main`), or a tag that is called like it.
    """
    folded = fold(ref)
    if folded.isascii() and not ref.isascii():
        return True
    name = _bare(folded)
    return name in _KNOWN and (name == "head" or ref != f"refs/heads/{name}")


def _bare(folded: str) -> str:
    """The name without whatever stands before it."""
    while front := next((each for each in _FRONTS if folded.startswith(each)), ""):
        folded = folded.removeprefix(front)
    return folded


def _ref(view: View) -> str:
    return view.change.update.ref


MEASURES: tuple[Measure, ...] = (
    flag("ref_created", "the ref is new", lambda view: view.change.update.created),
    flag("ref_deleted", "the ref is deleted", lambda view: view.change.update.deleted),
    flag("rewound", "the new target does not contain the old one", lambda v: v.change.rewound),
    flag("tag_moved", "an existing tag gets another target", lambda view: view.change.tag_moved),
    flag("imitates_ref", "the ref passes for a protected one", lambda v: imitates(_ref(v))),
    flag("reserved_ref", "the ref is in a reserved namespace", lambda view: reserved(_ref(view))),
)
