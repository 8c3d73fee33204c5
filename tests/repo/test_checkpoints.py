"""Commits on a ref of another repository, over a local path."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.errors import EvaluationError
from agentguard.repo.checkpoints import send
from tests import kit

REF = "refs/agentguard/checkpoints"


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_each_commit_stands_upon_the_one_before(form: str, tmp_path: Path) -> None:
    far = kit.init(tmp_path / "far.git", "--bare", f"--object-format={form}")
    if form == "sha256":  # what an empty repository is made of nobody can ask
        work = kit.init(tmp_path / "work", "--object-format=sha256")
        work.commit("First")
        work.git("push", "-q", str(far.path), f"HEAD:{REF}")
    first = send(str(far.path), REF, "one\n", 1_700_000_000)
    second = send(str(far.path), REF, "two\n", 1_700_000_060)

    assert far.out("rev-parse", REF, f"{REF}^").split() == [second, first]
    assert far.out("log", "-2", "--format=%B%at", REF).split() == [
        "two", "1700000060", "one", "1700000000",
    ]  # fmt: skip
    assert far.out("ls-tree", REF) == ""


def test_nothing_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who adds at the same moment is not run over."""
    far = kit.init(tmp_path / "far.git", "--bare")
    first = send(str(far.path), REF, "one\n", 1)
    monkeypatch.setattr("agentguard.repo.checkpoints._tip", lambda *_: "")

    with pytest.raises(EvaluationError, match="git push failed"):
        send(str(far.path), REF, "two\n", 2)
    assert far.tip(REF) == first


def test_a_host_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="ls-remote failed"):
        send(str(tmp_path / "nowhere.git"), REF, "one\n", 1)


def test_an_address_is_no_option(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError):
        send("--upload-pack=touch here", REF, "one\n", 1)
    assert not (tmp_path / "here").exists()
