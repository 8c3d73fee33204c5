"""Reading who is who: agents, approvers and their keys, and what an approval needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from agentguard.errors import AgentguardError, ConfigurationError
from agentguard.keys import PublicKey, parse_public_key
from agentguard.policy.model import (
    ActorPolicy,
    ApprovalPolicy,
    Approver,
    ApproverKey,
    Policy,
    utc,
)
from agentguard.settings import Table

Read = Callable[[str], bytes]

CARRIERS = ("commit", "signature", "merge")  # only the first is read yet
SELF_APPROVAL: tuple[Literal["never", "presence", "allow"], ...] = ("never", "presence", "allow")
DURATION = re.compile(r"([0-9]{1,9})\s*(ms|s|m|h|d)")
LONGEST = 3650 * 86400.0  # ten years; what outlives that was not meant
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


def read_actors(table: Table) -> ActorPolicy:
    """`[actors]`."""
    policy = ActorPolicy(
        unproven=table.choice("unproven", ("unknown", "agent"), "unknown"),
        agent_pushers=_lower(table, "agent_pushers"),
        agent_emails=_lower(table, "agent_emails"),
        automation_emails=_lower(table, "automation_emails"),
        agent_keys=tuple(_key(table, "agent_keys", line) for line in table.strings("agent_keys")),
    )
    table.finish()
    return policy


def _lower(table: Table, key: str) -> frozenset[str]:
    return frozenset(value.strip().lower() for value in table.strings(key))


def _key(table: Table, where: str, line: object) -> PublicKey:
    if not isinstance(line, str):
        table.fail(where, "expected a public key as one line of text")
    try:
        return parse_public_key(line)
    except ConfigurationError as error:
        table.fail(where, str(error))


def read_approvers(table: Table) -> dict[str, Approver]:
    """`[approvers]`, by id."""
    found = {}
    for name, entry in table.items():
        if not name or name != name.strip() or not name.isprintable():
            table.fail(name, "an approver needs a name of printable characters, such as an address")
        found[name] = Approver(
            id=name,
            keys=_approver_keys(entry),
            aliases=entry.strings("aliases"),
            teams=entry.strings("teams"),
        )
        entry.finish()
    return found


def _approver_keys(table: Table) -> tuple[ApproverKey, ...]:
    listed = table.take("keys")
    if not isinstance(listed, list) or not listed:
        table.fail("keys", "expected a list with at least one public key")
    return tuple(_approver_key(table, entry) for entry in listed)


def _approver_key(table: Table, entry: object) -> ApproverKey:
    if not isinstance(entry, dict):
        return ApproverKey(_key(table, "keys", entry))
    inner = Table(entry, table.source, f"{table.path}.keys")
    key = _key(inner, "key", inner.take("key"))
    after, before = read_moment(inner, "valid_after"), read_moment(inner, "valid_before")
    if after and before and after >= before:
        inner.fail("valid_before", "must be later than valid_after")
    inner.finish()
    return ApproverKey(key, after, before)


def read_moment(table: Table, key: str) -> datetime | None:
    """A date or time in UTC, None when absent. A date is its first instant."""
    value = table.take(key)
    if value is None:
        return None
    if isinstance(value, datetime):
        with suppress(OverflowError):  # the first or last day there is, in another time zone
            return utc(value)
    elif isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    table.fail(key, "expected a date such as 2026-12-31 or a date and time")


def read_approvals(table: Table, read: Read) -> ApprovalPolicy:
    """`[approvals]`; `read` gives the content of the file that lists revoked keys."""
    table.choice("trust", ("signature",), "signature")
    carriers = table.choices("carriers", CARRIERS, ("commit", "signature"))
    if "commit" not in carriers:
        table.fail("carriers", "must hold 'commit', the only carrier that this version reads")
    revoked = (*table.strings("revoked"), *_revocation_list(table, read))
    policy = ApprovalPolicy(
        carriers=carriers,
        require_presence=table.boolean("require_presence", default=False),
        require_verification=table.boolean("require_verification", default=False),
        self_approval=table.choice("self_approval", SELF_APPROVAL, "never"),
        max_age=timedelta(seconds=read_duration(table, "max_age", "24h")),
        revoked=frozenset(_fingerprint(table, entry) for entry in revoked),
    )
    table.finish()
    return policy


def _revocation_list(table: Table, read: Read) -> list[str]:
    """The lines of `revocation_file`: fingerprints or keys, `#` begins a comment. A list that is
    not there is a fault: nobody could tell what it would have revoked."""
    if "revocation_file" not in table:
        return []
    name = table.string("revocation_file")
    try:
        lines = read(name).decode().splitlines()
    except UnicodeDecodeError:
        table.fail("revocation_file", f"{name} is not UTF-8")
    except AgentguardError as error:
        table.fail("revocation_file", str(error))
    entries = (line.partition("#")[0].strip() for line in lines)
    return [entry for entry in entries if entry]


def _fingerprint(table: Table, entry: str) -> str:
    return entry if FINGERPRINT.fullmatch(entry) else _key(table, "revoked", entry).fingerprint


def seconds(value: str) -> float | None:
    """A length of time such as `4s`, `30m`, `24h` or `7d` in seconds, None for anything else."""
    match = DURATION.fullmatch(value.strip())
    found = int(match[1]) * UNITS[match[2]] if match else 0.0
    return found if 0 < found <= LONGEST else None


def read_duration(table: Table, key: str, default: str) -> float:
    """A length of time in seconds."""
    value = table.string(key, default=default)
    found = seconds(value)
    if found is None:
        table.fail(key, f"{value!r} is not a length of time such as '4s', '30m', '24h' or '7d'")
    return found


def check_people(table: Table, policy: Policy) -> None:
    """One key, one person: a key two can use proves neither, and an agent's key proves no human.
    One name, one person as well: who is listed twice would count as two."""
    keys: dict[bytes, str] = {key.blob: "an agent" for key in policy.actors.agent_keys}
    names: dict[str, str] = dict.fromkeys(policy.actors.agent_emails, "an agent")
    for approver in policy.approvers.values():
        for entry in approver.keys:
            other = keys.setdefault(entry.key.blob, approver.id)
            if other != approver.id:
                table.fail(approver.id, f"{entry.key.fingerprint} is also a key of {other}")
        for name in approver.identities:
            other = names.setdefault(name, approver.id)
            if other != approver.id:
                table.fail(approver.id, f"{name} is also a name of {other}")
