"""Reading TOML tables with errors that name file, key, fault and what is allowed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, NoReturn, TypeVar

from agentguard.compiled import parsed
from agentguard.errors import ConfigurationError

T = TypeVar("T")
Choice = TypeVar("Choice", bound=str)

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def parse_toml(content: bytes, source: str) -> dict[str, Any]:
    """A TOML document, not to be changed. Raises ConfigurationError that names `source`."""
    if (known := parsed(content)) is not None:
        return known
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{source}: not UTF-8: {error.reason}") from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a plain ValueError
        raise ConfigurationError(f"{source}: not TOML: {error}") from error


@dataclass(slots=True)
class Table:
    """One table of a document. Every key must be taken; `finish` refuses what is left.

    `path` is the table's own key path, "" for the document.
    """

    values: Mapping[str, Any]
    source: str
    path: str = ""
    taken: set[str] = field(default_factory=set)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def fail(self, key: str, fault: str) -> NoReturn:
        """Raise ConfigurationError for a key of this table, or for the table itself with ""."""
        where = self._name(key) if key or not self.path else self.path
        raise ConfigurationError(f"{self.source}: {where}: {fault}")

    def take(self, key: str) -> Any:
        """The raw value, None when absent."""
        self.taken.add(key)
        return self.values.get(key)

    def string(self, key: str, default: str | None = None) -> str:
        """A non-empty string; required unless there is a default."""
        value = self._typed(key, str, "a string", default)
        if not value.strip() and default is None:
            self.fail(key, "must not be empty")
        return value

    def integer(self, key: str, default: int, least: int = 0) -> int:
        """A whole number of at least `least`."""
        value = self._typed(key, int, "a whole number", default)
        if isinstance(value, bool) or value < least:
            self.fail(key, f"expected a whole number, {least} or more")
        return value

    def boolean(self, key: str, *, default: bool) -> bool:
        """True or false."""
        return self._typed(key, bool, "true or false", default)

    def strings(self, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of strings; a single string is a list of one."""
        value = self.take(key)
        if value is None:
            return tuple(default)
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            self.fail(key, f"expected a string or a list of strings, found {describe(value)}")
        return tuple(listed)

    def choice(self, key: str, allowed: Sequence[Choice], default: Choice | None = None) -> Choice:
        """One of the allowed words."""
        value = self.take(key)
        if value is None and default is not None:
            return default
        return self._allowed(key, value, allowed)

    def choices(
        self, key: str, allowed: Sequence[Choice], default: Sequence[Choice]
    ) -> tuple[Choice, ...]:
        """A list of allowed words, not empty."""
        if key not in self:
            return tuple(default)
        chosen = tuple(self._allowed(key, value, allowed) for value in self.strings(key))
        if not chosen:
            self.fail(key, f"must not be empty; allowed: {', '.join(allowed)}")
        return chosen

    def table(self, key: str) -> Table:
        """A sub-table, empty when absent."""
        value = self.take(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            self.fail(key, f"expected a table, found {describe(value)}")
        return Table(value, self.source, self._name(key))

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables; one table is a list of one; none when absent."""
        value = self.take(key)
        if value is None:
            return ()
        listed = [value] if isinstance(value, dict) else value
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            self.fail(key, f"expected a table or a list of tables, found {describe(value)}")
        name = self._name(key)
        single = isinstance(value, dict)
        names = (name if single else f"{name}[{number}]" for number in range(len(listed)))
        return tuple(Table(item, self.source, at) for at, item in zip(names, listed, strict=True))

    def items(self) -> Iterator[tuple[str, Table]]:
        """Every key as a sub-table."""
        for key in self.values:
            yield key, self.table(key)

    def finish(self, also: Sequence[str] = ()) -> None:
        """Refuse keys nobody took, naming the nearest that exists."""
        for key in self.values:
            if key not in self.taken:
                self.fail(key, f"unknown key; {nearest(key, {*self.taken, *also})}")

    def _name(self, key: str) -> str:
        quoted = key if BARE_KEY.fullmatch(key) else f'"{key}"'
        return f"{self.path}.{quoted}" if self.path else quoted

    def _typed(self, key: str, kind: type[T], words: str, default: T | None) -> T:
        value = self.take(key)
        if value is None:
            if default is None:
                self.fail(key, f"is missing; expected {words}")
            return default
        if not isinstance(value, kind):
            self.fail(key, f"expected {words}, found {describe(value)}")
        return value

    def _allowed(self, key: str, value: object, allowed: Sequence[Choice]) -> Choice:
        for word in allowed:
            if value == word:
                return word
        self.fail(key, f"{describe(value)} is not allowed; allowed: {', '.join(allowed)}")


def nearest(word: str, known: Collection[str]) -> str:
    """The word that was probably meant, or all there are."""
    import difflib

    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f"did you mean {near[0]}?" if near else f"allowed: {', '.join(sorted(known))}"


def describe(value: object) -> str:
    """A value as a message shows it, short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    shown = str(value) if isinstance(value, date | time) else repr(value)
    return shown if len(shown) <= 60 else shown[:59] + "…"
