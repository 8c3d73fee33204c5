"""SQL as statements, however they are spread over lines. In one pass, over any text at all.

Dialects differ in what quotes and comments are. What can be read in two ways is read so that more is
seen: both ways of a backslash before a quote, the lines of a string that goes over several, and what
is handed to EXECUTE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Strings and bodies of functions hold statements of their own, not endlessly.
DEEPEST = 4
# A longer file is looked at line by line.
LARGEST = 1024 * 1024  # characters

_VERB = (
    r"(?:DELETE\s+FROM|DROP\s+(?:TABLE|DATABASE|SCHEMA)\b|TRUNCATE\s+[A-Z\"`\[]"
    r"|UPDATE\s+[^\s=]+\s+SET\s|ALTER\s+TABLE\s)"
)
# What ends a statement or hides text; all else is text, and taken in one piece.
_TOKEN = re.compile(
    rf"""(?P<comment>--[^\n]*|(?:^|(?<=\s))\#(?![>-])[^\n]*|/\*(?!!))
      |(?P<quote>['"`])
      |(?P<named>(?<!\w)\[[\w $.-]{{1,128}}\])
      |(?P<dollar>(?<![\w$])\$(?:[A-Za-z_]\w{{0,62}})?\$)
      |(?P<bracket>[()])
      |(?P<end>;|(?<=\n)(?:GO|/|//|\$\$)[^\S\n]*(?=\n|\Z)|(?<=\n)DELIMITER[^\n]*)
      |(?P<start>\n[^\S\n]*(?={_VERB}))
      |\b(?P<word>BEGIN|THEN|ELSE|LOOP|DO|CASE|END)\b
      |(?P<code>/\*!\d*|\*/)""",
    re.IGNORECASE | re.VERBOSE,
)
_TAG = re.compile(r"(?=(\$(?:[A-Za-z_]\w{0,62})?\$))\$")
_LINE_OF_STRING = re.compile(rf"\n[^\S\n]*{_VERB}", re.IGNORECASE)
_HANDED_ON = re.compile(r"\b(?:EXEC(?:UTE)?|PREPARE|sp_executesql)\b[^;]{0,40}\Z", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*(?:DELETE|UPDATE)\s", re.IGNORECASE)
_NEAR = 10  # pieces before a string, and characters of each
_NAME = re.compile(r"[\w$.-]+")
_WAY = re.compile(
    r"""(?:--|\#)[-\s/]*(?:\+(?:goose|migrate)\s+|migrate:|!|@)?
        (?:(?P<down>downs?|undo)|ups?|do)(?:\s+migration)?\s*\Z""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in one line: without comments, blanks single, and what stands in strings and in
    brackets left out. `undoing` if it stands where a migration takes back what it did."""

    text: str
    undoing: bool = False


def statements(text: str) -> Iterator[Statement]:
    """Every statement of an SQL script, those inside of others too."""
    if len(text) > LARGEST:
        yield from (Statement(_plain(line)) for line in text.split("\n"))
        return
    seen = [_Splitter(text, escapes=False)]
    if "\\" in text:
        seen.append(_Splitter(text, escapes=True))
    found = [list(splitter.split()) for splitter in seen]
    yield from found[0]
    known = set(found[0])
    yield from (each for more in found[1:] for each in more if each not in known)


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip("; ")


def _name(held: str) -> str:
    """A quoted name as it reads without quotes, unless that would be a word of the language."""
    return held if _NAME.fullmatch(held) and held.upper() != "WHERE" else "x"


@dataclass(slots=True)
class _Splitter:
    """One reading of one text."""

    text: str
    escapes: bool
    depth: int = 0
    undoing: bool = False
    inner: list[Statement] = field(default_factory=list)
    # The text of the statement so far; below it, what stands before each open bracket.
    parts: list[str] = field(default_factory=list)
    outer: list[list[str]] = field(default_factory=list)
    cases: int = 0
    # Quotes that nothing closes from here on.
    endless: set[str] = field(default_factory=set)

    def split(self) -> Iterator[Statement]:
        """All statements."""
        tags = {match[1]: match.start() for match in _TAG.finditer(self.text)}
        at = 0
        while (token := _TOKEN.search(self.text, at)) is not None:
            self.parts.append(self.text[at : token.start()])
            kind, at = token.lastgroup, token.end()
            if self._ends(token):
                yield from self._ended()
            if kind == "quote":
                at = self._quoted(token)
            elif kind == "comment":
                at = self._comment(token)
            elif kind == "dollar" and tags.get(token[0], -1) >= at:
                at = self._body(token[0], at)
            elif kind == "bracket":
                self._bracket(token[0])
            elif kind == "start":
                self.parts.append(" ")
            elif kind == "named":
                self.parts.append(_name(token[0][1:-1]))
        self.parts.append(self.text[at:])
        yield from self._ended()

    def _ends(self, token: re.Match[str]) -> bool:
        """Whether the statement so far ends here."""
        if token.lastgroup == "word":
            return self._separates(token[0])
        if token.lastgroup == "comment":
            return bool(_WAY.match(token[0]))
        return token.lastgroup == "end" or (token.lastgroup == "start" and not self.outer)

    def _ended(self) -> Iterator[Statement]:
        self.parts = [part for parts in (*self.outer, self.parts) for part in parts]
        text = _plain("".join(self.parts))
        if text:
            yield Statement(text, self.undoing)
        yield from self.inner
        self.parts, self.outer, self.inner, self.cases = [], [], [], 0

    def _separates(self, word: str) -> bool:
        """Whether a statement begins after a word: not inside of CASE … END."""
        if word.upper() in ("CASE", "END"):
            self.cases = max(0, self.cases + (1 if word.upper() == "CASE" else -1))
        elif not self.cases and not self.outer:
            return True
        self.parts.append(word)
        return False

    def _bracket(self, bracket: str) -> None:
        if bracket == "(":
            self.outer.append(self.parts)
            self.parts = []
        elif self.outer:
            text = "".join(self.parts)
            if _IN_BRACKETS.match(text):
                self.inner.append(Statement(_plain(text), self.undoing))
            self.parts = self.outer.pop()
            self.parts.append("()")

    def _comment(self, token: re.Match[str]) -> int:
        self.parts.append(" ")
        if token[0] == "/*":
            end = self.text.find("*/", token.end())
            return end + 2 if end >= 0 else len(self.text)
        if way := _WAY.match(token[0]):
            self.undoing = way["down"] is not None
        return token.end()

    def _quoted(self, token: re.Match[str]) -> int:
        """What is quoted is a name or a string. Where it has no end it is neither."""
        quote, start = token[0], token.end()
        end = self._closed(quote, start)
        if end < 0:
            self.parts.append(" ")
            return start
        held = self.text[start:end]
        before = "".join(part[-_NEAR:] for part in self.parts[-_NEAR:])
        if _LINE_OF_STRING.search(held) or _HANDED_ON.search(before):
            self._inside(held)
        self.parts.append("''" if quote == "'" else _name(held))
        return end + 1

    def _closed(self, quote: str, start: int) -> int:
        """Where a quote ends, -1 for nowhere."""
        end = -1 if quote in self.endless else self.text.find(quote, start)
        while self.escapes and end > start and self.text[end - 1] == "\\":
            end = self.text.find(quote, end + 1)
        if end < 0:
            self.endless.add(quote)
        return end

    def _body(self, tag: str, start: int) -> int:
        """What stands between two tags such as `$$` is a function, or a string."""
        end = self.text.find(tag, start)
        self._inside(self.text[start:end])
        self.parts.append("''")
        return end + len(tag)

    def _inside(self, text: str) -> None:
        if self.depth < DEEPEST:
            inner = _Splitter(text, self.escapes, self.depth + 1, self.undoing)
            self.inner.extend(inner.split())
