"""kill -9 at every step between decision, record, ref update and post-receive.

Whatever dies, and when: what landed has a record, no old tip is lost, the chain holds, the next
push works, and no approval counts twice.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agentguard.decision import Decision
from agentguard.hook import pre_receive
from agentguard.repo.keep import kept
from tests import kit
from tests.approvals.makers import software
from tests.hooks import approving, killed
from tests.ledger import chain

MAIN = "refs/heads/main"
ROUNDS = 3
JOES = software()
JOE = f'[approvers."{approving.JOE}"]\nkeys = ["{JOES.public.line}"]\n'
SPENT = "each push needs one of its own"

# In place of Python, for the hooks that agentguard installed.
PYTHON = """\
#!/bin/sh
[ -z "$FAULT" ] || [ "$2" != -m ] || { shift 3; exec '@PYTHON@' -I '@KILLED@' "$@"; }
exec '@PYTHON@' "$@"
"""
# Around the gate: it said yes, and git dies before it can move anything.
AFTER_YES = """\
#!/bin/sh
hooks/gate || exit
[ "$FAULT" != "git: after the yes" ] || kill -9 $PPID
"""
TRANSACTION = '#!/bin/sh\n[ "$FAULT" != "git: $1" ] || kill -9 $PPID\n'

FAULTS = (*killed.PLACES, "git: after the yes", "git: prepared", "git: committed")
LATE = [fault for fault in FAULTS if " late " in fault]
NEVER_LANDS = ("pre-receive", "git: after the yes", "git: prepared")


@dataclass(frozen=True)
class Move:
    """A push of one ref; `option` approves it."""

    ref: str
    old: str
    new: str
    option: str = ""

    @property
    def arguments(self) -> tuple[str, ...]:
        option = ("-o", self.option) if self.option else ()
        return (*option, f"+{self.new}:{self.ref}" if self.new else f":{self.ref}")

    @property
    def line(self) -> bytes:
        none = "0" * 40
        return f"{self.old or none} {self.new or none} {self.ref}\n".encode()

    def decided(self, server: kit.Server) -> Decision:
        """What the gate says to it where the ref is where it begins; its objects are on the server."""
        options = {"GIT_PUSH_OPTION_COUNT": "1", "GIT_PUSH_OPTION_0": self.option}
        environment = options if self.option else {}
        stood = server.tip(self.ref)
        put(server, self.ref, self.old)
        try:
            return pre_receive.decide(self.line, server.bare.path, environment, datetime.now(UTC))
        finally:
            put(server, self.ref, stood)

    def approved(self, server: kit.Server) -> Move:
        """The same with Joe's approval."""
        [update] = self.decided(server).updates
        text = approving.filled(update.statement, approver=approving.JOE)
        armored = JOES.sign(text.encode(), approving.NAMESPACE)
        return replace(self, option=approving.option(approving.block(text, armored)))


def put(server: kit.Server, ref: str, tip: str) -> None:
    """Have a ref of the server somewhere, nowhere for ""."""
    if server.tip(ref) != tip:
        server.bare.git("update-ref", *((ref, tip) if tip else ("-d", ref)))


# ---------------------------------------------------------------- kinds of push


def commit(server: kit.Server, what: str) -> str:
    return server.work.commit(what, {"notes.txt": f"{what}\n"})


def forward(server: kit.Server, number: str) -> Move:
    return Move(MAIN, server.tip(), commit(server, number))


def branch(server: kit.Server, number: str) -> Move:
    return Move(f"refs/heads/release/{number}", "", commit(server, number))


def deletion(server: kit.Server, number: str) -> Move:
    return Move(*release(server, number), "").approved(server)


def rewind(server: kit.Server, number: str) -> Move:
    return Move(*release(server, number), server.work.tip("HEAD~1")).approved(server)


def release(server: kit.Server, number: str) -> tuple[str, str]:
    """A branch with a commit that no other has, and that commit."""
    ref, tip = f"refs/heads/release/{number}", commit(server, number)
    server.bare.git("fetch", "-q", str(server.work.path), f"{tip}:{ref}")
    return ref, tip


def tag(server: kit.Server, number: str) -> Move:
    commit(server, number)
    server.work.git("tag", "-a", "-m", "Release", number)
    server.bare.git("fetch", "-q", str(server.work.path), f"refs/tags/{number}:refs/tags/{number}")
    ref = f"refs/tags/{number}"
    return Move(ref, server.tip(ref), server.work.tip("HEAD~1")).approved(server)


