from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.approvals import sshsig
from agentguard.approvals.wire import string, u32
from agentguard.errors import SignatureError
from agentguard.keys import ALGORITHMS
from tests.approvals.makers import JANE, hardware, software

KINDS = ("ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa3072")
HARDWARE = ("sk-ssh-ed25519", "sk-ecdsa-sha2-nistp256")
PAYLOAD = b"tree 1\n\nhello\n"
GOOD = JANE.sign(PAYLOAD)


def armored(data: bytes) -> bytes:
    body = base64.encodebytes(data)
    return b"-----BEGIN SSH SIGNATURE-----\n" + body + b"-----END SSH SIGNATURE-----\n"


def envelope(
    *,
    magic: bytes = b"SSHSIG",
    version: int = 1,
    key: bytes = JANE.public.blob,
    namespace: bytes = b"git",
    reserved: bytes = b"",
    hash_name: bytes = b"sha512",
    signature: bytes | None = None,
    tail: bytes = b"",
) -> bytes:
    if signature is None:
        signature = JANE.blob(sshsig.signed_data(PAYLOAD, "git"))
    fields = (key, namespace, reserved, hash_name, signature)
    return armored(magic + u32(version) + b"".join(map(string, fields)) + tail)


@pytest.mark.parametrize("kind", KINDS)
def test_software_keys_verify(kind: str) -> None:
    signer = software(kind)
    verified = sshsig.verify(signer.sign(PAYLOAD), PAYLOAD, "git")
    assert verified == sshsig.Verified(signer.public, False, False, None)
    assert sshsig.embedded_key(signer.sign(PAYLOAD)) == signer.public


@pytest.mark.parametrize("kind", HARDWARE)
@pytest.mark.parametrize(
    ("flags", "present", "verified"),
    [(0x00, False, False), (0x01, True, False), (0x04, False, True), (0x05, True, True)],
)
def test_hardware_keys_say_who_was_there(
    kind: str, flags: int, present: bool, verified: bool
) -> None:
    signer = hardware(flags, kind)
    result = sshsig.verify(signer.sign(PAYLOAD), PAYLOAD, "git")
    assert result == sshsig.Verified(signer.public, present, verified, 7)


@pytest.mark.parametrize("kind", HARDWARE)
def test_the_flags_are_signed(kind: str) -> None:
    untouched = hardware(0x00, kind)
    message = sshsig.signed_data(PAYLOAD, "git")
    lifted = untouched.blob(message)[:-5] + b"\x01" + u32(7)
    with pytest.raises(SignatureError, match="does not belong"):
        sshsig.verify(sshsig.armor(untouched.public, "git", lifted), PAYLOAD, "git")


@pytest.mark.parametrize("kind", KINDS)
def test_other_bytes_do_not_verify(kind: str) -> None:
    with pytest.raises(SignatureError, match="does not belong"):
        sshsig.verify(software(kind).sign(PAYLOAD), PAYLOAD + b" ", "git")


def test_another_key_does_not_verify() -> None:
    with pytest.raises(SignatureError, match="does not belong"):
        sshsig.verify(envelope(key=software(number=9).public.blob), PAYLOAD, "git")


def test_sha256_is_taken_too() -> None:
    blob = JANE.blob(sshsig.signed_data(PAYLOAD, "git", "sha256"))
    signature = sshsig.armor(JANE.public, "git", blob, "sha256")
    assert sshsig.verify(signature, PAYLOAD, "git").key == JANE.public


def test_a_short_rsa_number_is_filled_up() -> None:
    signer = software("rsa3072")
    for count in range(3000):
        payload = b"%d" % count
        blob = signer.blob(sshsig.signed_data(payload, "git"))
        if blob[-384] == 0:
            break
    short = string(b"rsa-sha2-512") + string(blob[-383:])
    signature = sshsig.armor(signer.public, "git", short)
    assert sshsig.verify(signature, payload, "git").key == signer.public


