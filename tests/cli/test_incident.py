"""`agentguard incident` as a program; what its steps do is in `tests/incident/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import kit
from tests.cli.conftest import Cli, said

# The program as it is, but for where the lockdown of the machine is.
PROGRAM = """\
import sys
from pathlib import Path
from agentguard import lockdown
from agentguard.__main__ import main
lockdown.FILE = Path(sys.argv.pop(1))
sys.exit(main())
"""


def test_a_real_process_opens_and_assesses(server: kit.Server, tmp_path: Path) -> None:
    place = ("--repository", server.bare.path)
    file = tmp_path / "etc" / "lockdown.json"

    opened = kit.run(
        kit.PYTHON, "-I", "-c", PROGRAM, file,
        "incident", "open", "drill", "--since", "1h", "--reason", "A drill", *place,
        cwd=tmp_path,
    )  # fmt: skip
    report = kit.agentguard("incident", "assess", "drill", *place, cwd=tmp_path)

    assert "captured" in opened.stdout
    assert str(server.bare.path) in file.read_text()
    assert "Pushes: 0 accepted, 0 refused. 0 refs moved" in report.stdout
    assert max(map(len, report.stdout.splitlines())) <= 72


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("open", "drill", "--reason", "x"), "Missing option '--since'"),
        (("open", "drill", "--since", "1h"), "Missing option '--reason'"),
        (("restore", "drill"), "Missing option '--into'"),
        (("sign", "drill"), "Missing option '--key'"),
        (("contain", "drill", "--to", "yesterday"), "'yesterday' is not one of"),
        (("assess", "drill"), "there is no incident drill here"),
        (("assess",), "Missing argument 'ID'"),
    ],
)
def test_wrong_usage_says_what_is_missing(
    arguments: tuple[str, ...], fault: str, server: kit.Server, cli: Cli
) -> None:
    ended = cli(server.bare, "incident", *arguments)

    assert ended.status == 2
    assert fault in said(ended)


def test_a_folder_that_is_no_server_s_is_refused(clone: kit.Work, cli: Cli) -> None:
    ended = cli(clone, "incident", "boundary")

    assert ended.status == 2
    assert "has a work tree" in said(ended)
    assert "--repository" in said(ended)
