"""The settings by which tools of agents name further files, and the names that stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# What a setting names: a path or pattern of what is read; a file name that is read in whatever
# directory it stands; or a folder of skills, whose scripts run.
Kind = Literal["path", "name", "skills"]


@dataclass(frozen=True, slots=True)
class Pointer:
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
# How the names of all of them end.
SETTINGS = (".json", ".jsonc", ".toml", ".yml", ".yaml")

_POINTERS = tuple(
    (re.compile(rf"(?:\A|/)(?:{places})\Z"), kind, re.compile(keys))
    for places, kind, keys in _TABLE
)
_PLACES = re.compile(rf"(?:\A|/)(?:{'|'.join(places for places, _, _ in _TABLE)})\Z")
# Without any of these in it, a file need not be read as settings.
_WORDS = re.compile(
    rb"ontext|skills_paths|\bread\b|\bload\b|instructions|file://|fallback_filenames"
)
# These settings hold much else; only what is marked so is a file.
_MARKED = re.compile(r"(?:\A|/)\.(?:amazonq|kiro)/")
_MARK = "file://"


def points(path: str) -> bool:
    """Whether a file at this folded path may hold such settings."""
    return _PLACES.search(path) is not None


def pointers(path: str, content: bytes) -> Iterator[Pointer]:
    """What the settings at a folded path name. Raises UnreadableError."""
    if not _WORDS.search(content):
        return
    from agentguard.structure import leaves

    marked = _MARKED.search(path)
    asked = [(kind, keys) for places, kind, keys in _POINTERS if places.search(path)]
    for key, value in leaves(path, content):
        if marked and not value.startswith(_MARK):
            continue
        for kind, keys in asked:
            if keys.fullmatch(key):
                yield Pointer(kind, value.removeprefix(_MARK))
