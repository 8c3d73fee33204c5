from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pysequoia
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysequoia import ArmorKind, Cert, CipherSuite, Profile, Sig, SignatureMode, Tsk
from pysequoia.packet import PacketPile

from agentguard.approvals import openpgp
from agentguard.approvals.openpgp_packets import ARMOR, packets, unarmored
from agentguard.errors import ConfigurationError, DeadlineError, SignatureError

PAYLOAD = b"tree 1\n\nhello\n"
JANE = Tsk.generate("Jane <jane@example.com>")  # the primary key certifies, a subkey signs
JOHN = Tsk.generate("John <john@example.com>")
BEGUN = datetime.now(UTC)
# Other keys and signatures are made while the tests go on, which may take long.
NOW = BEGUN + timedelta(hours=1)
DAY = timedelta(days=1)


def public(tsk: Tsk) -> bytes:
    return bytes(tsk.extract_certificate())


def name(tsk: Tsk) -> str:
    return tsk.extract_certificate().fingerprint.upper()


def signed(tsk: Tsk, payload: bytes = PAYLOAD) -> bytes:
    return pysequoia.sign(tsk.signer(), payload, mode=SignatureMode.DETACHED)


def binary(armored: bytes) -> bytes:
    block = ARMOR.fullmatch(armored.removesuffix(b"\n"))
    assert block is not None
    return unarmored(block)


def armor(data: bytes, kind: ArmorKind = ArmorKind.Signature) -> bytes:
    return pysequoia.armor(data, kind).encode()


GOOD = signed(JANE)
KNOWN = openpgp.certificates(public(JANE) + public(JOHN))


def refusal(
    signature: bytes,
    known: dict[str, bytes] = KNOWN,
    now: datetime = NOW,
    payload: bytes = PAYLOAD,
) -> str:
    with pytest.raises(SignatureError) as caught:
        openpgp.verify(signature, payload, known, now)
    assert re.fullmatch("[ -~]+", str(caught.value))
    return str(caught.value)


def test_the_certificate_is_named_by_its_primary_key() -> None:
    assert openpgp.verify(GOOD, PAYLOAD, KNOWN, NOW) == name(JANE)
    assert openpgp.verify(signed(JOHN), PAYLOAD, KNOWN, NOW) == name(JOHN)
    assert Sig.from_bytes(GOOD).issuer_fingerprint != name(JANE).lower()


def made(suite: str, profile: str) -> Tsk:
    chosen = getattr(Profile, profile)
    return Tsk.generate("A", profile=chosen, cipher_suite=getattr(CipherSuite, suite))


KINDS = [("Cv25519", "RFC4880"), ("Cv25519", "RFC9580"), ("P256", "RFC4880"), ("P521", "RFC9580")]


@pytest.mark.parametrize(("suite", "profile"), [*KINDS, ("RSA3k", "RFC4880")])
def test_keys_of_every_accepted_kind(suite: str, profile: str) -> None:
    tsk = made(suite, profile)
    known = openpgp.certificates(public(tsk))
    assert openpgp.verify(signed(tsk), PAYLOAD, known, NOW) == name(tsk)
    assert "does not belong" in refusal(signed(tsk), known, payload=b"other")


@pytest.mark.parametrize("profile", ["RFC4880", "RFC9580"])
def test_small_rsa_keys_are_refused(profile: str) -> None:
    tsk = made("RSA2k", profile)
    assert "has 2048 bits" in refusal(signed(tsk), openpgp.certificates(public(tsk)))


def test_algorithms_that_git_does_not_use_are_refused() -> None:
    tsk = made("MLDSA65_Ed25519", "RFC9580")
    assert "MLDSA65_Ed25519 are not" in refusal(signed(tsk), openpgp.certificates(public(tsk)))


