"""Changing a file that pushes are judged by: recorded first, one change at a time, never in half."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agentguard.errors import ConfigurationError

Record = Callable[[str, Mapping[str, object]], None]
"""Takes the name of an event and its body, which JSON can hold. Called before anything is changed:
what it raises leaves everything as it was."""


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Have the folder of `path` to oneself, made if it is missing, so that pushes can read it.

    Raises ConfigurationError where this account may not change what is in it.
    """
    folder = path.parent
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o755)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be changed: {error.strerror}") from error
    try:
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ConfigurationError(f"{folder} cannot be changed by this account")
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def said(reason: str) -> str:
    """The reason that somebody gave. Raises ConfigurationError if they gave none."""
    if not reason.strip():
        raise ConfigurationError("--reason must not be empty: others will want to know why")
    return reason.strip()
