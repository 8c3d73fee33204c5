"""Reading who is who: agents, and approvers with their keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from agentguard.errors import ConfigurationError
from agentguard.keys import Key, OpenPGPKey, PublicKey, openpgp_fingerprint, parse_public_key
from agentguard.policy.model import ActorPolicy, Approver, ApproverKey, Policy
from agentguard.policy.times import read_moment
from agentguard.settings import Table

Keyring = Mapping[str, bytes]
"""OpenPGP certificates by the fingerprint of their primary key."""

ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")

SOFTWARE = "is kept in a file, where an agent may reach it; allowed: keys of FIDO hardware (sk-…)"


def read_actors(table: Table) -> ActorPolicy:
    """`[actors]`."""
    policy = ActorPolicy(
        unproven=table.choice("unproven", ("unknown", "agent"), "unknown"),
        agent_pushers=_lower(table, "agent_pushers"),
        agent_emails=_lower(table, "agent_emails"),
        automation_emails=_lower(table, "automation_emails"),
        agent_keys=tuple(
            public_key(table, "agent_keys", line) for line in table.strings("agent_keys")
        ),
    )
    table.finish()
    return policy


def read_accounts(table: Table) -> dict[str, tuple[str, ...]]:
    """`[accounts]`: the addresses that each account may write under, all lower-case."""
    found: dict[str, tuple[str, ...]] = {}
    for name in table.values:
        addresses = tuple(each.strip().lower() for each in table.strings(name))
        if not name or name != name.strip() or not name.isprintable():
            table.fail(name, "expected an account as the platform names it, such as 'jdoe'")
        if name.lower() in found:
            table.fail(name, "is listed twice: accounts are compared without case")
        if not addresses or not all(map(ADDRESS.fullmatch, addresses)):
            table.fail(name, "expected a list of addresses such as ['jane@example.com']")
        found[name.lower()] = addresses
    return found


def _lower(table: Table, key: str) -> frozenset[str]:
    return frozenset(value.strip().lower() for value in table.strings(key))


def public_key(table: Table, where: str, line: object) -> PublicKey:
    """A key of OpenSSH. Raises ConfigurationError naming file and key."""
    if not isinstance(line, str):
        table.fail(where, "expected a public key as one line of text")
    try:
        return parse_public_key(line)
    except ConfigurationError as error:
        table.fail(where, str(error))


def read_approvers(table: Table, keyring: Keyring, *, keyless: bool) -> dict[str, Approver]:
    """`[approvers]`, by id. `keyless` approvers need no key: plain text is taken from them."""
    found = {}
    for name, entry in table.items():
        if not name or name != name.strip() or not name.isprintable():
            table.fail(name, "an approver needs a name of printable characters, such as an address")
        approver = Approver(
            id=name,
            keys=_approver_keys(entry, "keys", keyring),
            aliases=entry.strings("aliases"),
            teams=entry.strings("teams"),
            break_glass=_approver_keys(entry, "break_glass_keys", keyring),
        )
        if not (approver.keys or approver.break_glass or keyless):
            entry.fail("keys", "expected a list with at least one public key")
        for listed in approver.break_glass:
            if not listed.key.hardware:
                entry.fail("break_glass_keys", f"{listed.key.fingerprint} {SOFTWARE}")
        found[name] = approver
        entry.finish()
    return found


def _approver_keys(table: Table, where: str, keyring: Keyring) -> tuple[ApproverKey, ...]:
    listed = table.take(where)
    if listed is None:
        return ()
    if not isinstance(listed, list):
        table.fail(where, "expected a list with at least one public key")
    return tuple(_approver_key(table, where, entry, keyring) for entry in listed)


def _approver_key(table: Table, where: str, entry: object, keyring: Keyring) -> ApproverKey:
    if not isinstance(entry, dict):
        return ApproverKey(_key(table, where, entry, keyring))
    inner = Table(entry, table.source, f"{table.path}.{where}")
    key = _key(inner, "key", inner.take("key"), keyring)
    after, before = read_moment(inner, "valid_after"), read_moment(inner, "valid_before")
    if after and before and after >= before:
        inner.fail("valid_before", "must be later than valid_after")
    inner.finish()
    return ApproverKey(key, after, before)


def _key(table: Table, where: str, entry: object, keyring: Keyring) -> Key:
    """A key of OpenSSH, or the fingerprint of an OpenPGP key that the policy's file holds."""
    fingerprint = openpgp_fingerprint(entry) if isinstance(entry, str) else ""
    if not fingerprint:
        return public_key(table, where, entry)
    if fingerprint not in keyring:
        table.fail(where, f"{fingerprint} is not in the file that approvals.openpgp_file names")
    return OpenPGPKey(fingerprint, keyring[fingerprint])


def check_people(table: Table, policy: Policy) -> None:
    """One key, one person: a key two can use proves neither, and an agent's key proves no human.
    One name, one person as well: who is listed twice would count as two."""
    keys: dict[Key, str] = dict.fromkeys(policy.actors.agent_keys, "an agent")
    names: dict[str, str] = dict.fromkeys(policy.actors.agent_emails, "an agent")
    for approver in policy.approvers.values():
        for key in _once(table, approver):
            other = keys.setdefault(key, approver.id)
            if other != approver.id:
                table.fail(approver.id, f"{key.fingerprint} is also a key of {other}")
        for name in approver.identities:
            other = names.setdefault(name, approver.id)
            if other != approver.id:
                table.fail(approver.id, f"{name} is also a name of {other}")


def _once(table: Table, approver: Approver) -> Iterator[Key]:
    """The keys of an approver, each for one purpose."""
    ordinary = {entry.key for entry in approver.keys}
    for entry in approver.break_glass:
        if entry.key in ordinary:
            table.fail(approver.id, f"{entry.key.fingerprint} is in keys and break_glass_keys")
    yield from (entry.key for entry in (*approver.keys, *approver.break_glass))
