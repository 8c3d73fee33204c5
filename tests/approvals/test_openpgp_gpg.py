"""What GnuPG really makes, by itself and for git."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pysequoia import ArmorKind, armor
from pysequoia.packet import Packet, PacketPile, SignatureType, Tag

from agentguard.approvals import openpgp
from agentguard.approvals.openpgp_packets import ARMOR, unarmored
from agentguard.errors import SignatureError
from agentguard.repo.commits import parse_commit
from tests import kit

pytestmark = pytest.mark.skipif(not shutil.which("gpg"), reason="gpg is not here")

PAYLOAD = b"tree 1\n\nhello\n"
NOW = datetime.now(UTC) + timedelta(hours=1)  # keys are made while the tests go on


@dataclass(frozen=True)
class Gnupg:
    """A GnuPG with a home of its own; `at` is what it takes for the time."""

    home: Path

    def run(self, *arguments: str, stdin: bytes = b"", at: str = "") -> bytes:
        output = self.home / "output"
        output.unlink(missing_ok=True)
        quiet = ("--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", "")
        clock = ("--faked-system-time", at) if at else ()
        command = ("gpg", "--homedir", self.home, *quiet, *clock, "-o", output)
        kit.run(*command, *arguments, cwd=self.home, stdin=stdin)
        return output.read_bytes() if output.exists() else b""

    def make(self, user: str, *usage: str, algorithm: str = "ed25519", at: str = "") -> str:
        """A new key, by its fingerprint."""
        self.run("--quick-gen-key", user, algorithm, *usage, at=at)
        home = ("--homedir", str(self.home))
        listed = kit.run("gpg", *home, "--list-keys", "--with-colons", user, cwd=self.home)
        first: str = re.findall(r"^fpr:+([0-9A-F]+):", listed.stdout, re.MULTILINE)[0]
        return first

    def sign(self, user: str, *options: str, at: str = "") -> bytes:
        return self.run("-u", user, *options, "--armor", "-b", stdin=PAYLOAD, at=at)

    def known(self, *users: str) -> dict[str, bytes]:
        return openpgp.certificates(self.run("--export", "--armor", *users))


@pytest.fixture(scope="module")
def gpg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gnupg]:
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    yield Gnupg(home)
    kit.run("gpgconf", "--homedir", home, "--kill", "all", cwd=home, check=False)


@pytest.fixture(scope="module")
def jane(gpg: Gnupg) -> str:
    return gpg.make("jane@example.com", "sign,cert", "never")


@pytest.fixture(scope="module")
def known(gpg: Gnupg, jane: str) -> dict[str, bytes]:
    return gpg.known(jane)


def refusal(signature: bytes, known: dict[str, bytes], now: datetime = NOW) -> str:
    with pytest.raises(SignatureError) as caught:
        openpgp.verify(signature, PAYLOAD, known, now)
    assert re.fullmatch("[ -~]+", str(caught.value))
    return str(caught.value)


def test_a_commit_that_git_has_signed(gpg: Gnupg, jane: str, repo: kit.Work) -> None:
    subkey_owner = gpg.make("john@example.com", "cert", "never")
    gpg.run("--quick-add-key", subkey_owner, "ed25519", "sign", "never")
    known = gpg.known(jane, subkey_owner)
    for key in (jane, subkey_owner):
        options = ("-c", "gpg.format=openpgp", "-c", f"user.signingkey={key}")
        commit = ("commit", "-q", "-S", "--allow-empty", "-m", "Hello")
        repo.git(*options, *commit, GNUPGHOME=str(gpg.home))
        raw = repo.git("cat-file", "commit", "HEAD").stdout.encode()
        signature = parse_commit(repo.tip(), raw).signature
        assert signature is not None
        assert signature.kind == "openpgp"
        now = datetime.now(UTC)
        assert openpgp.verify(signature.armored, signature.payload, known, now) == key
        with pytest.raises(SignatureError, match="does not belong"):
            openpgp.verify(signature.armored, signature.payload + b"\n", known, now)


def test_unsigned_headers_of_the_armor_do_not_matter(
    gpg: Gnupg, jane: str, known: dict[str, bytes]
) -> None:
    signature = gpg.sign(jane, "--emit-version", "--comment", "from: my desk")
    assert openpgp.verify(signature, PAYLOAD, known, datetime.now(UTC)) == jane


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--digest-algo", "SHA1"], "SHA1, is too weak"),
        (["--digest-algo", "MD5", "--allow-weak-digest-algos"], "MD5, is too weak"),
        (["--digest-algo", "SHA224"], "SHA224, is too weak"),
        (["--textmode"], "SignatureType.Text"),
        (["--default-sig-expire", "seconds=60"], "the signature expired at"),
        (["-u", "second@example.com"], "2 signatures"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_signatures_that_are_refused(
    gpg: Gnupg, jane: str, known: dict[str, bytes], options: list[str], reason: str
) -> None:
    if "second@example.com" in options:
        gpg.make("second@example.com", "sign,cert", "never")
    later = datetime.now(UTC) + timedelta(minutes=2)
    assert reason in refusal(gpg.sign(jane, *options), known, later)


def test_dsa_is_refused(gpg: Gnupg) -> None:
    key = gpg.make("dsa@example.com", "sign,cert", "never", algorithm="dsa2048")
    assert "PublicKeyAlgorithm.DSA are not" in refusal(gpg.sign(key), gpg.known(key))


@pytest.mark.parametrize(("primary", "subkey"), [("rsa2048", "ed25519"), ("ed25519", "rsa2048")])
def test_primary_key_and_subkey_both_have_to_be_strong(
    gpg: Gnupg, primary: str, subkey: str
) -> None:
    key = gpg.make(f"{primary}@example.com", "cert", "never", algorithm=primary)
    gpg.run("--quick-add-key", key, subkey, "sign", "never")
    assert "has 2048 bits" in refusal(gpg.sign(key), gpg.known(key))


def test_a_key_that_vouches_for_itself_with_sha1_is_refused(gpg: Gnupg) -> None:
    gpg.run("--cert-digest-algo", "SHA1", "--quick-gen-key", "sha1@example.com", "ed25519")
    signature, known = gpg.sign("sha1@example.com"), gpg.known("sha1@example.com")
    assert "no self-signature that is whole and strong" in refusal(signature, known)


# Whoever finds an expired key can sign with the clock set back.
JANUARY, JUNE, OCTOBER, NOVEMBER = (f"2020{month:02}01T000000" for month in (1, 6, 10, 11))


def test_an_expired_key_is_refused_whenever_it_claims_to_have_signed(gpg: Gnupg) -> None:
    key = gpg.make("old@example.com", "sign,cert", "1y", at=JANUARY)
    signature = gpg.sign(key, at=JUNE)
    then = datetime(2020, 6, 2, tzinfo=UTC)
    assert openpgp.verify(signature, PAYLOAD, gpg.known(key), then) == key
    assert f"{key} expired at 2020-12-31" in refusal(signature, gpg.known(key))
    gpg.run("--quick-set-expire", key, "0", at=OCTOBER)
    assert "older than what vouches" in refusal(signature, gpg.known(key))
    again = gpg.sign(key, at=NOVEMBER)
    assert openpgp.verify(again, PAYLOAD, gpg.known(key), NOW) == key


def split(certificate: bytes) -> tuple[list[Packet], Packet]:
    """A certificate with one subkey: all that stands before the subkey's binding, and that."""
    *before, binding = PacketPile.from_bytes(certificate)
    assert binding.signature_type == SignatureType.SubkeyBinding
    return before, binding


