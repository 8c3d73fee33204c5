"""SQL that stands in the code of migrations, and in scripts, jobs and pipelines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.sql.splitting import Statement, statements

_VERB = r"(?:DROP|TRUNCATE|DELETE|UPDATE|ALTER)\s"
_TOKEN = re.compile(
    rf"""(?P<skip>^[^\S\n]*(?:\#|//|\*|--|@?(?:echo|printf)\b[^;&|\n]*$)[^\n]*)
      |(?P<down>^[^\S\n]*(?:[a-z]{{2,10}}[^\S\n]+){{0,4}}(?:(?:exports|self|dir)\.)?
          (?:down|downgrade|safeDown|rollback)\b|\breverse_sql\s*=)
      |(?P<up>^[^\S\n]*(?:[a-z]{{2,10}}[^\S\n]+){{0,4}}(?:(?:exports|self|dir)\.)?
          (?:up|upgrade|safeUp|change|forwards?)\b|\bsql\s*=)
      |(?P<here><<[~-]?['"]?(?P<word>[A-Z_]{{2,20}})['"]?[^\n]*\n)
      |(?<!\\)(?P<quote>\"\"\"|'''|["'`])\s*(?={_VERB})""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
# Who takes a here-document for SQL: its word says so, or a client stands before it.
_CLIENT = re.compile(
    r"\b(?:psql|mysql|mariadb|sqlite3|sqlcmd|cockroach|clickhouse-client|execute|query)\b",
    re.IGNORECASE,
)
_BEFORE = 200  # characters that are looked at for the client


def embedded(text: str) -> Iterator[Statement]:
    """The statements in strings that begin with one, and in here-documents for a database.

    What a function takes back that a framework calls for that (`def downgrade`) is left out.
    """
    at, undoing = 0, False
    while (token := _TOKEN.search(text, at)) is not None:
        at, kind, body = token.end(), token.lastgroup, ""
        if token["quote"]:
            body, at = _string(text, token["quote"], at)
        elif token["here"] and _is_sql(text, token):
            body, at = _document(text, token["word"], at)
        elif kind in ("up", "down"):
            undoing = kind == "down"
        if body and not undoing:
            yield from statements(body)


def _string(text: str, quote: str, start: int) -> tuple[str, int]:
    """What a string holds, and where it ends: without an end, with the text."""
    end = text.find(quote, start)
    while end > start and text[end - 1] == "\\":
        end = text.find(quote, end + 1)
    end = end if end >= 0 else len(text)
    return text[start:end].replace("\\" + quote, quote), end + len(quote)


def _is_sql(text: str, token: re.Match[str]) -> bool:
    line = text[max(0, token.start() - _BEFORE) : token.end()].split("\n")[-2]
    return "SQL" in token["word"].upper() or bool(_CLIENT.search(line))


def _document(text: str, word: str, start: int) -> tuple[str, int]:
    """What stands before the line that is the word alone."""
    end = re.compile(rf"^\s*{re.escape(word)}\b", re.MULTILINE).search(text, start)
    return (text[start : end.start()], end.end()) if end else (text[start:], len(text))
