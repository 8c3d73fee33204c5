"""From ref updates to a decision: policies, reading, rules and approvals put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from agentguard.accounts import account_of
from agentguard.actors import Markers, attribute, bundled_markers, pushed_by_agent
from agentguard.agent_push import by_agents
from agentguard.approvals.carriers import claims
from agentguard.approvals.claim import Claim
from agentguard.approvals.counting import Counted, count
from agentguard.approvals.statement import Statement
from agentguard.approvals.verify import Expected
from agentguard.assessed import Assessed, Opinion
from agentguard.change import Change, RefUpdate
from agentguard.decision import Contribution, Decision, Totals, UpdateDecision, Verdict
from agentguard.engine import applicable, frozen, judge
from agentguard.errors import AgentguardError, DeadlineError
from agentguard.finding import FREEZE, Finding
from agentguard.ledger.history import History
from agentguard.lockdown import Order, lockdown_finding
from agentguard.makers import Judged, Makers
from agentguard.measures.ref import reserved
from agentguard.outcome import digest_of, moved, notes_of, totals_of, unevaluated, verdict_of
from agentguard.policy.candidate import broken_policy
from agentguard.policy.environments import DEVELOPMENT, ENVIRONMENTS, environment_of
from agentguard.policy.model import Policy
from agentguard.policy.stack import Stack
from agentguard.promotion import Landed, Promotion, count_once, find_promotion, judged_before
from agentguard.repo.extras import Wanted
from agentguard.repo.reader import Known, read_between, read_change
from agentguard.repo.repository import Repository
from agentguard.wanted import judged_once, wanted_by
from agentguard.windows import contributions, judge_windows, rule_of

Read = Callable[[Repository, RefUpdate, Known, Wanted], Change]


@dataclass(frozen=True, slots=True)
class Gate:
    """Everything a judgement depends on. `pusher` is the account the platform names, if any.

    `now` is the server's clock, in UTC. `sent` are approvals that came beside the push. `landed` is
    what the server's ledger says of other refs; without it nothing is a promotion. `lockdown` is an
    order that stops what agents push. `read` turns an update into a change.
    """

    repository: Repository
    stack: Stack
    known: Known
    now: datetime
    pusher: str = ""
    sent: tuple[Claim, ...] = ()
    landed: Landed | None = None
    lockdown: Order | None = None
    read: Read = read_change

    def judge(self, updates: Sequence[RefUpdate]) -> Decision:
        """Decide on a push that no ledger knows the past of."""
        return self.decide(self.assess(updates), None)

    def assess(self, updates: Sequence[RefUpdate]) -> tuple[Assessed | UpdateDecision, ...]:
        """Read and judge each update as far as that goes without the ledger; what cannot be read
        is decided by that. Raises DeadlineError."""
        markers = bundled_markers()
        refs = {update.ref for update in updates}
        return tuple(self._assess(update, refs, markers) for update in updates)

    def decide(
        self, assessed: Sequence[Assessed | UpdateDecision], history: History | None
    ) -> Decision:
        """Decide on what was assessed, while the ledger is held. A push of nothing is an error."""
        if not assessed:
            return Decision(errors=("there is nothing to judge",))
        decided = []
        for each in assessed:
            decided.append(self._decided(each, history))
            if history:
                history.decided(decided[-1])
        return Decision(tuple(decided))

    def change(self, update: RefUpdate) -> Change:
        """What an update does, read as far as the rules ask. Raises AgentguardError."""
        return self._change(update, self._wanted(update))

    def give_up(self, updates: Sequence[RefUpdate], reason: str) -> Decision:
        """The decision on a push that cannot be judged to its end."""
        return Decision(tuple(self._unevaluated(update, reason) for update in updates))

    # ---- before the ledger is held

    def _assess(
        self, update: RefUpdate, refs: AbstractSet[str], markers: Markers
    ) -> Assessed | UpdateDecision:
        try:
            wanted = self._wanted(update)
            change = self._change(update, wanted)
            opinions = [self._opinion(change, policy, markers) for policy in self.stack.policies]
            besides = (*self._new_policy(change), *self._locked(opinions))
            opinions[0] = replace(opinions[0], findings=(*opinions[0].findings, *besides))
            return Assessed(
                change=change,
                environment=self.stack.environment(update.ref),
                brought=(*self._sent_to(update.ref, refs), *claims(change)),
                opinions=tuple(opinions),
                counted=wanted.content,
            )
        except DeadlineError:
            raise
        except AgentguardError as error:
            return self._unevaluated(update, str(error))

    def _unevaluated(self, update: RefUpdate, reason: str) -> UpdateDecision:
        held = self.lockdown or any(self._holds(each, update.ref) for each in self.stack.policies)
        environment = ENVIRONMENTS[0] if held else self.stack.environment(update.ref)
        return unevaluated(update, environment, reason)

    def _holds(self, policy: Policy, ref: str) -> bool:
        """Whether a ref stays where it is if nobody can tell who moves it, protected or not."""
        environment = environment_of(ref, policy.environments)
        if policy.terms_of(environment).agents != "allow" or frozen(policy, ref, self.now):
            return True
        return judged_once((policy, applicable(policy, environment)), self.pusher)

    def _wanted(self, update: RefUpdate) -> Wanted:
        """What the rules of all policies ask for, where this ref belongs."""
        asking = []
        for policy in self.stack.policies:
            environment = environment_of(update.ref, policy.environments)
            asking.append((policy, applicable(policy, environment)))
        wanted = wanted_by(asking, self.pusher)
        return replace(wanted, content=True) if self.lockdown else wanted

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

    def _opinion(self, change: Change, policy: Policy, markers: Markers) -> Opinion:
        judged = self._attributed(change, policy, markers)
        way = self._promotion(change, policy)
        found = (*judge(judged, policy, self.now), *by_agents(judged, policy, way))
        return Opinion(policy, judged, found, way)

    def _attributed(self, change: Change, policy: Policy, markers: Markers) -> Judged:
        attributions = {
            commit.id: attribute(commit, markers, policy, self.now, self.pusher)
            for commit in change.commits
        }
        by_agent = pushed_by_agent(self.pusher, policy.actors)
        unproven = "agent" if by_agent else policy.actors.unproven
        account = account_of(self.pusher, policy)
        return Judged(change, attributions, unproven, agent_account=by_agent, account=account)

    def _promotion(self, change: Change, policy: Policy) -> Promotion | None:
        """What the change is where the ledger knows that it came by way of another environment."""
        repository = self.repository
        between = partial(read_between, repository)
        landed = self.landed
        return landed and find_promotion(change, policy, landed, repository.contains, between)

    def _locked(self, opinions: Sequence[Opinion]) -> Iterator[Finding]:
        """What a lockdown for agents says, if under any policy an agent has a part in the change."""
        if self.lockdown and any("agent" in Makers(each.judged).everyone for each in opinions):
            yield lockdown_finding(self.lockdown)

    def _new_policy(self, change: Change) -> Iterator[Finding]:
        """While there is no default branch, any branch may become it, and its policy count."""
        if not self.known.default or change.update.ref == self.repository.default_branch:
            yield from broken_policy(change, self.repository)

    # ---- while the ledger is held

    def _decided(
        self, assessed: Assessed | UpdateDecision, history: History | None
    ) -> UpdateDecision:
        if isinstance(assessed, UpdateDecision):
            return assessed
        try:
            decided = self._decide(assessed, history)
            return decided if assessed.counted else replace(decided, totals=Totals())
        except DeadlineError:
            raise
        except AgentguardError as error:
            return self._unevaluated(assessed.change.update, str(error))

    def _decide(self, assessed: Assessed, history: History | None) -> UpdateDecision:
        change, environment = assessed.change, assessed.environment
        digest = digest_of(change, [each for one in assessed.opinions for each in _once(one)[0]])
        found = [self._found(opinion, digest, history) for opinion in assessed.opinions]
        per_policy = [(policy, findings) for policy, findings, _ in found]
        expected = self._expected(change, digest, history)
        counted = count(change, per_policy, assessed.brought, expected, self.now)
        verdict = verdict_of(counted.findings)
        asked = self._asked(counted.findings)
        carried = not change.update.deleted or self._takes_options()
        notes = notes_of(change, verdict, carried=carried or not asked)
        return UpdateDecision(
            update=change.update,
            environment=environment,
            verdict=verdict,
            totals=totals_of(change, digest, assessed.opinions[0].judged.attributions),
            findings=counted.findings,
            approvals=counted.approvals,
            refused_approvals=counted.refused,
            statement=self._statement(expected, asked, verdict) if carried and asked else "",
            notes=(*notes, *dict.fromkeys(note for *_, note in found if note)),
            base=change.base,
            lost=environment != DEVELOPMENT and moved(change),
            windows=tuple(_contributions(assessed, counted)),
        )

    def _found(
        self, opinion: Opinion, digest: str, history: History | None
    ) -> tuple[Policy, tuple[Finding, ...], str]:
        """What one policy finds in the change and in what it adds up to with others, and a note
        about what was judged before it came here."""
        policy, change = opinion.policy, opinion.judged.change
        earlier = history.earlier(policy, change.update, digest) if history else {}
        sums = judge_windows(opinion.judged, policy, earlier, opinion.findings)
        return policy, *_once(replace(opinion, findings=(*opinion.findings, *sums)))

    def _expected(self, change: Change, digest: str, history: History | None) -> Expected:
        """What an approval of the change must say, and how to tell that it was used before."""
        repository, update = self.repository, change.update

        def spent(statement: Statement) -> str:
            return history.spent(statement, update, repository.contains) if history else ""

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

    def _statement(self, expected: Expected, rules: tuple[str, ...], verdict: Verdict) -> str:
        """What an approver would sign, with the approver left open."""
        policies = [policy.approvals for policy in self.stack.policies]
        breaking = verdict == "denied"  # by a freeze, or there would be nothing to sign
        ages = (p.break_glass_max_age if breaking else p.max_age for p in policies)
        expires = (self.now + min(ages)).replace(microsecond=0)
        return Statement(
            expected.repository, expected.ref, expected.change, rules, expires
        ).render()


def _once(opinion: Opinion) -> tuple[tuple[Finding, ...], str]:
    """The findings that count, and a note about those that counted where the change came from."""
    return count_once(opinion.findings, opinion.judged.change, opinion.policy, opinion.way)


def _contributions(assessed: Assessed, counted: Counted) -> Iterator[Contribution]:
    """What the update adds to sums over pushes: nothing, once a human approved it or it counted
    where it came from."""
    approved = {each.rule for each in counted.findings if each.approved_by}
    for opinion in assessed.opinions:
        policy, change = opinion.policy, assessed.change
        before = judged_before(opinion.way, change, policy) if opinion.way else frozenset()
        for sum_of, sizes in contributions(opinion.judged, policy).items():
            rule = rule_of(sum_of)
            own = {} if counted.approvals or rule in before else sizes.to_dict()
            if own or rule in approved:
                yield Contribution(policy.source, sum_of, own, rule in approved)
