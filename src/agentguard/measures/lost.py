"""Deleted files that the code which is left still names: live code, or dead?"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from agentguard.change import Change
from agentguard.measures.measure import Measure, Reading, View, number

if TYPE_CHECKING:
    from agentguard.references import Mention


def dead_or_live(change: Change) -> str:
    """In words, whether code that stays names the files a change deletes; "" if nobody looked."""
    if not change.mentions.searched:
        return ""
    deleted = sum(file.status == "deleted" for file in change.files)
    named = len({mention.path for mention in change.mentions.found if not mention.prose})
    if named:
        return f"code that is left still names {named:,} of the {deleted:,} deleted files"
    return _nothing(change, deleted)


def _still_referenced(view: View) -> Reading:
    """Documentation that names a file does not need it, so it does not count."""
    deleted = [file.path for file in view.files if file.status == "deleted"]
    wanted = set(deleted)
    first: dict[str, Mention] = {}
    for mention in view.change.mentions.found:
        if mention.path in wanted and not mention.prose:
            first.setdefault(mention.path, mention)
    named = tuple(f"{path}  named in {m.by}:{m.line}" for path, m in first.items())
    count = len({(_called(path), m.by, m.line) for path, m in first.items()})
    return Reading(count, tuple(first), named or (_nothing(view.change, len(deleted)),))


def _called(path: str) -> str:
    """Files of one name are one thing to a line that holds only the name: it may mean any of them.
    What makes a directory a module is named by the directory."""
    from agentguard.references import PACKAGES

    name = posixpath.basename(path)
    return path if name.partition(".")[0] in PACKAGES.values() else name


def _nothing(change: Change, deleted: int) -> str:
    if not change.mentions.complete:
        return "what was searched of the code that is left names none of the deleted files"
    return f"no code that is left names any of the {deleted:,} deleted files"


MEASURES: tuple[Measure, ...] = (
    number("still_referenced", "deleted files that code still names", _still_referenced),
)
