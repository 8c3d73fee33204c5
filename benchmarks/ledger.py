"""How long it takes to record a push: an append alone, and what a whole push takes more.

The pushes are real and paired: in each round the same commit is pushed once to each of three servers
that differ in the ledger alone; one has none, and so no `post-receive` either. "Added" is the median
of the differences within a round. Times are those of the clock, and of the processors in brackets,
which a busy machine changes less; what the database's own processes take is only in the former.
PostgreSQL is started for this, on the same machine, and waits for its disk.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from tests import kit, postgresql

from agentguard.ledger.opening import open_ledger
from agentguard.ledger.record import DECISION, read_record
from agentguard.ledger.settings import LedgerSettings, ledger_settings

Times = tuple[float, float]  # milliseconds of the clock, and of the processors

ROUNDS = 25
APPENDS = 500
NONE, SQLITE, POSTGRESQL = "no ledger", "SQLite", "PostgreSQL"

WITHOUT = """\
from agentguard.boundary import guarded
from agentguard.hook import pre_receive
pre_receive.recorded_push = lambda gate, updates, decide: decide(None)
raise SystemExit(guarded(pre_receive.run))
"""


def without_ledger(server: kit.Server) -> None:
    """The same gate, which records nothing, so that nothing is left to do after a push."""
    program = server.bare.path / "without.py"
    program.write_text(WITHOUT)
    hook = server.bare.path / "hooks" / "pre-receive"
    text = hook.read_text().replace("-I -m agentguard hook pre-receive", f"-I '{program}'")
    assert str(program) in text
    hook.write_text(text)
    hook.with_name("post-receive").unlink()


def pushed(server: kit.Server) -> Times:
    """One push of one ordinary commit."""
    command = ["git", "push", "-q", "origin", "HEAD"]
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=server.work.path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=kit.environment(),
    ) as process:
        said = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = status
    assert not status, said
    return wall * 1000, (used.ru_utime + used.ru_stime) * 1000


def pushes(servers: Mapping[str, kit.Server]) -> Mapping[str, Sequence[Times]]:
    """The times of every round, by ledger. The first round is not counted."""
    taken: dict[str, list[Times]] = {name: [] for name in servers}
    for round_ in range(ROUNDS + 1):
        for name, server in servers.items():
            server.work.commit(f"Round {round_}", {"src/app.py": f"app({round_})\n" * 20})
            times = pushed(server)
            if round_:
                taken[name].append(times)
    return taken


def appends(settings: LedgerSettings, directory: Path) -> Times:
    """One append under the lock to a ledger that is open, and one that opens it first."""
    with open_ledger(directory, settings) as ledger:
        text = next(r.text for r in ledger.rows() if read_record(r.text).event == DECISION)
        body = read_record(text).body

    def held() -> None:
        with ledger.writing() as writer:
            writer.append(DECISION, body, datetime.now(UTC))

    def opened() -> None:
        with open_ledger(directory, settings) as fresh, fresh.writing() as writer:
            writer.append(DECISION, body, datetime.now(UTC))

    with open_ledger(directory, settings) as ledger:
        return milliseconds(held), milliseconds(opened)


def milliseconds(work: Callable[[], None]) -> float:
    """The median time of one call."""
    times = []
    for _ in range(APPENDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def report(taken: Mapping[str, Sequence[Times]]) -> None:
    """The medians, and those of the differences to no ledger."""
    for name, times in taken.items():
        wall, processor = (statistics.median(column) for column in zip(*times, strict=True))
        line = f"  {name:<12}{wall:7.1f} ({processor:5.1f}) ms"
        if name != NONE:
            pairs = zip(times, taken[NONE], strict=True)
            more = [(one[0] - other[0], one[1] - other[1]) for one, other in pairs]
            wall, processor = (statistics.median(column) for column in zip(*more, strict=True))
            line += f"   added {wall:+6.1f} ({processor:+5.1f})"
        print(line)


def main() -> None:
    """Print both tables."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        template = kit.make_template(folder / "template", {"src/app.py": "app()\n"})
        names = (NONE, SQLITE) if postgresql.missing() else (NONE, SQLITE, POSTGRESQL)
        servers = {name: kit.copy_server(template, folder / name) for name in names}
        without_ledger(servers[NONE])
        if POSTGRESQL in servers:
            cluster = stack.enter_context(postgresql.running(durable=True))
            url = cluster.url(cluster.database())
            servers[POSTGRESQL].add_policy(f'[ledger]\nurl = "{url}"\n')
        print(f"one push of one commit, median of {ROUNDS}:")
        report(pushes(servers))
        print(f"one append, median of {APPENDS}: to a ledger that is open, and opening it as well")
        for name in names[1:]:
            directory = servers[name].bare.path
            held, opened = appends(ledger_settings(directory), directory)
            print(f"  {name:<12}{held:7.2f} ms   {opened:7.2f} ms")


if __name__ == "__main__":
    main()
