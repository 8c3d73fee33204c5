from __future__ import annotations

import os
import shutil
import subprocess
import sys
from base64 import encodebytes
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agentguard.approvals import sshsig
from agentguard.approvals.sign import public_key_of, sign
from agentguard.approvals.wire import string, u32
from agentguard.errors import ConfigurationError, SignatureError
from agentguard.keys import PublicKey, parse_public_key
from tests.approvals.makers import hardware, private_key, software

KINDS = {
    "ed25519": ("ed25519", "256"),
    "ecdsa256": ("ecdsa", "256"),
    "ecdsa384": ("ecdsa", "384"),
    "ecdsa521": ("ecdsa", "521"),
    "rsa3072": ("rsa", "3072"),
}
PAYLOAD = b"tree 1\n\nhello\n"

needs_openssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="no ssh-keygen here")


@pytest.fixture
def without_openssh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))


def keygen(*arguments: str, stdin: bytes = b"") -> int:
    return subprocess.run(
        ["ssh-keygen", *arguments], input=stdin, capture_output=True, check=False
    ).returncode


def generated(directory: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    algorithm, bits = KINDS[kind]
    key = directory / kind
    assert keygen("-q", "-t", algorithm, "-b", bits, "-N", passphrase, "-f", str(key)) == 0
    return key


def written(directory: Path, kind: str) -> Path:
    path = directory / kind
    path.write_bytes(
        private_key(kind, 0).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
    )
    return path


def openssh_accepts(directory: Path, signature: bytes, payload: bytes, namespace: str) -> bool:
    file = directory / "signature"
    file.write_bytes(signature)
    check = ("-Y", "check-novalidate", "-n", namespace, "-s", str(file))
    return keygen(*check, stdin=payload) == 0


def verifies(signature: bytes, payload: bytes, namespace: str) -> bool:
    try:
        sshsig.verify(signature, payload, namespace)
    except SignatureError:
        return False
    return True


@needs_openssh
@pytest.mark.parametrize("kind", KINDS)
def test_openssh_and_we_agree(tmp_path: Path, kind: str) -> None:
    key = generated(tmp_path, kind)
    ours = software(kind)
    for signature in (sign(PAYLOAD, key, "git"), ours.sign(PAYLOAD)):
        for payload, namespace, good in (
            (PAYLOAD, "git", True),
            (PAYLOAD + b"x", "git", False),
            (PAYLOAD, "file", False),
        ):
            assert openssh_accepts(tmp_path, signature, payload, namespace) is good
            assert verifies(signature, payload, namespace) is good


@needs_openssh
@pytest.mark.parametrize("kind", ["sk-ssh-ed25519", "sk-ecdsa-sha2-nistp256"])
@pytest.mark.parametrize("flags", [0x00, 0x01, 0x05])
def test_openssh_and_we_agree_on_hardware(tmp_path: Path, kind: str, flags: int) -> None:
    signature = hardware(flags, kind).sign(PAYLOAD)
    assert openssh_accepts(tmp_path, signature, PAYLOAD, "git")
    assert verifies(signature, PAYLOAD, "git")
    assert not openssh_accepts(tmp_path, signature, b"other", "git")
    assert not verifies(signature, b"other", "git")


@needs_openssh
def test_openssh_knows_the_signer(tmp_path: Path) -> None:
    key = generated(tmp_path)
    allowed, signature = tmp_path / "allowed", tmp_path / "payload.sig"
    allowed.write_text(f"jane@example.com {public_key_of(key).line}\n")
    signature.write_bytes(sign(PAYLOAD, key, "git"))
    verify = ("-Y", "verify", "-I", "jane@example.com", "-n", "git")
    assert keygen(*verify, "-f", str(allowed), "-s", str(signature), stdin=PAYLOAD) == 0


@needs_openssh
def test_a_key_of_an_agent_signs(tmp_path: Path) -> None:
    key = generated(tmp_path)
    script = (
        "import sys, pathlib\n"
        "from agentguard.approvals.sign import sign\n"
        "sys.stdout.buffer.write(sign(b'hello', pathlib.Path(sys.argv[1]), 'git'))\n"
    )
    command = 'ssh-add -q "$1" && rm "$1" && exec "$2" -c "$3" "$1.pub"'
    signature = subprocess.run(
        ["ssh-agent", "sh", "-c", command, "sh", str(key), sys.executable, script],
        capture_output=True,
        check=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ).stdout
    public = parse_public_key(key.with_name("ed25519.pub").read_text())
    assert sshsig.verify(signature, b"hello", "git").key == public
    assert [file for file in tmp_path.iterdir() if file.name.startswith("agentguard-")] == []


@needs_openssh
def test_a_refusal_of_openssh_is_passed_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigurationError, match=r"ssh-keygen could not sign with .*/missing"):
        sign(PAYLOAD, tmp_path / "missing", "git")
    assert "missing" in capfd.readouterr().err


