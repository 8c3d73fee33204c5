"""Repositories that commands are tried on."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path

from tests import kit

PAGES = {f"pages/page{number}.html": f"line of page {number}\n" * 40 for number in range(40)}
FILES = {**PAGES, "README.md": "Portal\n", "src/app.py": "print('portal')\n"}
PLAIN = {"src/app.py": "print('the portal')\n"}
GONE: Mapping[str, str | bytes | None] = dict.fromkeys(PAGES)
END = "\x04"  # Ctrl-D
ASKED = re.compile(r"type ([0-9a-f ]+?)\s*[\n:(]")


def plain(path: Path, *options: str) -> kit.Work:
    """A repository without remotes whose main branch holds `FILES`."""
    work = kit.init(path, *options)
    work.commit("Start", FILES)
    return work


def cloned(folder: Path) -> kit.Work:
    """A clone of a server that has no gate, on the branch `topic`, which is main still."""
    bare = kit.init(folder / "acme" / "portal.git", "--bare")
    work = plain(folder / "clone")
    work.git("remote", "add", "origin", str(bare.path))
    work.push("main", check=True)
    work.git("remote", "set-head", "origin", "main")
    work.git("checkout", "-q", "-b", "topic")
    return work


def destroyed(work: kit.Work) -> str:
    """A commit that deletes all pages, on the branch that is checked out."""
    return work.commit("Clean up", GONE)


def at_terminal(
    *command: str | Path, cwd: Path, answer: str, env: Mapping[str, str] | None = None
) -> tuple[kit.Result, str]:
    """Run a program whose session has a terminal, though its input and output are pipes.

    `answer` is typed when it asks to type a digest; `{wanted}` in it is that digest. Gives how it
    ended, and everything that stood on the terminal.
    """
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=dict(env) if env is not None else kit.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),  # noqa: PLW1509
    )
    # Our end of it stays open, or the terminal would hang up before anybody opens it.
    with process:
        try:
            seen = _converse(master, process, answer)
            output, complaints = process.communicate(timeout=60)
        finally:
            process.kill()
            os.close(slave)
            os.close(master)
    result = kit.Result(process.returncode, output.decode(), complaints.decode())
    return result, seen.decode("utf-8", "replace").replace("\r\n", "\n")


def _converse(master: int, process: subprocess.Popen[bytes], answer: str) -> bytes:
    seen, answered = b"", False
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        ready, _, _ = select.select([master], [], [], 0.05)
        if ready:
            seen += os.read(master, 65536)
        elif process.poll() is not None:
            return seen
        asked = ASKED.search(seen.decode("utf-8", "replace"))
        if asked and not answered and seen.endswith(b": "):
            typed = answer.format(wanted=asked[1])
            os.write(master, typed.encode() + (b"" if typed == END else b"\n"))
            answered = True
    raise AssertionError(f"no end after: {seen!r}")
