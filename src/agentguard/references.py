"""What text names a deleted file, and which lines of the files that are left still do.

Deleting dead code leaves nothing behind that names it. Only names that no file left in the tree
answers to count, on whole words. A bare word never does: it must look like a path, an import or a
module's dotted name. Text is judged line by line; what comes from elsewhere (a name put together at
run time, a template named without its extension) is not seen.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

# A kind and a name: "file" and a whole path; "text" and the end of a path; a family of languages
# and the end of a module's path, or, after "=", all of it. Modules have no extension. A family that
# ends in "." is for what lies in a module: what is below a package is another file's.
Name = tuple[str, str]

# Longer ends of a path tell no more, and there would be too many of a very deep one.
MOST_PARTS = 12
SHORTEST_NAME = 5

FAMILIES = {
    **dict.fromkeys(("py", "pyi", "pyx"), "python"),
    **dict.fromkeys(("groovy", "java", "kt", "scala"), "jvm"),
    **dict.fromkeys(("cjs", "cts", "js", "jsx", "mjs", "mts", "ts", "tsx"), "script"),
    **dict.fromkeys(("svelte", "vue"), "script"),
    **dict.fromkeys(("css", "less", "sass", "scss"), "style"),
    "cs": "dotnet",
    "go": "go",
    "rb": "ruby",
    "rs": "rust",
}
DOTTED = ("python", "jvm", "dotnet")
SLASHED = ("script", "style", "ruby")
# The file that makes its directory a module.
PACKAGES = {"python": "__init__", "script": "index", "style": "index", "rust": "mod"}
# Where a path is relative to the file it stands in even without `./`.
RELATIVE = ("css", "htm", "html", "less", "md", "sass", "scss", "svelte", "vue")
# Names that texts speak of without meaning a file of this tree.
COMMON = re.compile(
    r"(?i)__(init|main)__|app|base|build|cargo|changelog|common|composer|config|conftest|constants|"
    r"data|default|docker-compose|example|helpers|index|init|lib|license|main|makefile|manage|mod|"
    r"models|package|package-lock|pom|pyproject|readme|requirements|settings|setup|tests?|tsconfig|"
    r"types|utils?|version|views"
)
# Where the first three parts of a Go import path name a repository.
FORGES = ("bitbucket.org", "github.com", "gitlab.com")
PROSE = re.compile(r"(?:\A|/)docs?/|\.(?:adoc|md|pot?|rst|txt|xlf|xliff)\Z", re.IGNORECASE)

_BREAK = r"[\s\"'`<>(){}\[\],;=:|?#&*!\\^“”‘’«»…]"
_BREAKS = re.compile(_BREAK)
_TOKEN = re.compile(_BREAK.replace("[", "[^", 1) + "+")
_GOES_ON = re.compile(r"[\w/-]|\.\w")
_QUOTED = re.compile(r"([\"'`])([^\s\"'`]{2,300})\1")
_SCRIPT_END = re.compile(r"(?:\.[cm]?[jt]sx?)?(?:\?.*)?\Z")
_DOTTED = re.compile(r"(?<![\w./\\$@-])[^\W\d]\w*+(?:\.\w++)++(?![\w-])")
_CALLED = re.compile(r":[^\W\d]")
_FROM = re.compile(r"[ \t]*from[ \t]+(\.*+)([\w.]*+)[ \t]*+\bimport\b([^#]*)")
_IMPORT = re.compile(r"[ \t]*import[ \t]+([^#]*)")
_IMPORTED = re.compile(r"(?:\A|,)[ \t(]*([\w.]++)(?=[ \t]*(?:[,;)\\\r]|as[ \t]|\Z))")
_OPENED = re.compile(r"from[ \t][^(#]*\bimport[ \t]*\((?!.*\))")
_USING = re.compile(r"[ \t]*(?:import|using)[ \t]")
_MOD = re.compile(r"\bmod[ \t]+(\w+)[ \t]*;")


@dataclass(frozen=True, slots=True)
class Mention:
    """A line of the new tree that still names a deleted file.

    `path` is the deleted file, `by` the file that names it, `line` counts from 1.
    """

    path: str
    by: str
    line: int

    @property
    def prose(self) -> bool:
        """It stands in documentation, or in a translation's note of its source: that breaks nothing."""
        return PROSE.search(self.by) is not None


