"""Which refs belong to which environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from agentguard.names import fold

# Strictest first. A ref in none of them is in the last.
ENVIRONMENTS = ("production", "staging", "development")
DEVELOPMENT = ENVIRONMENTS[-1]

# Beside the branch that HEAD names.
PRODUCTION = ("refs/heads/main", "refs/heads/master", "refs/heads/release/*", "refs/tags/*")


def environment_of(ref: str, environments: Mapping[str, tuple[str, ...]]) -> str:
    """The strictest environment that claims `ref`.

    Names are folded first: `refs/heads/Main` and a `main` with an invisible letter in it are as
    protected as `main`, since other systems and people take them for it.
    """
    for name in ENVIRONMENTS[:-1]:
        if any(ref_matches(pattern, ref) for pattern in environments.get(name, ())):
            return name
    return DEVELOPMENT


def ref_matches(pattern: str, ref: str) -> bool:
    """Whether a ref pattern covers a ref. `*` stands for anything, slashes too, as in a refspec."""
    return _compiled(pattern).fullmatch(fold(ref)) is not None


def literal_prefix(pattern: str) -> str:
    """The part of a pattern that `git for-each-ref` can look up: up to the last slash before `*`."""
    before, star, _ = pattern.partition("*")
    return before[: before.rindex("/") + 1] if star and "/" in before else before


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (re.escape(_folded(part)) for part in pattern.split("*"))
    return re.compile(".*".join(parts), re.DOTALL)


def _folded(part: str) -> str:
    """A piece of a pattern folded like a name. It stands between two letters meanwhile, so that
    what folding drops at the ends of a name (slashes, dots) stays."""
    return fold(f"x{part}x")[1:-1]


def scopes_of(ref: str, branches: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The paths that each pattern which matches the ref allows changes of it to touch."""
    return tuple(paths for pattern, paths in branches.items() if ref_matches(pattern, ref))
