"""The ledger in a real PostgreSQL: the same as in SQLite, and what can go wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from agentguard.deadline import deadline
from agentguard.errors import DeadlineError, EvaluationError
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.postgresql import PostgreSQL
from agentguard.ledger.record import APPLIED, DECISION
from agentguard.ledger.settings import LedgerSettings
from agentguard.ledger.sql import Ledger
from tests import kit
from tests.ledger.chain import followed
from tests.postgresql import ADMINISTRATOR, GRANTS, KEEPER, Cluster

NAME = "acme/portal"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "hunter2"
# As long as git takes it, and nothing that can be packed.
LONG = "refs/heads/" + "/".join(sha256(bytes([n])).hexdigest() for n in range(60))
ODD = "refs/heads/a\udcff\0?%s'\"\\\n$1 ü"


@contextmanager
def opened(url: str, name: str = NAME) -> Iterator[Ledger]:
    with open_ledger(Path("nowhere"), LedgerSettings(url=url, name=name)) as ledger:
        yield ledger


def moved(ref: str = "refs/heads/main", number: int = 0) -> dict[str, Any]:
    """What landed, as a record has it."""
    move = {"ref": ref, "old": "", "new": f"{number:040x}", "decision": 0, "kept": ""}
    move |= {"environment": "", "base": ""}
    return {"late": False, "moves": [move]}


def decided(ref: str, pusher: str) -> dict[str, Any]:
    """An accepted push with an approval, as a record has it."""
    update = {
        "update": {"ref": ref, "old": "1" * 40, "new": "2" * 40},
        "base": "1" * 40,
        "environment": "production",
        "lost": True,
        "totals": {"digest": "sha256:…"},
        "windows": [{"sizes": {"files": 3}}],
        "approvals": [{"statement": "Agentguard-Approval: v1\n"}, {"statement": ""}],
    }
    return {"verdict": "accepted", "pusher": pusher, "updates": [update]}


def append(
    ledger: Ledger,
    *bodies: dict[str, Any],
    event: str = APPLIED,
    then: Callable[[], object] = lambda: None,
) -> None:
    """Add records; `then` is done while the ledger is still held."""
    with ledger.writing() as writer:
        for body in bodies:
            writer.append(event, body, NOW)
        then()


def asked(url: str, sql: str) -> list[tuple[Any, ...]]:
    with opened(url) as ledger:
        return list(ledger.database.ask(sql))


# ---------------------------------------------------------------- the same as SQLite


def everything(ledger: Ledger) -> tuple[object, ...]:
    """All that a ledger with some odd content can be asked."""
    append(ledger, moved(), moved(ODD, 1))
    append(ledger, decided(ODD, ODD), decided("refs/heads/main", "jane"), event=DECISION)
    append(ledger, decided(LONG, LONG), event=DECISION)
    rows = list(ledger.rows())
    followed(rows)
    approval = ledger.uses()[0].approval
    return (
        rows,
        list(ledger.rows(2, 3)),
        ledger.head,
        ledger.moves(),
        ledger.moves(ref=ODD),
        ledger.moves(ref=LONG),
        ledger.moves(since="2026-11-21T12:00:00Z", old="1" * 40, new="2" * 40),
        ledger.moves(since="2026-11-21T12:00:01Z"),
        ledger.uses(approval),
        ledger.uses("another"),
    )


@pytest.mark.parametrize("name", [NAME, ODD, ""])
def test_the_same_answers_as_sqlite(
    cluster: Cluster, database: str, tmp_path: Path, name: str
) -> None:
    beside = open_ledger(tmp_path, LedgerSettings(name=name))
    with opened(cluster.url(database), name) as shared, beside:
        assert shared.head.seq == 0
        assert everything(shared) == (found := everything(beside))
        assert [move.pusher for move in shared.moves(ref=ODD)] == ["", ODD]
    assert len(str(found)) > 1000


def test_each_repository_has_a_chain_of_its_own(cluster: Cluster, database: str) -> None:
    with opened(cluster.url(database)) as one, opened(cluster.url(database), "acme/shop") as other:
        append(one, moved())
        append(other, moved(), moved())
        assert (one.head.seq, other.head.seq) == (2, 3)
        assert [record["event"] for record in followed(list(one.rows()))] == ["opened", "applied"]


def test_writers_of_one_ledger_wait_for_each_other(cluster: Cluster, database: str) -> None:
    """Whatever isolation the database has by default: each sees what the one before added."""
    cluster.do(
        f"ALTER DATABASE {database} SET default_transaction_isolation = 'serializable'; "
        f"ALTER DATABASE {database} SET default_transaction_read_only = on",
        database="postgres",
    )
    faults: list[Exception] = []

    def work(number: int) -> None:
        try:
            with opened(cluster.url(database)) as ledger:
                for turn in range(10):
                    append(ledger, moved(number=100 * number + turn))
        except Exception as error:  # noqa: BLE001  shown below
            faults.append(error)

    threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    with opened(cluster.url(database)) as ledger:
        records = followed(list(ledger.rows()))
    new = [move["new"] for record in records[1:] for move in record["body"]["moves"]]
    assert sorted(new) == [f"{100 * n + turn:040x}" for n in range(6) for turn in range(10)]


def test_other_repositories_do_not_wait(cluster: Cluster, database: str) -> None:
    with opened(cluster.url(database)) as one, opened(cluster.url(database), "acme/shop") as other:
        with one.writing() as writer:
            append(other, moved())
            writer.append(APPLIED, moved(), NOW)
        assert one.head.seq == other.head.seq == 2


# ---------------------------------------------------------------- faults


def fault_of(url: str) -> str:
    with pytest.raises(EvaluationError) as refused, opened(url):
        pass
    said = str(refused.value)
    assert SECRET not in said
    assert "\n" not in said
    return said


def test_a_server_that_is_not_there() -> None:
    said = fault_of(f"postgresql://gate:{SECRET}@127.0.0.1:1/ledgers")
    assert said.startswith("the ledger postgresql://127.0.0.1:1/ledgers cannot be used: ")
    assert "Connection refused" in said


def test_several_servers_that_are_not_there() -> None:
    assert "Connection refused" in fault_of(f"postgresql://g:{SECRET}@127.0.0.1:1,127.0.0.1:2/l")


def test_a_database_that_is_not_there(cluster: Cluster) -> None:
    assert 'database "nothing" does not exist' in fault_of(cluster.url("nothing"))


def test_a_wrong_password(cluster: Cluster, database: str) -> None:
    cluster.do(f"CREATE ROLE {database}_gate LOGIN PASSWORD 'another'", database=database)
    said = fault_of(cluster.tcp(database, f"{database}_gate", SECRET))
    assert f'password authentication failed for user "{database}_gate"' in said


def test_the_right_password(cluster: Cluster, database: str) -> None:
    cluster.do(f"ALTER ROLE {KEEPER} PASSWORD '{SECRET}/@ü'", database=database)
    with opened(cluster.tcp(database, password=f"{SECRET}/@ü")) as ledger:
        append(ledger, moved())
        assert SECRET not in ledger.place


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://gate:%{SECRET}@127.0.0.1/ledgers",
        f"postgresql://gate@127.0.0.1/ledgers?{SECRET}",
        f"postgresql://gate@127.0.0.1/ledgers?{SECRET}=1",
        f"postgresql://gate:{SECRET}%00@127.0.0.1/ledgers",
    ],
)
def test_a_url_that_postgresql_cannot_read(url: str) -> None:
    assert "cannot read its URL" in fault_of(url)


def test_without_psycopg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "install agentguard-hooks[postgresql]" in fault_of(f"postgresql://g:{SECRET}@h/l")


def test_psycopg_is_imported_only_where_the_url_asks_for_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import agentguard.hook.pre_receive; "
        "from agentguard.ledger.opening import open_ledger; import agentguard.ledger.postgresql; "
        "from agentguard.ledger.settings import LedgerSettings; "
        "open_ledger(Path(sys.argv[1]), LedgerSettings()); print('psycopg' in sys.modules)"
    )
    assert kit.run(kit.PYTHON, "-c", code, tmp_path, cwd=tmp_path).stdout == "False\n"


def terminate(cluster: Cluster, database: str) -> None:
    """End all connections to a database, as a server does that stops."""
    cluster.do(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        f"WHERE datname = '{database}'",
        database="postgres",
    )


def test_a_server_that_goes_away_in_the_middle(cluster: Cluster, database: str) -> None:
    with opened(cluster.url(database)) as ledger:
        append(ledger, moved())
        with pytest.raises(EvaluationError, match="cannot be used: "):
            append(ledger, moved(), then=lambda: terminate(cluster, database))
        with pytest.raises(EvaluationError, match="cannot be used: "):
            append(ledger, moved())
    with opened(cluster.url(database)) as ledger:
        assert ledger.head.seq == 2


def test_nothing_is_kept_of_what_was_not_ended(cluster: Cluster, database: str) -> None:
    def fail() -> None:
        raise EvaluationError("of ours")

    with opened(cluster.url(database)) as ledger:
        with pytest.raises(EvaluationError, match="of ours"):
            append(ledger, moved(), then=fail)
        assert ledger.head.seq == 0
        append(ledger, moved())
        assert len(followed(list(ledger.rows()))) == 2


def test_a_failure_that_was_passed_over_does_not_end_well(cluster: Cluster, database: str) -> None:
    """PostgreSQL answers a COMMIT after a failure with a ROLLBACK, and no error."""
    with opened(cluster.url(database)) as ledger:

        def pass_over() -> None:
            with pytest.raises(EvaluationError, match="division by zero"):
                list(ledger.database.ask("SELECT 1 / 0"))

        with pytest.raises(EvaluationError, match="did not take"):
            append(ledger, moved(), then=pass_over)
        assert ledger.head.seq == 0


def test_a_lock_that_others_hold_too_long(cluster: Cluster, database: str) -> None:
    with opened(cluster.url(database)) as holder, opened(cluster.url(database)) as late:
        list(late.database.ask("SELECT set_config('lock_timeout', '50ms', false)"))
        with holder.writing():
            with pytest.raises(EvaluationError, match="other pushes held it for more than 15"):
                append(late, moved())
            assert late.head.seq == 0
        append(late, moved())


def test_a_deadline_while_waiting(cluster: Cluster, database: str) -> None:
    """The one that gave up holds nothing afterwards, and its connection is closed."""
    with opened(cluster.url(database)) as holder, opened(cluster.url(database)) as late:
        with holder.writing() as writer:
            with pytest.raises(DeadlineError), deadline(0.2):
                append(late, moved())
            with pytest.raises(EvaluationError, match="connection is closed"):
                late.head  # noqa: B018  asked for what it raises
            writer.append(APPLIED, moved(), NOW)
        append(holder, moved(number=1))
        assert len(followed(list(holder.rows()))) == 3
    with opened(cluster.url(database)) as ledger:
        append(ledger, moved(number=2))
        assert ledger.head.seq == 4


def test_a_deadline_in_an_answer(cluster: Cluster, database: str) -> None:
    with opened(cluster.url(database)) as ledger, pytest.raises(DeadlineError), deadline(0.3):
        append(ledger, moved(), then=lambda: list(ledger.database.ask("SELECT pg_sleep(2)")))
    with opened(cluster.url(database)) as ledger:
        append(ledger, moved())
        assert [record["event"] for record in followed(list(ledger.rows()))] == ["opened", APPLIED]


def test_a_deadline_while_connecting(database: str, tmp_path: Path) -> None:
    """A server that takes the call and says nothing."""
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        with (
            pytest.raises(DeadlineError),
            deadline(0.2),
            opened(f"postgresql://127.0.0.1:{port}/l"),
        ):
            pass


def test_within_the_memory_that_a_push_has(cluster: Cluster, database: str) -> None:
    code = (
        "import sys; from agentguard.hook.pre_receive import limit_memory; limit_memory(); "
        "from agentguard.ledger.postgresql import PostgreSQL; print(PostgreSQL(sys.argv[1]).place)"
    )
    done = subprocess.run(
        [kit.PYTHON, "-c", code, cluster.url(database)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"postgresql:///{database}\n"


# ---------------------------------------------------------------- the environment and the session


def test_the_environment_says_nothing(
    cluster: Cluster, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the pusher's, who would like to be recorded elsewhere, or not for good."""
    said = {
        "PGHOSTADDR": "192.0.2.1",
        "PGOPTIONS": "-c session_replication_role=replica -c synchronous_commit=off",
        "PGSERVICE": "nowhere",
        "PGPASSWORD": SECRET,
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    with opened(cluster.url(database)) as ledger:
        append(ledger, moved())
        assert setting(ledger, "session_replication_role") == "origin"
    assert {name: os.environ[name] for name in said} == said


def setting(ledger: Ledger, name: str) -> str:
    [[value]] = ledger.database.ask("SELECT current_setting(?)", [name])
    return str(value)


@pytest.mark.parametrize(("set_to", "stays"), [("off", "on"), ("remote_apply", "remote_apply")])
def test_what_was_added_is_on_the_disk(
    cluster: Cluster, database: str, set_to: str, stays: str
) -> None:
    sql = f"ALTER DATABASE {database} SET synchronous_commit = '{set_to}'"
    cluster.do(sql, database="postgres")
    with opened(cluster.url(database)) as ledger:
        assert setting(ledger, "synchronous_commit") == stays


def test_tables_of_others_are_not_taken_for_ours(cluster: Cluster, database: str) -> None:
    cluster.do("CREATE TABLE public.records (x int)", database=database)
    with opened(cluster.url(database)) as ledger:
        list(ledger.database.ask("CREATE TEMPORARY TABLE records (x int)"))
        append(ledger, moved())
        assert ledger.head.seq == 2


# ---------------------------------------------------------------- who may do what


def test_the_grants_of_the_documentation() -> None:
    page = Path(__file__).parents[2] / "docs" / "ledger.md"
    assert page.read_text(encoding="utf-8").split("```sql\n")[1].startswith(f"{GRANTS}```\n")


def test_a_role_that_may_only_read_and_add(cluster: Cluster, database: str) -> None:
    with opened(cluster.url(database)) as ledger:
        append(ledger, moved())
    role = cluster.granted(database)
    with opened(cluster.url(database, role)) as ledger:
        append(ledger, decided("refs/heads/main", "jane"), event=DECISION)
        assert len(followed(list(ledger.rows()))) == 3
        assert ledger.uses()
        assert isinstance(ledger.database, PostgreSQL)
        assert ledger.database.lockdown() is None


CHANGES = ("UPDATE {} SET ledger = 'x'", "DELETE FROM {}", "TRUNCATE {}")
TABLES = ("records", "moves", "uses")


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_altered_or_taken_out(cluster: Cluster, database: str, change: str) -> None:
    """The role of pushes may not, and nobody does by accident."""
    url = cluster.url(database)
    with opened(url) as ledger:
        append(ledger, decided("refs/heads/main", "jane"), event=DECISION)
    role = cluster.granted(database)
    for table in TABLES:
        with pytest.raises(EvaluationError, match=f"permission denied for table {table}"):
            asked(cluster.url(database, role), change.format(table))
        for who in (KEEPER, ADMINISTRATOR):
            with pytest.raises(EvaluationError, match="only ever added to"):
                asked(cluster.url(database, who), change.format(table))
    with opened(url) as ledger:
        assert len(followed(list(ledger.rows()))) == len(ledger.uses()) + 1 == 2


@pytest.mark.parametrize("made", [False, True])
def test_a_role_without_rights(cluster: Cluster, database: str, made: bool) -> None:
    if made:
        with opened(cluster.url(database)):
            pass
    role = f"{database}_stranger"
    cluster.do(f"CREATE ROLE {role} LOGIN", database=database)
    said = fault_of(cluster.url(database, role))
    why = f"database {database}; its tables are not there yet" if not made else "schema agentguard"
    assert said.endswith(f"permission denied for {why}")


def test_a_schema_that_was_made_beforehand(cluster: Cluster, database: str) -> None:
    """Its owner need not be allowed to make others."""
    role = f"{database}_owner"
    cluster.do(
        f"CREATE ROLE {role} LOGIN; CREATE SCHEMA agentguard AUTHORIZATION {role}",
        database=database,
    )
    with opened(cluster.url(database, role)) as ledger:
        append(ledger, moved())


def test_many_open_an_empty_database_at_once(cluster: Cluster, database: str) -> None:
    places: list[str] = []

    def work() -> None:
        with opened(cluster.url(database)) as ledger:
            append(ledger, moved())
            places.append(ledger.place)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert places == [f"postgresql:///{database}"] * 8


# ---------------------------------------------------------------- lockdown


def test_the_lockdown_of_a_fleet(cluster: Cluster, database: str) -> None:
    with closing(PostgreSQL(cluster.url(database))) as keeper:
        role = cluster.granted(database)
        with closing(PostgreSQL(cluster.url(database, role))) as server:
            assert server.lockdown() is None
            for declared in (b'{"reason": "? %s"}', b'{"reason": "\xc3\xbc"}', b""):
                keeper.lock_down(declared)
                assert server.lockdown() == declared
            for change in (b"{}", None):
                with pytest.raises(EvaluationError, match="permission denied for table lockdown"):
                    server.lock_down(change)
            assert server.lockdown() == b""
            keeper.lock_down(None)
            keeper.lock_down(None)
            assert server.lockdown() is None


def test_a_lockdown_that_is_no_text(cluster: Cluster, database: str) -> None:
    with closing(PostgreSQL(cluster.url(database))) as keeper:
        for declared in (b"\xff", b"\0"):
            with pytest.raises(EvaluationError, match="cannot be used: "):
                keeper.lock_down(declared)
        assert keeper.lockdown() is None