def rsa_of_2048_bits() -> bytes:
    return software("rsa2048").sign(PAYLOAD)


def with_raw(kind: bytes, raw: bytes, key: bytes = JANE.public.blob, tail: bytes = b"") -> bytes:
    return envelope(key=key, signature=string(kind) + string(raw) + tail)


RSA = software("rsa3072").public.blob
ECDSA = software("ecdsa256").public.blob
SK = hardware(1).public.blob
POINT = ECDSA[-65:]
FORGED = {
    "namespace": (envelope(namespace=b"file"), "is for b'file'"),
    "magic": (envelope(magic=b"SSHSIH"), "version 1"),
    "version": (envelope(version=2), "version 1"),
    "reserved": (envelope(reserved=b"x"), "reserved"),
    "hash": (envelope(hash_name=b"sha1"), "hash"),
    "trailing bytes": (envelope(tail=b"\0"), "follow"),
    "trailing bytes in the key": (envelope(key=JANE.public.blob + b"\0"), "follow"),
    "trailing bytes in the signature": (with_raw(b"ssh-ed25519", bytes(64), tail=b"\0"), "follow"),
    "flags of a software key": (with_raw(b"ssh-ed25519", bytes(64), tail=b"\1" + u32(7)), "follow"),
    "no flags of a hardware key": (
        with_raw(b"sk-ssh-ed25519@openssh.com", bytes(64), SK),
        "cut short",
    ),
    "hardware key, software signature": (
        with_raw(b"ssh-ed25519", bytes(64), SK, b"\1" + u32(7)),
        "kind b'ssh-ed25519'",
    ),
    "length of the signature": (with_raw(b"ssh-ed25519", bytes(63)), "belong|malformed"),
    "kind of signature": (with_raw(b"ssh-rsa", bytes(64)), "kind"),
    "rsa with sha1": (with_raw(b"ssh-rsa", bytes(384), RSA), "kind b'ssh-rsa' are not"),
    "rsa longer than its key": (with_raw(b"rsa-sha2-512", bytes(385), RSA), "belong|malformed"),
    "rsa of 2048 bits": (rsa_of_2048_bits(), "2048 bits"),
    "rsa with exponent 1": (
        with_raw(b"rsa-sha2-512", bytes(384), RSA.replace(string(b"\1\0\1"), string(b"\1"))),
        "malformed",
    ),
    "rsa with a padded exponent": (
        with_raw(b"rsa-sha2-512", bytes(384), RSA.replace(string(b"\1\0\1"), string(b"\0\1\0\1"))),
        "shortest",
    ),
    "ecdsa with another curve": (
        with_raw(b"ecdsa-sha2-nistp256", b"", ECDSA.replace(b"\x08nistp256", b"\x08nistp384")),
        "another curve",
    ),
    "ecdsa point off the curve": (
        with_raw(b"ecdsa-sha2-nistp256", b"", ECDSA[:-1] + bytes([ECDSA[-1] ^ 1])),
        "malformed",
    ),
    "ecdsa point compressed": (
        with_raw(
            b"ecdsa-sha2-nistp256",
            b"",
            ECDSA[:-69] + string(bytes([2 + POINT[-1] % 2]) + POINT[1:33]),
        ),
        "33 bytes and should have 65",
    ),
    "ecdsa with a third number": (
        with_raw(b"ecdsa-sha2-nistp256", string(b"\1") * 3, ECDSA),
        "follow",
    ),
    "ecdsa with zeros": (with_raw(b"ecdsa-sha2-nistp256", string(b"") * 2, ECDSA), "shortest"),
    "dsa": (envelope(key=string(b"ssh-dss")), "ssh-dss"),
    "certificate": (envelope(key=string(b"ssh-ed25519-cert-v01@openssh.com")), "not accepted"),
    "no key": (envelope(key=b""), "cut short"),
    "key of bytes": (envelope(key=string(b"\xff")), "not accepted"),
    "empty": (b"", "armored"),
    "empty armor": (armored(b""), "armored"),
    "only the magic": (armored(b"SSHSIG"), "cut short"),
    "text before": (b"\n" + GOOD, "armored"),
    "text after": (GOOD + b"\n", "armored"),
    "CRLF": (GOOD.replace(b"\n", b"\r\n"), "armored"),
    "header in the armor": (GOOD.replace(b"-\n", b"-\nComment: x\n", 1), "base64"),
    "space in the armor": (GOOD.replace(b"\nU1NIU0lH", b"\nU1NI U0lH"), "base64"),
    "two signatures": (GOOD + GOOD, "base64"),
    "openpgp": (GOOD.replace(b"SSH", b"PGP"), "armored"),
    "huge": (armored(bytes(20_000)), "larger"),
}


