"""Parsing and checking the bundled files once, at installation, for every push to come."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import Any

from agentguard import compiled
from agentguard.bundled import PACKAGE, data, folder
from agentguard.compiled import CODE, content_hash, known
from agentguard.errors import ConfigurationError
from agentguard.paths import load_classes
from agentguard.policy.rules import load_rules
from agentguard.settings import parse_toml
from agentguard.setup.files import write_whole


def compile_bundled() -> None:
    """Check and parse the bundled files for all pushes to come; where that cannot be written, each
    does. Raises ConfigurationError for a rule that is none."""
    with suppress(OSError):
        compiled.CACHE.unlink()  # what was checked by other code is checked again
    known.cache_clear()
    load_rules(folder("rules"), load_classes(data("rules", "paths.toml"), "paths.toml"))
    files = [path.read_bytes() for path in sorted(folder("rules").rglob("*.toml"))]
    documents = {content_hash(content): parse_toml(content, "") for content in files}
    entries: dict[str, Any] = {name: each for name, each in documents.items() if _survives(each)}
    entries[CODE] = _hash_of_code()
    with suppress(ConfigurationError):
        write_whole(compiled.CACHE, json.dumps(entries))
    known.cache_clear()


def _hash_of_code() -> str:
    found = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        found.update(f"{path.relative_to(PACKAGE)}\0{content_hash(path.read_bytes())}\n".encode())
    return found.hexdigest()


def _survives(document: dict[str, Any]) -> bool:
    """Whether JSON gives back what TOML said; dates, for one, it does not have."""
    try:
        return bool(json.loads(json.dumps(document)) == document)
    except TypeError:
        return False
