"""Settings files as leaves: each value with the dotted key it stands at, whatever the format."""

from __future__ import annotations

import re
from collections.abc import Callable

from agentguard.structure.front_matter import read_front_matter
from agentguard.structure.hcl import read_hcl
from agentguard.structure.jsonc import read_jsonc
from agentguard.structure.leaves import DENIED, Leaf, Tree, UnreadableError, flatten
from agentguard.structure.lines import read_lines
from agentguard.structure.toml import read_toml
from agentguard.structure.yaml import read_yaml

# A settings file larger than this is no settings file.
LARGEST = 1024 * 1024

# Which names are read how; the first that matches the lower-case base name counts.
FORMATS: tuple[tuple[str, str, Callable[[str], Tree]], ...] = (
    (
        r"\.(?:jsonc?|code-workspace|firebaserc|kiro\.hook|tfstate)\Z",
        "JSON",
        read_jsonc,
    ),
    (r"\.(?:ya?ml|roomodes)\Z", "YAML", read_yaml),
    (r"\.(?:toml|replit)\Z", "TOML", read_toml),
    (r"\.(?:tf|tfvars|tfbackend|hcl|nomad)\Z", "HCL", read_hcl),
    (r"\.(?:md|mdc|mdx)\Z", "front matter", read_front_matter),
    (
        (
            r"(?:\.(?:cfg|conf|editorconfig|envrc|gitmodules|ini|npmrc|properties|service|timer)"
            r"|\.env(?:\..*)?)\Z"
        ),
        "settings",
        read_lines,
    ),
)
_FORMATS = tuple((re.compile(names), title, read) for names, title, read in FORMATS)


def format_of(path: str) -> str:
    """What the file at `path` is read as, such as `JSON`; "" when it is not."""
    return next((title for names, title, _ in _FORMATS if names.search(_base(path))), "")


def leaves(path: str, content: bytes) -> tuple[Leaf, ...]:
    """The leaves of a file: none if it is empty or of no known format.

    Keys are joined by dots and every list is `[]`: `jobs.deploy.steps[].run`. Values are text:
    `true`, `false`, `null`, numbers and strings as they are written, an empty list or table `[]` or
    `{}`. What is there twice is given twice, and repeated keys are all kept: tools differ in which
    of them they obey. Raises UnreadableError.
    """
    read = next((read for names, _, read in _FORMATS if names.search(_base(path))), None)
    if read is None:
        return ()
    if len(content) > LARGEST:
        raise UnreadableError(f"larger than {LARGEST:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8: {error.reason}") from error
    return flatten(read(text)) if text.strip() else ()


def _base(path: str) -> str:
    return path.rpartition("/")[2].lower()


__all__ = ["DENIED", "FORMATS", "Leaf", "UnreadableError", "format_of", "leaves"]
