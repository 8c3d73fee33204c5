"""What an approver signs: a few lines of text that mean one thing and have one spelling.

Values are printable ASCII without spaces, but for those between the words of a reason. Every other
byte of a repository, ref, rule, approver or reason, and `%` itself, stands as `%` and two upper-case
hex digits of its UTF-8 (or undecodable) bytes, so that nothing breaks a line, hides in a terminal or
looks like something else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote_to_bytes

from agentguard.change import Commit
from agentguard.errors import SignatureError

APPROVAL_SUBJECT = "Agentguard approval"
FIRST_KEY = "Agentguard-Approval"
KEYS = (
    FIRST_KEY,
    "Agentguard-Repository",
    "Agentguard-Ref",
    "Agentguard-Change",
    "Agentguard-Rules",
    "Agentguard-Expires",
    "Agentguard-Approver",
)
REASON_KEY = "Agentguard-Reason"
ORDER = (*KEYS, REASON_KEY)
SIGNATURE_KEY = "Agentguard-Signature"  # follows the statement where it is signed by itself
VERSION = "v1"
MAX_REASON = 500
MAX_TEXT = 64 * 1024

_UNESCAPED = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%")
_CHANGE = re.compile(r"sha256:[0-9a-f]{64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DECORATION = re.compile(r"(?:\s|remote:)*")
_PASTED_LINE = re.compile(r"(Agentguard-[A-Za-z]+):\s*(.*)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One approval, or what is asked to be approved while `approver` is still the empty string.

    `change` is `sha256:<64 hex>`, `rules` are sorted and unique, `expires` is UTC in whole seconds.
    `reason` is why the glass is broken, in single-spaced words; "" for an ordinary approval.
    Values that cannot be said exactly raise SignatureError.
    """

    repository: str
    ref: str
    change: str
    rules: tuple[str, ...]
    expires: datetime
    approver: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.repository or not self.ref:
            raise SignatureError("a statement names a repository and a ref")
        if not _CHANGE.fullmatch(self.change):
            raise SignatureError("the change is not `sha256:` and 64 lower-case hex digits")
        if not self.rules or "" in self.rules or self.rules != tuple(sorted(set(self.rules))):
            raise SignatureError("the rules are not a sorted list without repetition")
        if self.expires.utcoffset() != timedelta(0) or self.expires.microsecond:
            raise SignatureError("the expiry is not in UTC and whole seconds")
        if not fits_reason(self.reason):
            raise SignatureError(f"the reason is not single-spaced, or above {MAX_REASON} letters")
        for value in (self.repository, self.ref, *self.rules, self.approver, self.reason):
            _escaped(value)

    def render(self) -> str:
        """The exact text: seven lines of ASCII, eight with a reason, each ended by LF."""
        values = (
            VERSION,
            _escaped(self.repository),
            _escaped(self.ref),
            self.change,
            " ".join(map(_escaped, self.rules)),
            self.expires.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            _escaped(self.approver),
        )
        lines = [f"{key}: {value}".rstrip(" ") for key, value in zip(KEYS, values, strict=True)]
        if self.reason:
            lines.append(f"{REASON_KEY}: {_escaped(self.reason, ' ')}")
        return "".join(f"{line}\n" for line in lines)


def fits_reason(text: str) -> bool:
    """Whether `text` can be said as a reason: single-spaced words, not too many of them."""
    return text == " ".join(text.split()) and len(text) <= MAX_REASON


def parse(text: str) -> Statement:
    """Read what `render` wrote, and nothing else.

    Raises SignatureError that says what is wrong.
    """
    version, repository, ref, change, rules, expires, approver, *reason = _values(text)
    if version != VERSION:
        raise SignatureError(f"the statement is of version {version!a}; this one knows {VERSION}")
    statement = Statement(
        repository=_unescaped(repository),
        ref=_unescaped(ref),
        change=change,
        rules=tuple(map(_unescaped, rules.split(" "))),
        expires=_time(expires),
        approver=_unescaped(approver),
        reason=_unescaped("".join(reason)),
    )
    if statement.render() != text:
        raise SignatureError("the statement is not written the one way it is written")
    return statement


