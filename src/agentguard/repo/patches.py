"""The text that a change adds and removes, for the files a text rule asks about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agentguard.change import FileChange, Patch
from agentguard.errors import EvaluationError
from agentguard.repo.diff import Pair, parse_raw
from agentguard.repo.git import Git, text

START = "diff --git "
PAIR_LINE = re.compile(r"([0-9a-f]{40,64}) ([0-9a-f]{40,64})")

# Paths given to one git process: their names must fit on a command line.
AT_ONCE = 200


def read_patches(
    git: Git, wanted: Mapping[Pair, Sequence[FileChange]]
) -> dict[Pair, Mapping[str, Patch]]:
    """Added and removed lines by path, for the files wanted of each pair of trees.

    An exact rename changes no line and has no patch.
    """
    paths = {file.path for files in wanted.values() for file in files if file.status != "renamed"}
    found: dict[Pair, dict[str, Patch]] = {pair: {} for pair in wanted}
    ordered = sorted(paths)
    for start in range(0, len(ordered), AT_ONCE):
        for pair, patches in _read(git, list(wanted), ordered[start : start + AT_ONCE]).items():
            found[pair].update(patches)
    return {pair: dict(patches) for pair, patches in found.items()}


def _read(git: Git, pairs: Sequence[Pair], paths: Sequence[str]) -> dict[Pair, dict[str, Patch]]:
    stdin = "".join(f"{old} {new}\n" for old, new in pairs).encode()
    common = ("diff-tree", "--stdin", "-r", "--no-renames", "--no-ext-diff", "--no-textconv")
    listed = git.output(*common, "--raw", "-z", "--no-abbrev", "--", *paths, stdin=stdin)
    output = git.output(*common, "-p", "--text", "-U0", "--", *paths, stdin=stdin)
    orders = {pair: [record.path for record in found] for pair, found in parse_raw(listed).items()}
    bodies = _bodies(text(output))
    return {pair: parse(bodies.get(pair, []), orders.get(pair, [])) for pair in pairs}


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


def parse(body: Sequence[str], order: Sequence[str]) -> dict[str, Patch]:
    """A patch of git's, whose files come in `order`.

    Names in the patch are replaced by numbers before unidiff sees them: a name may hold anything,
    and is already known. A change of type is two patches of one path; both count.
    """
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    lines, sources = _numbered(body)
    try:
        files = PatchSet(lines)
    except UnidiffParseError as error:
        raise EvaluationError(f"git's patch could not be parsed: {error}") from error
    names = dict(zip(dict.fromkeys(sources), order, strict=False))
    if len(files) != len(sources) or len(names) != len(order):
        raise EvaluationError("git's patch does not hold the files that were asked for")
    patches: dict[str, Patch] = {}
    for source, file in zip(sources, files, strict=True):
        path = names[source]
        changed = [line for hunk in file for line in hunk if not line.is_context]
        added = tuple(line.value.rstrip("\n") for line in changed if line.is_added)
        removed = tuple(line.value.rstrip("\n") for line in changed if line.is_removed)
        before = patches.get(path, Patch(path, (), ()))
        patches[path] = Patch(path, before.added + added, before.removed + removed)
    return patches


def _numbered(body: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines with file names replaced by numbers, and the header line of each file.

    In a patch of git's every line of content begins with a space, a sign or a backslash, so a line
    that begins with `diff --git` is always a header.
    """
    lines: list[str] = []
    sources: list[str] = []
    heading = False
    for line in body:
        if line.startswith(START):
            sources.append(line)
            heading = True
            lines.append(f"{START}a/{len(sources)} b/{len(sources)}\n")
        elif heading and line.startswith(("--- ", "+++ ")):
            name = (
                "/dev/null" if line[4:] == "/dev/null" else f"{'ab'[line[0] == '+']}/{len(sources)}"
            )
            lines.append(f"{line[:4]}{name}\n")
        else:
            heading = heading and not line.startswith("@@")
            lines.append(line + "\n")
    return lines, sources
