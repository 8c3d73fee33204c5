"""What a person reads on standard output and standard error, safe for any terminal."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.reports.escape import escape

# What a stream raises that is full, has nobody to read it, or was closed before we began.
UNHEARD = (OSError, AttributeError)
PREFIX = "agentguard: "
WIDTH = 60


def speak_utf8() -> None:
    """Write UTF-8 whatever the locale says: a report that cannot be printed helps nobody."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def show(report: str, stream: TextIO | None = None) -> None:
    """Print a whole report, which is escaped already, on standard output or on `stream`.

    Raises EvaluationError if it gets nowhere.
    """
    stream = stream or sys.stdout
    try:
        stream.write(report)
        stream.flush()
    except OSError as error:
        silence(stream)
        raise EvaluationError(f"the report could not be written: {error.strerror}") from error


def save(report: str, path: Path) -> None:
    """Write a whole report to a file. Raises ConfigurationError where that is not possible."""
    try:
        path.write_text(report, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error


def say(message: str) -> None:
    """Print one line about what was done."""
    show(f"{PREFIX}{escape(message)}\n")


def say_all(lines: Iterable[str]) -> int:
    """Print each line as it comes about; the exit code of a command that did what it was asked."""
    for line in lines:
        say(line)
    return 0


def complain(message: str) -> None:
    """One message on standard error, narrow enough for git's prefix; a long word stays whole."""
    lines = textwrap.wrap(
        escape(message), WIDTH, break_long_words=False, break_on_hyphens=False
    ) or ["unknown error"]
    try:
        sys.stderr.write("".join(f"{PREFIX}{line}\n" for line in lines))
        sys.stderr.flush()
    except UNHEARD:
        silence(sys.stderr)


def settle() -> None:
    """Leave nothing in standard output that could fail when Python ends, after the exit code."""
    try:
        sys.stdout.flush()
    except UNHEARD:
        silence(sys.stdout)


def silence(stream: TextIO) -> None:
    """Let nothing more fail on a stream nobody reads, Python's own flush at the end above all."""
    with contextlib.suppress(*UNHEARD), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
