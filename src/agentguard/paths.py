"""Path classes: named sets of gitignore-style patterns, and what is noise."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from itertools import groupby

from agentguard.change import Followed
from agentguard.names import fold
from agentguard.patterns import Match, compile_patterns
from agentguard.settings import Table, parse_toml


@dataclass(frozen=True, slots=True)
class PathClass:
    """`always` names exact places and is never narrowed by `exclude`, only by a policy (`never`).

    All are patterns; `exclude` may also hold `@names` of other sets.
    """

    include: tuple[str, ...]
    always: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    why: str = ""


# Where agents' files may stand, and the classes of what they lead to, which each push fills anew.
AGENTS = "agent-rules"
LINKED, IMPORTED = "agent-links", "agent-imports"
FOLLOWED = (LINKED, IMPORTED)

Compiled = str | tuple[str, ...]

# The same paths come back with every commit of a push and every rule. This many answers are kept.
KEPT = 1 << 14
remembered = lru_cache(maxsize=KEPT)
_folded = remembered(fold)


@dataclass(frozen=True, slots=True)
class PathClasses:
    """The classes of `rules/paths.toml`, as a policy extends them. Patterns compile when asked.

    `members` are folded paths that belong to a class besides.
    """

    classes: Mapping[str, PathClass]
    helpers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    noise_sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    members: Mapping[str, Collection[str]] = field(default_factory=dict)
    _compiled: dict[Compiled, Match] = field(default_factory=dict, repr=False, compare=False)

    def noise(self, path: str) -> bool:
        """A lock, vendored, generated, locale or snapshot file."""
        matches = self._compiled.get("noise")
        if matches is None:
            patterns = [p for patterns in self.noise_sets.values() for p in patterns]
            plain = compile_patterns(patterns)
            matches = self._compiled["noise"] = remembered(lambda path: plain(_folded(path)))
        return matches(path)

    def contains(self, name: str, path: str) -> bool:
        """Whether `path`, however it is spelt, belongs to class `name`."""
        return self._class(name)(_folded(path))

    def left_out(self, name: str, path: str) -> bool:
        """Whether class `name` would hold `path`, were it not for what it excludes."""
        key = "all of", name
        matches = self._compiled.get(key)
        if matches is None:
            everything = replace(self.classes[name], exclude=(), never=())
            matches = self._compiled[key] = self._compile(everything, ())
        return matches(_folded(path)) and not self.contains(name, path)

    def class_of(self, path: str) -> str | None:
        """The first class that holds `path` as it is spelt; it must be lower-case to be in any. What
        only this push makes a member says nothing about the place."""
        names = (name for name in self.classes if name not in FOLLOWED)
        return next((name for name in names if self._class(name)(path)), None)

    def selector(self, wanted: Sequence[str]) -> Match:
        """A test for a rule's `paths`: `@class` names and patterns.

        Where an entry begins with `!` the last entry that matches decides, as in a `.gitignore`.
        """
        key = tuple(wanted)
        matches = self._compiled.get(key)
        if matches is None:
            matches = self._compiled[key] = remembered(self._selector(key))
        return matches

    def extended(self, name: str, include: Sequence[str], exclude: Sequence[str]) -> PathClasses:
        """The same classes with one of them wider and narrower, as a policy's `[paths]` says."""
        old = self.classes.get(name, PathClass(()))
        new = replace(old, always=(*old.always, *include), never=(*old.never, *exclude))
        return replace(self, classes={**self.classes, name: new}, _compiled={})

    def knowing(self, followed: Followed) -> PathClasses:
        """The same classes with what agents' files lead to. What was compiled for others is kept."""
        if not (followed.links or followed.imports):
            return self
        changed = {sign + name for name in FOLLOWED for sign in ("", "@", "!@")}
        kept = {key: each for key, each in self._compiled.items() if changed.isdisjoint(key)}
        members = {LINKED: followed.links.keys(), IMPORTED: followed.imports.keys()}
        return replace(self, members=members, _compiled=kept)

    def _selector(self, wanted: tuple[str, ...]) -> Match:
        runs = [
            (not negated, self._any([entry.removeprefix("!") for entry in entries]))
            for negated, entries in groupby(wanted, key=lambda entry: entry.startswith("!"))
        ]
        if len(runs) == 1 and runs[0][0]:
            matches = runs[0][1]
            return lambda path: matches(_folded(path))
        runs.reverse()

        def last_decides(path: str) -> bool:
            folded = _folded(path)
            return next((included for included, matches in runs if matches(folded)), False)

        return last_decides

    def _any(self, entries: Sequence[str]) -> Match:
        """Classes and patterns together, against folded paths."""
        own = compile_patterns([entry for entry in entries if not entry.startswith("@")])
        classes = [self._class(entry[1:]) for entry in entries if entry.startswith("@")]
        if len(classes) == len(entries) == 1:
            return classes[0]
        return lambda path: own(path) or any(matches(path) for matches in classes)

    def _class(self, name: str) -> Match:
        key = "@", name
        matches = self._compiled.get(key)
        if matches is None:
            members = self.members.get(name, ())
            matches = self._compiled[key] = remembered(self._compile(self.classes[name], members))
        return matches

    def _compile(self, found: PathClass, members: Collection[str]) -> Match:
        include, always = compile_patterns(found.include), compile_patterns(found.always)
        # Long lists, and most pushes hold nothing that they could exclude.
        exclude, never = (
            cache(partial(self._excluding, patterns)) for patterns in (found.exclude, found.never)
        )
        return lambda path: (
            (path in members or always(path) or (include(path) and not exclude()(path)))
            and not never()(path)
        )

    def _excluding(self, patterns: Sequence[str]) -> Match:
        return compile_patterns(list(self._expand(patterns)))

    def _expand(self, patterns: Iterable[str]) -> Iterable[str]:
        for pattern in patterns:
            if pattern.startswith("@"):
                name = pattern[1:]
                yield from self.helpers.get(name) or self.noise_sets[name]
            else:
                yield pattern


def load_classes(content: bytes, source: str) -> PathClasses:
    """Read `paths.toml`. Raises ConfigurationError naming file and key."""
    document = Table(parse_toml(content, source), source)
    noise = {name: _patterns(table) for name, table in document.table("noise").items()}
    helpers = {name: _patterns(table) for name, table in document.table("helper").items()}
    classes: dict[str, PathClass] = {}
    for name, table in document.table("class").items():
        classes[name] = PathClass(
            include=table.strings("include"),
            always=table.strings("always"),
            exclude=table.strings("exclude"),
            why=table.string("why"),
        )
        for reference in classes[name].exclude:
            if reference.startswith("@") and reference[1:] not in {*helpers, *noise}:
                table.fail("exclude", f"there is no set named {reference}")
        table.finish()
    document.finish()
    return PathClasses(classes, helpers, noise)


def _patterns(table: Table) -> tuple[str, ...]:
    table.string("why", default="")
    patterns = table.strings("include")
    table.finish()
    return patterns
