"""Which files of a tree still name deleted ones: git finds the lines, `references` judges them."""

from __future__ import annotations

import posixpath
import re
import subprocess
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby, islice
from tempfile import TemporaryFile

from agentguard.change import FileChange, Mentions
from agentguard.errors import EvaluationError
from agentguard.references import DOTTED, Name, references
from agentguard.repo.git import Git, failure, kill, raw, stream, text
from agentguard.repo.tree_search import paths_in, root_of, searching

# What one search may cost; beyond these it says that it is not complete.
MOST_DELETED = 1000
MOST_LINES = 20_000
MOST_BYTES = 8 * 1024 * 1024
# No file system takes a longer one, and expressions of long names cost git much.
LONGEST_NAME = 255

# How a name of each kind stands in a line, `{}` being the last part of it: expressions that mean the
# same to Perl and, but for BOUND, to POSIX. They may find too much and must not find too little.
FORMS = {
    "file": "{}",
    "script": r"/{}(/index)?/?(\.[cm]?[jt]sx?)?[\"'`?]",
    "style": "[\"'`/@~#]_?{}(/index)?/?[\"'`]",
    "ruby": "[\"'`/@~#]{}/?[\"'`]",
    "go": "/{}/?[\"'`]",
    "rust": "mod[ \t]+{}",
    "python": (
        "(from[ \t]+[.]*|import[ \t(]([^'\"{=]*[ \t,(])?){}([ \t]*([,;#)\r]|\\\\|$)|[ \t]+(as|import))"
        "|^[ \t]+{},?[ \t]*(#|\r|$)"
    ),
}
# Without it every letter may begin a name, which doubles the time. No name is written like that.
BOUND = r"(?:\b)"
WORD = re.compile(r"[A-Za-z0-9_]")
SPECIAL = re.compile(r"[][\\.^$|?*+(){}]")

Line = tuple[str, int, str]


def mentions_of(git: Git, tree: str, files: Iterable[FileChange]) -> Mentions:
    """The same of those files that a change deletes, the ones that lost most looked for first."""
    gone = sorted((f for f in files if f.status == "deleted"), key=lambda f: -f.deleted)
    return find_mentions(git, tree, [file.path for file in gone]) if gone else Mentions()


def find_mentions(git: Git, tree: str, deleted: Sequence[str]) -> Mentions:
    """Look in the files of `tree` (an object id) for what still names the `deleted` paths.

    Only the first `MOST_DELETED` are looked for, so those that matter most come first. Binary files
    and targets of symlinks are not read. Raises EvaluationError when git cannot read the tree.
    """
    wanted = list(dict.fromkeys(deleted))
    short = (path for path in wanted if len(raw(posixpath.basename(path))) <= LONGEST_NAME)
    searched = list(islice(short, MOST_DELETED))
    root = root_of(tree)
    names = references(searched, paths_in(git, root))
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
    for form, word in _wanted(names):
        if "\n" not in word:
            words[form].add(word)
    return "|".join(form.replace("{}", _any(each)) for form, each in sorted(words.items()))


def _wanted(names: Iterable[Name]) -> Iterator[tuple[str, str]]:
    """The form in which a name stands, and the end of it that does."""
    for kind, name in names:
        family = kind.strip("=.")
        directory, _, last = name.rpartition("/")
        word = last if family != "file" or posixpath.splitext(last)[1] else f"/{last}"
        if family in FORMS:
            bound = BOUND if family == "file" and WORD.match(word) else ""
            yield bound + FORMS[family], word
        if family in DOTTED and directory:
            word = f"{posixpath.basename(directory)}.{last}"
            yield (BOUND if WORD.match(word) else "") + "{}", word


def _any(words: Collection[str]) -> str:
    """An expression for any of the words; shared beginnings are tried once, not for each word."""
    groups = [list(group) for first, group in groupby(sorted(words), lambda w: w[:1]) if first]
    starts = [posixpath.commonprefix(group) for group in groups]
    branches = [
        SPECIAL.sub(r"\\\g<0>", start) + _any({word[len(start) :] for word in group})
        for start, group in zip(starts, groups, strict=True)
    ]
    return f"({'|'.join(branches)})" + "?" * ("" in words) if branches else ""


def _grep(git: Git, root: str, expression: str) -> tuple[bytes, bool]:
    """The lines that match, each with the unindented one above; whether those are all."""
    done = _ask(git, root, "-P", expression)
    if done.returncode == 128:  # not every git knows Perl's expressions, or takes so long a one
        done = _ask(git, root, "-E", expression.replace(BOUND, ""))
    whole = len(done.stdout) <= MOST_BYTES
    if whole and done.returncode not in {0, 1}:
        raise EvaluationError(failure("grep", done.returncode, done.stderr))
    # Git goes on past a file that it cannot read, and its status does not tell.
    return done.stdout, whole and not done.stderr


def _ask(git: Git, root: str, syntax: str, expression: str) -> subprocess.CompletedProcess[bytes]:
    """Run git grep until it ends or has said more than `MOST_BYTES`."""
    with TemporaryFile() as complaints:
        options = ("-n", "-p", syntax)
        with searching(git, root, expression, *options, stderr=complaints.fileno()) as process:
            output = stream(process.stdout).read(MOST_BYTES + 1)
            if len(output) > MOST_BYTES:
                kill(process)
        complaints.seek(0)
        said = complaints.read()
    return subprocess.CompletedProcess(process.args, process.returncode, output, said)


def _lines(output: bytes, root: str) -> Iterator[Line]:
    """File, number and text of each line; one that was cut off is left out."""
    record = re.compile(re.escape(raw(root)) + rb":([^\0]+)\0([0-9]+)\0([^\n]*)\n")
    for found in record.finditer(output):
        yield text(found[1]), int(found[2]), text(found[3]).rstrip("\r")