def parse_pasted(text: str) -> Statement:
    """Read the one statement in `text`, which may have anything around it.

    `remote: `, indentation, trailing spaces and carriage returns are taken away from each line, and
    the approver may be open. Raises SignatureError when there is no statement, or two different
    ones, or when the statement itself is not as `render` wrote it.
    """
    found: dict[str, Statement] = {}
    for block in _blocks(text):
        found.setdefault(block, parse(block))
    if not found:
        raise SignatureError(f"no statement there: a line that begins with {FIRST_KEY} is missing")
    if len(found) > 1:
        refs = ", ".join(sorted({ascii(statement.ref) for statement in found.values()}))
        raise SignatureError(f"there are {len(found)} statements, for {refs}: paste one of them")
    return next(iter(found.values()))


def approval_message(statement: Statement) -> str:
    """The whole message of an approval commit."""
    return f"{APPROVAL_SUBJECT}\n\n{statement.render()}"


def is_approval_shaped(commit: Commit) -> bool:
    """Whether the commit sets out to be an approval. It says nothing about it being one."""
    subject, *lines = commit.message.lstrip("\n").split("\n")
    return subject.strip() == APPROVAL_SUBJECT and any(
        line.lstrip().startswith(f"{FIRST_KEY}:") for line in lines
    )


def _values(text: str) -> list[str]:
    if len(text) > MAX_TEXT:
        raise SignatureError(f"the statement is longer than {MAX_TEXT} characters")
    if "\r" in text or not text.endswith("\n"):
        raise SignatureError("the statement's lines do not all end with a line feed alone")
    lines = text[:-1].split("\n")
    values = [_value(number, line) for number, line in enumerate(lines)]
    if len(values) < len(KEYS):
        raise SignatureError(f"the statement ends before {KEYS[len(values)]}")
    return values


def _value(number: int, line: str) -> str:
    """What stands on line `number` (from 0) after its key."""
    if line[:1] in {" ", "\t"}:
        raise SignatureError(f"line {number + 1} of the statement is folded or indented")
    if not line.isascii() or not line.isprintable():
        raise SignatureError(f"line {number + 1} of the statement is not printable ASCII")
    key, _, value = line.partition(":")
    if key not in ORDER:
        raise SignatureError(f"line {number + 1} of the statement has an unknown key: {key!a}")
    if ORDER.index(key) < number:
        raise SignatureError(f"{key} stands twice or too late in the statement")
    if ORDER.index(key) > number:
        raise SignatureError(f"{key} stands where {ORDER[number]} belongs in the statement")
    return value.removeprefix(" ")


def _blocks(text: str) -> list[str]:
    """The lines of each statement, put straight; a statement begins with its first key."""
    blocks: list[str] = []
    for raw in text.split("\n"):
        match = _PASTED_LINE.fullmatch(_DECORATION.sub("", raw, count=1).rstrip())
        if match is None:
            continue
        line = f"{match[1]}: {match[2]}".rstrip() + "\n"
        if match[1] == FIRST_KEY:
            blocks.append(line)
        elif blocks and match[1] != SIGNATURE_KEY:
            blocks[-1] += line
    return blocks


def _time(value: str) -> datetime:
    if not _TIME.fullmatch(value):
        raise SignatureError("the expiry is not written like 2026-11-22T09:00:00Z")
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise SignatureError(f"the expiry is no time: {error}") from error


def _escaped(value: str, also: str = "") -> str:
    try:
        return quote(value.encode("utf-8", "surrogateescape"), safe=_UNESCAPED + also)
    except UnicodeEncodeError as error:
        raise SignatureError(f"{value!a} holds characters that have no bytes") from error


def _unescaped(value: str) -> str:
    return unquote_to_bytes(value).decode("utf-8", "surrogateescape")
