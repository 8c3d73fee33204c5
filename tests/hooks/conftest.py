"""A small server with a bit of everything the rules look at, built once and copied for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import kit
from tests.hooks import approving
from tests.hooks.approving import Asked

PAGES = 40
FILES: dict[str, str | bytes] = {
    "README.md": "Portal\n",
    "AGENTS.md": "Ask before you deploy.\n",
    ".gitattributes": "* text=auto\n",
    "firebase.json": '{"hosting": {"rewrites": []}}\n',
    "src/auth/login.py": "".join(f"check({n})\n" for n in range(60)),
    "src/auth/café.py": "".join(f"brew({n})\n" for n in range(60)),
    "src/auth/two\nlines\t=> odd.py": "".join(f"odd({n})\n" for n in range(60)),
    "src/auth/session.py": "".join(f"session({n})\n" for n in range(30)),
    **{f"src/app/page{n}.py": f"page = {n}\n" * 40 for n in range(PAGES)},
    **{f"lib/part{n}.py": f"part = {n}\n" * 4 for n in range(200)},
    "data/bundle.json": "[" + "1234567890," * 40_000 + "0]",
}


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> kit.Server:
    return kit.make_template(tmp_path_factory.mktemp("small"), FILES)


@pytest.fixture
def server(_built: kit.Server, tmp_path: Path) -> kit.Server:
    """A server with the gate installed, and a clone; Jane is its approver."""
    return kit.copy_server(_built, tmp_path / "server")


@pytest.fixture(scope="session")
def _asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    return approving.prepare(tmp_path_factory.mktemp("asked"), "sha1")


@pytest.fixture
def asked(_asked: Asked, tmp_path: Path) -> Asked:
    """A server that refused a push, and what it asked for; in a SHA-1 repository."""
    return approving.copied(_asked, tmp_path)