RAW = binary(GOOD)
VERSION_3 = b"\xc2\x16\x03\x05\x00" + bytes(12) + b"\x01\x08" + bytes(2) + b"\x00\x01\x01"
FORGED = {
    "empty": (b"", "not an armored"),
    "binary": (RAW, "not an armored"),
    "a whole message": (pysequoia.sign(JANE.signer(), PAYLOAD), "not an armored"),
    "a message as signature": (
        armor(binary(pysequoia.sign(JANE.signer(), PAYLOAD))),
        "another OpenPGP packet",
    ),
    "a public key": (armor(public(JANE)), "another OpenPGP packet"),
    "text before": (b"\n" + GOOD, "not an armored"),
    "text after": (GOOD + b"x", "followed by more"),
    "a line after": (GOOD + b"\n", "followed by more"),
    "two armors": (GOOD + GOOD, "followed by more"),
    "CRLF": (GOOD.replace(b"\n", b"\r\n"), "not an armored"),
    "no end": (GOOD[:-10], "cut short"),
    "base64": (GOOD.replace(b"\n\n", b"\n\nA", 1), "base64"),
    "two packets": (armor(RAW + binary(signed(JOHN))), "2 signatures"),
    "cut short": (armor(RAW[:-1]), "cut short"),
    "trailing byte": (armor(RAW + b"\0"), "no whole OpenPGP packet"),
    "no stated length": (armor(b"\x8b" + RAW[2:]), "no whole OpenPGP packet"),
    "partial length": (armor(b"\xc2\xe1" + RAW[2:]), "no whole OpenPGP packet"),
    "compressed": (armor(b"\xc8\x03\x01\x02\x03"), "another OpenPGP packet"),
    "not a signature's body": (armor(b"\xc2\x02\x04\x00"), "malformed"),
    "version 3": (armor(VERSION_3), "version 3 are not"),
    "no time": (armor(RAW.replace(b"\x05\x82", b"\x05\xe5")), "does not say when"),
    "key id only": (armor(RAW.replace(b"\x16\x21\x04", b"\x16\x65\x04")), "by fingerprint"),
    "huge": (GOOD.replace(b"\n\n", b"\nComment: " + b"x" * 17_000 + b"\n\n"), "larger than"),
    "not over these bytes": (signed(JANE, PAYLOAD + b" "), "does not belong"),
}


@pytest.mark.parametrize(("signature", "reason"), FORGED.values(), ids=FORGED)
def test_what_git_would_not_write_is_refused(signature: bytes, reason: str) -> None:
    assert reason in refusal(signature)


def test_only_listed_keys_count() -> None:
    issuer = Sig.from_bytes(GOOD).issuer_fingerprint
    assert issuer is not None
    reason = refusal(GOOD, {name(JOHN): KNOWN[name(JOHN)]})
    assert reason == f"it names the key {issuer.upper()}, which no listed OpenPGP key has"
    assert "no listed" in refusal(GOOD, {})


def test_nobody_takes_the_subkey_of_another() -> None:
    parts = [bytes(packet) for packet in PacketPile.from_bytes(public(JANE))]
    taken = public(JOHN) + b"".join(parts[4:6])  # the signing subkey, and what binds it to Jane
    assert "does not belong" in refusal(GOOD, {name(JOHN): taken})
    assert "in several" in refusal(GOOD, {**KNOWN, name(JOHN): taken})


def test_a_signature_from_the_future_is_refused() -> None:
    assert openpgp.verify(GOOD, PAYLOAD, KNOWN, BEGUN - timedelta(minutes=4)) == name(JANE)
    assert "in the future" in refusal(GOOD, now=BEGUN - timedelta(minutes=6))


def test_a_key_that_expired_since_is_refused() -> None:
    tsk = Tsk.generate("A", validity_seconds=24 * 3600)
    signature, known = signed(tsk), openpgp.certificates(public(tsk))
    assert openpgp.verify(signature, PAYLOAD, known, NOW + DAY / 2) == name(tsk)
    assert "expired at" in refusal(signature, known, NOW + DAY)


