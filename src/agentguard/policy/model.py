"""A policy as frozen records, after validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from agentguard.finding import Effect
    from agentguard.keys import Key, PublicKey
    from agentguard.ledger.settings import LedgerSettings
    from agentguard.paths import PathClasses
    from agentguard.policy.repair import RepairBoundary
    from agentguard.rules import Rule


Agents = Literal["allow", "approve", "deny"]


@dataclass(frozen=True, slots=True)
class ApproverKey:
    """A key of an approver, and when it counts. Both ends are in UTC; None is open."""

    key: Key
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    def valid_at(self, now: datetime) -> bool:
        """Whether the key counts at `now`, which is the server's clock."""
        after = self.valid_after is None or now >= self.valid_after
        before = self.valid_before is None or now < self.valid_before
        return after and before


@dataclass(frozen=True, slots=True)
class Approver:
    """A human who may approve. `id` is their main identity, `aliases` are also theirs.

    `break_glass` are keys for emergencies, in FIDO hardware; none of them is among `keys`.
    """

    id: str
    keys: tuple[ApproverKey, ...]
    aliases: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    break_glass: tuple[ApproverKey, ...] = ()

    def listed(self, key: Key) -> tuple[ApproverKey, ...]:
        """The entries of a key, whatever it is for."""
        return tuple(entry for entry in (*self.keys, *self.break_glass) if entry.key == key)

    @property
    def identities(self) -> frozenset[str]:
        """Every address that is this person, lower-case."""
        return frozenset(name.lower() for name in (self.id, *self.aliases))


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """`[approvals]`. `revoked` holds fingerprints of keys: `SHA256:…`, `SHA1:…`, or OpenPGP's hex.

    With `trust` "trailer" a line of plain text counts as well, marked as unverified.
    """

    trust: Literal["signature", "trailer"] = "signature"
    carriers: tuple[str, ...] = ("commit", "signature")
    require_presence: bool = False
    require_verification: bool = False
    self_approval: Literal["never", "presence", "allow"] = "never"
    max_age: timedelta = timedelta(hours=24)
    break_glass_max_age: timedelta = timedelta(hours=1)
    revoked: frozenset[str] = frozenset()

    def is_revoked(self, key: Key) -> bool:
        """Whether the key is on the list under any of its names."""
        return not key.names.isdisjoint(self.revoked)


@dataclass(frozen=True, slots=True)
class ActorPolicy:
    """`[actors]`. Addresses and accounts are lower-case; `agent_keys` are keys agents sign with."""

    unproven: Literal["unknown", "agent"] = "unknown"
    agent_pushers: frozenset[str] = frozenset()
    agent_emails: frozenset[str] = frozenset()
    automation_emails: frozenset[str] = frozenset()
    agent_keys: tuple[PublicKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Freeze:
    """A span of time in which refs do not move, or only with approval.

    One that was declared on the server says by whom and when, and `source` is the file it stands in;
    these are empty for one of the policy itself.
    """

    start: datetime
    until: datetime
    refs: tuple[str, ...]
    effect: Effect
    reason: str = ""
    by: str = ""
    declared: datetime | None = None
    source: str = ""

    def holds_at(self, now: datetime) -> bool:
        """Whether `now`, the server's clock, falls in the freeze."""
        return self.start <= now < self.until


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy says of one environment beside its refs.

    `agents` is what becomes of a push of agents. `accepts_from` names the environments on the way
    here: what was judged there is not counted twice (`agentguard.promotion`). `rules` are its own
    variants of rules, by id; each looks at this environment alone.
    """

    agents: Agents = "allow"
    accepts_from: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy file on top of the built-in rules.

    `source` is how messages name it. `environments` maps a name to ref patterns, strictest first;
    a ref in none of them is `development`. `terms` maps a name to what else holds there: `rules` are
    those of an environment that has no variant of its own. `accounts` maps an account of the server
    to the addresses it may write under, all lower-case. `branches` maps a ref pattern to the paths
    that changes of such a ref may touch. `deadline` is seconds. `platform` is "" when the file does
    not say. `digest` is SHA-256 of the file, or of all built-in rules. `origins` maps a
    key path to the file that set it, for `policy show --explain`.
    """

    source: str
    environments: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    classes: PathClasses
    repository: str | None = None
    approvers: Mapping[str, Approver] = field(default_factory=dict)
    approvals: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    actors: ActorPolicy = field(default_factory=ActorPolicy)
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    branches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    freezes: tuple[Freeze, ...] = ()
    deadline: float = 20.0
    platform: str = ""
    ledger: LedgerSettings | None = None
    repair_boundary: RepairBoundary | None = None
    digest: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, Terms] = field(default_factory=dict)

    def terms_of(self, environment: str) -> Terms:
        """What holds in an environment; where the policy is silent, nothing more than the rules."""
        return self.terms.get(environment) or Terms()

    def counts(self, entry: ApproverKey, now: datetime) -> bool:
        """Whether a listed key counts at `now`: it is within its time, and not revoked."""
        return entry.valid_at(now) and not self.approvals.is_revoked(entry.key)

    @property
    def every_rule(self) -> tuple[Rule, ...]:
        """All rules with all their variants."""
        own = (terms.rules.values() for terms in self.terms.values())
        return (*self.rules, *(rule for rules in own for rule in rules))

    def rules_in(self, environment: str) -> tuple[Rule, ...]:
        """Every rule, as the environment has it, whether it looks there or not."""
        own = self.terms_of(environment).rules
        return tuple(own.get(rule.id, rule) for rule in self.rules)


def utc(value: datetime) -> datetime:
    """A TOML date-time as UTC; one without an offset is taken as UTC."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
