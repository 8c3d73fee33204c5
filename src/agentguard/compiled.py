"""The bundled TOML files as they were parsed at installation, so that no push parses them again.

The cache stands beside Python's own compiled code and is trusted like it. Each entry is found by
the hash of the file's content: what was changed since is parsed, and nothing stale is ever used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from agentguard.bundled import PACKAGE

CACHE = PACKAGE / "__pycache__" / "bundled.json"
CODE = "code"


def parsed(content: bytes) -> dict[str, Any] | None:
    """What `content` was parsed to, None when it was not a bundled file at installation."""
    found = known().get(content_hash(content))
    return found if isinstance(found, dict) else None


def code_hash() -> str:
    """SHA-256 over agentguard's own code as it was at installation, "" if nobody looked then."""
    return str(known().get(CODE, ""))


@cache
def known() -> Mapping[str, Any]:
    """Everything in the cache, nothing where there is none."""
    try:
        found = json.loads(CACHE.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def content_hash(content: bytes) -> str:
    """How an entry is found."""
    return hashlib.sha256(content).hexdigest()
