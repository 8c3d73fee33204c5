"""`incident recover`: the plan, as a checklist that people tick."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agentguard.clock import iso
from agentguard.incident.actions import Plan
from agentguard.incident.assessment import RefSeen
from agentguard.incident.case import RECOVER, Case
from agentguard.policy.repair import ACTIONS, DONE_HERE
from agentguard.reading import read_file
from agentguard.reports.escape import escape
from agentguard.reports.incident import boundary

FILE = "plan.md"
KEY = re.compile(r"<!-- ([^\s>][^>]*) -->\s*$", re.MULTILINE)
OPEN_BOX = re.compile(r"^\s*[-*+] \[ \] (.*)$", re.MULTILINE)
TICKED = re.compile(r"^\s*[-*+] \[[xX]\] (.*)$", re.MULTILINE)
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One box. `key` tells the same item again when the plan is made anew."""

    key: str
    words: str

    @property
    def line(self) -> str:
        """As it stands in the plan: one line, whatever came out of the repository."""
        return f"- [ ] {escape(self.words)} <!-- {escape(self.key).replace('>', '')} -->"


def recover(case: Case, plan: Plan, by: str, now: datetime) -> Iterator[str]:
    """Write `plan.md`, or add to it what is new; says what was done. Nothing in it is changed: the
    ticks and the words in it are people's."""
    items = list(_items(case, plan))
    path = case.folder / FILE
    before = read_file(path).decode("utf-8", "replace") if path.exists() else ""
    known = set(KEY.findall(before))
    new = [item for item in items if KEY.findall(item.line)[0] not in known]
    case.record("incident-recover", {"by": by, "items": len(items), "new": len(new)}, now)
    lines = "".join(f"{item.line}\n" for item in new)
    if not before:
        case.write(FILE, f"{_head(case, plan, now)}\n{lines}")
    elif new:
        case.write(FILE, f"{before.rstrip()}\n\nAdded {iso(now)}:\n\n{lines}")
    case.after(RECOVER, now)
    yield f"{'wrote' if not before else 'added to' if new else 'kept'} {path}: {len(new)} new boxes"
    yield "tick a box when a person has seen that it is done: - [x]"
    yield f"next: agentguard incident close {case.id}"


def boxes(case: Case) -> tuple[list[str], list[str]]:
    """What is open in the plan, and what is ticked. Raises ConfigurationError without a plan."""
    content = KEY.sub("", read_file(case.folder / FILE).decode("utf-8", "replace"))
    return (
        [words.strip() for words in OPEN_BOX.findall(content)],
        [words.strip() for words in TICKED.findall(content)],
    )


def _head(case: Case, plan: Plan, now: datetime) -> str:
    return (
        f"# Plan for incident {case.id}\n\n"
        f"Generated {iso(now)} from the assessment and the repair boundary. It is a beginning: "
        "add what is missing,\nstrike what does not apply, and tick what a person has seen done.\n\n"
        f"## The repair boundary\n\n```text\n{boundary(plan.limits)}```\n\n## To be done\n"
    )


def _items(case: Case, plan: Plan) -> Iterator[Item]:
    pushers = sorted({who for seen in plan.assessment.refs for who in seen.pushers})
    accounts = f" (accounts that pushed: {', '.join(pushers)})" if pushers else ""
    yield Item("stop", f"The agent's sessions, keys and triggers are stopped{accounts}")
    yield Item("copy", "The evidence is copied to another machine, and `incident verify` holds")
    for seen in plan.assessment.refs:
        yield from _of_ref(seen)
    for action in plan.actions:
        yield from _hindered(action.name, action.ref, action.hindrance)
    yield from _of_classes(plan)
    yield from _of_records(plan)
    for each in plan.assessment.approvals:
        said = "plain text, unverified" if each.unverified else "signed"
        yield Item(
            f"approval {each.record} {each.approver}",
            f"{each.approver} confirms the approval of {each.ref} in record {each.record} ({said})",
        )
    others = [name for name in ACTIONS if name not in DONE_HERE]
    for name in (each for each in others if plan.limits.of(each) == "outside"):
        yield Item(f"escalate {name}", f"Escalate before anybody does this: {ACTIONS[name]}")
    yield Item("tests", "What is served again was tested, and a person looked at it")
    yield Item("cause", "Why the gate let it in is known, and the policy was changed if need be")
    yield Item("unlock", f"The lockdown can end: `incident close {case.id} --unlock REASON`")


def _of_ref(seen: RefSeen) -> Iterator[Item]:
    if seen.target:
        who = f"approved by {seen.approved.approver}" if seen.approved.tip else "as before"
        yield Item(
            f"state {seen.ref}",
            f"{seen.ref} holds what people want: {seen.target[:12]} ({who}), or the revert branch",
        )
    else:
        yield Item(f"state {seen.ref}", f"Somebody decided whether the new {seen.ref} stays")
    for fault in seen.faults:
        yield Item(f"fault {seen.ref} {fault[:40]}", f"{seen.ref}: explained: {fault}")


def _hindered(name: str, ref: str, hindrance: str) -> Iterator[Item]:
    if hindrance:
        yield Item(f"hindered {name} {ref}", f"{name} of {ref} was not possible: {hindrance}")


def _of_classes(plan: Plan) -> Iterator[Item]:
    """Sensitive paths that came in: what is at or outside the boundary says who decides."""
    found: dict[str, set[str]] = {}
    for seen in plan.assessment.refs:
        for name, some in seen.sensitive.items():
            found.setdefault(name, set()).update(some)
    for name, touched in sorted(found.items()):
        paths = sorted(touched)
        named = ", ".join(paths[:MOST_NAMED])
        more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
        level = plan.limits.of_paths(paths)
        who = {
            "inside": "a person looked at",
            "at": "a named human decided about",
            "outside": "escalated: somebody outside of this decides about",
        }[level]
        yield Item(f"class {name}", f"@{name}: {who} {named}{more}")
    if "credentials" in found:
        level = plan.limits.of("rotate-credentials")
        yield Item("rotate", f"Credentials that were touched are replaced ({level} the boundary)")


def _of_records(plan: Plan) -> Iterator[Item]:
    records = sorted({path for each in plan.assessment.commits for path in each.records})
    for path in records:
        yield Item(
            f"claim {path}",
            f"{path} claims what nobody verified: the people it names confirm it, or it goes",
        )
