"""An empty repository to craft histories in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repo.crafted import Crafted, craft


@pytest.fixture
def crafted(tmp_path: Path) -> Crafted:
    """An empty bare repository."""
    return craft(tmp_path / "crafted.git")
