"""The SQL of a file, as it is found by the name of the file."""

from __future__ import annotations

from functools import lru_cache

from agentguard.sql.effects import Effect, effects
from agentguard.sql.embedded import embedded
from agentguard.sql.splitting import statements

# Files that are kept for the next alternative of a rule that looks at them.
KEPT = 256


@lru_cache(maxsize=KEPT)
def effects_of(path: str, content: bytes) -> tuple[Effect, ...]:
    """What the SQL of a file does to data: of a script, or of the code that holds some."""
    text = content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    split = statements if path.lower().endswith(".sql") else embedded
    return tuple(effects(tuple(split(text))))
