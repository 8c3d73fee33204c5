"""Whose an address is, as a policy's `[accounts]` and approvers say, seen from who pushes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agentguard.actors.folding import fold_email

if TYPE_CHECKING:
    from agentguard.policy.model import Policy

Whose = Literal["pusher", "automation", "other", "stranger"]


@dataclass(frozen=True, slots=True)
class Account:
    """The account that pushes. Addresses are folded: `own` are its own, `known` all that the policy
    knows somebody by, `automation` are bots'."""

    name: str
    own: frozenset[str]
    known: frozenset[str] = frozenset()
    automation: frozenset[str] = frozenset()

    def whose(self, email: str) -> Whose:
        """Whose an address is; a `stranger`'s when the policy knows nobody by it."""
        folded = fold_email(email)
        if folded in self.own:
            return "pusher"
        if folded in self.automation:
            return "automation"
        return "other" if folded in self.known else "stranger"


def account_of(pusher: str, policy: Policy) -> Account | None:
    """The pushing account as one policy knows it, None where it does not.

    Who is an approver under one name is so under all their names: they need not be repeated.
    """
    name = pusher.lower()
    if name not in policy.accounts:
        return None
    listed = {account: _folded(emails) for account, emails in policy.accounts.items()}
    people = [_folded(approver.identities) for approver in policy.approvers.values()]
    names = listed[name] | _folded([name])
    own = names.union(*(each for each in people if each & names))
    known = names.union(*listed.values(), *people)
    return Account(name, own, known, _folded(policy.actors.automation_emails))


def _folded(values: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold_email, values))
