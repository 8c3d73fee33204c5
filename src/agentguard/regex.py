"""Regular expressions that somebody wrote into a policy or a rule."""

from __future__ import annotations

import re
import warnings


def compile_regex(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Compile it. Raises ValueError, also where Python only warns: a doubt is a mistake here, and
    a warning would be shown to whoever pushes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise ValueError(f"not a regular expression: {error}") from error
