"""Which lines of a message are shown to the reader rather than said."""

from __future__ import annotations

from collections.abc import Iterator

_QUOTE_SIGNS = (">", "+", "|", '"', "'", "`")
_FENCES = ("```", "~~~")
_CODE_INDENT = 4  # columns from which Markdown shows code


def quoted_lines(lines: list[str]) -> frozenset[int]:
    """The numbers of the lines that are quoted, fenced, in a string, or in an indented example.

    Indentation alone says nothing: a squashed message is indented too. An indented block is an
    example when a colon introduces it, or when trailers alone interrupt the text.
    """
    return frozenset((*_signed(lines), *_fenced(lines), *_in_strings(lines), *_examples(lines)))


def _signed(lines: list[str]) -> Iterator[int]:
    for number, line in enumerate(lines):
        if line.lstrip().startswith(_QUOTE_SIGNS):
            yield number


def _fenced(lines: list[str]) -> Iterator[int]:
    fences = [n for n, line in enumerate(lines) if line.lstrip().startswith(_FENCES)]
    for start, end in zip(fences[::2], fences[1::2], strict=False):
        yield from range(start, end)


def _in_strings(lines: list[str]) -> Iterator[int]:
    """Lines that a literal `\\n` began inside of quotation marks."""
    quotes = 0
    for number, line in enumerate(lines):
        if number and not lines[number - 1].endswith("\\"):
            quotes = 0
        if quotes % 2:
            yield number
        quotes += line.count('"') + line.count("`")


def _examples(lines: list[str]) -> Iterator[int]:
    before = -1
    for number in range(len(lines) + 1):
        last = number == len(lines)
        if last or (lines[number] and not lines[number][0].isspace()):
            intro = lines[before] if before >= 0 else ""
            yield from _example(lines, before + 1, number, intro.rstrip())
            before = number


def _example(lines: list[str], start: int, end: int, intro: str) -> Iterator[int]:
    """The example's lines in the block of indented lines from `start` up to `end`."""
    block = [line.expandtabs() for line in lines[start:end] if line.strip()]
    if not block or "squash" in intro.lower():
        return
    deep = min(len(line) - len(line.lstrip()) for line in block) >= _CODE_INDENT
    if deep and (intro.endswith(":") or (end < len(lines) and all(":" in text for text in block))):
        yield from range(start, end)
    elif intro.endswith(":"):
        yield from _first_paragraph(lines, start, end)


def _first_paragraph(lines: list[str], start: int, end: int) -> Iterator[int]:
    begun = False
    for number in range(start, end):
        if lines[number].strip():
            begun = True
            yield number
        elif begun:
            return
