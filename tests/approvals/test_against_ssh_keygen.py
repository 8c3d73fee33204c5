"""`sshsig.verify` and `ssh-keygen -Y verify` on the same signatures, honest and forged.

What we accept OpenSSH accepts. What it accepts and we refuse stands in `STRICTER`, with the reason.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from agentguard.approvals import sshsig
from agentguard.approvals.wire import Reader, mpint, string, u32
from agentguard.errors import SignatureError
from agentguard.keys import PublicKey, parse_public_key
from tests.approvals.makers import Signer, hardware, private_key, software

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="no ssh-keygen here")

PAYLOAD = b"tree 1\n\nhello\n"
KINDS = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa384": ("-t", "ecdsa", "-b", "384"),
    "ecdsa521": ("-t", "ecdsa", "-b", "521"),
    "rsa3072": ("-t", "rsa", "-b", "3072"),
}
HARDWARE = ("sk-ssh-ed25519", "sk-ecdsa-sha2-nistp256")
FLAGS = (0x00, 0x01, 0x04, 0x05)
SIGNERS = {kind: software(kind) for kind in KINDS} | {
    f"{kind} {flags:#x}": hardware(flags, kind) for kind in HARDWARE for flags in FLAGS
}
ONE_OF_EACH = (*KINDS, *(f"{kind} 0x1" for kind in HARDWARE))
ORDERS = {  # FIPS 186-4, D.1.2
    "ecdsa256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "ecdsa384": int("f" * 48 + "c7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16),
    "ecdsa521": int(
        "1" + "f" * 65 + "a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409", 16
    ),
}
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032, 5.1


@dataclass(frozen=True)
class Parts:
    """A signature in pieces, so that one of them can be replaced; `tail` is flags and counter."""

    key: bytes
    kind: bytes
    raw: bytes
    tail: bytes = b""
    after_blob: bytes = b""
    magic: bytes = b"SSHSIG"
    version: bytes = u32(1)
    namespace: bytes = b"git"
    reserved: bytes = b""
    hash_name: bytes = b"sha512"
    after: bytes = b""

    @property
    def data(self) -> bytes:
        blob = string(self.kind) + string(self.raw) + self.tail + self.after_blob
        fields = (self.key, self.namespace, self.reserved, self.hash_name, blob)
        return self.magic + self.version + b"".join(map(string, fields)) + self.after

    @property
    def armored(self) -> bytes:
        return armored(self.data)

    @property
    def public(self) -> PublicKey:
        return PublicKey(Reader(self.key).string().decode(), self.key)


@dataclass(frozen=True)
class OpenSSH:
    """What `ssh-keygen` says of signatures; its files are in `directory`."""

    directory: Path

    def accepts(self, signature: bytes, listed: str, payload: bytes, namespace: str) -> bool:
        """Whether Jane signed; `listed` stands after her name in the file of allowed signers."""
        allowed = self.directory / "allowed"
        allowed.write_text(f"jane {listed}\n")
        return self._run(signature, payload, namespace, "verify", "-f", str(allowed), "-I", "jane")

    def checks(self, signature: bytes, payload: bytes = PAYLOAD, namespace: str = "git") -> bool:
        """Whether the signature is good, whoever made it."""
        return self._run(signature, payload, namespace, "check-novalidate")

    def _run(self, signature: bytes, payload: bytes, namespace: str, *how: str) -> bool:
        file = self.directory / "signature"
        file.write_bytes(signature)
        command = ["ssh-keygen", "-Y", *how, "-n", namespace, "-s", str(file)]
        done = subprocess.run(command, input=payload, capture_output=True, check=False)
        return done.returncode == 0


def keygen(*arguments: str, stdin: bytes = b"") -> bytes:
    command = ["ssh-keygen", "-q", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout


@pytest.fixture
def openssh(tmp_path: Path) -> OpenSSH:
    return OpenSSH(tmp_path)


def armored(data: bytes) -> bytes:
    body = base64.encodebytes(data)
    return b"-----BEGIN SSH SIGNATURE-----\n" + body + b"-----END SSH SIGNATURE-----\n"


def parts_of(signer: Signer, message: bytes = b"") -> Parts:
    reader = Reader(signer.blob(message or sshsig.signed_data(PAYLOAD, "git")))
    kind, raw = reader.string(), reader.string()
    return Parts(signer.public.blob, kind, raw, reader.take(5) if signer.public.hardware else b"")


def verdict(
    openssh: OpenSSH,
    signature: bytes,
    key: PublicKey,
    payload: bytes = PAYLOAD,
    namespace: str = "git",
) -> bool:
    """What both say of the signature when `key` is Jane's; they must agree."""
    try:
        ours = sshsig.verify(signature, payload, namespace).key == key
    except SignatureError:
        ours = False
    assert openssh.accepts(signature, key.line, payload, namespace) is ours
    return ours


