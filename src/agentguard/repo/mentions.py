"""Which files of a tree still name deleted ones: git finds the lines, `references` judges them."""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from tempfile import TemporaryFile

from agentguard.errors import EvaluationError
from agentguard.references import DOTTED, Mention, Name, references
from agentguard.repo.git import Git, failure, kill, raw, stream, text

# What one search may cost; beyond these it says that it is not complete.
MOST_DELETED = 1000
MOST_LINES = 20_000
MOST_BYTES = 8 * 1024 * 1024
# No file system takes a longer one, and expressions of long names cost git much.
LONGEST_NAME = 255

# How a name of each kind stands in a line, `{}` being the last part of it, as POSIX extended
# regular expressions. They may find too much and must not find too little.
FORMS = {
    "file": "{}",
    "script": r"/{}(/index)?/?(\.[cm]?[jt]sx?)?[\"'`?]",
    "style": "[\"'`/@~#]_?{}(/index)?/?[\"'`]",
    "ruby": "[\"'`/@~#]{}/?[\"'`]",
    "go": "/{}/?[\"'`]",
    "rust": "mod[ \t]+{}",
    "python": (
        "(from[ \t]+[.]*|import[ \t(](.*[ \t,(])?|^[ \t]+([A-Za-z0-9_ ]+, *)*){}"
        "([ \t]*([,;#)\\\r]|$)|[ \t]+(as|import))"
    ),
}
SPECIAL = re.compile(r"[][\\.^$|?*+(){}]")

Line = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Mentions:
    """What `find_mentions` found: code before prose, then in the order of the deleted files.

    `searched` is how many of the deleted files were looked for. `complete` is false when that was
    not all of them, when there was more to read than is read, or when git could not read a file.
    """

    found: tuple[Mention, ...]
    searched: int
    complete: bool


def find_mentions(git: Git, tree: str, deleted: Sequence[str]) -> Mentions:
    """Look in the files of `tree` (an object id) for what still names the `deleted` paths.

    Only the first `MOST_DELETED` are looked for, so those that matter most come first. Binary files
    and targets of symlinks are not read. Raises EvaluationError when git cannot read the tree.
    """
    wanted = list(dict.fromkeys(deleted))
    short = (path for path in wanted if len(raw(posixpath.basename(path))) <= LONGEST_NAME)
    searched = list(islice(short, MOST_DELETED))
    # Of a tree git grep looks up no attributes, so none of them can call a file binary.
    root = f"{tree}^{{tree}}"
    listed = git.output("ls-tree", "-r", "-z", "--full-tree", "--name-only", root)
    names = references(searched, text(listed).split("\0"))
    expression = pattern(names.known)
    output, complete = _grep(git, root, expression) if expression else (b"", True)
    lines = list(islice(_lines(output, root), MOST_LINES + 1))
    found = [
        mention
        for by, group in groupby(lines[:MOST_LINES], key=lambda line: line[0])
        for mention in names.mentions(by, ((number, line) for _, number, line in group))
    ]
    rank = {path: place for place, path in enumerate(searched)}
    found.sort(key=lambda mention: (mention.prose, rank[mention.path]))
    complete = complete and len(searched) == len(wanted) and len(lines) <= MOST_LINES
    return Mentions(tuple(found), len(searched), complete)


def pattern(names: Iterable[Name]) -> str:
    """One expression for all lines that may hold one of these names, "" when no line can.

    Git tries many expressions one after the other, at every line it finds: far slower than one.
    """
    words: defaultdict[str, set[str]] = defaultdict(set)
    for form, word in set(_wanted(names)):
        if "\n" not in word:
            words[form].add(SPECIAL.sub(r"\\\g<0>", word))
    return "|".join(
        form.replace("{}", f"({'|'.join(sorted(each))})") for form, each in sorted(words.items())
    )


def _wanted(names: Iterable[Name]) -> Iterator[tuple[str, str]]:
    """The form in which a name stands, and the end of it that does."""
    for kind, name in names:
        family = kind.strip("=.")
        directory, _, last = name.rpartition("/")
        slash = "/" if family == "file" and not posixpath.splitext(last)[1] else ""
        if family in FORMS:
            yield FORMS[family], slash + last
        if family in DOTTED and directory:
            yield "{}", f"{posixpath.basename(directory)}.{last}"


def _grep(git: Git, root: str, expression: str) -> tuple[bytes, bool]:
    """The lines that match, each with the unindented one above; whether those are all."""
    options = ("-z", "-n", "-I", "-E", "-p", "--full-name", "--no-color", "--no-column")
    arguments = ("grep", *options, "-f", "-", root)
    with TemporaryFile() as file:
        with git.start(*arguments, stderr=file.fileno()) as process:
            # A git that is gone already is told by its status.
            with contextlib.suppress(BrokenPipeError), stream(process.stdin) as patterns:
                patterns.write(raw(expression))
            output = stream(process.stdout).read(MOST_BYTES)
            cut = bool(stream(process.stdout).read(1))
            if cut:
                kill(process)
        file.seek(0)
        complaints = file.read()
    if not cut and process.returncode not in {0, 1}:
        raise EvaluationError(failure("grep", process.returncode, complaints))
    # Git goes on past a file that it cannot read, and its status does not tell.
    return output, not (cut or complaints)


def _lines(output: bytes, root: str) -> Iterator[Line]:
    """File, number and text of each line; one that was cut off is left out."""
    record = re.compile(re.escape(raw(root)) + rb":([^\0]+)\0([0-9]+)\0([^\n]*)\n")
    for found in record.finditer(output):
        yield text(found[1]), int(found[2]), text(found[3]).rstrip("\r")
