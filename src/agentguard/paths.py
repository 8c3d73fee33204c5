"""Path classes: named sets of gitignore-style patterns, and what is noise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agentguard.errors import ConfigurationError
from agentguard.names import fold
from agentguard.settings import Table, parse_toml

Match = Callable[[str], bool]


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


@dataclass(frozen=True, slots=True)
class PathClasses:
    """The classes of `rules/paths.toml`, as a policy extends them. Patterns compile when asked."""

    classes: Mapping[str, PathClass]
    helpers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    noise_sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _compiled: dict[object, Match] = field(default_factory=dict, repr=False, compare=False)

    def noise(self, path: str) -> bool:
        """A lock, vendored, generated, locale or snapshot file."""
        patterns = tuple(p for patterns in self.noise_sets.values() for p in patterns)
        return self._match("noise", patterns)(fold(path))

    def contains(self, name: str, path: str) -> bool:
        """Whether `path`, however it is spelt, belongs to class `name`."""
        return self._holds(name, fold(path))

    def class_of(self, path: str) -> str | None:
        """The first class that holds `path` as it is spelt; it must be lower-case to be in any."""
        return next((name for name in self.classes if self._holds(name, path)), None)

    def _holds(self, name: str, folded: str) -> bool:
        found = self.classes[name]
        if found.never and self._match(("never", name), found.never)(folded):
            return False
        if found.always and self._match(("always", name), found.always)(folded):
            return True
        if not self._match(("include", name), found.include)(folded):
            return False
        return not self._match(("exclude", name), self._expand(found.exclude))(folded)

    def selector(self, wanted: Sequence[str]) -> Match:
        """A test for a rule's `paths`: `@class` names and patterns, any of them."""
        names = [entry[1:] for entry in wanted if entry.startswith("@")]
        patterns = tuple(entry for entry in wanted if not entry.startswith("@"))
        own = self._match(("own", patterns), patterns)
        return lambda path: own(fold(path)) or any(self.contains(name, path) for name in names)

    def extended(self, name: str, include: Sequence[str], exclude: Sequence[str]) -> PathClasses:
        """The same classes with one of them wider and narrower, as a policy's `[paths]` says."""
        old = self.classes.get(name, PathClass(()))
        new = replace(old, always=(*old.always, *include), never=(*old.never, *exclude))
        return replace(self, classes={**self.classes, name: new}, _compiled={})

    def _expand(self, patterns: Iterable[str]) -> tuple[str, ...]:
        expanded: list[str] = []
        for pattern in patterns:
            if pattern.startswith("@"):
                name = pattern[1:]
                expanded += self.helpers.get(name) or self.noise_sets[name]
            else:
                expanded.append(pattern)
        return tuple(expanded)

    def _match(self, key: object, patterns: tuple[str, ...]) -> Match:
        if key not in self._compiled:
            self._compiled[key] = compile_patterns(patterns)
        return self._compiled[key]


def compile_patterns(patterns: Sequence[str]) -> Match:
    """One test for many gitignore-style patterns, against folded paths.

    The regular expressions are pathspec's; one alternation of them is many times faster than one
    by one. The path is given a trailing slash, so that `auth/**` also matches a file, symlink or
    submodule that stands where the directory stood. Raises ConfigurationError for a bad pattern.
    """
    if not patterns:
        return lambda _path: False
    check_patterns(patterns)
    if any(pattern.startswith("!") for pattern in patterns):
        from pathspec import GitIgnoreSpec

        spec = GitIgnoreSpec.from_lines(pattern.lower() for pattern in patterns)
        return spec.match_file
    compiled = re.compile("|".join(f"(?:{_regex(pattern)})" for pattern in patterns))
    return lambda path: compiled.match(path + "/") is not None


def check_patterns(patterns: Iterable[str]) -> None:
    """Raise ConfigurationError for a pattern that pathspec does not take or that matches nothing."""
    for pattern in patterns:
        _regex(pattern.removeprefix("!"))


def _regex(pattern: str) -> str:
    from pathspec.patterns.gitignore.base import GitIgnorePatternError
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    try:
        found, _ = GitIgnoreSpecPattern.pattern_to_regex(pattern.lower())
    except GitIgnorePatternError as error:
        raise ConfigurationError(f"{pattern!r} is not a gitignore-style pattern") from error
    if found is None:
        raise ConfigurationError(f"{pattern!r} is not a gitignore-style pattern: it is empty")
    return re.sub(r"\(\?P<\w+>", "(?:", found)


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
