"""What approvals need on a server: push options, and a file to note their use in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from agentguard.approvals.used import FILE
from agentguard.repo.repository import option, set_option

OPTION = "receive.advertisePushOptions"


def prepare_approvals(directory: Path) -> Iterator[str]:
    """Let approvals come as push options, and let whoever serves pushes note their use.

    The file belongs to whom the objects belong: an administrator installs, another account serves.
    """
    if option(directory, OPTION) != "true":
        set_option(directory, OPTION, "true")
        yield f"set {OPTION}: approvals may come with a push"
    path = directory / FILE
    if path.exists():
        return
    path.touch()
    owner = (directory / "objects").stat()
    path.chmod(owner.st_mode & 0o660 | 0o600)
    with suppress(PermissionError):  # only root can give files away
        os.chown(path, owner.st_uid, owner.st_gid)
