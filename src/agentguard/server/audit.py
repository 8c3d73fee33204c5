"""What `agentguard audit` does: the ledger of one repository, read, verified and compared."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agentguard import lockdown
from agentguard.errors import ConfigurationError
from agentguard.ledger.opening import existing_ledger
from agentguard.ledger.record import Row
from agentguard.ledger.sql import Ledger
from agentguard.ledger.verify import Fault, Found, Kept, Verification, stored
from agentguard.output import show
from agentguard.reports.reconcile import Outcome, outcome
from agentguard.reports.verification import fault, summary
from agentguard.server.recording import server_ledger
from agentguard.setup.install import server_directory

LEAST = 12  # hex digits of a head that somebody kept
HEAD = re.compile(rf"(?:ledger\s+)?([1-9][0-9]{{0,17}})\s+([0-9a-f]{{{LEAST},64}})(?:…|\.\.\.)?")


def ledger_of(path: Path) -> Ledger:
    """The ledger of the repository at `path`, of the server itself if that is the folder of its
    lockdown. Raises ConfigurationError where there is no repository, EvaluationError where there
    is no ledger."""
    if path.resolve() == lockdown.FILE.parent.resolve():
        return server_ledger()
    return existing_ledger(server_directory(path))


def row_of(ledger: Ledger, number: int) -> Row:
    """One record. Raises ConfigurationError when there is none of this number."""
    for row in ledger.rows(number, number):
        return row
    raise ConfigurationError(f"there is no record {number}: the ledger ends at {ledger.head.seq}")


def verified(
    path: Path, head: str, checkpoint: Path | None, key: Path | None, export: Path | None
) -> int:
    """Print every fault as it is found, then the sum; the exit code."""
    kept = [_head(head)] if head else []
    with _source(path, export) as (name, first, found):
        if checkpoint and key:
            kept += _checkpoints(checkpoint, key, name)
        walk = Verification(kept, first)
        faults = 0
        for each in walk.faults(found):
            show(fault(each))
            faults += 1
    show(summary(walk, faults))
    return 1 if faults else 0


def export_to(ledger: Ledger, output: Path | None, since: datetime | None) -> int:
    """Write the records out, whole or not at all where it goes to a file; how many."""
    from agentguard.ledger.export import header, line
    from agentguard.ledger.selection import first_since

    first = first_since(ledger, since) if since else 1
    if not first:
        raise ConfigurationError("there is no record that is not older: nothing was written")
    written = 0
    with _to(output) as write:
        write(header(first))
        for row in ledger.rows(first):
            write(line(row))
            written += 1
    return written


def reconciled(path: Path, *, repair: bool) -> Outcome:
    """How refs and ledger agree, after a repair if there is to be one."""
    from agentguard.server.reconciling import reconciler

    directory = server_directory(path)
    with existing_ledger(directory) as ledger:
        found = reconciler(directory, ledger, datetime.now(UTC))
        first = outcome(found.steps())
        if not repair or not (count := found.repair(first.steps)):
            return first
        return outcome(found.steps(), count)


def _head(text: str) -> Kept:
    """A head as a push printed it, or as somebody wrote it down."""
    match = HEAD.fullmatch(text.strip())
    if match is None:
        raise ConfigurationError(
            f"--head: {text!r} is no head: expected a number and at least {LEAST} hex digits of a "
            "hash, as in 'ledger 42 7f3a9c0d1e2f', which every push prints"
        )
    return Kept(int(match[1]), match[2], "the head that was kept")


def _checkpoints(file: Path, key: Path, ledger: str) -> list[Kept]:
    from agentguard.approvals.sign import public_key_of
    from agentguard.ledger.checkpoint import read_checkpoints
    from agentguard.reading import read_file

    found = read_checkpoints(read_file(file), public_key_of(key), ledger)
    return [Kept(each.seq, each.hash, f"the checkpoint of {each.time}") for each in found]


@contextmanager
def _source(path: Path, export: Path | None) -> Iterator[tuple[str, int, Iterable[Found | Fault]]]:
    """What is verified: the ledger's name ("" where it is not told), its first number, its records."""
    if export is None:
        from agentguard.ledger.checkpoint import name_of

        with ledger_of(path) as ledger:
            yield name_of(ledger), 1, stored(ledger)
        return
    from agentguard.ledger.export import exported, first_of

    try:
        with export.open("rb") as file:
            first = first_of(file.readline())
            file.seek(0)
            yield "", first, exported(file)
    except OSError as error:
        raise ConfigurationError(f"{export} cannot be read: {error.strerror}") from error


@contextmanager
def _to(output: Path | None) -> Iterator[Callable[[str], object]]:
    """How to write: a file appears when all of it is there, for its owner alone."""
    if output is None:
        yield show
        return
    folder, name = output.absolute().parent, f".{output.name}-"
    try:
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=name, delete=False) as file:
            try:
                yield file.write
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(output)
            except BaseException:
                Path(file.name).unlink()
                raise
    except OSError as error:
        raise ConfigurationError(f"{output} cannot be written: {error.strerror}") from error
