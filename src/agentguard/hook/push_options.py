"""The options of a push (`git push -o`), as git gives them to a server's hook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

MOST_OPTIONS = 256


def push_options(environment: Mapping[str, str]) -> Iterator[str]:
    """The options in order. Whoever pushes chose them, so nothing in them is to be believed."""
    count = environment.get("GIT_PUSH_OPTION_COUNT", "")
    if not (count.isascii() and count.isdigit() and len(count) < 10):
        return
    for number in range(min(int(count), MOST_OPTIONS)):
        yield environment.get(f"GIT_PUSH_OPTION_{number}", "")
