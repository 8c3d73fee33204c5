"""What a patched client sends: any old ids, any refs, any pack."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from tests import kit

NOTHING = "0" * 40
Line = tuple[str, str, str]
"""(old, new, ref) as the client claims them; "" for an id of zeros."""


def request(work: kit.Work, lines: Sequence[Line]) -> bytes:
    """A push of `lines` with whatever objects they need, as bytes for `git receive-pack`."""
    sent = bytearray()
    for number, (old, new, ref) in enumerate(lines):
        asked = "\0report-status" if not number else ""
        line = f"{old or NOTHING} {new or NOTHING} {ref}{asked}".encode("utf-8", "surrogateescape")
        sent += b"%04x%s" % (len(line) + 4, line)
    sent += b"0000"
    if any(new for _, new, _ in lines):
        wanted = "\n".join({new for _, new, _ in lines if new}) + "\n"
        packed = subprocess.run(
            ["git", "pack-objects", "--revs", "--stdout", "-q"],
            cwd=work.path, env=kit.environment(), input=wanted.encode(),
            stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        sent += packed.stdout
    return bytes(sent)


def send(server: kit.Server, *lines: Line, **extra: str) -> kit.Result:
    """Push by hand; what the hooks say is in `text`."""
    return kit.run(
        "git", "receive-pack", server.bare.path, cwd=server.work.path,
        check=False, stdin=request(server.work, lines), env=kit.environment(**extra),
    )  # fmt: skip
