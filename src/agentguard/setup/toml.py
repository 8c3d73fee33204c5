"""Writing the little TOML that we write."""

from __future__ import annotations

import json
from collections.abc import Iterable

from agentguard.errors import ConfigurationError


def quoted(value: str) -> str:
    """A basic string. Raises ConfigurationError for bytes that are no UTF-8: TOML has no such."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ConfigurationError(f"{value!a} is not UTF-8, so no policy can name it") from error
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(values: Iterable[str]) -> str:
    """An array of strings."""
    return f"[{', '.join(map(quoted, values))}]"
