"""Real repositories for tests: one hermetic way to run git, make keys, and set up a server.

Nothing of the machine's own configuration is seen: no global or system config, no templates, a
fixed identity and clock.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

AGENT = "Claude <noreply@anthropic.com>"
SOMEBODY = "Sam Developer <sam@example.com>"
JANE = "jane@example.com"

STANDS, WARNS = (re.compile(rf"^{mark} ([a-z-]+):", re.MULTILINE) for mark in "✗!")

# The program under test. The wheel's tests name another interpreter here.
PYTHON = os.environ.get("AGENTGUARD_TEST_PYTHON", sys.executable)

GATHERING = """\
#!/bin/sh
touch "waiting.$$"
for _ in $(seq 1200); do
    [ "$(ls waiting.* | wc -l)" -ge {number} ] && exit 0
    sleep 0.1
done
exit 1
"""


def environment(**extra: str) -> dict[str, str]:
    """What every process of a test sees."""
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "TMPDIR", "LANG")}
    fixed = {
        "HOME": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TEMPLATE_DIR": "",
        "GIT_AUTHOR_NAME": "Sam Developer",
        "GIT_AUTHOR_EMAIL": "sam@example.com",
        "GIT_COMMITTER_NAME": "Sam Developer",
        "GIT_COMMITTER_EMAIL": "sam@example.com",
        "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
        "GIT_TERMINAL_PROMPT": "0",
    }
    return {**kept, **fixed, **extra}


@dataclass(frozen=True)
class Result:
    """How a process ended; `text` is everything it said."""

    status: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    @property
    def remote(self) -> str:
        """What the server said, without git's prefix."""
        lines = (line for line in self.stderr.splitlines() if line.startswith("remote:"))
        return "\n".join(line.removeprefix("remote:").removeprefix(" ").rstrip() for line in lines)

    @property
    def rules(self) -> set[str]:
        """The rules that the server names as standing against the push."""
        return set(STANDS.findall(self.remote))

    @property
    def warnings(self) -> set[str]:
        """The rules that the server only warns of."""
        return set(WARNS.findall(self.remote))


def run(
    *command: str | Path,
    cwd: Path,
    check: bool = True,
    stdin: str | bytes = b"",
    env: Mapping[str, str] | None = None,
) -> Result:
    """Run a program; with `check`, anything but status 0 fails the test with what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        input=stdin.encode("utf-8", "surrogateescape") if isinstance(stdin, str) else stdin,
        capture_output=True,
        env=dict(env) if env is not None else environment(),
        check=False,
        timeout=300,
    )
    result = Result(
        done.returncode,
        done.stdout.decode("utf-8", "surrogateescape"),
        done.stderr.decode("utf-8", "surrogateescape"),
    )
    if check and result.status:
        raise AssertionError(f"{command} ended with {result.status}:\n{result.text}")
    return result


@dataclass(frozen=True)
class Work:
    """A clone or a bare repository."""

    path: Path

    def git(
        self, *arguments: str, check: bool = True, stdin: str | bytes = b"", **extra: str
    ) -> Result:
        return run(
            "git", *arguments, cwd=self.path, check=check, stdin=stdin, env=environment(**extra)
        )

    def out(self, *arguments: str, stdin: str | bytes = b"") -> str:
        return self.git(*arguments, stdin=stdin).stdout.strip()

    def tip(self, revision: str = "HEAD") -> str:
        return self.out("rev-parse", revision)

    def write(self, path: str, content: str | bytes = "text\n") -> Path:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def commit(
        self,
        message: str = "Change",
        files: Mapping[str, str | bytes | None] | None = None,
        *,
        author: str = SOMEBODY,
        key: Path | None = None,
    ) -> str:
        """Write `files` (None deletes), commit everything, and give the commit's id."""
        for path, content in (files or {}).items():
            if content is None:
                self.git("rm", "-q", "-r", "--cached", "--", path)
                target = self.path / path
                shutil.rmtree(target) if target.is_dir() else target.unlink()
            else:
                self.write(path, content)
        self.git("add", "-A")
        signing = ["-c", "gpg.format=ssh", "-c", f"user.signingkey={key}"] if key else []
        name, _, email = author.rstrip(">").partition(" <")
        sign = ["-S"] if key else []
        arguments = [*signing, "commit", "-q", "--allow-empty", "--no-verify", *sign, "-F", "-"]
        self.git(*arguments, stdin=message, GIT_AUTHOR_NAME=name, GIT_AUTHOR_EMAIL=email)
        return self.tip()

    def push(self, *arguments: str, check: bool = False) -> Result:
        """`git push origin …`, the current branch by default."""
        return self.git("push", "origin", *(arguments or ("HEAD",)), check=check)

    def agentguard(
        self, *arguments: str | Path, check: bool = False, stdin: str = "", **extra: str
    ) -> Result:
        return agentguard(*arguments, cwd=self.path, check=check, stdin=stdin, **extra)

    def check_json(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            self.agentguard("check", "--format", "json", *arguments).stdout
        )
        return found


