"""A real PostgreSQL for tests: started in a folder of its own, and gone when they end.

It listens on a socket in that folder and on a free port of this machine. Over the socket everybody
is who they say; over the port passwords are asked for.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
OTHERS = ("postgres", "nobody")  # accounts that can stand in for root, whom the server refuses
WHO_MAY = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
ADMINISTRATOR, KEEPER = "administrator", "keeper"

# As docs/ledger.md has them; `tests/ledger/test_postgresql.py` compares.
GRANTS = """\
GRANT USAGE ON SCHEMA agentguard TO agentguard_gate;
GRANT SELECT, INSERT ON agentguard.records, agentguard.moves, agentguard.uses TO agentguard_gate;
GRANT SELECT ON agentguard.lockdown TO agentguard_gate;
"""


@dataclass(frozen=True)
class Cluster:
    """A running server. `keeper` may make tables in the databases that are handed out."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def database(self, prefix: str = "ledgers") -> str:
        """The name of a new database that belongs to the keeper."""
        name = f"{prefix}{next(self.numbers)}"
        self.do(f"CREATE DATABASE {name} OWNER {KEEPER}", database="postgres")
        return name

    def url(self, database: str, role: str = KEEPER) -> str:
        """How a role reaches a database over the socket."""
        where = f"host={quote(str(self.folder), safe='')}&port={self.port}"
        return f"postgresql://{role}@/{database}?{where}"

    def tcp(self, database: str, role: str = KEEPER, password: str = "") -> str:
        """How a role reaches a database over the port, where a password is asked for."""
        return f"postgresql://{role}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def granted(self, database: str) -> str:
        """A role that may read and add in a database whose tables are made, and no more."""
        role = f"{database}_gate"
        self.do(f"CREATE ROLE {role} LOGIN", database=database)
        self.do(GRANTS.replace("agentguard_gate", role), database=database, role=KEEPER)
        return role

    def do(self, sql: str, *, database: str, role: str = ADMINISTRATOR) -> list[tuple[Any, ...]]:
        """What a role gets for one or several statements."""
        import psycopg

        url = self.url(database, role)
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []


def missing() -> str:
    """Why no server can be started here, "" if one can."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed"
    if programs() is None:
        return "PostgreSQL is not installed (initdb and postgres were looked for)"
    if os.getuid() == 0 and not _stand_in():
        return "PostgreSQL does not run as root, and there is no other account"
    return ""


def programs() -> Path | None:
    """The folder of the newest server installed, or of the one on PATH."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for pattern in PLACES:
        found = Path("/").glob(pattern.lstrip("/"))
        folders += sorted(found, key=lambda path: (len(str(path)), str(path)), reverse=True)
    return next((path for path in folders if {"initdb", "postgres"} <= _names(path)), None)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _stand_in() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in OTHERS if name in known), "")


@contextmanager
def running(*, durable: bool = False) -> Iterator[Cluster]:
    """A server, until the block ends. With `durable` it waits for the disk, as a real one does."""
    folder = Path(tempfile.mkdtemp(prefix="agentguard-postgresql-"))  # sockets have short paths
    account = _stand_in() if os.getuid() == 0 else ""
    try:
        if account:
            shutil.chown(folder, account)
        _initialise(folder, account)
        cluster = _started(folder, account, durable=durable)
        try:
            cluster.do(f"CREATE ROLE {KEEPER} LOGIN", database="postgres")
            yield cluster
        finally:
            cluster.process.send_signal(signal.SIGQUIT)
            cluster.process.wait(60)
    finally:
        shutil.rmtree(folder)


def _initialise(folder: Path, account: str) -> None:
    options = ("-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-U", ADMINISTRATOR)
    done = subprocess.run(
        [_program("initdb"), *options, "-D", folder / "data"],
        cwd=folder, user=account or None, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.returncode, done.stderr
    (folder / "data" / "pg_hba.conf").write_text(WHO_MAY)


def _started(folder: Path, account: str, *, durable: bool) -> Cluster:
    port = _free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "max_connections": 100,
        "fsync": "on" if durable else "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [_program("postgres"), "-D", folder / "data", *options],
            cwd=folder, user=account or None, stdout=log, stderr=log,
        )  # fmt: skip
    from psycopg import OperationalError

    cluster = Cluster(folder, port, process)
    for _ in range(600):
        try:
            cluster.do("SELECT 1", database="postgres")
        except OperationalError:
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
        else:
            return cluster
    raise AssertionError((folder / "log").read_text())


def _program(name: str) -> Path:
    folder = programs()
    assert folder is not None
    return folder / name


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