def test_a_primary_key_that_expired_since_is_refused() -> None:
    certificate = JANE.extract_certificate().set_expiration(NOW + DAY, JANE.certifier())
    known = openpgp.certificates(bytes(certificate))
    assert openpgp.verify(GOOD, PAYLOAD, known, NOW + DAY / 2) == name(JANE)
    assert f"{name(JANE)} expired at" in refusal(GOOD, known, NOW + DAY)


def test_a_revoked_certificate_is_refused() -> None:
    certificate = JANE.extract_certificate()
    revocation = bytes(certificate.revoke(JANE.certifier()))
    revoked = bytes(Cert.from_bytes(bytes(certificate) + revocation))
    assert f"{name(JANE)} is revoked" in refusal(GOOD, openpgp.certificates(revoked))
    loose = openpgp.certificates(bytes(certificate) + revocation)
    assert f"{name(JANE)} is revoked" in refusal(GOOD, loose)


def test_the_key_that_is_checked_is_the_key_that_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    other = SimpleNamespace(certificate=name(JANE).lower(), signing_key=name(JANE).lower())
    found = SimpleNamespace(valid_sigs=[other])
    monkeypatch.setattr(pysequoia, "verify", lambda *_args, **_options: found)
    assert "did not make it" in refusal(GOOD)
    found.valid_sigs = []
    assert "did not make it" in refusal(GOOD)


# In a process of its own, since the library is of no use after a panic.
PANIC = """
from datetime import UTC, datetime
from pysequoia import Tsk
from agentguard.approvals.openpgp import _guarded
from agentguard.errors import SignatureError
jane = Tsk.generate("Jane")
with _guarded(SignatureError("as said")):
    jane.extract_certificate().set_expiration(datetime(1960, 1, 1, tzinfo=UTC), jane.certifier())
"""


def test_panics_of_the_library_are_refusals() -> None:
    done = subprocess.run([sys.executable, "-c", PANIC], capture_output=True, check=False)
    assert b"PanicException" in done.stderr
    assert done.stderr.splitlines()[-1] == b"agentguard.errors.SignatureError: as said"


@pytest.mark.parametrize("error", [KeyboardInterrupt, DeadlineError])
def test_what_is_not_the_library_s_passes(error: type[BaseException]) -> None:
    with pytest.raises(error), openpgp._guarded(SignatureError("as said")):
        raise error


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysequoia", None)
    assert "pip install 'agentguard-hooks[openpgp]'" in refusal(GOOD)
    with pytest.raises(ConfigurationError, match=r"agentguard-hooks\[openpgp\]"):
        openpgp.certificates(public(JANE))


# Files of public keys


def test_files_of_public_keys() -> None:
    expected = {name(JANE): public(JANE), name(JOHN): public(JOHN)}
    assert openpgp.certificates(public(JANE) + public(JOHN)) == expected
    one_armor = armor(public(JANE) + public(JOHN), ArmorKind.PublicKey)
    assert openpgp.certificates(one_armor) == expected
    texts = [str(tsk.extract_certificate()).encode() for tsk in (JANE, JOHN)]
    mixed = "Übersicht\nJane:\n".encode() + texts[0] + b"\nJohn: his key\n" + texts[1].rstrip()
    assert openpgp.certificates(mixed) == expected
    assert openpgp.certificates(mixed.replace(b"\n", b"\r\n")) == expected


