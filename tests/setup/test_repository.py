"""What the gate needs of a server repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.errors import EvaluationError
from agentguard.setup.repository import prepare_repository
from tests import kit
from tests.ledger import chain


def settings(bare: kit.Work) -> tuple[str, str]:
    asked = (("receive.advertisePushOptions"), ("transfer.hideRefs"))
    found = [bare.git("config", "--get-all", name, check=False).stdout.strip() for name in asked]
    return found[0], found[1]


def test_it_is_prepared_once(tmp_path: Path) -> None:
    bare = kit.init(tmp_path, "--bare")
    assert list(prepare_repository(bare.path)) == [
        "set receive.advertisePushOptions: approvals may come with a push",
        "set transfer.hideRefs: old tips that are kept cannot be fetched",
        f"decisions go to {bare.path / chain.FILE}",
    ]
    assert settings(bare) == ("true", "refs/agentguard/keep")
    [opened] = chain.verify(bare.path)
    assert opened["body"] == {"ledger": str(bare.path), "refs": {}}
    again = [f"decisions go to {bare.path / chain.FILE}"]
    assert list(prepare_repository(bare.path)) == again
    assert settings(bare) == ("true", "refs/agentguard/keep")


def test_what_others_hide_stays_hidden(tmp_path: Path) -> None:
    bare = kit.init(tmp_path, "--bare")
    bare.git("config", "transfer.hideRefs", "refs/internal")
    list(prepare_repository(bare.path))
    assert settings(bare) == ("true", "refs/internal\nrefs/agentguard/keep")


def test_a_ledger_that_cannot_be_opened(tmp_path: Path) -> None:
    bare = kit.init(tmp_path, "--bare")
    (bare.path / "agentguard").write_text("a file\n")
    with pytest.raises(EvaluationError, match=r"records.sqlite3 cannot be used"):
        list(prepare_repository(bare.path))
