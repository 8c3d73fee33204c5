"""Canonical names: which paths and ref names pass for others, and which are odd in themselves.

File systems, terminals and readers take many names for the same: `Auth`, `auth.`, `auth::$DATA`,
`au<zero width space>th`, Cyrillic `аuth`. Git keeps them apart, so a gate that compares the bytes
is walked around. Paths are `str` with surrogate-escaped bytes, as everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Unicode's Default_Ignorable_Code_Point, the interlinear marks, and the blank Braille pattern.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_STREAM = re.compile(r"(?::[^:/]*)?:\$[A-Z_]+(?=/|\Z)", re.IGNORECASE)
_DEVICE = re.compile(
    r"(?:\A|/)(?:con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³]|conin\$|conout\$) *(?=[.:/]|\Z)",
    re.IGNORECASE,
)
_STREAM_TYPE = re.compile(r"\$[A-Z_]+", re.IGNORECASE)
_DOT_GIT = re.compile(r"(?:\A|/)(?:\.git|git~\d+)(?::|/|\Z)")
_NOT_PLAIN = re.compile(r"[\x00-\x1f\x7f\\:]|[. /](?:/|\Z)|\A/")

# No file system takes longer paths, and normalising takes time that grows with the square.
LONGEST = 4096

# Lower-case letters that look like a Latin one, or whose capital does (в like B, н like H).
_LOOK_ALIKES = str.maketrans(
    "авсԁеԍһіјкӏмнорԛѕтуѵԝх" + "αβεγικνορτυχω" + "օսոհցզ" + "ıɑɡɩʋ" + "‐‑‒–−" + "⁄∕∖",
    "abcdeghijklmhopqstyvwx" + "abeyikvoptuxw" + "ounhgq" + "iagiv" + "-----" + "//\\",
)

_ODDITIES: tuple[tuple[re.Pattern[str], str], ...] = (
    (_CONTROL, "has a control character"),
    (_BIDI, "has a character that turns the reading direction"),
    (re.compile(r"\\"), "has a backslash, which separates folders on Windows"),
    (_STREAM, "names a stream of another file (NTFS)"),
    (re.compile(r"[. ](?=/|\Z)"), "ends with a dot or a space, which Windows drops"),
    (_DEVICE, "is the name of a device on Windows"),
)


def fold(path: str) -> str:
    """The form in which a path or ref name is compared with what is protected.

    Names that some file system or reader takes for the same fold to the same. Bytes that are not
    UTF-8 stay as they are, and so does a path longer than `LONGEST` that is not plain ASCII.
    Folding twice changes nothing. Only for comparing: a folded path may have other components.
    """
    if path.isascii() and not _NOT_PLAIN.search(path):
        return path.lower()
    if len(path) > LONGEST:
        return path
    # One step can make room for another (a stream behind a full-width colon), so until it rests.
    while (folded := _fold_once(path)) != path:
        path = folded
    return path


def oddities(path: str) -> tuple[str, ...]:
    """Why the name is suspicious in itself, in plain words; empty for honest names, however odd."""
    return tuple(_oddities(path))


def stands_for_git(path: str) -> bool:
    """Whether a component is `.git`, or is taken for it somewhere (`.GIT`, `git~1`, `.git `)."""
    return bool(_DOT_GIT.search(fold(path)))


def _fold_once(path: str) -> str:
    path = INVISIBLE.sub("", _CONTROL.sub("", path))
    # Decomposed first, so that a look-alike under an accent is seen too.
    path = unicodedata.normalize("NFKD", path).casefold().translate(_LOOK_ALIKES)
    parts = unicodedata.normalize("NFKC", path).replace("\\", "/").split("/")
    return "/".join(part for part in map(_fold_part, parts) if part)


def _fold_part(part: str) -> str:
    """The component without stream suffixes (`:$DATA`, `:name:$DATA`) and what Windows drops."""
    pieces = part.rstrip(". ").split(":")
    while len(pieces) > 1 and _STREAM_TYPE.fullmatch(pieces[-1]):
        del pieces[max(1, len(pieces) - 2) :]
        pieces[-1] = pieces[-1].rstrip(". ")
    return ":".join(pieces)


def _oddities(path: str) -> Iterator[str]:
    for pattern, words in _ODDITIES:
        if match := pattern.search(path):
            unseen = len(match[0]) == 1 and not match[0].isprintable()
            yield f"{words} ({_code(match[0])})" if unseen else words
    if len(path) > LONGEST:
        yield "is longer than any file system takes"
    if hidden := _hidden(path):
        yield f"has an invisible character ({_code(hidden)})"
    if stands_for_git(path):
        yield "is git's own folder .git to some file system"


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def _hidden(path: str) -> str:
    """The first invisible character that no script or emoji has a use for; bidi is told apart."""
    if path.isascii():
        return ""
    for match in INVISIBLE.finditer(path):
        at, character = match.start(), match[0]
        before, after = path[max(at - 1, 0) : at], path[at + 1 : at + 2]
        if not _BIDI.match(character) and not _honest(before, character, after):
            return character
    return ""


def _honest(before: str, character: str, after: str) -> bool:
    """Whether writing or emoji need this invisible character between these neighbours."""
    if character in "\u200c\u200d":
        if _foreign_letter(before) and _foreign_letter(after):
            return True
        return character == "\u200d" and _emoji(before) and _emoji(after)
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        keycap = before in tuple("0123456789#*") and after == "\u20e3"
        return keycap or _emoji(before) or (before != "" and unicodedata.category(before) == "Lo")
    if "\U000e0020" <= character <= "\U000e007f":  # the flags of England, Scotland and Wales
        return before == "\U0001f3f4" or "\U000e0020" <= before < "\U000e007f"
    return False


def _foreign_letter(character: str) -> bool:
    return bool(character) and ord(character) > 127 and unicodedata.category(character)[0] in "LM"


def _emoji(character: str) -> bool:
    if not character or character.isascii():
        return False
    # The range holds emoji that are younger than this Python; U+FE0F is judged by what it follows.
    if "\U0001f000" <= character <= "\U0001faff" or character in "\ufe0f‼⁉ℹ〰":
        return True
    return unicodedata.category(character) in {"So", "Sm", "Sk"}