@dataclass(frozen=True, slots=True)
class References:
    """The names of deleted files that nothing else answers to; made by `references`.

    `known` gives for each name the deleted files it may mean, `bases` are their base names. `odd`
    are ends of their paths that begin with a part that holds what elsewhere ends a path.
    """

    known: Mapping[Name, tuple[str, ...]]
    bases: frozenset[str]
    odd: tuple[str, ...]

    def mentions(self, by: str, lines: Iterable[tuple[int, str]]) -> Iterator[Mention]:
        """The deleted files that lines of the file `by` name, each once a line.

        `lines` are numbers and texts, in order. Lines that name nothing may be left out, but for
        the nearest one above that is not indented: a Python import may begin there.
        """
        opened = ""
        for number, line in lines:
            indented = line.startswith((" ", "\t"))
            if not indented:
                found = _OPENED.match(line)
                opened = found[0] if found else ""
            statement = opened + line.strip() if indented and opened else line
            meant = dict[str, None]()
            for candidates in self._named(by, line, statement):
                first = next((name for name in candidates if name in self.known), None)
                meant |= dict.fromkeys(self.known[first] if first else ())
            yield from (Mention(path, by, number) for path in meant if path != by)

    def _named(self, by: str, line: str, statement: str) -> Iterator[Sequence[Name]]:
        """What a line may name: for each place in it the candidates, the most exact first."""
        family = FAMILIES.get(_extension(by), "")
        yield from (_path(by, path) for path in self._paths(line))
        if family == "python":
            yield from _imports(by, statement)
        if family in {*DOTTED, ""}:
            yield from _dotted(family, line)
        if family in SLASHED:
            yield from _slashed(by, family, line)
        if family == "go":
            yield from (_go(path) for _, path in _QUOTED.findall(line))
        if family == "rust":
            yield from ([_mod(by, name)] for name in _MOD.findall(line))

    def _paths(self, line: str) -> Iterator[str]:
        """Whatever ends in the base name of a deleted file."""
        for token in _TOKEN.finditer(line):
            path = token[0].lstrip("@~").rstrip(".")
            if path.rpartition("/")[2] in self.bases:
                yield path
        for end in self.odd:
            start = line.find(end)
            if start >= 0 and not _GOES_ON.match(line, start + len(end)):
                yield _BREAKS.split(line[max(0, start - 300) : start])[-1] + end


def references(deleted: Iterable[str], left: Iterable[str]) -> References:
    """What text would mention the `deleted` paths in a tree that holds the paths `left`.

    A name that a file which is left has too is dropped: the text may well mean that one. A path
    in both counts as deleted. Paths are text as git's is decoded (`surrogateescape`).
    """
    gone = dict.fromkeys(deleted)
    meant: defaultdict[Name, list[str]] = defaultdict(list)
    for path in gone:
        for name in _names(path):
            meant[name].append(path)
    lasts = {posixpath.basename(name) for _, name in meant}
    rivals = (path for path in left if path not in gone and not lasts.isdisjoint(_lasts(path)))
    taken = {name for path in rivals for name in _names(path)}
    known = {
        (kind, name): tuple(paths)
        for (kind, name), paths in meant.items()
        if (kind, name) not in taken and (kind != "text" or "/" in name or _distinctive(name))
    }
    bases = frozenset(map(posixpath.basename, gone))
    return References(known, bases, tuple(dict.fromkeys(chain.from_iterable(map(_odd, gone)))))


def _names(path: str) -> Iterator[Name]:
    """All that a file is called, be it unique or not."""
    yield "file", path
    yield from (("text", end) for end in _ends(path, 1))
    family, whole = _module(path)
    ends = [(family, end) for end in _ends(whole, 2)] if whole else []
    yield from [(f"={family}", whole), *ends] if whole else []
    if family in DOTTED and whole != posixpath.dirname(path):
        yield from ((f"{kind}.", name) for kind, name in [(f"={family}", whole), *ends])


def _module(path: str) -> Name:
    """The family of a file, and what its importers call it, as a path; "" if they cannot."""
    directory, _, name = path.rpartition("/")
    stem, _, extension = name.rpartition(".")
    family = FAMILIES.get(extension.lower(), "") if stem else ""
    if family == "go":
        return family, "" if stem.endswith("_test") else directory
    stem = stem.removesuffix(".d") if family == "script" else stem
    stem = stem.removeprefix("_") if family == "style" else stem
    package = stem == PACKAGES.get(family)
    return family, (directory if package else posixpath.join(directory, stem)) if family else ""


def _lasts(path: str) -> Iterator[str]:
    """What the names of a file end in."""
    return map(posixpath.basename, (path, _module(path)[1]))


def _ends(path: str, fewest: int) -> list[str]:
    """The ends of a path, the longest first, of at least so many parts."""
    parts = path.split("/")[-MOST_PARTS:]
    return ["/".join(parts[-count:]) for count in range(len(parts), fewest - 1, -1)]


