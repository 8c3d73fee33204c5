"""Gathering what an approver looks at before signing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from agentguard.change import Change, FileChange, RefUpdate
from agentguard.client.proposal import Proposal
from agentguard.directories import directory_totals
from agentguard.paths import PathClasses
from agentguard.policy.environments import environment_of
from agentguard.policy.model import Policy
from agentguard.repo.mentions import mentions_of
from agentguard.reports.review import Review, Sensitive
from agentguard.rules import Rule


def review(proposal: Proposal) -> Review:
    """What is to be seen of a proposal. Raises EvaluationError where that cannot be read."""
    gate, update = proposal.gate, proposal.decision.update
    policies = gate.stack.policies
    change = gate.change(update)
    mentions = change.mentions
    if not mentions.searched:  # no rule asked, or too few are deleted for any
        mentions = mentions_of(gate.repository.git, change.head, change.files)
    deleted = sum(file.status == "deleted" for file in change.files)
    return Review(
        decision=proposal.decision,
        statement=proposal.statement,
        directories=directory_totals(change.files),
        deleted=deleted,
        mentions=mentions if deleted else None,
        sensitive=_by_class(change, policies, PathClasses.contains),
        left_out=_by_class(change, policies, PathClasses.left_out),
        unseen=tuple(_unseen(proposal)),
        lost=_lost_with(proposal, update) if update.deleted else None,
    )


def _by_class(
    change: Change, policies: Sequence[Policy], inside: Callable[[PathClasses, str, str], bool]
) -> tuple[Sensitive, ...]:
    """The touched files that are `inside` each class that a rule with consequences asks for."""
    found: dict[str, dict[str, FileChange]] = {}
    for policy in policies:
        environment = environment_of(change.update.ref, policy.environments)
        classes = policy.classes.knowing(change.followed)
        for name in _classes(policy.rules_in(environment)):
            held = found.setdefault(name, {})
            for file in change.files:
                if any(inside(classes, name[1:], path) for path in file.paths):
                    held[file.path] = file
    return tuple(
        Sensitive(
            name, tuple(sorted(held.values(), key=lambda f: (not f.gone, -f.deleted, f.path)))
        )
        for name, held in sorted(found.items())
        if held
    )


def _classes(rules: Iterable[Rule]) -> set[str]:
    """The path classes, as `@name`, of the rules that may refuse a push."""
    asked = (r for r in rules if r.enabled and {r.effect, *r.effects.values()} - {"warn"})
    return {entry for rule in asked for entry in rule.path_entries if entry.startswith("@")}


def _unseen(proposal: Proposal) -> Iterator[tuple[str, Rule | None]]:
    """The rules that would be approved and that found nothing here: the server's policy asks more
    than this clone's. The rule itself is None where this clone does not know it."""
    seen = {finding.rule for finding in proposal.decision.findings}
    ref = proposal.decision.update.ref
    known = {
        rule.id: rule
        for policy in proposal.gate.stack.policies
        for rule in policy.rules_in(environment_of(ref, policy.environments))
    }
    for name in proposal.statement.rules:
        if name not in seen:
            yield name, known.get(name)


def _lost_with(proposal: Proposal, update: RefUpdate) -> Change:
    """What a ref that goes away holds: what it would bring, were it new."""
    return proposal.gate.change(RefUpdate("", update.old, update.ref))
