"""Where a lockdown is kept: in a file for one server, in a row for all that share a database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agentguard import lockdown
from agentguard.errors import ConfigurationError
from agentguard.server.state import changing
from agentguard.setup.files import sync_folder, write_whole

if TYPE_CHECKING:
    from agentguard.ledger.postgresql import PostgreSQL


class Place(Protocol):
    """What can be asked of either. All raise an AgentguardError where it cannot be done."""

    @property
    def name(self) -> str:
        """How messages name it."""
        ...

    def changing(self) -> AbstractContextManager[None]:
        """Have it to oneself."""
        ...

    def exists(self) -> bool:
        """Whether anything is there, readable or not."""
        ...

    def read(self) -> bytes | None:
        """The text of the lockdown, None when there is none."""
        ...

    def write(self, text: str | None) -> None:
        """Put a lockdown in force in place of the one before; None ends it."""
        ...


@dataclass(frozen=True, slots=True)
class ThisServer:
    """The file of this machine."""

    @property
    def name(self) -> str:
        """See `Place`."""
        return str(lockdown.FILE)

    def changing(self) -> AbstractContextManager[None]:
        """See `Place`."""
        return changing(lockdown.FILE)

    def exists(self) -> bool:
        """See `Place`."""
        return os.path.lexists(lockdown.FILE)

    def read(self) -> bytes | None:
        """See `Place`."""
        return lockdown.from_file()

    def write(self, text: str | None) -> None:
        """See `Place`."""
        path = lockdown.FILE
        if text is not None:
            write_whole(path, text)
            return
        try:
            path.unlink()
            sync_folder(path.parent)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be removed: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class AllServers:
    """The row of a database that the servers of a fleet have their ledgers in."""

    database: PostgreSQL

    @property
    def name(self) -> str:
        """See `Place`."""
        return f"the lockdown in {self.database.place}"

    @contextmanager
    def changing(self) -> Iterator[None]:
        """See `Place`."""
        with self.database.locked("lockdown"):
            yield

    def exists(self) -> bool:
        """See `Place`."""
        return self.read() is not None

    def read(self) -> bytes | None:
        """See `Place`."""
        return self.database.lockdown()

    def write(self, text: str | None) -> None:
        """See `Place`."""
        self.database.lock_down(None if text is None else text.encode())


@contextmanager
def place_of(url: str) -> Iterator[Place]:
    """The database at `url`, or this server where there is none. Raises ConfigurationError for a
    URL that cannot be meant, EvaluationError for a database that cannot be reached."""
    if not url:
        yield ThisServer()
        return
    from agentguard.ledger.postgresql import PostgreSQL
    from agentguard.ledger.url import fault

    if wrong := fault(url):
        raise ConfigurationError(f"--database: {wrong}")
    database = PostgreSQL(url)
    try:
        yield AllServers(database)
    finally:
        database.close()