def _odd(path: str) -> list[str]:
    """The ends of a path that begin with a part that elsewhere would not be one part."""
    return [end for end in _ends(path, 1) if _BREAKS.search(end.partition("/")[0])]


def _distinctive(base: str) -> bool:
    stem, dot, _ = base.partition(".")
    return bool(stem and dot) and len(base) >= SHORTEST_NAME and not COMMON.fullmatch(stem)


def _extension(path: str) -> str:
    return posixpath.splitext(path)[1][1:].lower()


def _resolve(by: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(by), path))


def _path(by: str, path: str) -> list[Name]:
    """A path with the extension it has: relative to `by` where that is meant, else its ends."""
    dots = path.startswith(("./", "../"))
    relative = dots or (_extension(by) in RELATIVE and _extension(path))
    exact = [("file", _resolve(by, path))] if relative else []
    parts = [part for part in path.split("/") if part not in {"", ".", ".."}]
    # A base name alone says nothing at the end of the address of some host.
    ends = _ends("/".join(parts), 2 if path.startswith("//") else 1)
    return exact + [("text", end) for end in ends]


def _imports(by: str, statement: str) -> Iterator[list[Name]]:
    """The modules of a Python import statement, and whatever it takes from them."""
    if found := _FROM.match(statement):
        dots, source, names = found.groups()
        if len(dots) > by.count("/") + 1:
            return
        folders = by.split("/")[: -len(dots)] if dots else []
        base = "/".join([*folders, *filter(None, source.split("."))])
        taken = [posixpath.join(base, name) for name in _IMPORTED.findall(names)]
        yield from (_imported(name, exact=bool(dots)) for name in [base] * bool(source) + taken)
    elif found := _IMPORT.match(statement):
        names = _IMPORTED.findall(found[1])
        yield from (_imported(name.replace(".", "/"), exact=False) for name in names)


def _imported(name: str, *, exact: bool) -> list[Name]:
    """A Python module: exactly that one, or one that some root of modules may hold."""
    if exact:
        return [("=python", name)]
    return [("python", name), ("=python", name), ("=python", f"src/{name}")]


def _dotted(family: str, line: str) -> Iterator[list[Name]]:
    """Dotted names of modules. One of two parts is mostly an attribute or a key, so it must be
    imported, or be all of the module's path and stand where a program is named."""
    imported = _USING.match(line) and family != "python"
    for found in _DOTTED.finditer(line):
        parts = found[0].split(".")[:MOST_PARTS]
        counts = range(len(parts), 1, -1)
        names = [("." * (count < len(parts)), "/".join(parts[:count])) for count in counts]
        start, end = found.span()
        before = line[max(0, start - 3) : start]
        named = before.endswith(("'", '"', "-m ")) or _CALLED.match(line, end)
        for each in (family,) if family else DOTTED:
            long = [(each + dot, name) for dot, name in (names if imported else names[:-1])]
            dot, name = names[-1]
            roots = ("", "src/") if named else ()
            yield long + [(f"={each}{dot}", root + name) for root in roots]


def _slashed(by: str, family: str, line: str) -> Iterator[list[Name]]:
    """Quoted paths of modules without an extension, or with the one they are compiled to. One that
    begins with a slash is an address of the running program."""
    for _, quoted in _QUOTED.findall(line):
        path = _SCRIPT_END.sub("", quoted) if family == "script" else quoted
        path = path.removesuffix("/").removesuffix(f"/{PACKAGES.get(family, '')}")
        directory, slash, base = path.rpartition("/")
        if path.startswith("/") or base in {"", ".", ".."}:
            continue
        path = directory + slash + (base.removeprefix("_") if family == "style" else base)
        dots = path.startswith(("./", "../"))
        relative = dots or family == "style" or (family == "ruby" and "require_relative" in line)
        exact = [(f"={family}", _resolve(by, path))] if relative else []
        yield exact if dots else [*exact, (family, path.lstrip("@~#").lstrip("/"))]


def _go(path: str) -> list[Name]:
    """The directory at the end of a Go import path."""
    parts = path.split("/")
    skipped = 3 if parts[0] in FORGES else 1
    return [("go", end) for end in _ends("/".join(parts[skipped:]), 2)]


def _mod(by: str, name: str) -> Name:
    """The module that `mod name;` declares: beside the root of a module, else below its name."""
    directory, _, base = by.rpartition("/")
    root = base in {"lib.rs", "main.rs", "mod.rs"}
    return "=rust", posixpath.join(directory, "" if root else base.removesuffix(".rs"), name)
