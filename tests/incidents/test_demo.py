"""`make demo` tells the truth, on a machine that has little, and leaves nothing behind."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from demo import run as demo

from tests import kit

ROOT = Path(demo.__file__).resolve().parents[1]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the demo makes its folder."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


def few_programs(folder: Path) -> str:
    """A PATH with git and nothing else: no ssh-keygen."""
    folder.mkdir()
    (folder / "git").symlink_to(str(shutil.which("git")))
    return str(folder)


def test_everything_goes_as_told(place: Path, tmp_path: Path) -> None:
    path = few_programs(tmp_path / "bin")
    env = kit.environment(TMPDIR=str(place), PATH=path)
    told = kit.run(kit.PYTHON, "-m", "demo.run", cwd=ROOT, check=False, env=env)
    assert not told.status, told.text
    assert "Everything went as told" in told.stdout
    assert told.stdout.count("[remote rejected]") == 7
    assert not any(place.iterdir())
    whole = ("remote: Agentguard-", "  change  ", "agentguard: jane@example.com approved")
    for line in told.stdout.splitlines():
        assert len(line) <= 80 or line.startswith(whole), line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle(number: signal.Signals, place: Path) -> None:
    process = subprocess.Popen(
        [kit.PYTHON, "-m", "demo.run"], cwd=ROOT, env=kit.environment(TMPDIR=str(place)),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if "git push" in line:
            break
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode not in (0, None)
    assert not any(place.iterdir())


def test_it_notices_when_something_goes_otherwise(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(place))
    monkeypatch.setattr(demo, "STORY", ({"mass-deletion"}, *demo.STORY[1:]))
    handler = signal.getsignal(signal.SIGTERM)
    try:
        assert demo.main() == 1
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert "did not go as told" in capsys.readouterr().err
    assert not any(place.iterdir())


def test_it_does_not_need_the_tests() -> None:
    code = "import sys, demo.run; sys.exit(any(name.startswith('tests') for name in sys.modules))"
    kit.run(sys.executable, "-c", code, cwd=ROOT)
