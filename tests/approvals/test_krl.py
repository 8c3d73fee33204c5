from __future__ import annotations

import hashlib
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.approvals.krl import MAGIC, is_krl, revoked_keys
from agentguard.approvals.wire import mpint, string, u32
from agentguard.errors import SignatureError
from agentguard.keys import PublicKey
from tests.approvals.makers import hardware, software

needs_openssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="no ssh-keygen here")

KEYS = {
    "ed25519": software("ed25519", 1).public,
    "ecdsa": software("ecdsa384", 1).public,
    "rsa": software("rsa3072").public,
    "sk-ed25519": hardware(1).public,
    "sk-ecdsa": hardware(1, "sk-ecdsa-sha2-nistp256").public,
    "other": software("ed25519", 2).public,
}
ONE, OTHER = KEYS["ed25519"], KEYS["other"]
AUTHORITY = software("ed25519", 9).public


def sha1(key: PublicKey) -> bytes:
    return hashlib.sha1(key.blob).digest()


def sha256(key: PublicKey) -> bytes:
    return hashlib.sha256(key.blob).digest()


def name(prefix: str, digest: bytes) -> str:
    return f"{prefix}:{b64encode(digest).decode().rstrip('=')}"


def listed(content: bytes) -> set[str]:
    """The names in `KEYS` that a list revokes, looked up by both fingerprints."""
    revoked = revoked_keys(content)
    return {
        label
        for label, key in KEYS.items()
        if {name("SHA256", sha256(key)), name("SHA1", sha1(key))} & revoked
    }


def u64(number: int) -> bytes:
    return number.to_bytes(8, "big")


def section(kind: int, *fields: bytes) -> bytes:
    return bytes([kind]) + string(b"".join(map(string, fields)))


def certificates(*parts: bytes, authority: bytes = AUTHORITY.blob) -> bytes:
    return b"\1" + string(string(authority) + string(b"") + b"".join(parts))


def extension(*, critical: bytes, tail: bytes = b"", kind: int = 255) -> bytes:
    return bytes([kind]) + string(string(b"new@example.com") + critical + string(b"abc") + tail)


def krl(
    *sections: bytes,
    version: int = 1,
    flags: int = 0,
    reserved: bytes = b"",
    comment: bytes = b"a list",
) -> bytes:
    header = MAGIC + u32(version) + u64(7) + u64(1795000000) + u64(flags)
    return header + string(reserved) + string(comment) + b"".join(sections)


