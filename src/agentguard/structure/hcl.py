"""HCL, the language of Terraform and its like: blocks, attributes, and values that are literal.

A block's labels are part of its key, and a block inside another has no `[]`:
`resource.aws_db_instance.main.lifecycle.prevent_destroy`. What has to be worked out first
(`var.x ? 1 : 0`) is the text that stands there; of `jsonencode({…})` the inside is read, and so is a
text, here-document or not, that is a table or list of JSON.

A reader of its own: the library there is for it takes seconds to load, and its keys differ from
version to version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from agentguard.structure.jsonc import read_jsonc
from agentguard.structure.leaves import DEEPEST, Tree, UnreadableError

MOST_TOKENS = 200_000

_TOKEN = re.compile(
    r"(?P<skip>[ \t\r\f]+|#[^\n]*|//[^\n]*|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?)"
    r"|(?P<heredoc><<[-~]?[ \t]*(?P<end>[A-Za-z_][\w-]*)[ \t\r]*\n)"
    r"|(?P<string>\")|(?P<line>\n)|(?P<word>[^\W][\w.*-]*)|(?P<mark>.)"
)
_IN_STRING = re.compile(r"\\.|\$\$\{|%%\{|[$%]\{|[\"{}\n]", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
# Functions that are there to hold what is written inside them.
_HOLDING = ("jsonencode", "yamlencode", "tolist", "tomap", "toset")
_CLOSING = {"{": "}", "[": "]", "(": ")"}


class _Token(NamedTuple):
    """A piece of the text, from `start` to `end`; `kind` is a mark itself or a group's name."""

    kind: str
    start: int
    end: int
    value: str = ""


def read_hcl(text: str) -> Tree:
    """A file as a tree. Raises UnreadableError."""
    tokens = list(islice(_tokens(text), MOST_TOKENS + 1))
    if len(tokens) > MOST_TOKENS:
        raise UnreadableError("more than is read of a settings file")
    return _Reader(text, [*tokens, _Token("end", len(text), len(text))]).body("end", 0)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text) and (found := _TOKEN.match(text, at)):
        kind, start, at = str(found.lastgroup), at, found.end()
        if kind == "string":
            at = _end_of_string(text, at)
            yield _Token(kind, start, at, _ESCAPE.sub(_unescaped, text[start + 1 : at - 1]))
        elif found["heredoc"]:
            closing = re.compile(rf"^[ \t]*{found['end']}[ \t\r]*$", re.MULTILINE).search(text, at)
            if closing is None:
                raise UnreadableError("not HCL: a text has no end")
            yield _Token("string", start, closing.end(), text[at : closing.start()])
            at = closing.end()
        elif kind != "skip":
            yield _Token(found[0] if kind == "mark" else kind, start, at, found[0])


def _end_of_string(text: str, at: int) -> int:
    """Where the string ends whose opening quote is before `at`, templates in it included."""
    inside = ['"']
    for found in _IN_STRING.finditer(text, at):
        mark = found[0]
        if mark == '"' == inside[-1] or (mark == "}" and inside[-1] == "{"):
            inside.pop()
        elif mark in {"${", "%{"} or (mark in {'"', "{"} and inside[-1] == "{"):
            inside.append(mark[-1])
        elif mark == "\n" and inside[-1] == '"':
            break
        if not inside:
            return found.end()
    raise UnreadableError("not HCL: a string has no end")


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], found[1])