KINDS: tuple[Callable[[kit.Server, str], Move], ...] = (forward, branch, deletion, rewind, tag)


def following(server: kit.Server, move: Move) -> Move:
    """An honest push after it: the ref goes on, or back to what was lost."""
    if not move.option:
        return Move(move.ref, move.new, commit(server, "Go on"))
    back = Move(move.ref, move.new, move.old)
    return back.approved(server) if move.ref.startswith("refs/tags/") else back


# ---------------------------------------------------------------- a round


@pytest.fixture(scope="module")
def _fragile(tmp_path_factory: pytest.TempPathFactory) -> kit.Server:
    server = kit.make_template(tmp_path_factory.mktemp("fragile"), {"README.md": "Portal\n"})
    server.add_policy(JOE)
    return server


@pytest.fixture
def fragile(_fragile: kit.Server, tmp_path: Path) -> kit.Server:
    """A server whose hooks are the installed ones, with a Python that dies where it is told to."""
    server = kit.copy_server(_fragile, tmp_path / "fragile")
    hooks = server.bare.path / "hooks"
    program = str(Path(killed.__file__))
    python = script(
        tmp_path / "python", PYTHON.replace("@PYTHON@", sys.executable).replace("@KILLED@", program)
    )
    for name in ("pre-receive", "post-receive"):
        installed = (hooks / name).read_text()
        script(hooks / name, installed.replace(f"'{sys.executable}'", f"'{python}'"))
    (hooks / "pre-receive").rename(hooks / "gate")
    script(hooks / "pre-receive", AFTER_YES)
    script(hooks / "reference-transaction", TRANSACTION)
    return server


def script(path: Path, content: str) -> Path:
    path.write_text(content)
    path.chmod(0o755)
    return path


def crash(server: kit.Server, move: Move, fault: str) -> None:
    """Push, and die at `fault`."""
    result = server.work.git("push", "origin", *move.arguments, check=False, FAULT=fault)
    for number, name in re.findall(r"ledger (\d+) ([0-9a-f]{12})", result.remote):
        assert chain.rows(server.bare.path)[int(number) - 1].hash.startswith(name), "announced"
    if fault.startswith("post-receive"):
        assert not result.status, result.text
    else:
        assert result.status, f"nothing died:\n{result.text}"
    for left in server.bare.path.rglob("*.lock"):
        left.unlink()  # what git leaves for an administrator when it dies


def decided(server: kit.Server, move: Move) -> bool:
    """Whether the ledger holds a decision that let a move through."""
    wanted = {"ref": move.ref, "old": move.old, "new": move.new}
    return any(
        record["event"] == "decision"
        and record["body"]["verdict"] == "accepted"
        and wanted in [update["update"] for update in record["body"]["updates"]]
        for record in chain.records(server.bare.path)
    )


def settle(server: kit.Server, move: Move, after: Move, *, landed: bool) -> None:
    """The next honest push, after which what an approval allowed is done once and for all."""
    server.accepted(*(after if landed or not move.option else move).arguments)
    if move.option:
        assert move.old in kept(server.bare.path, [move.ref]).values()
        server.bare.git("update-ref", move.ref, move.old)
        again = move.decided(server)
        assert again.verdict == "needs-approval"
        assert SPENT in again.updates[0].refused_approvals[0].reason


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_crash(
    fragile: kit.Server, fault: str, kind: Callable[[kit.Server, str], Move]
) -> None:
    for number in range(ROUNDS):
        move = kind(fragile, f"v{number}")
        after = following(fragile, move)
        crash(fragile, move, "git: committed" if fault in LATE else fault)
        if fault in LATE:  # in the push after one that died
            crash(fragile, after, fault)
        landed = fragile.tip(move.ref) == move.new
        assert landed == (fault in LATE or not fault.startswith(NEVER_LANDS))
        assert decided(fragile, move) or not landed, "landed without a record"
        settle(fragile, move, after, landed=landed)
        chain.verify(fragile.bare.path)
    lost = set(kept(fragile.bare.path).values())
    fragile.bare.git("gc", "-q", "--prune=now")
    for tip in lost:
        fragile.bare.git("rev-list", "--objects", tip)
