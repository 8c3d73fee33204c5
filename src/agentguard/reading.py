"""Reading files that a person named."""

from __future__ import annotations

import sys
from pathlib import Path

from agentguard.errors import ConfigurationError

STANDARD_INPUT = Path("-")


def read_file(path: Path) -> bytes:
    """A file's content, of standard input for `-`. Raises ConfigurationError if it is not there."""
    try:
        return sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