@pytest.mark.parametrize(("signature", "reason"), FORGED.values(), ids=FORGED)
def test_what_openssh_would_not_write_is_refused(signature: bytes, reason: str) -> None:
    with pytest.raises(SignatureError, match=reason):
        sshsig.verify(signature, PAYLOAD, "git")


def test_unused_bits_of_the_base64_are_zero() -> None:
    long = next(s for s in (JANE.sign(PAYLOAD, "n" * n) for n in range(3)) if b"=\n-" in s)
    lines = long.split(b"\n")
    last = lines[-3].rstrip(b"=")
    other = bytes([last[-1] + 1])
    lines[-3] = last[:-1] + other + lines[-3][len(last) :]
    with pytest.raises(SignatureError, match="as OpenSSH writes it"):
        sshsig.embedded_key(b"\n".join(lines))


def test_any_width_and_a_missing_last_line_feed_are_taken() -> None:
    data = base64.b64decode(b"".join(GOOD.split(b"\n")[1:-2]))
    assert sshsig.verify(armored(data), PAYLOAD, "git").key == JANE.public
    assert sshsig.verify(GOOD.rstrip(b"\n"), PAYLOAD, "git").key == JANE.public


def refused(signature: bytes) -> bool:
    try:
        sshsig.verify(signature, PAYLOAD, "git")
    except SignatureError:
        return True
    return False


@given(st.binary() | st.binary().map(armored) | st.binary().map(lambda d: armored(b"SSHSIG" + d)))
def test_any_bytes_are_refused_in_one_way(data: bytes) -> None:
    assert refused(data)


SIGNERS = [*map(software, KINDS), *(hardware(1, kind) for kind in HARDWARE)]
SIGNED = [base64.b64decode(b"".join(signer.sign(PAYLOAD).split(b"\n")[1:-2])) for signer in SIGNERS]


@settings(deadline=None)
@given(st.sampled_from(range(len(SIGNED))), st.data())
def test_any_changed_byte_is_refused(number: int, data: st.DataObject) -> None:
    good = SIGNED[number]
    position = data.draw(st.integers(0, len(good) - 1))
    changed = bytes([data.draw(st.integers(0, 255).filter(lambda byte: byte != good[position]))])
    assert refused(armored(good[:position] + changed + good[position + 1 :]))


short_fields = st.lists(
    st.sampled_from([b"nistp256", b"nistp521", POINT, b"\1\0\1", b"\x7f" * 384, bytes(32), b"ssh:"])
    | st.binary(max_size=70),
    max_size=4,
).map(lambda fields: b"".join(map(string, fields)))


@settings(deadline=None)
@given(st.sampled_from(ALGORITHMS), short_fields, short_fields, st.sampled_from([b"", b"\1" * 5]))
def test_any_fields_are_refused_in_one_way(
    algorithm: str, key: bytes, fields: bytes, tail: bytes
) -> None:
    name = "rsa-sha2-256" if algorithm == "ssh-rsa" else algorithm
    signature = string(name.encode()) + fields + tail
    assert refused(envelope(key=string(algorithm.encode()) + key, signature=signature))
