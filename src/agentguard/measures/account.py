"""What a commit says of its maker, beside the account that pushes it. For `per = "commit"`.

A server knows who pushes. Whose name a commit carries anybody can type, so what is measured here is
whether the two agree, and only where they can be compared: where a policy knows the account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from agentguard.accounts import Whose
from agentguard.actors import KnownBy, pushed_by_agent
from agentguard.change import Person
from agentguard.measures.measure import Limit, Measure, Reading, View, flag, one_of, within

if TYPE_CHECKING:
    from agentguard.policy.model import Policy

# Of several people whom a malformed header names, the one that is furthest from who pushes counts.
FURTHEST: tuple[Whose, ...] = ("other", "stranger", "automation", "pusher")
KINDS: tuple[KnownBy, ...] = get_args(KnownBy)
WORDS: dict[KnownBy, str] = {
    "account": "an agent's account pushed it",
    "address": "it has an agent's address",
    "key": "an agent's key signed it",
}


def _arrives(view: View) -> bool:
    return view.commit is not None and view.commit.id in view.change.arriving


def _author(view: View, _limit: Limit) -> Reading:
    return _whose(view, "author", view.commit.authors if view.commit else ())


def _committer(view: View, _limit: Limit) -> Reading:
    return _whose(view, "committer", view.commit.committers if view.commit else ())


def _whose(view: View, role: str, people: Sequence[Person]) -> Reading:
    if view.commit is None or view.account is None:
        return Reading("")
    found = {view.account.whose(each.email): each.email for each in people or (Person("", ""),)}
    whose = next(each for each in FURTHEST if each in found)
    named = found[whose] or "nobody"
    words = f"{view.commit.id[:12]} names {named} as {role}, and {view.account.name} pushes it"
    return Reading(whose, details=(words,))


def _unlabelled(view: View, limit: Sequence[KnownBy]) -> Reading:
    known = view.attribution.unlabelled if view.attribution else ()
    asked = [each for each in known if each in limit]
    if view.commit is None or not asked:
        return Reading("")
    why = " and ".join(WORDS[each] for each in asked)
    return Reading(asked[0], details=(f"{view.commit.id[:12]} names no agent, but {why}",))


def _known(_limit: Limit, policy: Policy, pusher: str) -> bool:
    return pusher.lower() in policy.accounts


def _lists_agents(kinds: Sequence[KnownBy], policy: Policy, pusher: str) -> bool:
    told: dict[KnownBy, bool] = {
        "account": pushed_by_agent(pusher, policy.actors),
        "address": bool(policy.actors.agent_emails),
        "key": bool(policy.actors.agent_keys),
    }
    return any(told[kind] for kind in kinds)


MEASURES: tuple[Measure, ...] = (
    replace(
        flag("arrives", "the commit comes with this push: no ref of the server held it", _arrives),
        of="commit",
        said=True,
        arrival=True,
    ),
    Measure(
        "author",
        "whose the author's address is, to `[accounts]` of the policy",
        one_of(FURTHEST),
        _author,
        within,
        of="commit",
        said=True,
        possible=_known,
    ),
    Measure(
        "committer",
        "whose the committer's address is, to `[accounts]` of the policy",
        one_of(FURTHEST),
        _committer,
        within,
        of="commit",
        said=True,
        possible=_known,
    ),
    Measure(
        "unlabelled",
        "by what the policy knows an agent's commit that carries no mark of one itself",
        one_of(KINDS),
        _unlabelled,
        within,
        of="commit",
        said=True,
        possible=_lists_agents,
    ),
)
