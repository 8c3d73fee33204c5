"""Checkpoints: what is signed, what is believed, and when one is due."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.approvals.sign import public_key_of
from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.keys import PublicKey
from agentguard.ledger import checkpoint as checkpoints
from agentguard.ledger.checkpoint import Checkpoint, due, make, read_checkpoints, signed
from tests import kit
from tests.hooks.approving import needs_ssh_keygen
from tests.ledger import chains
from tests.ledger.chains import NOW

WHAT = Checkpoint("acme/portal", 42, "7f" * 32, "2026-11-21T09:00:00Z")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return kit.make_key(tmp_path / "keys" / "ledger")


@pytest.fixture
def public(key: Path) -> PublicKey:
    return public_key_of(key)


def test_what_is_signed_is_read(key: Path, public: PublicKey) -> None:
    later = Checkpoint("acme/portal", 50, "8f" * 32, "2026-11-22T09:00:00Z")
    other = Checkpoint("acme/shop\n%", 3, "9f" * 32, "2026-11-21T09:00:00Z")
    file = "\n\n".join(signed(each, key) for each in (WHAT, other, later)).encode()

    assert read_checkpoints(file, public, "acme/portal") == [WHAT, later]
    assert read_checkpoints(file, public, "acme/shop\n%") == [other]
    assert read_checkpoints(signed(WHAT, key).encode(), public, "") == [WHAT]


@pytest.mark.parametrize("ledger", ["acme/else", ""])
def test_checkpoints_of_another_ledger_are_no_help(
    key: Path, public: PublicKey, ledger: str
) -> None:
    other = Checkpoint("acme/shop", 3, "9f" * 32, WHAT.time)
    with pytest.raises(ConfigurationError, match="not checkpoints of"):
        read_checkpoints((signed(WHAT, key) + signed(other, key)).encode(), public, ledger)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Record: 42", "Record: 43"),
        ("Record: 42", "Record: 042"),
        ("7f7f", "7f7e"),
        ("acme/portal", "acme%2Fportal"),
        ("acme/portal", "acme/p"),
        ("09:00:00", "09:00:01"),
        ("v1", "v2"),
        ("Agentguard-Time", "\nAgentguard-Time"),
        ("-----END", "------END"),
        ("Agentguard-Checkpoint", "Anything\nAgentguard-Checkpoint"),
    ],
)
def test_an_altered_checkpoint_is_refused(key: Path, public: PublicKey, old: str, new: str) -> None:
    altered = signed(WHAT, key).replace(old, new, 1)
    with pytest.raises(ConfigurationError):
        read_checkpoints(altered.encode(), public, "acme/portal")


def test_a_checkpoint_has_one_spelling(key: Path, public: PublicKey) -> None:
    from agentguard.approvals.sign import sign

    text = WHAT.render().replace("acme/portal", "acme%2Fportal")
    file = text + sign(text.encode(), key, checkpoints.NAMESPACE).decode()
    with pytest.raises(ConfigurationError, match="the one way"):
        read_checkpoints(file.encode(), public, "acme/portal")


def test_only_the_key_that_is_named_is_believed(key: Path, tmp_path: Path) -> None:
    other = public_key_of(kit.make_key(tmp_path / "other"))
    with pytest.raises(ConfigurationError, match="not signed by this key"):
        read_checkpoints(signed(WHAT, key).encode(), other, "acme/portal")


def test_a_signature_for_an_approval_is_none_for_a_checkpoint(key: Path, public: PublicKey) -> None:
    from agentguard.approvals.sign import sign

    text = WHAT.render()
    file = text + sign(text.encode(), key, "agentguard-approval@v1").decode()
    with pytest.raises(ConfigurationError, match="not signed by this key"):
        read_checkpoints(file.encode(), public, "acme/portal")


@needs_ssh_keygen
def test_openssh_verifies_it(key: Path, tmp_path: Path) -> None:
    text, _, armor = signed(WHAT, key).partition("-----BEGIN")
    (tmp_path / "sig").write_text(f"-----BEGIN{armor}")
    (tmp_path / "signers").write_text(f"ledger {public_key_of(key).line}\n")
    kit.run(
        "ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "ledger",
        "-n", "agentguard-ledger@v1", "-s", "sig", cwd=tmp_path, stdin=text,
    )  # fmt: skip


@given(st.binary(max_size=200))
def test_any_bytes_are_our_own_error(content: bytes) -> None:
    with pytest.raises(ConfigurationError):
        read_checkpoints(content, PublicKey("ssh-ed25519", b""), "acme/portal")


def test_what_cannot_be_signed_or_kept_leaves_the_ledger_alone(tmp_path: Path, key: Path) -> None:
    chains.tell(tmp_path, *chains.STORY)

    def full(_text: str) -> None:
        raise EvaluationError("the other host is full")

    with chains.ledger(tmp_path) as ledger:
        for file, keep in ((tmp_path / "none", print), (key, full)):
            with pytest.raises((ConfigurationError, EvaluationError)):
                make(ledger, file, "there", keep, NOW)
        assert ledger.head.seq == 7


def test_an_empty_ledger_has_nothing_to_sign(tmp_path: Path, key: Path) -> None:
    with chains.ledger(tmp_path) as ledger, pytest.raises(EvaluationError, match="empty"):
        make(ledger, key, "there", print, NOW)


def test_a_file_is_added_to(tmp_path: Path, key: Path, public: PublicKey) -> None:
    chains.tell(tmp_path, *chains.STORY)
    file = tmp_path / "checkpoints"
    with chains.ledger(tmp_path) as ledger:
        for _ in range(2):
            make(
                ledger, key, "ssh://me:secret@host/x#refs/y",
                lambda text: checkpoints.keep_in_file(text, file), NOW,
            )  # fmt: skip
        notes = [row.record.body for row in ledger.rows(8)]

    kept = read_checkpoints(file.read_bytes(), public, "acme/portal")
    assert [each.seq for each in kept] == [7, 8]
    assert [(note["record"], note["to"]) for note in notes] == [
        (7, "ssh://host/x#refs/y"),
        (8, "ssh://host/x#refs/y"),
    ]
    assert "".join(note["text"] for note in notes) == file.read_text()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        checkpoints.keep_in_file("x", tmp_path / "no" / "file")


def test_one_is_due_when_a_multiple_was_passed(tmp_path: Path, key: Path) -> None:
    chains.tell(tmp_path, *chains.STORY)
    with chains.ledger(tmp_path) as ledger:
        assert [every for every in range(10) if due(ledger, every)] == [1, 2, 3, 4, 5, 6, 7]
        make(ledger, key, "there", lambda _: None, NOW)
        assert [every for every in range(10) if due(ledger, every)] == [1, 2, 4, 8]


def test_what_a_pusher_writes_is_no_checkpoint(tmp_path: Path) -> None:
    forged = '},"event":"checkpoint","previous":'
    chains.tell(tmp_path, *chains.STORY, chains.decision(pusher=forged))
    with chains.ledger(tmp_path) as ledger:
        assert due(ledger, 7)


def test_a_ledger_keeps_the_name_that_it_was_opened_with(tmp_path: Path) -> None:
    chains.tell(tmp_path, *chains.STORY)
    with chains.ledger(tmp_path, "renamed") as ledger:
        assert checkpoints.name_of(ledger) == "acme/portal"
    chains.alter(tmp_path, "UPDATE records SET record = '{}' WHERE seq = 1")
    with chains.ledger(tmp_path, "renamed") as ledger:
        assert checkpoints.name_of(ledger) == "renamed"
