"""Damaged and hostile bytes raise only our own errors, and never verify for what was not signed."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agentguard.approvals import sshsig
from agentguard.approvals.statement import MAX_TEXT, Statement, parse, parse_pasted
from agentguard.approvals.wire import string, u32
from agentguard.errors import ConfigurationError, SignatureError
from agentguard.keys import ALGORITHMS, Key, PublicKey, parse_public_key
from tests.approvals.makers import STATEMENT, hardware, software

SIGNERS = [
    *map(software, ("ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa3072")),
    *(hardware(0x01, kind) for kind in ("sk-ssh-ed25519", "sk-ecdsa-sha2-nistp256")),
]
SIGNED, OTHER = b"tree 1\n\nhello\n", b"tree 1\n\nhullo\n"
GOOD = {signer.sign(SIGNED): signer.public for signer in SIGNERS}
TEXT = STATEMENT.render()

Value = TypeVar("Value", bytes, str)
Edits = Sequence[tuple[int, int, Value]]
"""Where, how much goes, and what comes instead."""

relaxed = settings(deadline=None)

# What means something to one of the readers, and so is worth putting in the wrong place.
BYTES = [b"\n", b"\r\n", b" ", b"=", b"-----END SSH SIGNATURE-----", b"SSHSIG", b"sha512", b"git"]
NUMBERS = [u32(0), u32(1), u32(2**31), u32(2**32 - 1), b"\x80", b"\x00", string(b""), string(b"x")]
WORDS = ["\n", "\r\n", " ", "\t", ":", "%", "%0A", "%ff", "remote: ", "\udc80", "é", "\u202e"]
LINES = [f"{line}\n" for line in TEXT.splitlines()]


def edits(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Edits[Value]]:
    edit = st.tuples(st.integers(0, 4000), st.integers(0, 12), values)
    return st.lists(edit, min_size=1, max_size=4)


def edited(value: Value, changes: Edits[Value]) -> Value:
    for at, gone, new in changes:
        start = at % (len(value) + 1)
        value = value[:start] + new + value[start + gone :]
    return value


byte_edits = edits(st.sampled_from([b"", *BYTES, *NUMBERS]) | st.binary(max_size=6))
text_edits = edits(st.sampled_from(["", *WORDS, *LINES]) | st.text(max_size=6))


def unarmored(signature: bytes) -> bytes:
    return base64.b64decode(b"".join(signature.split(b"\n")[1:-2]))


def armored(data: bytes) -> bytes:
    body = base64.encodebytes(data)
    return b"-----BEGIN SSH SIGNATURE-----\n" + body + b"-----END SSH SIGNATURE-----\n"


def accepted(signature: bytes, payload: bytes, namespace: str) -> Key | None:
    try:
        return sshsig.verify(signature, payload, namespace).key
    except SignatureError:
        return None


def check_forgery(signature: bytes, key: PublicKey) -> None:
    """Whatever was done to the signature, it says at most what it said before."""
    assert accepted(signature, OTHER, "git") is None
    assert accepted(signature, SIGNED, "file") is None
    assert accepted(signature, SIGNED, "git") in {None, key}


good = st.sampled_from(list(GOOD))


@relaxed
@given(good, byte_edits)
def test_an_edited_signature(signature: bytes, changes: Edits[bytes]) -> None:
    check_forgery(armored(edited(unarmored(signature), changes)), GOOD[signature])


@relaxed
@given(good, byte_edits)
def test_an_edited_armor(signature: bytes, changes: Edits[bytes]) -> None:
    check_forgery(edited(signature, changes), GOOD[signature])


@relaxed
@given(good, good, st.integers(0, 1000))
def test_two_signatures_spliced(left: bytes, right: bytes, cut: int) -> None:
    one, two = unarmored(left), unarmored(right)
    spliced = armored(one[:cut] + two[cut:])
    assert accepted(spliced, OTHER, "git") is None
    assert accepted(spliced, SIGNED, "git") in {None, GOOD[left], GOOD[right]}


@relaxed
@given(good, st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 1200)), max_size=6))
def test_line_feeds_in_the_base64_change_nothing(
    signature: bytes, places: list[tuple[int, int]]
) -> None:
    """However wide the lines, the same signature comes out; empty lines are refused."""
    text = signature.split(b"\n", 1)[1].rpartition(b"\n-----")[0].replace(b"\n", b"")
    for at, count in places:
        start = 1 + at % (len(text) - 1)
        text = text[:start] + b"\n" * count + text[start:]
    found = accepted(
        b"-----BEGIN SSH SIGNATURE-----\n%b\n-----END SSH SIGNATURE-----\n" % text, SIGNED, "git"
    )
    assert found == (None if b"\n\n" in text else GOOD[signature])


@pytest.mark.parametrize("space", [b" ", b"\t", b"\r", b"\v", b"\f", b"\0", b"\xc2\xa0", b"\n\n"])
@pytest.mark.parametrize("count", [1, 500, sshsig.MAX_ARMOR])
def test_other_space_in_the_base64_is_refused(space: bytes, count: int) -> None:
    signature = next(iter(GOOD)).replace(b"\nU1NI", b"\nU1" + space * count + b"NI")
    with pytest.raises(SignatureError):
        sshsig.embedded_key(signature)


@pytest.mark.parametrize("size", [10, 2**14, 2**20])
def test_large_signatures_are_refused(size: int) -> None:
    field = string(bytes(size))
    for data in (bytes(size), b"SSHSIG" + u32(1) + field, b"SSHSIG" + u32(1) + field * 5):
        with pytest.raises(SignatureError):
            sshsig.verify(armored(data), SIGNED, "git")


@relaxed
@given(good, byte_edits, st.booleans())
def test_the_embedded_key(signature: bytes, changes: Edits[bytes], inside: bool) -> None:
    """Reading it verifies nothing, so any key may come out, but then of a kind that we know."""
    changed = (
        armored(edited(unarmored(signature), changes)) if inside else edited(signature, changes)
    )
    try:
        key = sshsig.embedded_key(changed)
    except SignatureError:
        return
    assert key.algorithm in ALGORITHMS
    assert key.blob in unarmored(changed.removesuffix(b"\n") + b"\n")


@relaxed
@given(st.binary(max_size=200))
def test_the_embedded_key_of_anything(data: bytes) -> None:
    for signature in (data, armored(data), armored(b"SSHSIG" + u32(1) + data)):
        with pytest.raises(SignatureError):
            sshsig.embedded_key(signature)


key_lines = st.sampled_from([f"{signer.public.line} jane@example.com" for signer in SIGNERS])
KEY_BLOBS = {signer.public.algorithm: signer.public.blob for signer in SIGNERS}


def check_key(line: str) -> None:
    try:
        key = parse_public_key(line)
    except ConfigurationError:
        return
    assert line.split(maxsplit=1)[0] == key.algorithm
    assert parse_public_key(key.line) == key


@relaxed
@given(key_lines, text_edits)
@example("", [(0, 0, "ssh-ed25519 \udc80")])
def test_an_edited_key_line(line: str, changes: Edits[str]) -> None:
    check_key(edited(line, changes))


@relaxed
@given(st.sampled_from(sorted(KEY_BLOBS)), st.sampled_from(ALGORITHMS), byte_edits)
def test_an_edited_key(algorithm: str, name: str, changes: Edits[bytes]) -> None:
    blob = edited(KEY_BLOBS[algorithm], changes)
    for said in (algorithm, name):
        check_key(f"{said} {base64.b64encode(blob).decode()}")


@given(st.text() | st.text().map(lambda text: f"ssh-ed25519 {text}"))
def test_any_text_as_a_key(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_public_key(text)


def check_statement(read: Callable[[str], Statement], text: str) -> None:
    """What is read stands in the text, value by value."""
    try:
        statement = read(text)
    except SignatureError:
        return
    assert parse(statement.render()) == statement
    assert all(line.partition(": ")[2] in text for line in statement.render().splitlines())


@relaxed
@given(text_edits)
def test_an_edited_statement(changes: Edits[str]) -> None:
    text = edited(TEXT, changes)
    check_statement(parse, text)
    check_statement(parse_pasted, text)


@relaxed
@given(st.lists(st.sampled_from([*LINES, "\n", "remote: ", "  ", "words\n"]), max_size=30))
def test_lines_of_statements_in_any_order(lines: list[str]) -> None:
    check_statement(parse, "".join(lines))
    check_statement(parse_pasted, "".join(lines))


@pytest.mark.parametrize("piece", ["a", " ", "\n", "remote: ", "\t\r", "%", *LINES])
def test_a_long_statement(piece: str) -> None:
    """It is refused, but a paste may have any amount of space and other lines."""
    long = TEXT.replace("acme", piece * (MAX_TEXT // len(piece) + 1), 1)
    with pytest.raises(SignatureError):
        parse(long)
    check_statement(parse_pasted, long)
