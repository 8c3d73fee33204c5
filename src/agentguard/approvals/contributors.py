"""Whether an approver had a hand in the change that they approve."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agentguard.actors.folding import fold, fold_email
from agentguard.change import Commit
from agentguard.errors import SignatureError
from agentguard.policy.model import Approver

_CONTINUATION = re.compile(r"\n[ \t]+")
_CO_AUTHOR = re.compile(r"co[\W_]{0,3}authored[\W_]{0,3}by(.*)")


def objection(approver: Approver, commits: Iterable[Commit], pusher: str) -> str:
    """Why the approver does not count as another pair of eyes, "" when they do."""
    part = part_in(approver, commits, pusher)
    return f"{approver.id!a} is the {part}, and another person must approve" if part else ""


def part_in(approver: Approver, commits: Iterable[Commit], pusher: str = "") -> str:
    """The first part found, as `author of <short id>`; the empty string when there is none.

    Names are free text, so this holds back honest people, not forgers; it looks as widely as it
    can, since a wrong hit only costs another approver. `pusher` is the account that pushes; where
    nobody listed it as an alias, an account called like what stands before the `@` is theirs.
    """
    names = frozenset(map(fold_email, approver.identities)) - {""}
    account = fold_email(pusher)
    if account and any(account in (name, name.partition("@")[0]) for name in names):
        return f"one who pushes, as {pusher!a}"
    for commit in commits:
        for role in _roles(approver, names, commit):
            return f"{role} of {commit.id[:12]}"
    return ""


def _roles(approver: Approver, names: frozenset[str], commit: Commit) -> Iterator[str]:
    for role, people in (("author", commit.authors), ("committer", commit.committers)):
        if any(
            fold_email(name) in names for person in people for name in (person.email, person.name)
        ):
            yield role
    if any(_mentions(line, name) for line in _co_author_lines(commit.message) for name in names):
        yield "co-author"
    if _signed_by(approver, commit):
        yield "signer"


def _co_author_lines(message: str) -> list[str]:
    return _CO_AUTHOR.findall(fold(_CONTINUATION.sub(" ", message)))


def _mentions(line: str, name: str) -> bool:
    """`name` stands in `line` as a whole, not as a piece of a longer name or address."""
    return re.search(rf"(?<![\w.+-]){re.escape(name)}(?![\w-]|\.\w)", line) is not None


def _signed_by(approver: Approver, commit: Commit) -> bool:
    """Unverified: who could put another's key there could as well put their name there."""
    if commit.signature is None or commit.signature.kind != "ssh":
        return False
    from agentguard.approvals.sshsig import embedded_key

    try:
        return bool(approver.listed(embedded_key(commit.signature.armored)))
    except SignatureError:
        return False
