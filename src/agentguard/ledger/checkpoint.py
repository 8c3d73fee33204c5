"""A signed word about where a ledger ends, to be kept where whoever can write the ledger cannot.

Five lines and an SSH signature over them, as `ssh-keygen -Y sign` makes it. A file may hold many,
one after another, of several ledgers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from agentguard.approvals import sshsig
from agentguard.clock import iso
from agentguard.errors import ConfigurationError, EvaluationError, SignatureError
from agentguard.keys import PublicKey
from agentguard.ledger.record import CHECKPOINT, OPENED, Head, Record
from agentguard.ledger.sql import Ledger

NAMESPACE = "agentguard-ledger@v1"
VERSION = "v1"
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%")
_PASSWORD = re.compile(r"//[^/@]*:[^/@]*@")
_TEXT = re.compile(
    r"Agentguard-Checkpoint: v1\n"
    r"Agentguard-Ledger: (?P<ledger>[!-~]+)\n"
    r"Agentguard-Record: (?P<seq>[1-9][0-9]{0,17})\n"
    r"Agentguard-Hash: (?P<hash>[0-9a-f]{64})\n"
    r"Agentguard-Time: (?P<time>[0-9TZ:-]{20})\n"
)
_WHOLE = re.compile(
    rf"(?P<text>{_TEXT.pattern})"
    r"(?P<armor>-----BEGIN SSH SIGNATURE-----\n(?:[A-Za-z0-9+/=]{1,76}\n)+"
    r"-----END SSH SIGNATURE-----\n)"
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed: the ledger's name, number and hash of a record, and when (ISO 8601, UTC)."""

    ledger: str
    seq: int
    hash: str
    time: str

    def render(self) -> str:
        """The five lines. Every byte of the name that could break one stands as `%XX`."""
        name = quote(self.ledger.encode("utf-8", "surrogateescape"), safe=_PRINTABLE)
        return (
            f"Agentguard-Checkpoint: {VERSION}\n"
            f"Agentguard-Ledger: {name}\n"
            f"Agentguard-Record: {self.seq}\n"
            f"Agentguard-Hash: {self.hash}\n"
            f"Agentguard-Time: {self.time}\n"
        )


def checkpoint(ledger: Ledger, now: datetime) -> Checkpoint:
    """Where the ledger ends. Raises EvaluationError when it is empty."""
    head = ledger.head
    if head == Head():
        raise EvaluationError(f"the ledger {ledger.place} is empty: there is nothing to sign")
    return Checkpoint(name_of(ledger), head.seq, head.hash, iso(now))


def name_of(ledger: Ledger) -> str:
    """What the ledger called itself when it was opened: a policy may change its mind later."""
    try:
        first = next(iter(ledger.rows(1, 1))).record
        return str(first.body["ledger"]) if first.event == OPENED else ledger.name
    except (StopIteration, EvaluationError, KeyError):
        return ledger.name


def signed(what: Checkpoint, key: Path) -> str:
    """The checkpoint with its signature. Raises ConfigurationError if the key cannot sign."""
    from agentguard.approvals.sign import sign

    text = what.render()
    return text + sign(text.encode(), key, NAMESPACE).decode()


def read_checkpoints(content: bytes, key: PublicKey, ledger: str) -> list[Checkpoint]:
    """All checkpoints of one ledger in a file, every one of them signed by `key`.

    Without a name, all have to be of the same ledger. Raises ConfigurationError for anything else
    in the file, for a signature that is not good, and when there is none of this ledger.
    """
    try:
        found = [_verified(match, key) for match in _all(content)]
    except SignatureError as error:
        raise ConfigurationError(f"a checkpoint is not signed by this key: {error}") from error
    names = {each.ledger for each in found}
    if ledger in names:
        return [each for each in found if each.ledger == ledger]
    if ledger or len(names) != 1:
        there = ", ".join(sorted(names)) or "nothing"
        raise ConfigurationError(f"these are not checkpoints of {ledger or 'one ledger'}: {there}")
    return found


def keep_in_file(text: str, path: Path) -> None:
    """Add a checkpoint to a file, which is on the disk then. Raises ConfigurationError."""
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error


def note(ledger: Ledger, what: Checkpoint, text: str, place: str, now: datetime) -> Record:
    """Record that a checkpoint was made, where it went, and the checkpoint itself."""
    to = _PASSWORD.sub("//", place)
    body = {"record": what.seq, "hash": what.hash, "to": to, "text": text}
    return ledger.append(CHECKPOINT, body, now)


def make(
    ledger: Ledger, key: Path, place: str, keep: Callable[[str], object], now: datetime
) -> Checkpoint:
    """Sign where the ledger ends, have it kept, and record that. `place` is what `keep` is called.

    Raises ConfigurationError and EvaluationError; the ledger is as it was then.
    """
    what = checkpoint(ledger, now)
    text = signed(what, key)
    keep(text)
    note(ledger, what, text, place, now)
    return what


def due(ledger: Ledger, every: int) -> bool:
    """Whether a multiple of `every` records was passed that no checkpoint was made after."""
    passed = ledger.head.seq // every * every if every else 0
    if not passed:
        return False
    return not any(_is_checkpoint(row.text) for row in ledger.rows(passed + 1))


def _is_checkpoint(text: str) -> bool:
    # Quotes in what somebody wrote are escaped, so this is the record's own event.
    return f'}},"event":"{CHECKPOINT}","previous":' in text


def _all(content: bytes) -> Iterator[re.Match[str]]:
    text = content.decode("utf-8", "replace").replace("\r\n", "\n") + "\n"
    at = 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip("\n"))
        match = _WHOLE.match(text, at)
        if match is None:
            line = text.count("\n", 0, at) + 1
            raise ConfigurationError(f"line {line} is not the beginning of a signed checkpoint")
        yield match
        at = match.end()


def _verified(match: re.Match[str], key: PublicKey) -> Checkpoint:
    found = Checkpoint(
        unquote_to_bytes(match["ledger"]).decode("utf-8", "surrogateescape"),
        int(match["seq"]),
        match["hash"],
        match["time"],
    )
    if found.render() != match["text"]:
        raise ConfigurationError("a checkpoint is not written the one way it is written")
    signer = sshsig.verify(match["armor"].encode(), match["text"].encode(), NAMESPACE).key
    if signer != key:
        raise SignatureError(f"record {found.seq} is signed by {signer.fingerprint}")
    return found
