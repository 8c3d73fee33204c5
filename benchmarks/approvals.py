"""How long it takes to verify an approval, alone and as part of a push.

The pushes are real and paired: in each round every variant is pushed once, to a fresh copy of the
same server. "Added" is what a push takes more than the same push under a policy that lets it pass, so
it holds everything an approval costs: finding it, the signature, noting its use. Times are those of
the clock, and of the processors in brackets, which a busy machine changes less.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tests import kit
from tests.approvals.makers import Signer, hardware, software

from agentguard.approvals import sshsig
from agentguard.approvals.carriers.signature import push_option, trailers
from agentguard.approvals.claim import DETACHED
from agentguard.approvals.statement import Statement, parse_pasted

Times = tuple[float, float]  # milliseconds of the clock, and of the processors

ROUNDS = 15
REPEATS = 300
FILES = {f"src/f{number}.py": "line\n" * 10 for number in range(120)}
SIGNERS: Mapping[str, Signer] = {
    "ed25519": software(),
    "ecdsa 256": software("ecdsa256"),
    "rsa 3072": software("rsa3072"),
    "sk-ed25519": hardware(0x01),
    "sk-ecdsa 256": hardware(0x01, "sk-ecdsa-sha2-nistp256"),
}


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """The median time of one call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def in_process() -> None:
    """One signature checked in this process, and by a process of ssh-keygen."""
    payload = b"statement\n" * 20
    for name, signer in SIGNERS.items():
        signature = signer.sign(payload, DETACHED)
        ours = milliseconds(partial(sshsig.verify, signature, payload, DETACHED), REPEATS)
        print(f"  {name:<14}{ours:7.2f} ms", end="")
        theirs = _ssh_keygen(signer, signature, payload)
        print(f"   ssh-keygen {theirs:5.1f} ms" if theirs else "")


def _ssh_keygen(signer: Signer, signature: bytes, payload: bytes) -> float:
    program = shutil.which("ssh-keygen")
    if program is None:
        return 0.0
    with tempfile.TemporaryDirectory() as folder:
        allowed, armored = Path(folder, "allowed"), Path(folder, "signature")
        allowed.write_text(f"jane {signer.public.line}\n")
        armored.write_bytes(signature)
        command = [program, "-Y", "verify", "-f", allowed, "-I", "jane", "-n", DETACHED]

        def verify() -> None:
            done = subprocess.run(
                [*map(str, command), "-s", str(armored)], input=payload, capture_output=True,
                check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr

        return milliseconds(verify, 30)


def in_a_push() -> None:
    """The same push: let through by policy, refused, and approved in each way there is."""
    with tempfile.TemporaryDirectory() as folder:
        template = kit.make_template(Path(folder, "template"), FILES)
        taken: dict[str, list[Times]] = {name: [] for name in VARIANTS}
        for round_ in range(ROUNDS):
            for name, prepare in VARIANTS.items():
                place = Path(folder, f"{round_}-{name.replace(' ', '-')}")
                taken[name].append(_push(kit.copy_server(template, place), prepare))
                shutil.rmtree(place)
    base = _middle(taken["let through"])
    for name, times in taken.items():
        wall, processor = _middle(times)
        added = f"added {wall - base[0]:+6.1f} ({processor - base[1]:+5.1f})"
        print(f"  {name:<18}{wall:7.1f} ({processor:5.1f}) ms   {added}")


def _middle(times: list[Times]) -> Times:
    wall, processor = zip(*times, strict=True)
    return statistics.median(wall), statistics.median(processor)


def _push(server: kit.Server, prepare: Callable[[kit.Server], list[str]]) -> Times:
    server.work.git("checkout", "-q", "-b", "topic")
    server.work.commit("Tidy", {f"src/f{number}.py": None for number in range(110)})
    options = prepare(server)
    command = ["git", "push", "-q", *options, "origin", "topic:main"]
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=server.work.path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=kit.environment(),
    ) as process:
        _, _, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = 0
    return wall * 1000, (used.ru_utime + used.ru_stime) * 1000


def _let_through(server: kit.Server) -> list[str]:
    rules = ("mass-deletion", "many-files-deleted", "tree-share-deleted", "too-many-files")
    server.add_policy("".join(f"[rules.{rule}]\neffect = 'warn'\n" for rule in rules))
    return []


def _refused(_server: kit.Server) -> list[str]:
    return []


def _statement(server: kit.Server) -> Statement:
    text = server.work.push("topic:main").stderr
    pasted = parse_pasted(text)
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    return Statement(pasted.repository, pasted.ref, pasted.change, pasted.rules, expires, kit.JANE)


def _signed(server: kit.Server) -> tuple[Statement, str]:
    statement = _statement(server)
    signer = software(number=9)
    server.policy.write_text(
        server.policy.read_text().replace("keys = [", f'keys = ["{signer.public.line}", ')
    )
    armored = signer.sign(statement.render().encode(), DETACHED)
    return statement, sshsig.on_one_line(armored)


def _commit(server: kit.Server) -> list[str]:
    text = server.work.push("topic:main").stderr
    server.approve(statement=text)
    return []


def _trailers(server: kit.Server) -> list[str]:
    message = "Tidy\n\n" + trailers(*_signed(server))
    server.work.git("commit", "-q", "--amend", "-F", "-", stdin=message)
    return []


def _option(server: kit.Server) -> list[str]:
    return ["-o", push_option(*_signed(server))]


VARIANTS: Mapping[str, Callable[[kit.Server], list[str]]] = {
    "let through": _let_through,
    "refused": _refused,
    "approval commit": _commit,
    "trailers": _trailers,
    "push option": _option,
}


def main() -> None:
    """Print both tables."""
    print(f"one signature, median of {REPEATS}:")
    in_process()
    print(f"one push of 110 deleted files, median of {ROUNDS}:")
    in_a_push()


if __name__ == "__main__":
    main()