def _document(text: str) -> Tree:
    """What a text holds if it is JSON, else the text."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return read_jsonc(text)
    except UnreadableError:
        return text


@dataclass(slots=True)
class _Reader:
    """Goes through the tokens once; the last of them is the end."""

    text: str
    tokens: list[_Token]
    at: int = 0

    def body(self, closing: str, depth: int) -> Tree:
        """What stands in a block or file: attributes and blocks, up to its end."""
        self._bounded(depth)
        found: list[tuple[str, Tree]] = []
        while not self._take(closing, over=("line",)):
            names = [self._name()]
            while self._now.kind in {"word", "string"}:
                names.append(self._name())
            if self._take("="):
                tree = self._value(depth + 1)
            else:
                self._expect("{")
                tree = self.body("}", depth + 1)
            found.append((".".join(names), tree))
        return tuple(found)

    @property
    def _now(self) -> _Token:
        return self.tokens[self.at]

    def _take(self, kind: str, over: tuple[str, ...] = ()) -> bool:
        """Go past a token of this kind if it is next, and before it past those to go over."""
        while self._now.kind in over:
            self.at += 1
        taken = self._now.kind == kind
        self.at += taken and kind != "end"
        return taken

    def _expect(self, kind: str) -> None:
        if not self._take(kind):
            line = self.text.count("\n", 0, self._now.start) + 1
            raise UnreadableError(f"not HCL: expected {kind} in line {line}")

    def _bounded(self, depth: int) -> None:
        if depth > DEEPEST:
            raise UnreadableError(f"nested more than {DEEPEST} deep")

    def _name(self) -> str:
        token = self._now
        if token.kind != "string":
            self._expect("word")
            return token.value
        self.at += 1
        return token.value

    def _value(self, depth: int) -> Tree:
        """A literal, list or table; anything that goes on after it is text as it stands."""
        self._bounded(depth)
        start = self.at
        tree = self._literal(depth)
        return tree if tree is not None and self._ends else self._written(start)

    def _literal(self, depth: int) -> Tree:
        """A tree, None if something else stands there."""
        token, following = self._now, self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if token.value in _HOLDING and following.kind == "(":
            self.at += 2
            tree = self._value(depth + 1)
            return tree if self._take(")", over=("line", ",")) else None
        if token.kind in {"word", "string"}:
            self.at += 1
            return token.value if token.kind == "word" else _document(token.value)
        if token.kind in {"[", "{"} and not self._loop():
            self.at += 1
            return self._list(depth) if token.kind == "[" else self._table(depth)
        return None

    def _loop(self) -> bool:
        """Whether a bracket opens `[for …]`."""
        at = self.at + 1
        while self.tokens[at].kind == "line":
            at += 1
        return (self.tokens[at].kind, self.tokens[at].value) == ("word", "for")

    def _list(self, depth: int) -> list[Tree]:
        found = []
        while not self._take("]", over=("line", ",")):
            found.append(self._value(depth + 1))
        return found

    def _table(self, depth: int) -> Tree:
        found = []
        while not self._take("}", over=("line", ",")):
            name = self._name() if self._now.kind in {"word", "string"} else self._key()
            if not self._take("="):
                self._expect(":")
            found.append((name, self._value(depth + 1)))
        return tuple(found)

    def _key(self) -> str:
        """A table's key that is worked out: `(var.name)`."""
        start = self.at
        self._expect("(")
        self._skip(")")
        return self.text[self.tokens[start].start : self.tokens[self.at - 1].end]

    @property
    def _ends(self) -> bool:
        return self._now.kind in {"line", ",", "}", "]", ")", "end"}

    def _written(self, start: int) -> str:
        """The text from a token up to where its expression ends."""
        self.at = start
        while not self._ends:
            opened = _CLOSING.get(self._now.kind)
            self.at += 1
            if opened:
                self._skip(opened)
        if self.at == start:
            self._expect("a value")
        return self.text[self.tokens[start].start : self.tokens[self.at - 1].end]

    def _skip(self, closing: str) -> None:
        """Go past the bracket that closes the one just taken."""
        waiting = [closing]
        while waiting:
            kind = self._now.kind
            if kind == "end":
                self._expect(waiting[-1])
            if kind in _CLOSING:
                waiting.append(_CLOSING[kind])
            elif kind == waiting[-1]:
                waiting.pop()
            self.at += 1
