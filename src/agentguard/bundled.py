"""The one door to the data that ships with agentguard: rules and hook scripts."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from agentguard.errors import EvaluationError

PACKAGE = Path(__file__).resolve().parent


@cache
def folder(name: str) -> Path:
    """`rules` or `hooks`: inside the installed package, else beside `src/` in a checkout.

    Raises EvaluationError when the installation lost it: no rules would be no gate.
    """
    for place in (PACKAGE / "_data" / name, PACKAGE.parents[1] / name):
        if place.is_dir():
            return place
    raise EvaluationError(f"this installation of agentguard has no {name} folder; reinstall it")


def data(*parts: str) -> bytes:
    """The content of one bundled file. Raises EvaluationError when it is not there."""
    path = folder(parts[0]).joinpath(*parts[1:])
    try:
        return path.read_bytes()
    except OSError as error:
        raise EvaluationError(f"bundled file {'/'.join(parts)} is not readable: {error}") from error
