"""The one place that starts git processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import which
from typing import IO

from agentguard.errors import EvaluationError

# Repository configuration is read whatever we do; these win over it. A file above
# core.bigFileThreshold (git's own default here) would count as binary, and so as no lines at all.
PINNED = (
    "advice.graftFileDeprecated=false",  # we name one, an empty one
    "core.attributesFile=/dev/null",
    "core.bigFileThreshold=512m",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "diff.algorithm=myers",
    "diff.renames=false",
    "i18n.logOutputEncoding=UTF-8",
    "log.showSignature=false",
    "merge.conflictStyle=merge",
    "merge.directoryRenames=conflict",
    "merge.renameLimit=7000",
    "merge.renames=true",
    "merge.renormalize=false",
    "submodule.recurse=false",
    "trailer.separators=:",
)


# What may go on a command line as paths. Git compares every entry of a tree with each of them:
# beyond a hundred it is faster without. The system's limit is 128 KiB for one argument.
MOST_PATHS = 100
MOST_ARGUMENTS = 100_000


@cache
def git_program() -> str:
    """The absolute path of git. Raises EvaluationError when there is none."""
    program = which("git")
    if program is None:
        raise EvaluationError("git was not found on the PATH of this process")
    return program


@dataclass(frozen=True, slots=True)
class Git:
    """Runs git on one repository, in one environment. Output is bytes."""

    directory: Path
    environment: Mapping[str, str]
    pinned: Sequence[str] = PINNED

    def run(
        self, *arguments: str, stdin: bytes = b"", ok: Sequence[int] = (0,)
    ) -> subprocess.CompletedProcess[bytes]:
        """Run to the end. Raises EvaluationError unless the exit status is in `ok`."""
        with self.start(*arguments) as process:
            output, complaints = process.communicate(stdin)
        status = process.returncode
        if status not in ok:
            raise EvaluationError(failure(arguments[0], status, complaints))
        return subprocess.CompletedProcess(arguments, status, output, complaints)

    def output(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """The standard output of a run that must end with status 0."""
        return self.run(*arguments, stdin=stdin).stdout

    def chunks(self, *arguments: str) -> Iterator[bytes]:
        """The standard output as it comes, for output too large to hold."""
        with self.start(*arguments, stderr=subprocess.DEVNULL) as process:
            while block := stream(process.stdout).read(1 << 16):
                yield block
        if process.returncode:
            raise EvaluationError(failure(arguments[0], process.returncode, b""))

    @contextlib.contextmanager
    def start(
        self, *arguments: str, stderr: int = subprocess.PIPE
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A running git with pipes on both ends; killed with its children if anything is raised."""
        command = [git_program(), "--literal-pathspecs", "--no-replace-objects"]
        for setting in self.pinned:
            command += ["-c", setting]
        process = self._process([*command, *arguments], stderr)
        try:
            yield process
        except BaseException:
            kill(process)
            raise
        finally:
            close(process)

    def _process(self, command: Sequence[str], stderr: int) -> subprocess.Popen[bytes]:
        """Start a program. Paths go to it as the bytes they are, whatever the locale."""
        try:
            return subprocess.Popen(  # noqa: S603  constants, object ids, and paths after `--`
                [raw(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=self.directory,
                env=dict(self.environment),
                start_new_session=True,
            )
        except OSError as error:
            raise EvaluationError(f"git could not be started: {error.strerror}") from error


def narrowing(paths: Iterable[str]) -> list[str]:
    """Paths to give git so that it looks at no others; none when it could not take them all.

    They may be too many, and git takes `a/../b`, which a tree can hold, for `b`.
    """
    ordered = sorted(paths)
    few = len(ordered) <= MOST_PATHS
    fit = sum(len(raw(path)) + 1 for path in ordered) <= MOST_ARGUMENTS
    plain = all({".", ".."}.isdisjoint(path.split("/")) for path in ordered)
    return ordered if few and fit and plain else []


def stream(pipe: IO[bytes] | None) -> IO[bytes]:
    """A pipe that was asked for; Popen types it as possibly absent."""
    if pipe is None:
        raise EvaluationError("a pipe to git was not opened")
    return pipe


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill git and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def close(process: subprocess.Popen[bytes]) -> None:
    """Close the pipes and wait, so that no process or descriptor is left behind."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()


def failure(command: str, status: int, complaints: bytes) -> str:
    """A sentence about a git process that failed, with the last thing it said."""
    if status < 0:
        return f"git {command} was killed by signal {-status}"
    said = complaints.decode("utf-8", "replace").strip().splitlines()
    return f"git {command} failed with status {status}" + (f": {said[-1]}" if said else "")


def text(raw: bytes) -> str:
    """Bytes out of git as text that loses nothing."""
    return raw.decode("utf-8", "surrogateescape")


def raw(value: str) -> bytes:
    """The bytes that `text` was made from."""
    return value.encode("utf-8", "surrogateescape")
