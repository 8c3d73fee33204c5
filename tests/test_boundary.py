"""Whatever goes wrong has an exit code, a reason, and no way to look like success."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Callable

import click
import pytest

from agentguard import __main__, errors
from agentguard.boundary import guarded
from agentguard.cli import cli, main
from agentguard.errors import AgentguardError
from agentguard.output import complain, say, show, silence, speak_utf8
from tests import kit

FAULT = "a fault in agentguard itself"
CODES = {
    "AgentguardError": 3,
    "ConfigurationError": 2,
    "EvaluationError": 3,
    "DeadlineError": 3,
    "SignatureError": 3,
}
ERRORS = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, AgentguardError)
]


def raising(error: BaseException) -> Callable[[], int]:
    def command() -> int:
        raise error

    return command


def said(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert all(line.startswith("agentguard: ") for line in captured.err.splitlines())
    return " ".join(captured.err.replace("agentguard: ", "").split())


def test_the_table_names_every_error() -> None:
    assert set(CODES) == {error.__name__ for error in ERRORS}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_our_errors(error: type[AgentguardError], capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(error("the reason"))) == CODES[error.__name__]
    assert said(capsys) == "the reason"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("odd\x1b[2J"), f"{FAULT} (ValueError): odd\\x1b[2J"),
        (KeyError("gone"), f"{FAULT} (KeyError): 'gone'"),
        (RecursionError("deep"), f"{FAULT} (RecursionError): deep"),
        (MemoryError(), f"{FAULT} (MemoryError):"),
        (AssertionError(), f"{FAULT} (AssertionError):"),
        (SystemExit(0), f"{FAULT} (SystemExit): 0"),
        (GeneratorExit(), f"{FAULT} (GeneratorExit):"),
        (OSError(errno.EIO, "broken disk"), f"{FAULT} (OSError): [Errno 5] broken disk"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), f"{FAULT} (UnicodeDecodeError): "),
    ],
    ids=lambda value: type(value).__name__,
)
def test_our_bugs(error: BaseException, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(error)) == 3
    assert said(capsys).startswith(reason)


def test_a_bug_asks_to_be_reported(capsys: pytest.CaptureFixture[str]) -> None:
    guarded(raising(ValueError()))
    assert said(capsys).endswith("nothing was accepted. Please report this.")


def test_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(KeyboardInterrupt())) == 130
    assert said(capsys) == "interrupted"


@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_a_status_is_passed_on(status: int) -> None:
    assert guarded(lambda: status) == status


class TestCommandLine:
    @pytest.fixture
    def run(self, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
        """Run a command that does what it is given."""

        def command(act: Callable[[], object]) -> int:
            failing = click.Command("failing", callback=act)
            monkeypatch.setitem(cli.commands, "failing", failing)
            monkeypatch.setattr(sys, "argv", ["agentguard", "failing"])
            return main()

        return command

    @pytest.mark.parametrize(
        ("error", "status", "reason"),
        [
            (ValueError("odd"), 3, f"{FAULT} (ValueError): odd"),
            (errors.ConfigurationError("wrong"), 2, "wrong"),
            (errors.EvaluationError("broken"), 3, "broken"),
            (KeyboardInterrupt(), 130, "interrupted"),
            (click.Abort(), 1, "nothing was done"),
            (EOFError(), 1, "nothing was done"),
            (click.ClickException("no\x1b"), 2, "no\\x1b"),
            (click.UsageError("so not"), 2, "so not"),
            (click.BadParameter("not that"), 2, "Invalid value: not that"),
            (OSError(errno.EPIPE, "gone"), 3, "the report could not be written: nobody reads it"),
            (OSError(errno.EIO, "bad"), 3, f"{FAULT} (OSError)"),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_errors(
        self,
        run: Callable[..., int],
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        error: BaseException,
        status: int,
        reason: str,
    ) -> None:
        for stream in ("stdout", "stderr"):  # click replaces them when nobody reads
            monkeypatch.setattr(sys, stream, getattr(sys, stream))
        assert run(raising(error)) == status
        assert reason in " ".join(capsys.readouterr().err.replace("agentguard: ", "").split())

    @pytest.mark.parametrize(("given", "status"), [(0, 0), (1, 1), (3, 3), (None, 0)])
    def test_status(self, run: Callable[..., int], given: int | None, status: int) -> None:
        assert run(lambda: given) == status


def test_utf_8_whatever_the_stream_was(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    speak_utf8()
    show("− ✗ \udcff\n")
    say("a\x1b\nb")
    assert out.buffer.getvalue() == "− ✗ \\udcff\nagentguard: a\\x1b\\x0ab\n".encode()
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    speak_utf8()


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        ("", ["unknown error"]),
        ("short", ["short"]),
        ("a\nb", ["a\\x0ab"]),
        ("word " * 20, ["word " * 11 + "word", "word " * 7 + "word"]),
        ("x /a-long/path-" + "y" * 80, ["x", "/a-long/path-" + "y" * 80]),
    ],
)
def test_complaints(capsys: pytest.CaptureFixture[str], message: str, lines: list[str]) -> None:
    complain(message)
    assert capsys.readouterr().err == "".join(f"agentguard: {line}\n" for line in lines)


class Broken(io.StringIO):
    """A stream whose other end is gone."""

    def write(self, _text: str, /) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    def flush(self) -> None:
        self.write("")


def test_nobody_listens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken())
    with pytest.raises(errors.EvaluationError, match="could not be written: Broken pipe"):
        show("report")
    assert guarded(lambda: sys.stdout.write("report")) == 3
    assert "nobody reads it" in " ".join(capsys.readouterr().err.split())
    monkeypatch.setattr(sys, "stderr", Broken())
    assert guarded(raising(ValueError("odd"))) == 3
    silence(sys.stderr)


class TestProcess:
    """As the system sees it, Python's own last words included."""

    @pytest.mark.parametrize("script", ["-m agentguard rules", "-m agentguard --help"])
    @pytest.mark.parametrize("target", [">/dev/full", ">&-", ">&- 2>&-"])
    def test_a_full_or_closed_output(self, repo: kit.Work, script: str, target: str) -> None:
        shell = f'"$0" -I {script} {target}'
        result = kit.run("sh", "-c", shell, kit.PYTHON, cwd=repo.path, check=False)
        assert result.status == 3
        assert "Traceback" not in result.stderr
        assert "Exception ignored" not in result.stderr
        assert result.stderr.startswith("agentguard: ") or "2>&-" in target

    def test_a_hook_whose_reader_is_gone(self, repo: kit.Work) -> None:
        shell = '{ "$0" -I -m agentguard hook pre-receive </dev/null; echo $? >status; } | true'
        kit.run("bash", "-c", shell, kit.PYTHON, cwd=repo.path, check=False)
        assert (repo.path / "status").read_text() == "3\n"

    def test_the_fast_way_in_and_the_other_agree(self, repo: kit.Work) -> None:
        ways = [("hook", "pre-receive"), ("hook", "--", "pre-receive")]
        fast, slow = (repo.agentguard(*way, stdin="x" * 40 + "\n") for way in ways)
        said, record = fast.stdout.rsplit("agentguard: ledger 2 ", 1)
        assert slow.stdout.startswith(f"{said}agentguard: ledger 3 ")
        assert (fast.status, slow.status, len(record.strip())) == (3, 3, 16)

    def test_no_command(self, repo: kit.Work) -> None:
        result = repo.agentguard()
        assert (result.status, result.stdout) == (2, "")
        assert result.stderr.startswith("Usage: agentguard [OPTIONS]")

    def test_version(self, repo: kit.Work) -> None:
        assert repo.agentguard("--version").stdout.startswith("agentguard, version ")


def test_main_serves_the_server_hook_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentguard.hook.pre_receive.run", lambda: 1)
    for arguments in (["hook", "pre-receive"], ["hook", "--", "pre-receive"]):
        monkeypatch.setattr(sys, "argv", ["agentguard", *arguments])
        assert __main__.main() == 1
    monkeypatch.setattr(sys, "argv", ["agentguard"])
    assert __main__.main() == 2
    monkeypatch.setattr(sys, "argv", ["agentguard", "--version"])
    assert __main__.main() == 0


def commands(command: click.Command, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [names, *(path for name, each in below for path in commands(each, (*names, name)))]


@pytest.mark.parametrize("names", commands(cli, ()), ids=" ".join)
def test_help_reads_well(
    names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for option in ("--help", "-h"):
        monkeypatch.setattr(sys, "argv", ["agentguard", *names, option])
        assert main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 79
    assert not any(line.endswith("...") and line.startswith("  ") for line in lines)
    assert lines[0].startswith(" ".join(("Usage: agentguard", *names)))
