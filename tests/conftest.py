"""Fixtures that every test may use; `tests.kit` does the work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentguard import lockdown
from agentguard.policy import places
from tests import kit, postgresql

NOWHERE = Path("/nonexistent/agentguard")


@pytest.fixture(autouse=True)
def _hermetic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that call our code in this process see no configuration of the machine either."""
    for name in list(os.environ):
        if name.startswith(("GIT_", "GL_", "PRE_COMMIT")):
            monkeypatch.delenv(name)
    # Nothing of this machine's own is looked at, and nothing there is ever written.
    monkeypatch.setattr(lockdown, "FILE", NOWHERE / "lockdown.json")
    monkeypatch.setattr(places, "MACHINE", NOWHERE / "policy.toml")
    for name, value in kit.environment().items():
        if name.startswith("GIT_"):
            monkeypatch.setenv(name, value)


@pytest.fixture
def repo(tmp_path: Path) -> kit.Work:
    """An empty repository."""
    return kit.init(tmp_path / "repo")


@pytest.fixture
def server(tmp_path: Path) -> kit.Server:
    """A server with the gate installed, and a clone."""
    return kit.make_server(tmp_path)


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgresql.Cluster]:
    """A PostgreSQL server, where there is one to start."""
    if reason := postgresql.missing():
        pytest.skip(reason)
    with postgresql.running() as running:
        yield running


@pytest.fixture
def database(cluster: postgresql.Cluster) -> str:
    """The name of an empty database."""
    return cluster.database()
