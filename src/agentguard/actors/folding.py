"""Text as it is compared: without case, compatibility forms, look-alikes, invisible characters."""

from __future__ import annotations

import re
import unicodedata

_UNUSUAL = re.compile(r"[^\t\n -~]+")
_INVISIBLE = frozenset({"Cc", "Cf", "Me", "Mn"})
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
# Cyrillic, Greek and Latin letters drawn like an ASCII letter, and the dashes. After Unicode's
# confusables.txt, cut to what can stand in an address or a tool's name.
_LOOKALIKES = str.maketrans(
    "авеһіјкмнорсѕтухԁӏԛԝαικνορτυχıɑɡ‐‒–—―−",
    "abehijkmhopcstyxdlqwaikvoptuxiag------",
    _BLANK_LETTERS,
)
_REMEMBERED = 1 << 16


class _Folding(dict[int, str]):
    """What each character becomes, worked out when first met.

    One character at a time, because normalising a whole text takes quadratic time on purpose-made
    runs of combining marks. Of hostile texts not every character is remembered.
    """

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code)).casefold().translate(_LOOKALIKES)
        folded = "".join(c for c in plain if unicodedata.category(c) not in _INVISIBLE)
        if len(self) < _REMEMBERED:
            self[code] = folded
        return folded


_FOLDING = _Folding()


def fold(text: str) -> str:
    """`text` for comparison. Line feeds and tabs stay, so the number of lines does."""
    return _UNUSUAL.sub(lambda run: run[0].translate(_FOLDING), text.lower())


def fold_email(text: str) -> str:
    """An address for comparison, without the brackets, quotes and spaces people leave around it."""
    return fold(text).strip(" \t<>\"'\\[](),;:")