def test_an_expired_subkey_is_refused_and_nobody_can_lengthen_its_life(gpg: Gnupg) -> None:
    key = gpg.make("sub@example.com", "cert", "never", at=JANUARY)
    gpg.run("--quick-add-key", key, "ed25519", "sign", "1y", at=JANUARY)
    first = gpg.known(key)
    assert openpgp.verify(gpg.sign(key, at=JUNE), PAYLOAD, first, datetime(2020, 7, 1, tzinfo=UTC))
    assert "expired at 2020-12-31" in refusal(gpg.sign(key, at=JUNE), first)
    gpg.run("--quick-set-expire", key, "0", "*", at=OCTOBER)
    second = gpg.known(key)
    signature = gpg.sign(key, at=NOVEMBER)
    assert openpgp.verify(signature, PAYLOAD, second, NOW) == key
    assert "older than what vouches" in refusal(gpg.sign(key, at=JUNE), second)
    assert "expired at 2020-12-31" in refusal(signature, first)

    # Both bindings: the newer counts, in whichever order; where it is forged, nothing does.
    before, old = split(first[key])
    _, new = split(second[key])
    head = b"".join(map(bytes, before))
    for order in ((old, new), (new, old)):
        whole = {key: head + b"".join(map(bytes, order))}
        assert openpgp.verify(signature, PAYLOAD, whole, NOW) == key
    forged = bytes(new)[:-1] + bytes([bytes(new)[-1] ^ 1])
    assert "does not belong" in refusal(signature, {key: head + bytes(old) + forged})
    *primary, subkey = map(bytes, before)
    elsewhere = b"".join([*primary, bytes(old), subkey, forged])
    assert "does not belong" in refusal(signature, {key: elsewhere})


def test_a_subkey_without_binding_is_refused(gpg: Gnupg) -> None:
    key = gpg.make("loose@example.com", "cert", "never")
    gpg.run("--quick-add-key", key, "ed25519", "sign", "never")
    before, _ = split(gpg.known(key)[key])
    assert before[-1].tag == Tag.PublicSubkey
    loose = {key: b"".join(map(bytes, before))}
    assert "not bound to its primary key" in refusal(gpg.sign(key), loose)


def test_a_revoked_subkey_is_refused_and_the_primary_key_is_not(gpg: Gnupg) -> None:
    key = gpg.make("rev@example.com", "sign,cert", "never")
    gpg.run("--quick-add-key", key, "ed25519", "sign", "never")
    by_subkey, by_primary = gpg.sign(key), gpg.sign(f"{key}!")
    answers = "key 1\nrevkey\ny\n0\n\ny\nsave\n"
    home = ("--homedir", str(gpg.home), "--pinentry-mode", "loopback", "--passphrase", "")
    edit = ("--no-tty", "--command-fd", "0", "--edit-key", key)
    kit.run("gpg", *home, *edit, cwd=gpg.home, stdin=answers)
    known = gpg.known(key)
    assert "is revoked" in refusal(by_subkey, known)
    assert openpgp.verify(by_primary, PAYLOAD, known, NOW + timedelta(minutes=1)) == key


def test_a_key_that_is_not_for_signing_is_refused(gpg: Gnupg, jane: str) -> None:
    key = gpg.make("flags@example.com", "cert", "never")
    gpg.run("--quick-add-key", key, "ed25519", "auth", "never")
    subkey = split(gpg.known(key)[key])[0][-1].fingerprint
    assert subkey is not None
    block = ARMOR.fullmatch(gpg.sign(jane).rstrip())
    assert block is not None
    named = unarmored(block).replace(bytes.fromhex(jane), bytes.fromhex(subkey))
    signature = armor(named, ArmorKind.Signature).encode()
    assert "not meant for signing" in refusal(signature, gpg.known(key))
