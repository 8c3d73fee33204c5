"""`post-receive` as a function; `tests/hooks/test_crashes.py` pushes through it for real."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from agentguard.errors import EvaluationError
from agentguard.hook import post_receive
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.settings import LedgerSettings
from agentguard.repo.keep import kept
from tests import kit
from tests.ledger import chain
from tests.ledger.makers import MAIN, decide, decided, update

NONE = "0" * 40
JUDGED = {"environment": "production", "base": ""}
UNJUDGED = {"environment": "", "base": ""}


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> kit.Work:
    """A repository with two commits on its main branch; we are in it, as git's hooks are."""
    work = kit.init(tmp_path / "work")
    work.commit("First")
    work.commit("Second")
    made = kit.init(tmp_path / "bare", "--bare")
    made.git("fetch", "-q", str(work.path), "main:main")
    monkeypatch.chdir(made.path)
    return made


def receive(monkeypatch: pytest.MonkeyPatch, *lines: str) -> int:
    stdin = "".join(f"{line}\n" for line in lines).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    return post_receive.run()


def accept(bare: kit.Work, old: str, new: str) -> None:
    """Decide on a move of the main branch, as if it lost what it leaves."""
    with open_ledger(bare.path, LedgerSettings(name="acme/portal")) as ledger:
        decide(ledger, decided(update(old, new), lost=True))


@pytest.mark.parametrize("given", ["", ".", "absolute"])
def test_what_landed_is_noted_in_the_repository(
    given: str, bare: kit.Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given:
        monkeypatch.setenv("GIT_DIR", str(bare.path) if given == "absolute" else given)
    old, new = bare.tip("main"), bare.tip("main~1")
    accept(bare, old, new)
    assert receive(monkeypatch, f"{old} {new} {MAIN}", f"{NONE} {new} refs/heads/next") == 0
    [name] = kept(bare.path, [MAIN])
    assert chain.verify(bare.path)[-1]["body"] == {
        "late": False,
        "moves": [
            {"ref": MAIN, "old": old, "new": new, "decision": 2, "kept": name} | JUDGED,
            {"ref": "refs/heads/next", "old": "", "new": new, "decision": 0, "kept": ""} | UNJUDGED,
        ],
    }


def test_a_deletion_is_noted_and_its_tip_kept(
    bare: kit.Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = bare.tip("main")
    accept(bare, old, "")
    assert receive(monkeypatch, f"{old} {NONE} {MAIN}") == 0
    assert list(kept(bare.path, [MAIN]).values()) == [old]
    [move] = chain.verify(bare.path)[-1]["body"]["moves"]
    assert (move["new"], move["decision"]) == ("", 2)


def test_what_the_gate_never_saw_is_noted_too(
    bare: kit.Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = bare.tip("main"), bare.tip("main~1")
    assert receive(monkeypatch, f"{old} {new} {MAIN}") == 0
    assert chain.events(bare.path) == ["applied"]
    assert list(kept(bare.path, [MAIN]).values()) == [old]


def test_what_git_does_not_write_is_an_error(
    bare: kit.Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EvaluationError, match="cannot be read"):
        receive(monkeypatch, "nonsense")
    assert not (bare.path / chain.FILE).exists()