@pytest.mark.parametrize("signer", SIGNERS.values(), ids=SIGNERS)
def test_only_the_honest_signature_is_accepted(openssh: OpenSSH, signer: Signer) -> None:
    signature, key = signer.sign(PAYLOAD), signer.public
    assert verdict(openssh, signature, key)
    assert openssh.checks(signature)
    assert not verdict(openssh, signature, key, payload=PAYLOAD + b" ")
    assert not openssh.checks(signature, payload=PAYLOAD + b" ")
    assert not verdict(openssh, signature, key, namespace="file")
    assert not verdict(openssh, signature, software(number=9).public)


@pytest.mark.parametrize("kind", KINDS)
def test_what_openssh_signs_is_accepted(openssh: OpenSSH, kind: str) -> None:
    file = openssh.directory / "key"
    keygen(*KINDS[kind], "-N", "", "-f", str(file))
    key = parse_public_key(file.with_suffix(".pub").read_text())
    signature = keygen("-Y", "sign", "-f", str(file), "-n", "git", stdin=PAYLOAD)
    assert verdict(openssh, signature, key)
    assert not verdict(openssh, signature, key, payload=b"")


FIELDS = ("magic", "version", "key", "namespace", "hash_name", "kind", "raw")
CHANGED = [
    *((name, field, -1) for name in ONE_OF_EACH for field in FIELDS),
    *((name, "raw", position) for name in ONE_OF_EACH for position in (0, 20)),
    *((name, "key", position) for name in ONE_OF_EACH for position in (8, -40)),
    *((name, "tail", position) for name in ONE_OF_EACH[-2:] for position in range(5)),
]