def agentguard(
    *arguments: str | Path, cwd: Path, check: bool = True, stdin: str = "", **extra: str
) -> Result:
    """The program under test, in a process of its own, as users start it."""
    command = (PYTHON, "-I", "-m", "agentguard", *arguments)
    return run(*command, cwd=cwd, check=check, stdin=stdin, env=environment(**extra))


def init(path: Path, *options: str) -> Work:
    """An empty repository whose branch is `main`."""
    path.mkdir(parents=True, exist_ok=True)
    run("git", "init", "-q", "-b", "main", *options, str(path), cwd=path, env=environment())
    return Work(path)


def make_key(path: Path) -> Path:
    """An ed25519 key pair: `path` and `path.pub`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    path.parent.mkdir(parents=True, exist_ok=True)
    private = Ed25519PrivateKey.generate()
    path.touch(0o600)
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    path.with_name(path.name + ".pub").write_bytes(public + b" test\n")
    return path


@dataclass(frozen=True)
class Server:
    """A bare repository with the gate installed, a clone of it, and the key of its approver."""

    bare: Work
    work: Work
    key: Path
    keys: dict[str, Path] = field(default_factory=dict)

    def tip(self, ref: str = "refs/heads/main") -> str:
        """Where a ref of the server stands, "" when it does not exist."""
        return self.bare.git("rev-parse", "--verify", "-q", ref, check=False).stdout.strip()

    def state(self) -> str:
        """All refs, how many objects there are, and whatever lies about in the object store."""
        refs = self.bare.out("for-each-ref", "--format=%(objectname) %(refname)")
        objects = self.bare.out("count-objects", "-v")
        left = sorted(file.name for file in (self.bare.path / "objects").glob("tmp*"))
        return f"{refs}\n{objects}\n{left}"

    def refused(self, *arguments: str, **extra: str) -> Result:
        """Push; the server must say why not, and nothing may have changed on it."""
        before = self.state()
        result = self.work.git("push", "origin", *(arguments or ("HEAD",)), check=False, **extra)
        assert result.status, f"accepted:\n{result.text}"
        assert "agentguard: " in result.remote, result.text
        assert self.state() == before, result.text
        return result

    def accepted(self, *arguments: str, **extra: str) -> Result:
        """Push; the server must take it, and nothing may stand against it."""
        result = self.work.git("push", "origin", *(arguments or ("HEAD",)), check=False, **extra)
        assert not result.status, result.text
        assert "agentguard: accepted: " in result.remote, result.text
        assert not result.rules, result.text
        return result

    def seed(self, *arguments: str) -> None:
        """Push past the gate, to begin from a state that it would not have let in."""
        hook = self.bare.path / "hooks" / "pre-receive"
        hook.chmod(0o644)
        self.work.push(*arguments, check=True)
        hook.chmod(0o755)

    @property
    def policy(self) -> Path:
        return self.bare.path / "agentguard" / "policy.toml"

    def add_policy(self, text: str) -> None:
        """Append to the server's policy."""
        with self.policy.open("a", encoding="utf-8") as file:
            file.write("\n" + text)

    def approve(self, *arguments: str | Path, statement: str = "") -> Result:
        """Jane approves the branch that is checked out."""
        stated = ("--statement", "-") if statement else ()
        return self.work.agentguard(
            "approve",
            "--yes",
            "--key",
            self.key,
            "--as",
            JANE,
            *stated,
            *arguments,
            stdin=statement,
        )


def make_server(
    folder: Path, files: Mapping[str, str | bytes] | None = None, *options: str
) -> Server:
    """A server whose main branch holds `files`; pushed before the gate was installed."""
    bare = init(folder / "server.git", "--bare", *options)
    work = init(folder / "work", *options)
    work.git("remote", "add", "origin", str(bare.path))
    work.commit("Start", files or {"README.md": "Portal\n"})
    work.push("main", check=True)
    work.git("remote", "set-head", "origin", "main", check=False)
    key = make_key(folder / "keys" / "jane")
    agentguard(
        "install", "--server", "--approver", f"{JANE}={key}.pub", "--repository", "acme/portal",
        bare.path, cwd=folder,
    )  # fmt: skip
    return Server(bare, work, key, {JANE: key})


def make_template(folder: Path, files: Mapping[str, str | bytes]) -> Server:
    """A server to be copied for each test, packed so that a copy is few files."""
    server = make_server(folder, files)
    for repository in (server.bare, server.work):
        repository.git("gc", "-q", "--prune=now")
    return server


def copy_server(server: Server, folder: Path) -> Server:
    """The same server, clone and keys in another folder: much faster than making them."""
    old = server.bare.path.parent
    shutil.copytree(old, folder, symlinks=True, dirs_exist_ok=True)
    keys = {name: folder / key.relative_to(old) for name, key in server.keys.items()}
    copy = Server(Work(folder / "server.git"), Work(folder / "work"), keys[JANE], keys)
    copy.work.git("remote", "set-url", "origin", str(copy.bare.path))
    copy.work.git("update-index", "-q", "--refresh", check=False)
    return copy


def gather(server: Server, number: int) -> Path:
    """Have all of so many pushes judged before any ref moves: then git compares what each of them
    started from. The hook that waits for them."""
    hook = server.bare.path / "hooks" / "update"
    hook.write_text(GATHERING.format(number=number))
    hook.chmod(0o755)
    return hook
