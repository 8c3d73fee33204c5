"""Lines of a commit message that are trailers of ours, or would like to pass for some.

What counts is narrower than any reader of trailers: the exact key, in the last paragraph, as git
itself reads it, and not broken in any way. What is looked at is wider, so that whatever does not
count is named with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from agentguard.actors.folding import fold
from agentguard.approvals.statement import FIRST_KEY, ORDER, SIGNATURE_KEY
from agentguard.change import Commit

APPROVED_BY = "Agentguard-Approved-by"

_OURS = "agentguard-"
_DECORATION = re.compile(r"[\s>|*#+-]*")
_BLOCK_KEYS = {key.lower(): key for key in (*ORDER, SIGNATURE_KEY)}
_PLAIN_KEYS = {APPROVED_BY.lower(): APPROVED_BY}
_DIVIDER = re.compile(r"---(\s|$)")


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines with keys of ours; `fault` says why they are no trailers, "" if they are."""

    lines: tuple[str, ...]
    fault: str

    @property
    def signed(self) -> bool:
        """A signature is among them."""
        return any(_key(line, _BLOCK_KEYS) == SIGNATURE_KEY for line in self.lines)

    @property
    def stated(self) -> bool:
        """They begin as a statement does."""
        return _key(self.lines[0], _BLOCK_KEYS) == FIRST_KEY


def statements(commit: Commit) -> Iterator[Block]:
    """Every block that is, or looks like, a statement with or without its signature."""
    if _OURS not in fold(commit.message):
        return
    message = _message(commit)
    for start, end in _spans(message.lines):
        yield Block(tuple(message.lines[start:end]), _fault(message, start, end, _BLOCK_KEYS))


def approved_by(commit: Commit) -> Iterator[tuple[str, str]]:
    """Whom each line of plain text names, and why that line is no trailer ("" if it is one)."""
    if _OURS not in fold(commit.message):
        return
    message = _message(commit)
    lines = message.lines
    for number, line in enumerate(lines):
        if _key(line, _PLAIN_KEYS):
            folded = number + 1 < len(lines) and lines[number + 1][:1] in {" ", "\t"}
            end = number + 1 + folded
            fault = _fault(message, number, end, _PLAIN_KEYS)
            yield line.partition(":")[2].strip(), fault


@dataclass(frozen=True, slots=True)
class _Message:
    """The lines of a message, and where in it trailers may stand: worked out once for all blocks.

    `dashes` are the first and the last line that divides it, `blank` is the last empty line above
    something; -1 where there is none.
    """

    lines: list[str]
    trailers: frozenset[tuple[str, str]]
    dashes: tuple[int, int]
    blank: int


def _message(commit: Commit) -> _Message:
    lines = commit.message.split("\n")
    dashes = [number for number, line in enumerate(lines) if _DIVIDER.match(line)] or [-1]
    filled = [number for number, line in enumerate(lines) if line.strip()]
    gaps = (last - 1 for first, last in pairwise([-1, *filled]) if last > first + 1)
    return _Message(
        lines, frozenset(commit.trailers), (dashes[0], dashes[-1]), max(gaps, default=-1)
    )


def _spans(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Where blocks begin and end. A statement's first key begins another one."""
    start = None
    for number, line in enumerate([*lines, ""]):
        key = _key(line, _BLOCK_KEYS)
        goes_on = bool(key) or (start is not None and line[:1] in {" ", "\t"} and line.strip())
        if start is not None and (key == FIRST_KEY or not goes_on):
            yield start, number
            start = None
        if key and start is None:
            start = number


def _key(line: str, keys: dict[str, str]) -> str:
    """The key of ours that a line has, or that a person would take it to have."""
    head, colon, _ = fold(_DECORATION.sub("", line, count=1)).partition(":")
    return keys.get(head.strip(), "") if colon else ""


def _fault(message: _Message, start: int, end: int, keys: dict[str, str]) -> str:
    """Why lines are not what they look like, the most telling reason first."""
    block = message.lines[start:end]
    heads = [line for line in block if _key(line, keys)]
    exact = [line for line in heads if line.startswith(_key(line, keys) + ":")]
    if any(line.endswith("\r") for line in block):
        return "its lines end with CR LF; they must end with LF alone"
    if any(_DECORATION.match(line)[0] for line in heads):  # type: ignore[index]
        return "it is quoted or indented, so it is talked about and not given"
    if len(exact) < len(heads):
        wrong = next(line for line in heads if line not in exact).partition(":")[0]
        return f"the key {wrong!a} only looks like {_key(wrong + ':', keys)}"
    if len(heads) < len(block):
        return "a line of it is folded; each stands on one line"
    return _misplaced(message, start, end)


def _misplaced(message: _Message, start: int, end: int) -> str:
    first, last = message.dashes
    if 0 <= first < start:
        return "it stands below a line of dashes, where git reads no trailers"
    if message.blank >= end:
        return "it stands in the middle of the message; it must be in the last paragraph"
    if last >= end:
        return "a line of dashes follows it, where some of git's readers stop"
    parted = (line.partition(":") for line in message.lines[start:end])
    if any((key, value.strip()) not in message.trailers for key, _, value in parted):
        return "git does not read the last paragraph as trailers; put nothing else there"
    return ""


def text_of(lines: tuple[str, ...]) -> tuple[str, str]:
    """A block without its fault as the statement's text and the signature's base64 ("" for none).

    A signature that does not stand last, or twice, stays in the text, where nothing accepts it.
    """
    *statement, last = lines
    key, _, value = last.partition(":")
    if key != SIGNATURE_KEY:
        return "".join(f"{line}\n" for line in lines), ""
    return "".join(f"{line}\n" for line in statement), value.strip()
