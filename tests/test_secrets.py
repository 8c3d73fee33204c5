"""Private keys and tokens in text. None of the values here was ever valid."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.secrets import DETECTORS, secrets_in

# Put together here, so that no scanner takes this file for a leak.
MIXED = (
    "q7Rt2Vx9Lm4Kc8Zn3Wp6Yd5Bf7Hj2Sg9Ta4Uq1Ew8Re5Ty2Ui7Op4"
    "As9Df6Gh3Jk8Lz1Xc5Vb2Nm7Qa9Ws4Ed6Rf8Tg3Yh1Uj"
)
HEX = "1b9d2f7ac4e8035d6b1f9e27ac3d80f45"
BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
TOKENS: dict[str, tuple[str, str]] = {
    "AWS key id": ("AWS key", "AK" + "IAQ7RT2VX9LM4KC8ZN"),
    "AWS session": ("AWS key", "AS" + "IAQ7RT2VX9LM4KC8ZN"),
    "GitHub, classic": ("GitHub token", "gh" + "p_" + MIXED[:36]),
    "GitHub, app": ("GitHub token", "gh" + "s_" + MIXED[:36]),
    "GitHub, fine-grained": ("GitHub token", "github" + "_pat_" + MIXED[:22] + "_" + MIXED[:59]),
    "GitLab": ("GitLab token", "gl" + "pat-" + MIXED[:20]),
    "GitLab runner": ("GitLab token", "GR" + "1348941" + MIXED[:20]),
    "Slack": ("Slack token", "xo" + "xb-4815162342-108-" + MIXED[:24]),
    "Slack webhook": (
        "Slack webhook",
        "https://hooks.slack" + ".com/services/T4815Q7RT/B9LM4KC8Z/" + MIXED[:24],
    ),
    "Stripe": ("Stripe key", "sk" + "_live_" + MIXED[:24]),
    "Azure": ("Azure storage key", "Account" + "Key=" + MIXED[:86] + "=="),
    "OpenAI, older": ("OpenAI key", "sk" + "-" + MIXED[:20] + "T3Blbk" + "FJ" + MIXED[20:40]),
    "OpenAI, project": (
        "OpenAI key",
        "sk" + "-proj-" + MIXED[:50] + "-_" + MIXED[:20] + "T3Blbk" + "FJ" + MIXED[20:90],
    ),
    "Anthropic": ("Anthropic key", "sk" + "-ant-api03-" + MIXED[:90]),
    "npm": ("npm token", "//npm.example.com/:_auth" + "Token=npm_" + MIXED[:36]),
    "PyPI": ("PyPI token", "py" + "pi-AgEIcHlwaS5vcmc" + MIXED[:80]),
    "SendGrid": ("SendGrid key", "SG" + "." + MIXED[:22] + "." + MIXED[:43]),
    "Twilio": ("Twilio key", "TWILIO = S" + "K" + HEX[:32]),
    "Discord": ("Discord token", "discord: M" + MIXED[:23] + "." + MIXED[:6] + "." + MIXED[:27]),
}
PLACEHOLDERS = (
    "AK" + "IAIOSFODNN7EXAMPLE",
    "gh" + "p_" + "x" * 36,
    "gh" + "p_" + "a1" + "0" * 34,
    "gh" + "o_your_token_goes_here_and_nowhere_else_at_all",
    "https://hooks.slack" + ".com/services/T00000000/B00000000/XXXXXXXXXXXX",
    "Account" + "Key=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/"
    "K1SZFPTOtr/KBHBeksoGMGw==",
    "//npm.example.com/:_auth" + "Token=${NPM_TOKEN}",
    "S" + "K" + HEX[:32],  # nothing says that it is Twilio's
    "sha256:" + HEX * 2,
)


@pytest.mark.parametrize(("name", "text"), TOKENS.values(), ids=TOKENS)
def test_a_token_is_found_wherever_it_stands(name: str, text: str) -> None:
    for content in (text, f'x = "{text}"\n', f"a\nb {text}\n", "y " * 5_000 + text + " z" * 5_000):
        assert secrets_in(b"", content.encode()) == {name: 1}
    assert secrets_in(b"", ("\ufeff" + text).encode("utf-16-le")) == {name: 1}


@pytest.mark.parametrize(("name", "text"), TOKENS.values(), ids=TOKENS)
def test_what_was_there_before_is_not_found_again(name: str, text: str) -> None:
    line = f'x = "{text}"\n'.encode()
    assert secrets_in(line, b"first\n" + line) == {}
    assert secrets_in(b"first\n" + line, line) == {}
    assert secrets_in(line, b"changed " + line) == {name: 1}


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_what_stands_for_a_token_is_none(text: str) -> None:
    assert secrets_in(b"", f"x = '{text}'\n".encode()) == {}


def test_the_same_token_twice_is_one_and_two_are_two() -> None:
    first, second = (TOKENS[name][1] for name in ("GitHub, classic", "GitHub, app"))
    assert secrets_in(b"", f"{first}\n{first}\n{second}\n".encode()) == {"GitHub token": 2}


def pem(kind: str = "RSA ", body: str = BODY) -> str:
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "text",
    [
        pem(),
        pem(""),
        pem("OPENSSH "),
        pem("RSA ", f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0\n\n{BODY}"),
        pem().replace("\n", "\\n"),
        "    key: |\n      " + pem().replace("\n", "\n      "),
        "".join(f'    "{line}\\n"\n' for line in pem().splitlines()),
        f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n{BODY}\n",
        f"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: x\nPublic-Lines: 1\n{BODY}\n",
    ],
)
def test_a_private_key_is_found(text: str) -> None:
    assert secrets_in(b"", text.encode()) == {"private key": 1}
    assert secrets_in(b"", text.encode(), ["provider-token"]) == {}
    assert secrets_in(text.encode(), b"\n" + text.encode()) == {}


@pytest.mark.parametrize(
    "text",
    [
        'HEADER = "-----BEGIN RSA PRIVATE KEY-----"\nEND = "-----END RSA PRIVATE KEY-----"\n',
        pem(body="..."),
        pem(body="MIIE..."),
        f"-----BEGIN PUBLIC KEY-----\n{BODY}\n",
        f"-----BEGIN CERTIFICATE-----\n{BODY}\n",
        "BEGIN RSA PRIVATE KEY\n" + "text\n" * 20 + BODY,
    ],
)
def test_what_only_looks_like_a_private_key(text: str) -> None:
    assert secrets_in(b"", text.encode()) == {}


def test_a_body_that_is_replaced_under_its_header() -> None:
    assert secrets_in(pem().encode(), pem(body=BODY[::-1]).encode()) == {"private key": 1}


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_any_bytes_can_be_looked_at(before: bytes, after: bytes) -> None:
    assert secrets_in(before, after) == {}


@pytest.mark.parametrize(
    "unit",
    [
        "/", "//a/:_authToken=x ", ":_authToken=npm_", "sk-", "sk-" * 300 + "T3BlbkFJ",
        "sk-" + "a" * 900 + "T3BlbkFJ" + "b" * 20, "xoxb-" + "1-" * 500, "awskey'",
        "BEGIN RSA PRIVATE KEY", "SG.", "glagent-", "A", "\0",
        "M" * 24 + "." + "a" * 6 + "." + "b" * 26 + " ",
    ],
)  # fmt: skip
def test_a_line_of_a_megabyte_takes_no_time(unit: str) -> None:
    tails = "".join(text for _, text in TOKENS.values())
    line = (unit * (1_000_000 // len(unit)) + " " + tails).encode()
    started = time.process_time()
    secrets_in(b"", line)
    assert time.process_time() - started < 5  # what is quadratic here takes minutes


def test_every_detector_is_tried() -> None:
    assert {each.name for each in DETECTORS} == {name for name, _ in TOKENS.values()} | {
        "private key"
    }