NUMBERS = (
    b"\x20" + string(u64(1) + u64(5)),
    b"\x21" + string(u64(10) + u64(20)),
    b"\x22" + string(u64(30) + mpint(0b101)),
    section(0x23, b"jane", b"john"),
)
READ = {
    "nothing": (krl(), set()),
    "reserved bytes": (krl(reserved=b"later"), set()),
    "whole keys": (krl(section(2, *(key.blob for key in KEYS.values()))), set(KEYS)),
    "sha1": (krl(section(3, sha1(ONE))), {"ed25519"}),
    "sha256": (krl(section(5, sha256(ONE))), {"ed25519"}),
    "an empty section": (krl(section(2), section(5, sha256(ONE))), {"ed25519"}),
    "the same kind twice": (
        krl(section(2, ONE.blob), section(2, OTHER.blob)),
        {"ed25519", "other"},
    ),
    "certificates": (krl(certificates(*NUMBERS), section(2, ONE.blob)), {"ed25519"}),
    "any authority": (krl(certificates(NUMBERS[3], authority=b"")), set()),
}
EXTENDED = {
    "extension": krl(extension(critical=b"\0"), section(2, ONE.blob)),
    "certificate extension": krl(
        certificates(extension(critical=b"\0", kind=0x39)), section(2, ONE.blob)
    ),
}
WHOLE = krl(
    certificates(*NUMBERS),
    section(2, ONE.blob),
    section(3, sha1(KEYS["ecdsa"])),
    section(5, sha256(OTHER)),
)
REFUSED = {
    "empty": (b"", "cut short"),
    "text": (ONE.line.encode(), "version 1"),
    "version": (krl(version=2), "version 1"),
    "flags": (krl(flags=1), "flags"),
    "section 4, a signature": (krl() + section(4, ONE.blob), "type 4 "),
    "section 6": (krl(section(6, ONE.blob)), "type 6 "),
    "section 0": (krl(section(0)), "type 0 "),
    "critical extension": (krl(extension(critical=b"\1")), "critical extension b'new@example.com'"),
    "odd boolean": (krl(extension(critical=b"\2")), "critical extension"),
    "extension with more": (krl(extension(critical=b"\0", tail=b"x")), "follow"),
    "extension cut short": (krl(b"\xff" + string(string(b"new@example.com"))), "cut short"),
    "critical certificate extension": (
        krl(certificates(extension(critical=b"\1", kind=0x39))),
        "critical extension",
    ),
    "certificate section 0x24": (krl(certificates(b"\x24" + string(b""))), "type 0x24"),
    "certificates of nobody": (krl(b"\1" + string(b"")), "cut short"),
    "certificate section cut short": (krl(certificates(b"\x20" + u32(9))), "cut short"),
    "sha1 of 19 bytes": (krl(section(3, bytes(19))), "19 bytes and should have 20"),
    "sha256 of 20 bytes": (krl(section(5, bytes(20))), "20 bytes and should have 32"),
    "sha1 among sha256": (krl(section(5, sha256(ONE), sha1(ONE))), "should have 32"),
    "key cut short": (krl(b"\2" + string(u32(52) + ONE.blob)), "cut short"),
    "trailing byte": (WHOLE + b"\2", "cut short"),
    "trailing line feed": (WHOLE + b"\n", "cut short"),
}


@pytest.mark.parametrize(("content", "revoked"), READ.values(), ids=READ)
def test_what_a_list_revokes(content: bytes, revoked: set[str]) -> None:
    assert is_krl(content)
    assert listed(content) == revoked


@pytest.mark.parametrize("content", EXTENDED.values(), ids=EXTENDED)
def test_an_extension_that_is_not_critical_is_passed_over(content: bytes) -> None:
    assert listed(content) == {"ed25519"}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(SignatureError, match=f"revocation list cannot be read: .*{reason}"):
        revoked_keys(content)


def test_the_fingerprints_are_those_of_ssh_keygen() -> None:
    content = krl(section(2, ONE.blob), section(3, sha1(OTHER)))
    assert revoked_keys(content) == {ONE.fingerprint, name("SHA1", sha1(OTHER))}


@pytest.mark.parametrize("content", [b"", MAGIC[:-1], b" " + MAGIC, ONE.line.encode()])
def test_other_files_are_no_krl(content: bytes) -> None:
    assert not is_krl(content)


def boundaries() -> set[int]:
    """Where a list may end: after its header, and after each of its sections."""
    ends, data = {len(krl())}, WHOLE
    while max(ends) < len(data):
        at = max(ends) + 1
        ends.add(at + 4 + int.from_bytes(data[at : at + 4], "big"))
    return ends


def test_a_list_cut_short_is_refused() -> None:
    ends = boundaries()
    assert len(ends) == 5
    for size in set(range(len(WHOLE))) - ends:
        with pytest.raises(SignatureError):
            revoked_keys(WHOLE[:size])


sections = st.lists(
    st.tuples(st.sampled_from([1, 2, 3, 4, 5, 255]) | st.integers(0, 255), st.binary()).map(
        lambda pair: bytes([pair[0]]) + string(pair[1])
    )
).map(lambda parts: krl(*parts))


@given(st.binary() | st.binary().map(MAGIC.__add__) | sections)
def test_any_bytes_are_read_or_refused_in_one_way(content: bytes) -> None:
    try:
        revoked = revoked_keys(content)
    except SignatureError:
        return
    assert is_krl(content)
    assert all(item.startswith(("SHA1:", "SHA256:")) for item in revoked)


