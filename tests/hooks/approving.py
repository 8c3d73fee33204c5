"""Approvals made by hand: as git and OpenSSH alone make them, and as a forger would like to."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agentguard.approvals.sign import public_key_of
from agentguard.approvals.sshsig import on_one_line
from agentguard.approvals.statement import SIGNATURE_KEY
from agentguard.repo.repository import open_repository
from agentguard.repo.writer import write_signed
from tests import kit
from tests.approvals.makers import Signer, hardware
from tests.hooks import crafted

NAMESPACE = "agentguard-approval@v1"
WHY = "Login is down; the rollback removes it"
FORMATS = ("sha1", "sha256")
LOGIN = "src/auth/login.py"
FILES: dict[str, str | bytes] = {
    "README.md": "Portal\n",
    LOGIN: "check()\n" * 60,
    "src/auth/session.py": "session()\n" * 30,
    "src/app.py": "app()\n" * 40,
}
JOE = "joe@example.com"
TOUCHED, UNTOUCHED = hardware(0x01, number=4), hardware(0x00, number=4)
GLASS, COLD_GLASS = hardware(0x01, number=9), hardware(0x00, number=9)

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed"
)

# What is appended to the policy first falls under [approvals].
POLICY = """\
version = 1
repository = "acme/portal"

[approvers."jane@example.com"]
keys = ["{jane}", "{spare}", "{stolen}", "{touched}", {{ key = "{old}", valid_before = 2020-01-01 }}]
break_glass_keys = ["{glass}"]

[approvers."joe@example.com"]
keys = ["{joe}"]
teams = ["security"]

[actors]
agent_keys = ["{agent}"]

[approvals]
revoked = ["{stolen}"]
"""


@dataclass(frozen=True)
class Asked:
    """A server that refused a commit, that commit on `main` of the clone, and what it asks for.

    `text` is the statement with the approver open. Jane and Joe are approvers; the keys are
    Jane's (`jane`, `spare`, `old` no longer valid, `stolen` revoked), Joe's (`joe`), the agent's
    (`agent`), and one of nobody (`eve`).
    """

    server: kit.Server
    content: str
    text: str

    @property
    def work(self) -> kit.Work:
        return self.server.work

    def key(self, name: str) -> Path:
        return self.server.keys[name]

    def policy(self, text: str) -> None:
        """Append to the server's policy."""
        self.server.add_policy(text)

    def signed(self, by: str | Signer = "jane", namespace: str = NAMESPACE, **values: str) -> str:
        """The statement, with some values of it changed, and its signature: eight lines."""
        text = filled(self.text, **values)
        armored = (
            by.sign(text.encode(), namespace)
            if isinstance(by, Signer)
            else ssh_sign(text.encode(), self.key(by), namespace)
        )
        return block(text, armored)


def prepare(folder: Path, object_format: str) -> Asked:
    """Built once, to be copied for each test."""
    server = kit.make_server(folder, FILES, f"--object-format={object_format}")
    names = ("spare", "stolen", "old", "joe", "agent", "eve")
    keys = {name: kit.make_key(server.key.with_name(name)) for name in names}
    keys |= {"jane": server.key, kit.JANE: server.key}
    lines = {name: public_key_of(key).line for name, key in keys.items()}
    hard = {"touched": TOUCHED.public.line, "glass": GLASS.public.line}
    server.policy.write_text(POLICY.format(**lines, **hard))
    server = kit.Server(server.bare, server.work, server.key, keys)
    content = server.work.commit("Drop the login page", {LOGIN: None})
    text = statement(server.refused())
    for repository in (server.bare, server.work):
        repository.git("gc", "-q", "--prune=now")
    return Asked(server, content, text)


def copied(asked: Asked, folder: Path) -> Asked:
    """The same, in another folder."""
    return Asked(kit.copy_server(asked.server, folder), asked.content, asked.text)


def statement(refusal: kit.Result) -> str:
    """The statement in a refusal, approver open; "" if it asks for none."""
    found = re.findall(r"^(Agentguard-[A-Z][a-z]+:.*)$", refusal.remote, re.MULTILINE)
    return "".join(f"{line}\n" for line in found)


def said(result: kit.Result) -> str:
    """What the server said, as one line: where it wraps does not matter."""
    return " ".join(result.remote.split())


def filled(text: str, *, approver: str = kit.JANE, reason: str = "", **values: str) -> str:
    """A statement with the approver filled in and some values replaced, as a person would."""
    for name, value in {**values, "approver": approver}.items():
        text = re.sub(rf"(?m)^(Agentguard-{name.capitalize()}:).*$", rf"\1 {value}".rstrip(), text)
    return text + (f"Agentguard-Reason: {reason}\n" if reason else "")


def ssh_sign(payload: bytes, key: Path, namespace: str = NAMESPACE) -> bytes:
    """The armored signature, made the plain way."""
    done = kit.run(
        "ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", namespace, cwd=key.parent, stdin=payload
    )
    return done.stdout.encode()


def block(text: str, armored: bytes) -> str:
    """The lines for a commit message: a statement and its signature."""
    return f"{text}{SIGNATURE_KEY}: {on_one_line(armored)}\n"


def option(block: str) -> str:
    """The same as a push option, as `base64 -w0 | tr +/ -_` makes it."""
    return "agentguard-approval=" + base64.urlsafe_b64encode(block.encode()).decode()


def amend(work: kit.Work, message: str) -> None:
    """Give the tip another message, to the byte."""
    work.git("commit", "-q", "--amend", "--cleanup=verbatim", "-F", "-", stdin=message)


def with_trailers(work: kit.Work, *blocks: str) -> None:
    """Put signed statements at the end of the tip's message, one after another."""
    subject = work.out("log", "-1", "--format=%s")
    amend(work, f"{subject}\n\n{''.join(blocks)}")


def signing(key: Path) -> tuple[str, ...]:
    """The options that let git sign with a key of OpenSSH."""
    return ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")


def approval_commit(work: kit.Work, text: str, key: Path) -> None:
    """An approval commit on top, made by git alone."""
    message = f"Agentguard approval\n\n{text}"
    made = ("commit", "-q", "--allow-empty", "-S", "--cleanup=verbatim", "-F", "-")
    work.git(*signing(key), *made, stdin=message)


def raw_approval(
    work: kit.Work, message: str, sign: Callable[[bytes], bytes], *headers: str
) -> None:
    """A commit without changes on top, with any message, signature and headers."""
    head = [
        f"tree {work.tip('HEAD^{tree}')}",
        f"parent {work.tip()}",
        f"author {crafted.PERSON}",
        f"committer {crafted.PERSON}",
        *headers,
    ]
    repository = open_repository(work.path / ".git", kit.environment())
    lines = "".join(f"{line}\n" for line in head)
    made = write_signed(repository, lines.encode(), f"\n{message}".encode(), sign)
    work.git("reset", "-q", "--hard", made)


def soon() -> str:
    """An expiry as near as an emergency's must be."""
    return f"{datetime.now(UTC) + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}"
