"""From ref updates to a decision: policies, reading, rules and approvals put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from agentguard.actors import Attribution, Markers, attribute, bundled_markers, pushed_by_agent
from agentguard.agent_push import by_agents
from agentguard.approvals.carriers import claims
from agentguard.approvals.claim import Claim
from agentguard.approvals.counting import count
from agentguard.approvals.digest import change_digest
from agentguard.approvals.statement import Statement
from agentguard.approvals.used import UsedApprovals
from agentguard.approvals.verify import Expected
from agentguard.change import Change, RefUpdate
from agentguard.decision import Decision, Totals, UpdateDecision, Verdict
from agentguard.engine import applicable, frozen, judge
from agentguard.errors import AgentguardError, DeadlineError
from agentguard.finding import FREEZE, Finding
from agentguard.makers import Judged
from agentguard.measures.lost import dead_or_live
from agentguard.measures.ref import reserved
from agentguard.measures.size import ratio
from agentguard.policy.environments import DEVELOPMENT, ENVIRONMENTS, environment_of
from agentguard.policy.load import built_in, load_policy
from agentguard.policy.model import Policy
from agentguard.policy.stack import IN_TREE, Stack, in_commit
from agentguard.promotion import Landed, Promotion, count_once, find_promotion
from agentguard.repo.extras import Wanted
from agentguard.repo.reader import Known, read_between, read_change
from agentguard.repo.repository import Repository
from agentguard.wanted import wanted_by

Read = Callable[[Repository, RefUpdate, Known, Wanted], Change]

NO_CARRIER = (
    "a deletion brings no commit that an approval could be in. Whoever runs this server can delete "
    "the ref there."
)


@dataclass(frozen=True, slots=True)
class Gate:
    """Everything a judgement depends on. `pusher` is the account the platform names, if any.

    `now` is the server's clock, in UTC. `sent` are approvals that came beside the push, `used`
    those of earlier pushes, which only a server knows. `landed` is what its ledger says of other
    refs; without it nothing is a promotion. `read` turns an update into a change.
    """

    repository: Repository
    stack: Stack
    known: Known
    now: datetime
    pusher: str = ""
    sent: tuple[Claim, ...] = ()
    used: UsedApprovals | None = None
    landed: Landed | None = None
    read: Read = read_change

    def judge(self, updates: Sequence[RefUpdate]) -> Decision:
        """Decide on a push, update by update. A push of nothing is an error."""
        if not updates:
            return Decision(errors=("there is nothing to judge",))
        markers = bundled_markers()
        refs = {update.ref for update in updates}
        return Decision(tuple(self._judge(update, refs, markers) for update in updates))

    def _judge(self, update: RefUpdate, refs: AbstractSet[str], markers: Markers) -> UpdateDecision:
        environment = self.stack.environment(update.ref)
        try:
            wanted = self._wanted(update)
            change = self._change(update, wanted)
            brought = (*self._sent_to(update.ref, refs), *claims(change))
            decided = self._decide(change, brought, environment, markers)
            return decided if wanted.content else replace(decided, totals=Totals())
        except DeadlineError:
            raise
        except AgentguardError as error:
            return self._unevaluated(update, str(error))

    def change(self, update: RefUpdate) -> Change:
        """What an update does, read as far as the rules ask. Raises AgentguardError."""
        return self._change(update, self._wanted(update))

    def give_up(self, updates: Sequence[RefUpdate], reason: str) -> Decision:
        """The decision on a push that cannot be judged to its end."""
        return Decision(tuple(self._unevaluated(update, reason) for update in updates))

    def _unevaluated(self, update: RefUpdate, reason: str) -> UpdateDecision:
        held = any(self._holds(policy, update.ref) for policy in self.stack.policies)
        environment = ENVIRONMENTS[0] if held else self.stack.environment(update.ref)
        return unevaluated(update, environment, reason)

    def _holds(self, policy: Policy, ref: str) -> bool:
        """Whether a ref stays where it is if nobody can tell who moves it, protected or not."""
        terms = policy.terms_of(environment_of(ref, policy.environments))
        return terms.agents != "allow" or bool(frozen(policy, ref, self.now))

    def _wanted(self, update: RefUpdate) -> Wanted:
        """What the rules of all policies ask for, where this ref belongs."""
        asking = []
        for policy in self.stack.policies:
            environment = environment_of(update.ref, policy.environments)
            asking.append((policy, applicable(policy, environment)))
        return wanted_by(asking)

    def _change(self, update: RefUpdate, wanted: Wanted) -> Change:
        if reserved(update.ref):
            return Change(update, self.repository.object_format, target="none")
        return self.read(self.repository, update, self.known, wanted)

    def _sent_to(self, ref: str, refs: AbstractSet[str]) -> Iterator[Claim]:
        """What came beside the push for this ref, or for none of its refs."""
        for claim in self.sent:
            meant = claim.statement.ref if claim.statement else ref
            if meant == ref or meant not in refs:
                yield claim

    def _decide(
        self, change: Change, brought: Sequence[Claim], environment: str, markers: Markers
    ) -> UpdateDecision:
        judged = {
            policy.source: self._attributed(change, policy, markers)
            for policy in self.stack.policies
        }
        found = [self._found(judged[policy.source], policy) for policy in self.stack.policies]
        per_policy = [
            (policy, each) for policy, (each, _) in zip(self.stack.policies, found, strict=True)
        ]
        per_policy[0] = (per_policy[0][0], (*per_policy[0][1], *self._new_policy(change)))
        everything = [finding for _, found in per_policy for finding in found]
        digest = _digest(change, everything)
        expected = self._expected(change, digest)
        counted = count(change, per_policy, brought, expected, self.now)
        verdict = _verdict(counted.findings)
        asked = self._asked(counted.findings)
        carried = not change.update.deleted or self._takes_options()
        return UpdateDecision(
            update=change.update,
            environment=environment,
            verdict=verdict,
            totals=_totals(change, digest, judged[self.stack.policies[0].source].attributions),
            findings=counted.findings,
            approvals=counted.approvals,
            refused_approvals=counted.refused,
            statement=self._statement(expected, asked, verdict) if carried and asked else "",
            notes=(
                *_notes(change, verdict, carried=carried or not asked),
                *dict.fromkeys(note for _, note in found if note),
            ),
        )

    def _found(self, judged: Judged, policy: Policy) -> tuple[tuple[Finding, ...], str]:
        """What stands in the way of a change under one policy, and a note about what was judged
        before it came here."""
        way = self._promotion(judged.change, policy)
        found = (*judge(judged, policy, self.now), *by_agents(judged, policy, way))
        return count_once(found, judged.change, policy, way)

    def _promotion(self, change: Change, policy: Policy) -> Promotion | None:
        """What the change is where the ledger knows that it came by way of another environment."""
        repository = self.repository
        between = partial(read_between, repository)
        landed = self.landed
        return landed and find_promotion(change, policy, landed, repository.contains, between)

    def _expected(self, change: Change, digest: str) -> Expected:
        """What an approval of the change must say, and how to tell that it was used before."""
        repository, update = self.repository, change.update

        def spent(statement: Statement) -> str:
            return self.used.spent(statement, update, repository.contains) if self.used else ""

        return Expected(self.stack.repository, update.ref, digest, self.pusher, spent)

    def _takes_options(self) -> bool:
        """Whether an approval may come as a push option, the only carrier of a deletion."""
        return all("signature" in policy.approvals.carriers for policy in self.stack.policies)

    def _asked(self, findings: Sequence[Finding]) -> tuple[str, ...]:
        """The rules that a human may still approve, none where that would not be enough."""
        open_ones = [finding for finding in findings if not finding.satisfied]
        denied = {finding.rule for finding in open_ones if finding.effect == "deny"}
        breakable = any(
            approver.break_glass
            for policy in self.stack.policies
            for approver in policy.approvers.values()
        )
        if not open_ones or denied - {FREEZE} or (denied and not breakable):
            return ()
        rules = {finding.rule for finding in findings if finding.effect == "approve"}
        return tuple(sorted(rules | denied))

    def _attributed(self, change: Change, policy: Policy, markers: Markers) -> Judged:
        attributions = {
            commit.id: attribute(commit, markers, policy, self.now, self.pusher)
            for commit in change.commits
        }
        by_agent = pushed_by_agent(self.pusher, policy.actors)
        unproven = "agent" if by_agent else policy.actors.unproven
        return Judged(change, attributions, unproven, agent_account=by_agent)

    def _statement(self, expected: Expected, rules: tuple[str, ...], verdict: Verdict) -> str:
        """What an approver would sign, with the approver left open."""
        policies = [policy.approvals for policy in self.stack.policies]
        breaking = verdict == "denied"  # by a freeze, or there would be nothing to sign
        ages = (p.break_glass_max_age if breaking else p.max_age for p in policies)
        expires = (self.now + min(ages)).replace(microsecond=0)
        return Statement(
            expected.repository, expected.ref, expected.change, rules, expires
        ).render()

    def _new_policy(self, change: Change) -> Iterator[Finding]:
        """A policy that cannot be read would close the gate for everyone: it does not get in.

        While there is no default branch, any branch may become it.
        """
        if self.known.default and change.update.ref != self.repository.default_branch:
            return
        if not any(file.path == IN_TREE and file.new_blob for file in change.files):
            return
        try:
            content = self.repository.file(change.head, IN_TREE)
            base = built_in(change.update.ref)
            load_policy(content or b"", IN_TREE, base, in_commit(self.repository, change.head))
        except AgentguardError as error:
            yield _broken_policy(str(error))


def _broken_policy(fault: str) -> Finding:
    return Finding(
        rule="broken-policy",
        title="The policy in this push cannot be read",
        severity="critical",
        effect="deny",
        message=fault,
        measured={"policy_readable": False},
        limit={"policy_readable": True},
        why="Once it counts, every push would be refused, the one that repairs it too.",
        fix=f"Put right what is named above. `agentguard policy validate {IN_TREE}` checks it.",
        paths=(IN_TREE,),
    )


def unevaluated(update: RefUpdate, environment: str, reason: str) -> UpdateDecision:
    """What happens to a ref that could not be judged: protected ones stay as they are."""
    if environment == DEVELOPMENT and not reserved(update.ref):
        note = f"not judged, and let through because it is no protected ref: {reason}"
        return UpdateDecision(update, environment, "accepted", notes=(note,))
    return UpdateDecision(update, environment, "error", errors=(reason,))


def _digest(change: Change, findings: Sequence[Finding]) -> str:
    update = change.update
    moved = update.deleted or change.rewound or change.tag_moved
    vanished = {record for finding in findings for record in finding.vanished}
    return change_digest(
        change.files,
        change.object_format,
        ids=(change.base or update.old, change.head) if moved else None,
        vanished=vanished,
    )


def _notes(change: Change, verdict: Verdict, *, carried: bool) -> tuple[str, ...]:
    """What a person should know besides the findings of a change that was refused."""
    if verdict == "accepted":
        return ()
    lost = dead_or_live(change)
    return tuple(filter(None, ("" if carried else NO_CARRIER, lost)))


def _verdict(findings: Sequence[Finding]) -> Verdict:
    if any(finding.effect == "deny" and not finding.satisfied for finding in findings):
        return "denied"
    return "accepted" if all(finding.satisfied for finding in findings) else "needs-approval"


def _totals(change: Change, digest: str, attributions: Mapping[str, Attribution]) -> Totals:
    files = change.files
    added, deleted = sum(file.added for file in files), sum(file.deleted for file in files)
    return Totals(
        digest=digest,
        commits=len(change.commits),
        files=len(files),
        added_lines=added,
        deleted_lines=deleted,
        deletion_ratio=ratio(added, deleted),
        added_files=sum(file.status == "added" for file in files),
        deleted_files=sum(file.gone for file in files),
        renamed_files=sum(file.status == "renamed" for file in files),
        actors=dict(Counter(found.actor for found in attributions.values())),
    )