@given(st.data())
def test_any_changed_list_is_read_or_refused_in_one_way(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(WHOLE)))
    end = data.draw(st.integers(start, min(start + 4, len(WHOLE))))
    changed = WHOLE[:start] + data.draw(st.binary(max_size=4)) + WHOLE[end:]
    try:
        revoked_keys(changed)
    except SignatureError:
        return


def keygen(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ssh-keygen", *arguments], capture_output=True, text=True, check=False)


@pytest.fixture
def key_files(tmp_path: Path) -> dict[str, Path]:
    files = {label: tmp_path / f"{label}.pub" for label in KEYS}
    for label, file in files.items():
        file.write_text(f"{KEYS[label].line} {label}\n")
    return files


def asked(content: bytes, files: dict[str, Path]) -> set[str] | None:
    """What `ssh-keygen -Q` finds revoked; None when it cannot read the list."""
    file = files["other"].with_name("list")
    file.write_bytes(content)
    lines = keygen("-Q", "-f", str(file), *map(str, files.values())).stdout.splitlines()
    verdicts = dict(line.rsplit(": ", 1) for line in lines)
    if len(verdicts) != len(files):
        return None
    return {label for label, file in files.items() if verdicts[f"{file} ({label})"] == "REVOKED"}


SPECIFICATIONS = {
    "nothing": [],
    "keys": [key.line for key in KEYS.values()],
    "explicit keys": [f"key: {ONE.line}", f"key: {KEYS['sk-ecdsa'].line}"],
    "sha1": [f"sha1: {KEYS['rsa'].line}", f"sha1: {KEYS['sk-ed25519'].line}"],
    "sha256": [f"sha256: {KEYS['ecdsa'].line}", f"sha256: {ONE.line}"],
    "hashes": [f"hash: {key.fingerprint}" for key in (ONE, KEYS["rsa"])],
    "certificates": ["serial: 1", "serial: 3-900", "serial: 1000", "serial: 1002", "id: jane"],
    "everything": [
        "serial: 5",
        "id: john",
        OTHER.line,
        f"sha1: {KEYS['rsa'].line}",
        f"sha256: {KEYS['sk-ecdsa'].line}",
        f"hash: {KEYS['ecdsa'].fingerprint}",
    ],
}


@needs_openssh
@pytest.mark.parametrize("lines", SPECIFICATIONS.values(), ids=SPECIFICATIONS)
def test_lists_of_openssh_are_read_as_it_reads_them(
    tmp_path: Path, key_files: dict[str, Path], lines: Sequence[str]
) -> None:
    specification, authority, file = (tmp_path / part for part in ("spec", "authority.pub", "krl"))
    specification.write_text("".join(f"{line}\n" for line in lines))
    authority.write_text(f"{AUTHORITY.line}\n")
    make = ("-k", "-f", str(file), "-s", str(authority), "-z", "12", str(specification))
    assert keygen(*make).returncode == 0
    content = file.read_bytes()
    assert is_krl(content)
    assert listed(content) == asked(content, key_files)
    assert len(listed(content)) == sum("serial" not in line and "id:" not in line for line in lines)


@needs_openssh
def test_openssh_reads_our_lists_alike(key_files: dict[str, Path]) -> None:
    for content, revoked in READ.values():
        assert asked(content, key_files) == revoked


@needs_openssh
def test_a_damaged_list_lets_no_key_through_that_openssh_stops(key_files: dict[str, Path]) -> None:
    files = {label: key_files[label] for label in ("ed25519", "ecdsa", "other")}
    stopped = 0
    for position in range(0, len(WHOLE), 2):
        changed = bytearray(WHOLE)
        changed[position] ^= 1
        theirs = asked(bytes(changed), files)
        if theirs is None:
            continue
        try:
            assert listed(bytes(changed)) & set(files) == theirs
        except SignatureError:
            continue
        stopped += len(theirs)
    assert stopped > 100
