"""The bundled TOML files as they were parsed at installation, so that no push parses them again.

The cache stands beside Python's own compiled code and is trusted like it. Each entry is found by
the hash of the file's content: what was changed since is parsed, and nothing stale is ever used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from agentguard.bundled import PACKAGE, data, folder
from agentguard.errors import ConfigurationError

CACHE = PACKAGE / "__pycache__" / "bundled.json"
CODE = "code"


def parsed(content: bytes) -> dict[str, Any] | None:
    """What `content` was parsed to, None when it was not a bundled file at installation."""
    found = _known().get(_name(content))
    return found if isinstance(found, dict) else None


def compile_bundled() -> None:
    """Check and parse the bundled files for all pushes to come; where that cannot be written, each
    does. Raises ConfigurationError for a rule that is none."""
    from agentguard.paths import load_classes
    from agentguard.policy.rules import load_rules
    from agentguard.settings import parse_toml
    from agentguard.setup.files import write_whole

    with suppress(OSError):
        CACHE.unlink()  # what was checked by other code is checked again
    _known.cache_clear()
    load_rules(folder("rules"), load_classes(data("rules", "paths.toml"), "paths.toml"))
    files = [path.read_bytes() for path in sorted(folder("rules").rglob("*.toml"))]
    documents = {_name(content): parse_toml(content, "") for content in files}
    entries: dict[str, Any] = {name: each for name, each in documents.items() if _survives(each)}
    entries[CODE] = _hash_of_code()
    with suppress(ConfigurationError):
        write_whole(CACHE, json.dumps(entries))
    _known.cache_clear()


def code_hash() -> str:
    """SHA-256 over agentguard's own code as it was at installation, "" if nobody looked then."""
    return str(_known().get(CODE, ""))


def _hash_of_code() -> str:
    found = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        found.update(f"{path.relative_to(PACKAGE)}\0{_name(path.read_bytes())}\n".encode())
    return found.hexdigest()


@cache
def _known() -> Mapping[str, Any]:
    try:
        known = json.loads(CACHE.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _survives(document: dict[str, Any]) -> bool:
    """Whether JSON gives back what TOML said; dates, for one, it does not have."""
    try:
        return bool(json.loads(json.dumps(document)) == document)
    except TypeError:
        return False
