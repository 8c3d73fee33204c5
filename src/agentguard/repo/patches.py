"""The text that a change adds and removes, for the files a text rule asks about."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from agentguard.change import FileChange, Patch
from agentguard.errors import EvaluationError
from agentguard.repo.diff import Pair, parse_raw
from agentguard.repo.git import Git, narrowing, text

if TYPE_CHECKING:
    from unidiff.patch import Line

START = "diff --git "
PAIR_LINE = re.compile(r"([0-9a-f]{40,64}) ([0-9a-f]{40,64})")
AS_TEXT = ("-p", "--text", "-U0", "--inter-hunk-context=0", "--submodule=short")
COMMON = ("diff-tree", "--stdin", "-r", "--no-renames", "--no-ext-diff", "--no-textconv")

Section = list[str]


def read_patches(
    git: Git, wanted: Mapping[Pair, Sequence[FileChange]]
) -> dict[Pair, Mapping[str, Patch]]:
    """Added and removed lines by path, for the files wanted of each pair of trees.

    An exact rename changes no line and has no patch.
    """
    paths = {
        pair: {file.path for file in files if file.status != "renamed"}
        for pair, files in wanted.items()
    }
    asked = {pair: names for pair, names in paths.items() if names}
    return {pair: {} for pair in wanted} | (_read(git, asked) if asked else {})


def _read(git: Git, asked: Mapping[Pair, Collection[str]]) -> dict[Pair, Mapping[str, Patch]]:
    stdin = "".join(f"{old} {new}\n" for old, new in asked).encode()
    only = narrowing({path for paths in asked.values() for path in paths})
    listed = git.output(*COMMON, "--raw", "-z", "--no-abbrev", "--", *only, stdin=stdin)
    output = git.output(*COMMON, *AS_TEXT, "--", *only, stdin=stdin)
    orders = {pair: [record.path for record in found] for pair, found in parse_raw(listed).items()}
    bodies = _bodies(text(output))
    return {
        pair: parse(bodies.get(pair, []), orders.get(pair, []), paths)
        for pair, paths in asked.items()
    }


def _bodies(output: str) -> dict[Pair, list[str]]:
    """The patch of each pair, as lines. No line of a patch looks like the line of a pair: content
    begins with a sign, headers with a word of git's."""
    bodies: dict[Pair, list[str]] = {}
    body: list[str] = []
    for line in output.split("\n")[:-1]:
        if header := PAIR_LINE.fullmatch(line):
            body = bodies[header[1], header[2]] = []
        else:
            body.append(line)
    return bodies


def parse(body: Sequence[str], order: Sequence[str], wanted: Collection[str]) -> dict[str, Patch]:
    """The wanted files of a patch of git's, whose files come in `order`.

    Names are taken from `order`, as those in a patch are quoted. A change of type is two sections
    of one path; both count. Raises EvaluationError unless every wanted file is there.
    """
    sections = _sections(body)
    headers = list(dict.fromkeys(section[0] for section in sections))
    names = dict(zip(headers, order, strict=False))
    chosen = [section for section in sections if names.get(section[0]) in wanted]
    changed = _changed(chosen)
    found = {names[section[0]] for section in chosen}
    if len(headers) != len(order) or len(changed) != len(chosen) or found != set(wanted):
        raise EvaluationError("git's patch does not hold the files that were asked for")
    patches: dict[str, Patch] = {}
    for section, (added, removed) in zip(chosen, changed, strict=True):
        path = names[section[0]]
        before = patches.get(path, Patch(path, (), ()))
        patches[path] = Patch(path, before.added + added, before.removed + removed)
    return patches


def _sections(body: Sequence[str]) -> list[Section]:
    """The lines of each file. In a patch of git's every line of content begins with a space, a
    sign or a backslash, so a line that begins with `diff --git` is always a header."""
    starts = [number for number, line in enumerate(body) if line.startswith(START)]
    ends = [*starts[1:], len(body)]
    return [list(body[start:end]) for start, end in zip(starts, ends, strict=False)]


def _changed(sections: Sequence[Section]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Added and removed lines of each section, without line ends."""
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    numbered = (_numbered(section, number) for number, section in enumerate(sections))
    try:
        files = PatchSet([line + "\n" for section in numbered for line in section])
    except UnidiffParseError as error:
        raise EvaluationError(f"git's patch could not be parsed: {error}") from error
    hunks = [[line for hunk in file for line in hunk] for file in files]
    return [
        (
            _values(line for line in lines if line.is_added),
            _values(line for line in lines if line.is_removed),
        )
        for lines in hunks
    ]


def _values(lines: Iterable[Line]) -> tuple[str, ...]:
    return tuple(line.value.removesuffix("\n") for line in lines)


def _numbered(section: Section, number: int) -> Section:
    """The section with the file's name replaced by a number: a name may hold anything, and what
    unidiff makes of it does not matter."""
    head = next((at for at, line in enumerate(section) if line.startswith("@@")), len(section))
    names = {"--- ": f"a/{number}", "+++ ": f"b/{number}"}
    lines = [f"{START}a/{number} b/{number}"]
    for line in section[1:head]:
        named = line[:4] in names and line[4:] != "/dev/null"
        lines.append(line[:4] + names[line[:4]] if named else line)
    return lines + section[head:]
