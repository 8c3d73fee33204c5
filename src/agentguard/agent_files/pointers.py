"""The settings by which tools of agents name further files, and the names that stand in them."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple

# What a setting names: a path or pattern of what is read; a file name that is read in whatever
# directory it stands; or a folder of skills, whose scripts run.
Kind = Literal["path", "name", "skills"]


class Pointer(NamedTuple):
    """One name in a setting. `value` may be a pattern."""

    kind: Kind
    value: str


# Where the settings stand, folded, and the keys that count in them. All places but `NAMES` are in a
# folder whose name begins with a dot.
_JSON = r"[^/]+\.jsonc?"
_CRUSH = rf"\.?crush\.json|\.crush/{_JSON}"
_CODEX = r"\.codex/config\.toml"
_TABLE: tuple[tuple[str, Kind, str], ...] = (
    (r"\.(?:gemini|qwen)/settings\.json", "name", r"context(?:\.f|F)ileName(?:\[\])?"),
    (r"gemini-extension\.json", "name", r"contextFileName(?:\[\])?"),
    (_CRUSH, "path", r"(?:options\.)?context_paths\[\]"),
    (_CRUSH, "skills", r"(?:options\.)?skills_paths\[\]"),
    (r"\.aider\.conf\.ya?ml", "path", r"(?:read|load)(?:\[\])?"),
    (rf"opencode\.jsonc?|\.opencode/{_JSON}", "path", r"instructions\[\]"),
    (rf"\.amazonq/cli-agents/{_JSON}|\.kiro/agents/{_JSON}", "path", r"resources\[\]|prompt"),
    (_CODEX, "name", r"project_doc_fallback_filenames(?:\[\])?"),
    (_CODEX, "path", r"(?:.+\.)?(?:model|experimental)_instructions_file"),
)
NAMES = (
    "gemini-extension.json", "crush.json", ".crush.json", ".aider.conf.yml", ".aider.conf.yaml",
    "opencode.json", "opencode.jsonc",
)  # fmt: skip
# One of these is in each of the paths.
_TOOLS = ("gemini", "qwen", "crush", "aider", "opencode", "amazonq", "kiro", "codex")
# How the names of all of them end.
SETTINGS = (".json", ".jsonc", ".toml", ".yml", ".yaml")

# Without any of these in it, a file need not be read as settings.
_WORDS = (
    b"ontext", b"skills_paths", b"read", b"load", b"instructions", b"file://", b"fallback_filenames"
)  # fmt: skip
# These settings hold much else; only what is marked so is a file.
_MARKED = ("/.amazonq/", "/.kiro/")
_MARK = "file://"


def points(path: str) -> bool:
    """Whether a file at this folded path may hold such settings."""
    if not any(tool in path for tool in _TOOLS):
        return False
    return any(_places(places).search(path) for places, _, _ in _TABLE)


@cache
def _places(expression: str) -> re.Pattern[str]:
    """Compiled when asked for: most pushes meet no such file."""
    return re.compile(rf"(?:\A|/)(?:{expression})\Z")


def pointers(path: str, content: bytes) -> tuple[Pointer, ...] | None:
    """What the settings at a folded path name, None when they cannot be read."""
    if not any(word in content for word in _WORDS):
        return ()
    from agentguard.structure import UnreadableError, leaves

    try:
        found = leaves(path, content)
    except UnreadableError:
        return None
    marked = any(folder in f"/{path}" for folder in _MARKED)
    asked = [(kind, keys) for places, kind, keys in _TABLE if _places(places).search(path)]
    return tuple(
        Pointer(kind, value.removeprefix(_MARK))
        for key, value in found
        if not marked or value.startswith(_MARK)
        for kind, keys in asked
        if re.fullmatch(keys, key)
    )