ARMORED = str(JANE.extract_certificate()).encode()
UNUSABLE = {
    "empty": (b"", "no OpenPGP public key"),
    "text": (b"jane@example.com\n", "no OpenPGP public key"),
    "secret, armored": (str(JANE).encode(), "not 'PRIVATE KEY BLOCK'"),
    "secret": (bytes(JANE), "secret keys"),
    "secret in a public armor": (armor(bytes(JANE), ArmorKind.PublicKey), "secret keys"),
    "secret subkey": (public(JOHN) + b"\xc7\x00", "secret keys"),
    "signature": (GOOD, "not 'SIGNATURE'"),
    "signature in it": (ARMORED + GOOD, "not 'PUBLIC KEY BLOCK SIGNATURE'"),
    "twice": (ARMORED + ARMORED, f"{name(JANE)} is there twice"),
    "no end": (ARMORED[:-20], "armor of an OpenPGP public key"),
    "no beginning": (ARMORED[20:], "armor of an OpenPGP public key"),
    "a damaged one after a good one": (ARMORED + ARMORED[:-20], "armor of an OpenPGP public key"),
    "base64": (ARMORED.replace(b"\n\n", b"\n\nA", 1), "base64 is damaged"),
    "cut short": (public(JANE)[:-1], "cut short"),
    "trailing byte": (public(JANE) + b"\n", "no whole OpenPGP packet"),
    "no length": (b"\x9b" + public(JANE)[2:], "no whole OpenPGP packet"),
    "only a signature": (armor(RAW, ArmorKind.PublicKey), "type 2 is no part"),
    "a message in it": (public(JANE) + b"\xcb\x00", "type 11 is no part"),
    "a key of nothing": (b"\xc6\x00", "is damaged"),
    "huge": (b"\n" * (openpgp.MAX_KEYRING + 1), "larger than"),
}


@pytest.mark.parametrize(("content", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_other_files_are_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(reason)):
        openpgp.certificates(content)


@pytest.mark.parametrize("size", [1, 191, 192, 8383, 8384])
def test_every_spelling_of_a_length(size: int) -> None:
    body = bytes(size)
    spelled = [b"\xc2\xff" + size.to_bytes(4, "big"), b"\x8a" + size.to_bytes(4, "big")]
    spelled.append(b"\x89" + size.to_bytes(2, "big"))
    if size < 192:
        spelled += [bytes([0xC2, size]), bytes([0x88, size])]
    elif size < 8384:
        spelled.append(bytes([0xC2, (size - 192 >> 8) + 192, (size - 192) & 0xFF]))
    whole = [head + body for head in spelled]
    assert list(packets(b"".join(whole))) == [(2, packet) for packet in whole]


# Any bytes

mutations = st.tuples(
    st.sampled_from(["cut", "flip", "insert", "drop"]), st.integers(0, 10_000), st.integers(1, 255)
)


def mutated(data: bytes, mutation: tuple[str, int, int]) -> bytes:
    how, place, value = mutation
    at = place % len(data)
    if how == "cut":
        return data[:at]
    middle = {"flip": bytes([data[at] ^ value]), "insert": bytes([value, data[at]]), "drop": b""}
    return data[:at] + middle[how] + data[at + 1 :]


def verified(signature: bytes, payload: bytes, known: dict[str, bytes] = KNOWN) -> str:
    try:
        return openpgp.verify(signature, payload, known, NOW)
    except SignatureError:
        return ""


@given(st.binary() | st.binary().map(armor) | st.binary().map(lambda data: armor(b"\xc2" + data)))
def test_any_bytes_are_refused_in_one_way(data: bytes) -> None:
    assert not verified(data, PAYLOAD)


@settings(deadline=None)
@given(mutations, st.booleans())
def test_any_changed_signature_is_of_nobody_else(
    mutation: tuple[str, int, int], inside: bool
) -> None:
    changed = armor(mutated(RAW, mutation)) if inside else mutated(GOOD, mutation)
    assert verified(changed, PAYLOAD) in {"", name(JANE)}  # not every byte of it is signed
    assert not verified(changed, PAYLOAD + b" ")


@settings(deadline=None)
@given(mutations, st.booleans())
def test_any_changed_certificate_is_refused_in_one_way(
    mutation: tuple[str, int, int], inside: bool
) -> None:
    content = mutated(public(JANE) if inside else ARMORED, mutation)
    try:
        known = openpgp.certificates(content)
    except ConfigurationError:
        return
    assert verified(GOOD, PAYLOAD, known) in {"", name(JANE)}
    assert not verified(GOOD, PAYLOAD + b" ", known)


@given(st.binary() | st.binary().map(lambda data: armor(data, ArmorKind.PublicKey)))
def test_any_file_is_refused_in_one_way(data: bytes) -> None:
    with pytest.raises(ConfigurationError):
        openpgp.certificates(data)
