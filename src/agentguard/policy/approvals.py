"""Reading what an approval needs to count: `[approvals]` of a policy."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

from agentguard.errors import AgentguardError, ConfigurationError
from agentguard.keys import openpgp_fingerprint
from agentguard.policy.model import ApprovalPolicy
from agentguard.policy.people import Keyring, public_key
from agentguard.policy.times import read_duration
from agentguard.settings import Table

Read = Callable[[str], bytes]

TRUST: tuple[Literal["signature", "trailer"], ...] = ("signature", "trailer")
CARRIERS = ("commit", "signature", "merge")
SELF_APPROVAL: tuple[Literal["never", "presence", "allow"], ...] = ("never", "presence", "allow")
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}|SHA1:[A-Za-z0-9+/]{27}")
SPECIAL = re.compile(r"[*?\[\]\\!#]")
LONGEST_BREAK_GLASS = 4 * 3600.0  # seconds; whoever needs longer has time for two people


def read_keyring(table: Table, read: Read) -> Keyring:
    """The OpenPGP certificates in `openpgp_file`, the only ones an approval is checked with."""
    if "openpgp_file" not in table:
        return {}
    from agentguard.approvals.openpgp import certificates

    content = _file(table, "openpgp_file", read)
    try:
        return certificates(content)
    except ConfigurationError as error:
        table.fail("openpgp_file", str(error))


def read_approvals(table: Table, read: Read) -> ApprovalPolicy:
    """`[approvals]`; `read` gives the content of the files that it names."""
    revoked = {_fingerprint(table, "revoked", entry) for entry in table.strings("revoked")}
    policy = ApprovalPolicy(
        trust=table.choice("trust", TRUST, "signature"),
        carriers=table.choices("carriers", CARRIERS, ("commit", "signature")),
        require_presence=table.boolean("require_presence", default=False),
        require_verification=table.boolean("require_verification", default=False),
        self_approval=table.choice("self_approval", SELF_APPROVAL, "never"),
        max_age=timedelta(seconds=read_duration(table, "max_age", "24h")),
        break_glass_max_age=_break_glass_max_age(table),
        revoked=frozenset(revoked) | _revocation_list(table, read),
    )
    table.finish(also=["openpgp_file"])
    for key in ("require_presence", "require_verification"):
        if policy.trust == "trailer" and getattr(policy, key):
            table.fail(key, 'asks for hardware, which plain text (trust = "trailer") never has')
    return policy


def files_of(table: Table) -> tuple[str, ...]:
    """Patterns for the files that `[approvals]` names: they decide who may approve, so where the
    policy stands in the tree they are files of the gate as much as the policy itself."""
    names = (table.values.get(key) for key in ("openpgp_file", "revocation_file"))
    plain = (posixpath.normpath(name) for name in names if isinstance(name, str) and name.strip())
    return tuple("/" + SPECIAL.sub(r"\\\g<0>", name.lstrip("/")) for name in plain)


def _break_glass_max_age(table: Table) -> timedelta:
    found = read_duration(table, "break_glass_max_age", "1h")
    if found > LONGEST_BREAK_GLASS:
        table.fail("break_glass_max_age", "is for emergencies; allowed: up to '4h'")
    return timedelta(seconds=found)


def _revocation_list(table: Table, read: Read) -> frozenset[str]:
    """What `revocation_file` revokes: a KRL of OpenSSH, or lines of fingerprints and keys, where
    `#` begins a comment. A list that is not there is a fault: nobody could tell what it would have
    revoked."""
    if "revocation_file" not in table:
        return frozenset()
    content = _file(table, "revocation_file", read)
    from agentguard.approvals.krl import is_krl, revoked_keys

    try:
        if is_krl(content):
            return revoked_keys(content)
        lines = content.decode().splitlines()
    except UnicodeDecodeError:
        table.fail("revocation_file", "is neither UTF-8 nor a KRL of OpenSSH")
    except AgentguardError as error:
        table.fail("revocation_file", str(error))
    entries = (line.partition("#")[0].strip() for line in lines)
    return frozenset(_fingerprint(table, "revocation_file", entry) for entry in entries if entry)


def _file(table: Table, key: str, read: Read) -> bytes:
    name = table.string(key)
    try:
        return read(name)
    except AgentguardError as error:
        table.fail(key, str(error))


def _fingerprint(table: Table, where: str, entry: str) -> str:
    if FINGERPRINT.fullmatch(entry):
        return entry
    return openpgp_fingerprint(entry) or public_key(table, where, entry).fingerprint
