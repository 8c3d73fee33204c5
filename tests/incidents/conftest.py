"""The portal on a server, built once and copied for each test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from demo import portal as portal_files

from tests import kit


@pytest.fixture(scope="session")
def files() -> Mapping[str, str]:
    """What the portal holds."""
    return portal_files.build()


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory, files: Mapping[str, str]) -> kit.Server:
    return kit.make_template(tmp_path_factory.mktemp("portal"), files)


@pytest.fixture
def portal(_built: kit.Server, tmp_path: Path) -> kit.Server:
    """A server that holds the portal, with the gate installed, and a clone."""
    return kit.copy_server(_built, tmp_path / "portal")
