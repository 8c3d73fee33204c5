"""What the policy would have done to the history: each step of a branch, judged as one push."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentguard.change import RefUpdate
from agentguard.client.checkout import Checkout
from agentguard.decision import UpdateDecision
from agentguard.errors import ConfigurationError
from agentguard.gate import Gate
from agentguard.repo.reader import Known
from agentguard.repo.steps import Step, first_parent_steps


@dataclass(frozen=True, slots=True)
class Judged:
    """One step, and what the gate says of it."""

    step: Step
    update: UpdateDecision

    @property
    def stopped(self) -> bool:
        """It would not have gone through as it is."""
        return self.update.verdict != "accepted"

    @property
    def stopped_by(self) -> tuple[str, ...]:
        """The rules that would have held it up, each once."""
        found = self.update.findings
        return tuple(dict.fromkeys(each.rule for each in found if not each.satisfied))

    @property
    def warned_by(self) -> tuple[str, ...]:
        """The rules that would only have pointed at something, each once."""
        found = self.update.findings
        return tuple(dict.fromkeys(each.rule for each in found if each.effect == "warn"))


def backtest(checkout: Checkout, revisions: str, last: int) -> tuple[Judged, ...]:
    """Judge the steps of `A..B`, or up to a revision ("": the default branch), newest first.

    By the policy that stands on the default branch now, whatever stood there then. Freezes are of
    these days, and sums and promotions are in the server's ledger: all are left out. `last` limits
    how many steps there are, 0 does not. Raises ConfigurationError or EvaluationError.
    """
    tip, base = _ends(checkout, revisions)
    steps = first_parent_steps(checkout.repository.git, tip, base, last)
    gate = checkout.gate(checkout.onto_tip)
    policies = tuple(replace(policy, freezes=()) for policy in gate.stack.policies)
    gate = replace(gate, stack=replace(gate.stack, policies=policies))
    return judge_steps(gate, checkout.ref, steps)


def judge_steps(gate: Gate, ref: str, steps: Sequence[Step]) -> tuple[Judged, ...]:
    """Judge each step as a push to `ref` while that stood where the step began."""
    return tuple(Judged(step, _decided(gate, RefUpdate(step.old, step.new, ref))) for step in steps)


def _decided(gate: Gate, update: RefUpdate) -> UpdateDecision:
    [decided] = replace(gate, known=Known(update.old, (update.old,))).judge([update]).updates
    return decided


def _ends(checkout: Checkout, revisions: str) -> tuple[str, str]:
    """The last commit, and the one whose history is left out, "" for none."""
    if ".." in revisions:
        update = checkout.range_update(revisions)
        return update.new, update.old
    if revisions:
        return checkout.commit(revisions), ""
    if not checkout.onto_tip:
        raise ConfigurationError(
            "nothing here tells which branch changes go to: name it with --onto REF"
        )
    return checkout.onto_tip, ""
