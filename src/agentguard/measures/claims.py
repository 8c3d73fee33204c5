"""What small thing the subject of a commit says the commit is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

# Subjects are looked at so far, and so many are kept for the next alternative of a rule.
LONGEST = 200  # characters
KEPT = 1 << 12

# What stands before the words: a picture or a bracket, and a type such as `chore(web):`.
_HEAD = re.compile(r"\W{0,20}(?:([a-z]{2,10})(?:\(([^()]{0,60})\))?!?:\s{0,5})?", re.IGNORECASE)
# A type that is a claim by itself, and those that promise so much that no word after them counts.
_TYPES = {"doc": "docs", "docs": "docs", "style": "format"}
_LARGE = ("feat", "feature", "revert")
_DEPENDENCIES = ("deps", "deps-dev")

_EDIT = (
    r"(?:(?:fix|correct|updat|edit|improv|clarif|tweak|reword|polish|clean|tid[iy]|repair)\w{0,4}"
    r"(?: up)?)"
)
_FEW = r"(?: [\w'./-]{1,30}){0,3}"
# What the subject begins with, as those of real commits do. The first that matches counts.
CLAIMS: Mapping[str, str] = {
    "typo": r"(?:[\w.'-]{1,30} ){0,4}(?:typos?|misspell\w+|spelling|grammar|wording|punctuation)\b",
    "docs": (
        rf"docs?\b|(?:{_EDIT}|add\w{{0,3}}|address){_FEW} "
        r"(?:readme|changelog|docs?|documentation)\b"
    ),
    "comment": rf"(?:{_EDIT}|add\w{{0,3}}){_FEW} (?:comments?|docstrings?|licen[cs]e headers?)\b",
    "link": rf"{_EDIT}{_FEW} (?:links?|urls?|anchors?)\b",
    "format": (
        r"(?:auto[- ]?)?(?:re)?format(?:ted|ting)?\b|lint(?:ing)?\b|whitespaces?\b|indent(?:ation)?\b"
        rf"|(?:{_EDIT}|rm|remove|strip|trim|normalize){_FEW} "
        r"(?:whitespaces?|indentation|formatting|lint(?:ing|er)?|newlines?|trailing spaces?)\b"
        r"|(?:run |apply )?(?:prettier|black|gofmt|rustfmt|ruff|clang-format|eslint|rubocop)\b"
    ),
    "bump": (
        r"(?:[\w-]{1,20} ){0,2}bump(?:s|ed)?\b|re-?lock\b"
        r"|(?:updat|upgrad)(?:e|es|ed|ing)(?: [@\w./-]{1,60}){1,4} to v?\d"
        r"|(?:updat|upgrad)(?:e|es|ed|ing)(?: [\w/-]{1,30}){0,3} (?:dependenc|deps\b|lock ?file)"
    ),
    "minor": (
        r"(?:minor|small|tiny|trivial|cosmetic|slight|nits?|tweaks?|polish(?:es|ed)?|tid(?:y|ies|ied))\b"
        r"|clean(?:s|ed|ing)?[- ]?ups?\b|(?:[\w-]{1,20} ){1,2}clean[- ]?ups?\W{0,3}(?:\(#\d{1,7}\))?$"
        r"|renam(?:e|es|ed|ing)(?: [\w'-]{1,30}){0,2} variables?\b"
    ),
}
# Who names what goes makes little of nothing, where the word itself may mean just that.
_MAY_TELL = ("minor",)
_TOLD = re.compile(
    r"\b(?:remov|delet|drop|prun|purg|retir|replac|rewrit|unused|dead|obsolete|legacy)",
    re.IGNORECASE,
)
_PATTERNS = {claim: re.compile(words, re.IGNORECASE) for claim, words in CLAIMS.items()}


@lru_cache(maxsize=KEPT)
def claim_of(subject: str) -> str:
    """Which of `CLAIMS` a subject makes, "" if none. A merge and a revert carry the words of others."""
    if subject.startswith(("Merge ", "Revert ", "Reapply ")):
        return ""
    subject = subject[:LONGEST]
    head = _HEAD.match(subject)
    kind, scope, start = (head[1] or "", head[2] or "", head.end()) if head else ("", "", 0)
    if kind.lower() in _LARGE:
        return ""
    if scope.lower() in _DEPENDENCIES:
        return "bump"
    found = next((claim for claim, words in _PATTERNS.items() if words.match(subject, start)), "")
    if found in _MAY_TELL and _TOLD.search(subject):
        found = ""
    return found or _TYPES.get(kind.lower(), "")
