"""Running the command line in this process, where that is enough."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import Protocol

import pytest

from agentguard.cli import main
from tests import kit
from tests.cli.repositories import FILES, cloned, destroyed


class Stdin(io.TextIOWrapper):
    """Standard input that may claim to be a terminal."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


class Cli(Protocol):
    """`agentguard ARGUMENTS` in a folder."""

    def __call__(
        self, cwd: Path | kit.Work, *arguments: str | Path, stdin: str | bytes = b""
    ) -> kit.Result: ...


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(cwd: Path | kit.Work, *arguments: str | Path, stdin: str | bytes = b"") -> kit.Result:
        monkeypatch.chdir(cwd.path if isinstance(cwd, kit.Work) else cwd)
        monkeypatch.setattr(sys, "argv", ["agentguard", *map(str, arguments)])
        given = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", Stdin(io.BytesIO(given)))
        capsys.readouterr()
        status = main()
        said = capsys.readouterr()
        return kit.Result(status, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def _clone_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("once")
    cloned(folder)
    return folder


@pytest.fixture
def clone(_clone_once: Path, tmp_path: Path) -> kit.Work:
    """A clone of a server without a gate, on the branch `topic`, which is still where main is."""
    shutil.copytree(_clone_once, tmp_path, dirs_exist_ok=True)
    config = tmp_path / "clone" / ".git" / "config"
    config.write_text(config.read_text().replace(str(_clone_once), str(tmp_path)))
    return kit.Work(tmp_path / "clone")


@pytest.fixture(scope="session")
def _gate_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server with the gate, a clone whose branch `topic` deletes all pages, and what the server
    said to that."""
    folder = tmp_path_factory.mktemp("gate")
    server = kit.make_server(folder, FILES)
    server.work.git("checkout", "-q", "-b", "topic")
    destroyed(server.work)
    refusal = server.work.push("topic:main")
    assert refusal.status == 1
    (folder / "refusal").write_text(refusal.stderr)
    return folder


@pytest.fixture
def gate(_gate_once: Path, tmp_path: Path) -> kit.Server:
    shutil.copytree(_gate_once, tmp_path, dirs_exist_ok=True)
    config = tmp_path / "work" / ".git" / "config"
    config.write_text(config.read_text().replace(str(_gate_once), str(tmp_path)))
    bare, work = kit.Work(tmp_path / "server.git"), kit.Work(tmp_path / "work")
    return kit.Server(bare, work, tmp_path / "keys" / "jane")


@pytest.fixture
def refusal(gate: kit.Server) -> Path:
    return gate.work.path.parent / "refusal"


def said(result: kit.Result) -> str:
    """What a command complained of, as one line."""
    return " ".join(result.stderr.replace("agentguard: ", "").split())
