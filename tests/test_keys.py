"""Public keys: one key has one spelling."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from agentguard.errors import ConfigurationError
from agentguard.keys import ALGORITHMS, parse_public_key
from tests import kit


def blob(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def line(algorithm: str, *parts: bytes, tail: bytes = b"") -> str:
    return f"{algorithm} {base64.b64encode(blob(algorithm.encode(), *parts) + tail).decode()}"


KEYS: dict[str, tuple[bytes, ...]] = {
    "ssh-ed25519": (b"k" * 32,),
    "ssh-rsa": (b"\x01\x00\x01", b"\x00" + b"\xf1" * 384),
    "ecdsa-sha2-nistp256": (b"nistp256", b"\x04" + b"p" * 64),
    "ecdsa-sha2-nistp384": (b"nistp384", b"\x04" + b"p" * 96),
    "ecdsa-sha2-nistp521": (b"nistp521", b"\x04" + b"p" * 132),
    "sk-ssh-ed25519@openssh.com": (b"k" * 32, b"ssh:"),
    "sk-ecdsa-sha2-nistp256@openssh.com": (b"nistp256", b"\x04" + b"p" * 64, b"ssh:work"),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_of_each_algorithm(algorithm: str) -> None:
    text = line(algorithm, *KEYS[algorithm])
    found = parse_public_key(f" {text} jane@laptop\n")
    assert found.line == text
    assert found == parse_public_key(text)
    assert found.hardware is algorithm.startswith("sk-")
    assert len(found.fingerprint) == len("SHA256:") + 43


def test_a_real_key_and_its_fingerprint(tmp_path: Path) -> None:
    path = kit.make_key(tmp_path / "key")
    found = parse_public_key(path.with_name("key.pub").read_text())
    said = kit.run("ssh-keygen", "-lf", path, cwd=tmp_path).stdout
    assert found.fingerprint in said


GOOD = line("ssh-ed25519", b"k" * 32)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("", "not a public key of OpenSSH", id="nothing"),
        pytest.param("ssh-ed25519", "not a public key of OpenSSH", id="no key"),
        pytest.param("ssh-dss AAAA", "not a public key of OpenSSH", id="DSA"),
        pytest.param(
            "ssh-ed25519-cert-v01@openssh.com AAAA", "not a public key", id="a certificate"
        ),
        pytest.param(f"cert-authority {GOOD}", "not a public key of OpenSSH", id="an authority"),
        pytest.param(f'no-pty,command="x" {GOOD}', "not a public key of OpenSSH", id="options"),
        pytest.param("* " + GOOD, "not a public key of OpenSSH", id="a principal"),
        pytest.param("-----BEGIN OPENSSH PRIVATE KEY-----", "not a public key", id="a private key"),
        pytest.param("ssh-ed25519 !!!!", "base64 is damaged", id="no base64"),
        pytest.param("ssh-ed25519 AAA", "base64 is damaged", id="cut base64"),
        pytest.param("ssh-ed25519 AAAA", "not a whole ssh-ed25519 key", id="cut"),
        pytest.param(
            GOOD.replace("ssh-ed25519", "ssh-rsa"),
            "not a whole ssh-rsa key: its bytes name another",
            id="another algorithm",
        ),
        pytest.param(
            line("ssh-ed25519", b"k" * 31),
            "a field has 31 bytes and should have 32",
            id="too short",
        ),
        pytest.param(
            line("ssh-ed25519", b"k" * 32, tail=b"x"),
            "bytes follow the end",
            id="something behind it",
        ),
        pytest.param(
            line("ssh-ed25519", b"k" * 32, b"ssh:"), "bytes follow the end", id="an application"
        ),
        pytest.param(
            line("sk-ssh-ed25519@openssh.com", b"k" * 32), "cut short", id="no application"
        ),
        pytest.param(
            line("ssh-rsa", b"\x00\x01\x00\x01", b"\x01" * 384), "shortest form", id="padded number"
        ),
        pytest.param(
            line("ecdsa-sha2-nistp256", b"nistp256", b"\x02" + b"p" * 32),
            "should have 65",
            id="compressed point",
        ),
    ],
)
def test_anything_else_is_refused(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=fault):
        parse_public_key(text)