@needs_openssh
def test_a_signature_that_would_be_refused_is_not_handed_out(tmp_path: Path) -> None:
    key = tmp_path / "weak"
    keygen("-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(key))
    with pytest.raises(ConfigurationError, match="would not be accepted: the RSA key has 2048"):
        sign(PAYLOAD, key, "git")


@pytest.mark.usefixtures("without_openssh")
@pytest.mark.parametrize("kind", KINDS)
def test_without_openssh_a_key_file_signs(tmp_path: Path, kind: str) -> None:
    signature = sign(PAYLOAD, written(tmp_path, kind), "git")
    assert sshsig.verify(signature, PAYLOAD, "git").key == software(kind).public


@pytest.mark.usefixtures("without_openssh")
def test_without_openssh_other_keys_say_what_to_do(tmp_path: Path) -> None:
    public = tmp_path / "key.pub"
    public.write_text(software().public.line)
    with pytest.raises(ConfigurationError, match="install OpenSSH"):
        sign(PAYLOAD, public, "git")
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        sign(PAYLOAD, tmp_path / "missing", "git")


@pytest.mark.usefixtures("without_openssh")
def test_without_openssh_a_key_in_another_format_does_not_sign(tmp_path: Path) -> None:
    key = tmp_path / "key"
    private = ec.generate_private_key(ec.SECP256R1())
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with pytest.raises(ConfigurationError, match="not a private key of OpenSSH"):
        sign(PAYLOAD, key, "git")


@needs_openssh
def test_a_key_with_a_passphrase_needs_openssh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = generated(tmp_path, passphrase="secret")
    assert public_key_of(key) == public_key_of(key.with_name("ed25519.pub"))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigurationError, match=r"without passphrase .* install OpenSSH"):
        sign(PAYLOAD, key, "git")


def test_the_public_key_is_found(tmp_path: Path) -> None:
    expected = software("ecdsa256").public
    public = tmp_path / "key.pub"
    public.write_text(f"{expected.line} jane\n")
    assert public_key_of(public) == expected
    assert public_key_of(written(tmp_path, "ecdsa256")) == expected
    pem = tmp_path / "key"
    pem.write_text("-----BEGIN EC PRIVATE KEY-----\n")
    assert public_key_of(pem) == expected


def private_file(key: PublicKey, magic: bytes = b"openssh-key-v1\0") -> bytes:
    data = magic + string(b"none") * 2 + string(b"") + u32(1) + string(key.blob)
    begin, end = (f"-----{word} OPENSSH PRIVATE KEY-----\n".encode() for word in ("BEGIN", "END"))
    return begin + encodebytes(data) + end


def test_the_public_key_of_hardware_is_in_its_handle(tmp_path: Path) -> None:
    key = tmp_path / "sk"
    key.write_bytes(private_file(hardware(1).public))
    assert public_key_of(key) == hardware(1).public


def test_a_key_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    good = software().public
    dss = PublicKey("ssh-dss", b"\0\0\0\7ssh-dss")
    for content, reason in (
        (private_file(good, b"openssh-key-v2\0"), "first bytes are unknown"),
        (private_file(good)[:80], "is not a private key of OpenSSH"),
        (private_file(dss), "algorithm 'ssh-dss', which is not accepted"),
        (b"-----BEGIN RSA PRIVATE KEY-----\n", r"key\.pub does not exist"),
        (b"\xff\xfe", "not a public key of OpenSSH"),
    ):
        key = tmp_path / "key"
        key.write_bytes(content)
        with pytest.raises(ConfigurationError, match=reason):
            public_key_of(key)