@pytest.mark.parametrize(("name", "field", "position"), CHANGED)
def test_a_changed_byte_is_refused(openssh: OpenSSH, name: str, field: str, position: int) -> None:
    parts = parts_of(SIGNERS[name])
    value = bytearray(getattr(parts, field))
    value[position] ^= 0x02
    changed = replace(parts, **{field: bytes(value)})
    assert not verdict(openssh, changed.armored, parts.public)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_part_of_a_signature_is_refused(openssh: OpenSSH, name: str) -> None:
    parts = parts_of(SIGNERS[name])
    for size in (*range(0, len(parts.data), len(parts.data) // 7), len(parts.data) - 1):
        assert not verdict(openssh, armored(parts.data[:size]), parts.public)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_bytes_that_follow_are_refused(openssh: OpenSSH, name: str) -> None:
    parts = parts_of(SIGNERS[name])
    for field in ("key", "raw", "after_blob", "after"):
        longer = replace(parts, **{field: getattr(parts, field) + b"\0"})
        assert not verdict(openssh, longer.armored, longer.public)


def rsa_parts(kind: bytes, algorithm: hashes.HashAlgorithm, *, pss: bool = False) -> Parts:
    private = private_key("rsa3072", 0)
    assert isinstance(private, rsa.RSAPrivateKey)
    pad = padding.PSS(padding.MGF1(algorithm), 32) if pss else padding.PKCS1v15()
    raw = private.sign(sshsig.signed_data(PAYLOAD, "git"), pad, algorithm)
    return replace(parts_of(software("rsa3072")), kind=kind, raw=raw)


def ecdsa_parts(kind: str, change: Callable[[int, int], bytes]) -> Parts:
    """A signature (r, s) written anew by `change`."""
    parts = parts_of(software(kind))
    numbers = Reader(parts.raw)
    return replace(parts, raw=change(numbers.mpint(), numbers.mpint()))


def twin(kind: str) -> Parts:
    """(r, -s), which anybody can make of (r, s)."""
    return ecdsa_parts(kind, lambda r, s: mpint(r) + mpint(ORDERS[kind] - s))


def hashed(name: bytes, algorithm: str) -> Parts:
    """A signature that hashes the payload by `algorithm` and calls that `name`."""
    digest = hashlib.new(algorithm, PAYLOAD).digest()
    message = b"SSHSIG" + b"".join(map(string, (b"git", b"", name, digest)))
    return replace(parts_of(software(), message), hash_name=name)


ED25519, SK = parts_of(software()), parts_of(hardware(0x01))
GOOD = software().sign(PAYLOAD)
ACCEPTED = {
    "rsa-sha2-256": rsa_parts(b"rsa-sha2-256", hashes.SHA256()),
    "rsa-sha2-512": rsa_parts(b"rsa-sha2-512", hashes.SHA512()),
    "sha256": hashed(b"sha256", "sha256"),
    "sha512": hashed(b"sha512", "sha512"),
    "flags without a meaning": parts_of(hardware(0xFA)),
    # Nobody may count signatures by their bytes: these are as good as those they were made of.
    "ecdsa256, twin": twin("ecdsa256"),
    "ecdsa384, twin": twin("ecdsa384"),
    "ecdsa521, twin": twin("ecdsa521"),
}
REFUSED = {
    "rsa with SHA-1": rsa_parts(b"ssh-rsa", hashes.SHA1()),
    "rsa-sha2-512 over SHA-256": rsa_parts(b"rsa-sha2-512", hashes.SHA256()),
    "rsa-sha2-256 over SHA-512": rsa_parts(b"rsa-sha2-256", hashes.SHA512()),
    "rsa with PSS": rsa_parts(b"rsa-sha2-512", hashes.SHA512(), pss=True),
    "ecdsa, s below zero": ecdsa_parts("ecdsa256", lambda r, _: mpint(r) + string(b"\x80")),
    "ecdsa, zeros": ecdsa_parts("ecdsa256", lambda _r, _s: mpint(0) * 2),
    "ecdsa, r of zero": ecdsa_parts("ecdsa256", lambda _, s: mpint(0) + mpint(s)),
    "ecdsa, r + order": ecdsa_parts(
        "ecdsa256", lambda r, s: mpint(r + ORDERS["ecdsa256"]) + mpint(s)
    ),
    "ecdsa, swapped": ecdsa_parts("ecdsa256", lambda r, s: mpint(s) + mpint(r)),
    "sha512 called sha256": hashed(b"sha256", "sha512"),
    "sha384": hashed(b"sha384", "sha384"),
    "sha1": hashed(b"sha1", "sha1"),
    "SHA512": hashed(b"SHA512", "sha512"),
    "sha512 and a NUL": hashed(b"sha512\0", "sha512"),
    "version 2": replace(ED25519, version=u32(2)),
    "software signature, hardware key": replace(SK, kind=b"ssh-ed25519"),
    "hardware signature without flags": replace(SK, tail=b""),
    "software signature with flags": replace(ED25519, tail=b"\1" + u32(7)),
}


@pytest.mark.parametrize("parts", ACCEPTED.values(), ids=ACCEPTED)
def test_both_accept(openssh: OpenSSH, parts: Parts) -> None:
    assert verdict(openssh, parts.armored, parts.public)
    assert openssh.checks(parts.armored)


@pytest.mark.parametrize("parts", REFUSED.values(), ids=REFUSED)
def test_both_refuse(openssh: OpenSSH, parts: Parts) -> None:
    assert not verdict(openssh, parts.armored, parts.public)
    assert not openssh.checks(parts.armored)


def test_a_namespace_is_any_text_but_none(openssh: OpenSSH) -> None:
    signer = software()
    assert verdict(openssh, signer.sign(PAYLOAD, "gît"), signer.public, namespace="gît")
    assert not verdict(openssh, signer.sign(PAYLOAD, ""), signer.public, namespace="")


ARMOR = {
    "any width": (ED25519.armored, True),
    "no last line feed": (GOOD.rstrip(b"\n"), True),
    "line feed before": (b"\n" + GOOD, False),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, False),
    "CRLF": (GOOD.replace(b"\n", b"\r\n"), False),
    "header": (GOOD.replace(b"-\n", b"-\nComment: x\n", 1), False),
    "lower case": (GOOD.lower(), False),
    **{f"{size} bytes": (GOOD[:size], False) for size in range(0, len(GOOD), 40)},
}


@pytest.mark.parametrize(("signature", "good"), ARMOR.values(), ids=ARMOR)
def test_the_armor(openssh: OpenSSH, signature: bytes, good: bool) -> None:
    assert verdict(openssh, signature, software().public) is good


def padded(number: int) -> bytes:
    return string(b"\0" + mpint(number)[4:])


def webauthn() -> Parts:
    """What a browser has a FIDO key sign, wrapped as OpenSSH takes it (PROTOCOL.u2f)."""
    private = private_key("ecdsa256", 0)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    challenge = base64.urlsafe_b64encode(sshsig.signed_data(PAYLOAD, "git")).rstrip(b"=")
    client = b'{"type":"webauthn.get","challenge":"%b","origin":"https://x.test"}' % challenge
    tail = b"\1" + u32(7)
    asserted = hashlib.sha256(b"ssh:").digest() + tail + hashlib.sha256(client).digest()
    pair = decode_dss_signature(private.sign(asserted, ec.ECDSA(hashes.SHA256())))
    return replace(
        parts_of(hardware(0x01, "sk-ecdsa-sha2-nistp256")),
        kind=b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
        raw=b"".join(map(mpint, pair)),
        after_blob=b"".join(map(string, (b"https://x.test", client, b""))),
    )


RSA = parts_of(software("rsa3072"))
OTHER_SPELLINGS = {  # of the armor; nothing but the signature may stand there
    "line feed after": (GOOD + b"\n", "armored"),
    "text after": (GOOD + b"anything", "armored"),
    "blank line": (GOOD.replace(b"\n", b"\n\n", 1), "armored"),
    "space": (GOOD.replace(b"U1NI", b"U1 NI"), "base64"),
    "second signature": (GOOD + GOOD, "base64"),
    "large": (GOOD.replace(b"\n", b"\n" * 20_000, 1), "larger"),
}
OTHER_PARTS = {
    # There is one version, and a field for later ones; OpenSSH passes over both.
    "version 0": (replace(ED25519, version=u32(0)), "version 1"),
    "reserved": (replace(ED25519, reserved=b"x"), "reserved field"),
    # OpenSSH takes the NUL that may end a string of C.
    "namespace and a NUL": (replace(ED25519, namespace=b"git\0"), "for b'git.x00'"),
    # A number has one spelling (RFC 4251, 5); OpenSSH drops zeros before it.
    "padded r": (ecdsa_parts("ecdsa256", lambda r, s: padded(r) + mpint(s)), "shortest form"),
    "padded exponent": (
        replace(RSA, key=RSA.key.replace(mpint(65537), padded(65537))),
        "shortest form",
    ),
    # OpenSSH takes 1024 bits too.
    "rsa of 2048 bits": (parts_of(software("rsa2048")), "2048 bits"),
    # A browser signs these for any page that asks for a touch; git has no use for them.
    "webauthn": (webauthn(), "follow"),
}
STRICTER = {
    **{name: (text, ED25519.public, why) for name, (text, why) in OTHER_SPELLINGS.items()},
    **{name: (parts.armored, parts.public, why) for name, (parts, why) in OTHER_PARTS.items()},
}


@pytest.mark.parametrize(("signature", "key", "reason"), STRICTER.values(), ids=STRICTER)
def test_we_are_stricter(openssh: OpenSSH, signature: bytes, key: PublicKey, reason: str) -> None:
    with pytest.raises(SignatureError, match=reason):
        sshsig.verify(signature, PAYLOAD, "git")
    assert openssh.accepts(signature, key.line, PAYLOAD, "git")


def test_certificates_are_not_accepted(openssh: OpenSSH) -> None:
    """An authority would decide who approves, where the policy names each key."""
    authority, file = openssh.directory / "authority", openssh.directory / "jane.pub"
    keygen("-t", "ed25519", "-N", "", "-f", str(authority))
    file.write_text(software().public.line)
    keygen("-s", str(authority), "-I", "x", "-n", "jane", str(file))
    certificate = (openssh.directory / "jane-cert.pub").read_text().split()[1]
    signature = replace(ED25519, key=base64.b64decode(certificate)).armored
    listed = f"cert-authority {authority.with_suffix('.pub').read_text()}"
    assert openssh.accepts(signature, listed, PAYLOAD, "git")
    with pytest.raises(SignatureError, match="not accepted"):
        sshsig.verify(signature, PAYLOAD, "git")


def test_ed25519_has_no_twin() -> None:
    """RFC 8032 wants s below the order. Whether OpenSSH does depends on its version and build."""
    s = int.from_bytes(ED25519.raw[32:], "little") + ED25519_ORDER
    other = replace(ED25519, raw=ED25519.raw[:32] + s.to_bytes(32, "little"))
    with pytest.raises(SignatureError, match="does not belong"):
        sshsig.verify(other.armored, PAYLOAD, "git")
