"""What a scene needs: a server with the gate, clones, keys, and pushes as their sender sees them.

Nothing of the machine's own git configuration is used, and nothing outside one temporary folder is
written.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

STOPPED_BY = re.compile(r"^remote: ✗ ([a-z-]+):", re.MULTILINE)
JANE, REPOSITORY = "jane@example.com", "acme/portal"


class WentWrongError(Exception):
    """Something in the demo did not go as told."""


@dataclass(frozen=True)
class Push:
    """How a push ended: whether it was taken, which rules stood against it, what its sender saw."""

    accepted: bool
    rules: tuple[str, ...]
    output: str


@dataclass(frozen=True)
class Clone:
    """Somebody's clone."""

    path: Path
    person: str
    stage: Stage

    def git(self, *arguments: str, stdin: str = "") -> str:
        """Run git as this person; anything but success ends the demo."""
        return run("git", *arguments, cwd=self.path, env=self.stage.env(self.person), stdin=stdin)

    def start(self, branch: str) -> None:
        """A branch from what the server has now."""
        self.git("fetch", "-q", "origin")
        self.git("checkout", "-q", "-B", branch, "origin/main")

    def commit(self, message: str, files: Mapping[str, str | None]) -> None:
        """Write and delete files, and commit all of it."""
        for path, content in files.items():
            file = self.path / path
            if content is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "-q", "-F", "-", stdin=message)

    def push(self, refspec: str) -> Push:
        """`git push origin refspec`, with everything it says."""
        env = self.stage.env(self.person)
        status, output = ended("git", "push", "origin", refspec, cwd=self.path, env=env)
        shown = "\n".join(line.rstrip() for line in output.replace("\r", "\n").split("\n")).strip()
        shown = shown.replace(str(self.stage.folder), "git.acme.example:")
        return Push(status == 0, tuple(STOPPED_BY.findall(shown)), shown)

    def agentguard(self, *arguments: str, stdin: str = "") -> str:
        """Run agentguard in this clone."""
        return self.stage.agentguard(*arguments, cwd=self.path, person=self.person, stdin=stdin)


@dataclass(frozen=True)
class Stage:
    """A folder with a server in it, and everybody's clone and key."""

    folder: Path
    server: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", self.folder / "portal.git")

    def build(self, files: Mapping[str, str]) -> None:
        """A bare repository that holds `files`; no gate yet."""
        run("git", "init", "-q", "--bare", "-b", "main", str(self.server), cwd=self.folder,
            env=self.env("Sam"))  # fmt: skip
        seed = self.clone("Seed")
        seed.git("checkout", "-q", "-b", "main")
        seed.commit("The portal as it is", files)
        seed.git("push", "-q", "origin", "main")

    def install(self) -> str:
        """Install the gate, with Jane as its approver."""
        public = self.key("jane").with_suffix(".pub")
        return self.agentguard(
            "install", "--server", "--repository", REPOSITORY,
            "--approver", f"{JANE}={public}", str(self.server),
        )  # fmt: skip

    def clone(self, person: str) -> Clone:
        """A clone of the server; `person` is a first name."""
        path = self.folder / "clones" / person.lower()
        path.parent.mkdir(exist_ok=True)
        run(
            "git", "clone", "-q", str(self.server), str(path), cwd=self.folder, env=self.env(person)
        )
        return Clone(path, person, self)

    def key(self, name: str) -> Path:
        """A private key, made when first asked for, with its public half beside it."""
        path = self.folder / "keys" / name
        if not path.exists():
            _make_key(path)
        return path

    def tip(self) -> str:
        """Where main stands on the server."""
        return run("git", "rev-parse", "main", cwd=self.server, env=self.env("Sam")).strip()

    def agentguard(
        self, *arguments: str, cwd: Path | None = None, person: str = "Sam", stdin: str = ""
    ) -> str:
        """Run the program as its users do, in a process of its own."""
        command = (sys.executable, "-I", "-m", "agentguard", *arguments)
        return run(*command, cwd=cwd or self.folder, env=self.env(person), stdin=stdin)

    def env(self, person: str) -> dict[str, str]:
        """The environment of a process that `person` starts."""
        kept = {key: os.environ[key] for key in ("PATH", "TMPDIR", "LANG") if key in os.environ}
        email = f"{person.lower()}@example.com"
        return {
            **kept,
            "HOME": str(self.folder),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TEMPLATE_DIR": "",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": person,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_COMMITTER_NAME": person,
            "GIT_COMMITTER_EMAIL": email,
        }


def run(*command: str, cwd: Path, env: Mapping[str, str], stdin: str = "") -> str:
    """What a program that must succeed printed."""
    status, output = ended(*command, cwd=cwd, env=env, stdin=stdin)
    if status:
        raise WentWrongError(f"{' '.join(command[:6])} ended with {status}:\n{output}")
    return output


def ended(*command: str, cwd: Path, env: Mapping[str, str], stdin: str = "") -> tuple[int, str]:
    """Status and everything printed."""
    if shutil.which(command[0]) is None:
        raise WentWrongError(f"{command[0]} is not installed")
    done = subprocess.run(
        command, cwd=cwd, env=dict(env), input=stdin.encode(), check=False, timeout=120,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.returncode, done.stdout.decode("utf-8", "replace")


def _make_key(path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    path.parent.mkdir(exist_ok=True, mode=0o700)
    private = Ed25519PrivateKey.generate()
    path.touch(0o600)
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    path.with_suffix(".pub").write_bytes(public + b"\n")
