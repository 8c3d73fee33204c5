"""`[approvals]` and `[approvers]`: keys, break-glass keys, revocation lists, plain text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agentguard.errors import ConfigurationError
from agentguard.keys import OpenPGPKey, parse_public_key
from agentguard.policy.load import built_in, load_policy
from agentguard.policy.model import Policy
from tests.approvals.makers import hardware
from tests.policy.test_load import JANE, key, load

SK = hardware(1).public.line
BOTH = f'[approvers.jane]\nkeys = ["{SK}"]\nbreak_glass_keys = ["{SK}"]'


def with_files(text: str, **files: bytes) -> Policy:
    def read(name: str) -> bytes:
        return files[name]

    return load_policy(f"version = 1\n{text}".encode(), "policy.toml", built_in(), read)


def test_defaults() -> None:
    approvals = load("").approvals
    assert (approvals.trust, approvals.carriers) == ("signature", ("commit", "signature"))
    assert approvals.break_glass_max_age == timedelta(hours=1)


def test_break_glass_keys() -> None:
    text = (
        f'[approvers.oncall]\nbreak_glass_keys = [{{ key = "{SK}", valid_after = 2026-01-01 }}]\n'
        "[approvals]\nbreak_glass_max_age = '30m'"
    )
    policy = load(text)
    oncall = policy.approvers["oncall"]
    assert oncall.keys == ()
    [entry] = oncall.break_glass
    assert entry.key == parse_public_key(SK)
    assert entry.valid_after == datetime(2026, 1, 1, tzinfo=UTC)
    assert oncall.listed(parse_public_key(SK)) == (entry,)
    assert policy.approvals.break_glass_max_age == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f'[approvers.jane]\nbreak_glass_keys = ["{key()}"]', "jane.break_glass_keys: SHA256:"),
        (f'[approvers.jane]\nbreak_glass_keys = ["{key()}"]', "kept in a file"),
        (f'[approvers.jane]\nbreak_glass_keys = ["{key()}"]', "allowed: keys of FIDO hardware"),
        (BOTH, "is in keys and break_glass_keys"),
        (
            f'[approvers.jane]\nkeys = ["{SK}"]\n[approvers.joe]\nbreak_glass_keys = ["{SK}"]',
            "is also a key of jane",
        ),
        ("[approvers.jane]\nbreak_glass_keys = []", "at least one public key"),
        ("[approvals]\nbreak_glass_max_age = '4h1m'", "break_glass_max_age: '4h1m'"),
        ("[approvals]\nbreak_glass_max_age = '5h'", "allowed: up to '4h'"),
        ("[approvals]\nrequire_presence = true\ntrust = 'trailer'", "require_presence: asks for"),
        ("[approvals]\nrequire_verification = true\ntrust = 'trailer'", "asks for hardware"),
        ("[approvals]\ntrust = 'trailer'\n[approvers.jane]\nkeys = 1", "expected a list"),
        (f"[approvers.jane]\nkeys = ['{'A' * 40}']", "not in the file that approvals.openpgp_file"),
        ("[rules.mass-deletion]\nrequire_presence = 1", "expected true or false"),
        ("[approvals]\nrevoked = ['SHA1:x']", "approvals.revoked: not a public key"),
    ],
)
def test_a_mistake_is_named(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(text)
    assert str(caught.value).startswith("policy.toml: ")
    assert fault in str(caught.value)


def test_without_keys_only_plain_text_is_trusted() -> None:
    policy = load("[approvals]\ntrust = 'trailer'\n[approvers.jane]\nteams = ['web']")
    assert policy.approvers["jane"].keys == ()
    with pytest.raises(ConfigurationError, match="at least one public key"):
        load("[approvers.jane]\nteams = ['web']")


def test_hardware_of_a_rule() -> None:
    policy = load("[rules.mass-deletion]\nrequire_presence = true\nrequire_verification = true")
    [rule] = [rule for rule in policy.rules if rule.id == "mass-deletion"]
    assert (rule.require_presence, rule.require_verification) == (True, True)
    assert not any(rule.require_presence for rule in load("").rules)


@pytest.mark.parametrize(
    "entry",
    [
        lambda public: public.fingerprint,
        lambda public: next(name for name in public.names if name.startswith("SHA1:")),
        lambda public: public.line,
    ],
)
def test_a_key_is_revoked_by_any_of_its_names(entry: Callable[..., str]) -> None:
    public = parse_public_key(key())
    listed = entry(public)
    assert load(f"[approvals]\nrevoked = ['{listed}']").approvals.is_revoked(public)
    policy = with_files("[approvals]\nrevocation_file = 'list'", list=f"{listed} # lost".encode())
    assert policy.approvals.is_revoked(public)
    assert not policy.approvals.is_revoked(parse_public_key(key(2)))


def test_a_list_of_revoked_keys_in_its_binary_form(tmp_path: Path) -> None:
    from agentguard.approvals.krl import MAGIC
    from tests.approvals.test_krl import krl, section

    public = parse_public_key(key())
    policy = with_files("[approvals]\nrevocation_file = 'krl'", krl=krl(section(2, public.blob)))
    assert policy.approvals.is_revoked(public)
    with pytest.raises(ConfigurationError, match=r"approvals\.revocation_file: "):
        with_files("[approvals]\nrevocation_file = 'krl'", krl=MAGIC)


def test_openpgp_keys_come_from_the_file_that_the_policy_names() -> None:
    from pysequoia import Tsk

    certificate = Tsk.generate("Jane <jane@example.com>").extract_certificate()
    fingerprint, content = certificate.fingerprint.upper(), bytes(certificate)
    spaced = " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4)).lower()
    for listed in (fingerprint, spaced, f"0x{fingerprint}"):
        text = f"[approvers.jane]\nkeys = ['{listed}']\n[approvals]\nopenpgp_file = 'keys'"
        policy = with_files(text, keys=content)
        [entry] = policy.approvers["jane"].keys
        assert isinstance(entry.key, OpenPGPKey)
        assert (entry.key.fingerprint, bool(entry.key.certificate)) == (fingerprint, True)
    with pytest.raises(ConfigurationError, match=r"approvals\.openpgp_file: "):
        with_files("[approvals]\nopenpgp_file = 'keys'", keys=b"nothing of the kind")


@pytest.mark.parametrize(
    ("name", "path"),
    [("agentguard/lost.krl", "agentguard/lost.krl"), ("./who[1].asc", "who[1].asc")],
)
def test_the_files_that_decide_who_approves_belong_to_the_gate(name: str, path: str) -> None:
    text = f"[approvals]\nrevocation_file = '{name}'\n{JANE}"
    policy = with_files(text, **{name: b""})
    assert policy.classes.selector(("@gate",))(path)
    assert not built_in().classes.selector(("@gate",))(path)
    assert not policy.classes.selector(("@gate",))(f"src/{path}")
