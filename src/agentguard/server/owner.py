"""Writing to a repository as the account that serves it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = 0


@contextmanager
def as_owner(directory: Path) -> Iterator[None]:
    """Be whoever owns the objects of a repository, if we are root and they are another's.

    What root writes there, the account that serves pushes could not write beside afterwards.
    """
    owner = (directory / "objects").stat()
    if os.geteuid() != ROOT or owner.st_uid == ROOT:
        yield
        return
    group = os.getegid()
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(ROOT)
        os.setegid(group)
