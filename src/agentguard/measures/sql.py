"""SQL statements that a change brings into a file, by what they do to data that is there or to who
gets at it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from agentguard.change import FileChange
from agentguard.measures.measure import Measure, Reading, View, anything, shortened
from agentguard.sql.kinds import KINDS

LONGEST = 60  # characters of a statement that are shown
# Nothing that a rule can ask for goes without one of these words.
_SNIFF = re.compile(rb"(?i)\b(?:drop|truncate|delete|update|grant|row|superuser)\b")


def _parse(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not raw or any(kind not in KINDS for kind in raw):
        raise ValueError(f"expected a list of: {', '.join(KINDS)}")
    return tuple(raw)


def _read(view: View, kinds: Sequence[str]) -> Reading:
    found = [(file.path, words) for file in view.files for words in _in_file(file, view, kinds)]
    details = tuple(f"{path}: {words}" for path, words in found)
    return Reading(len(found), tuple(dict.fromkeys(path for path, _ in found)), details)


def _in_file(file: FileChange, view: View, kinds: Sequence[str]) -> Iterator[str]:
    """New statements of a file, in words. What is the same statement as before is none."""
    content = view.content(file.path)
    if content is None or file.status == "deleted":
        return
    if not content.whole:
        yield "is too large to be read"
        return
    if not _SNIFF.search(content.after):
        return
    from agentguard.sql.files import effects_of

    before = b"" if file.status == "added" else content.before
    new = Counter(effects_of(file.path, content.after)) - Counter(effects_of(file.path, before))
    for effect in new.elements():
        if effect.kind in kinds:
            text = effect.text.encode("utf-8", "replace").decode()
            yield shortened(text, LONGEST)


MEASURES: tuple[Measure, ...] = (
    Measure(
        "sql",
        "new SQL statements that do one of these to data that is there",
        _parse,
        _read,
        anything,
        whole=True,
    ),
)
