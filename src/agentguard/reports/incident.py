"""An assessment as text for a terminal and as Markdown for people; the plan of what can be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from agentguard.incident.actions import Action, ambiguous
from agentguard.incident.assessment import Approved, Assessment, CommitSeen, RefSeen, as_json
from agentguard.policy.repair import ACTIONS, DONE_HERE, LEVELS, Boundaries
from agentguard.reports.escape import escape
from agentguard.reports.layout import count, cut, wrap

SHORT = 12
MOST_COMMITS = 30
MOST_PATHS = 5
MOST_LISTED = 100
MEANINGS = {
    "inside": "may be done at once",
    "at": "needs --approved-by a named human",
    "outside": "escalate: for people to decide",
}


def text(found: Assessment) -> str:
    """For a terminal, at most 72 columns."""
    lines = [f"Incident {found.incident}: what was done since {found.since}", ""]
    lines += wrap("", _summary(found))
    for seen in found.refs:
        lines += ["", *_ref_text(seen)]
    for heading, each in _lists(found):
        lines += ["", heading, *(line for row in each for line in wrap("  - ", row))]
    return "\n".join(lines) + "\n"


def markdown(found: Assessment, heading: str = "") -> str:
    """For the record and for a ticket. Everything from outside is escaped and cannot be markup."""
    title = heading or f"# Assessment of incident {found.incident}"
    lines = [
        title,
        "",
        f"Since {found.since}; made {found.made}; {found.head}.",
        "",
        _summary(found),
    ]
    for seen in found.refs:
        lines += ["", f"{title.split(' ')[0]}# {_code(seen.ref)}", ""]
        lines += [f"- {_plain(row)}" for row in _facts(seen)]
        lines += [f"- {_plain(row)}" for row in _commits(seen)]
    for name, each in _lists(found):
        lines += ["", f"**{name}**", "", *(f"- {_plain(row)}" for row in each)]
    return "\n".join(lines) + "\n"


FORMATS: dict[str, Callable[[Assessment], str]] = {
    "text": text,
    "json": as_json,
    "markdown": markdown,
}


def plan(actions: Sequence[Action], refs: Sequence[RefSeen]) -> str:
    """What can be done, what each needs, and why not what cannot."""
    lines = []
    for seen in refs:
        if ambiguous(seen):
            lines += wrap("", f"{seen.ref} has two earlier tips:")
            lines += wrap("  --to approved  ", _approved(seen.approved))
            lines += wrap("  --to before    ", f"{seen.before[:SHORT]}, where it stood")
    for action in actions:
        lines += wrap("- ", f"{action.name} {action.ref}{_goal(action)}")
        lines += wrap("    ", _standing(action))
    return "\n".join(lines or ["There is nothing that could be done here."]) + "\n"


def boundary(limits: Boundaries) -> str:
    """The repair boundary in force, by level, and by policy where several have one."""
    lines = []
    for level in LEVELS:
        names = [name for name in ACTIONS if limits.of(name) == level]
        lines += [f"{level}: {MEANINGS[level]}"]
        lines += [
            f"  {name:<19} {'(done by contain)' if name in DONE_HERE else ''}".rstrip()
            for name in names
        ]
        for source, each, _ in limits.each:
            paths = [entry for entry in each.entries(level) if entry not in ACTIONS]
            lines += wrap(f"  {escape(source)}: ", " ".join(paths)) if paths else []
    return "\n".join(lines) + "\n"


def _summary(found: Assessment) -> str:
    commits = found.commits
    agents = sum(each.actor == "agent" for each in commits)
    return (
        f"Pushes: {found.pushes:,} accepted, {found.refused:,} refused. "
        f"{count(len(found.refs), 'ref')} moved; {count(len(commits), 'commit')}, "
        f"{agents:,} of them by agents."
    )


def _ref_text(seen: RefSeen) -> list[str]:
    lines = wrap("", seen.ref)
    for row in _facts(seen):
        lines += wrap("  ", row)
    for row in _commits(seen):
        lines += wrap("    ", row)
    return lines


def _facts(seen: RefSeen) -> Iterator[str]:
    totals = seen.totals
    yield f"from {seen.before[:SHORT] or 'nothing'} to {seen.now[:SHORT] or 'nothing'}"
    yield (
        f"{count(totals.files, 'file')} changed, +{totals.added:,} −{totals.deleted:,} lines, "
        f"{count(totals.deleted_files, 'file')} deleted"
    )
    if totals.actors:
        made = ", ".join(f"{number:,} {actor}" for actor, number in totals.actors.items())
        by = f"; pushed by {', '.join(seen.pushers)}" if seen.pushers else ""
        yield f"commits: {made}{by}"
    for name, paths in seen.sensitive.items():
        yield f"@{name}: {', '.join(cut(paths, MOST_PATHS))}"
    yield _last(seen)
    yield from (f"kept: {name}" for name in seen.kept)
    yield from (f"NOT EXPLAINED: {fault}" for fault in seen.faults)


def _last(seen: RefSeen) -> str:
    if seen.approved.tip:
        return f"last tip a human approved: {_approved(seen.approved)}"
    stood = seen.before[:SHORT] or "nothing"
    return f"no tip that a human approved is on record; before the window it was {stood}"


def _approved(found: Approved) -> str:
    what = f"{found.tip[:SHORT]}, by {found.approver} (record {found.record})"
    if found.within:
        return f"{what}, IN the window: make sure that this approval is honest"
    after = f"; {count(found.between, 'commit')} came after it, before the window"
    return what + (after if found.between else "")


def _commits(seen: RefSeen) -> Iterator[str]:
    for commit in seen.commits[:MOST_COMMITS]:
        yield _commit(commit)
    left = len(seen.commits) - MOST_COMMITS + seen.commits_cut
    if left > 0:
        yield f"… and {count(left, 'commit')} more"


def _commit(commit: CommitSeen) -> str:
    who = f"{commit.actor} ({commit.agent})" if commit.agent else commit.actor
    return (
        f"{commit.id[:10]} {who}: “{commit.subject}”: {count(commit.files, 'file')}, "
        f"+{commit.added:,} −{commit.deleted:,}"
    )


def _lists(found: Assessment) -> Iterator[tuple[str, list[str]]]:
    """What stands below the refs, each with its heading."""
    commits = found.commits
    said = [f"{c.id[:10]} “{c.subject}”: {c.claims}" for c in commits if c.claims]
    records = sorted({path for commit in commits for path in commit.records})
    approvals = [
        f"{each.approver} for {each.ref} (record {each.record}): {', '.join(each.rules)}"
        + ("; unverified plain text" if each.unverified else "")
        + (f"; BROKE THE GLASS: {each.broke_glass}" if each.broke_glass else "")
        for each in found.approvals
    ]
    refusals = [f"{rule}: {count(number, 'time')}" for rule, number in found.refusals.items()]
    for heading, rows in (
        ("Messages that say less than was done:", said),
        ("Records that claim what NOBODY VERIFIED:", records),
        ("Approvals that were used:", approvals),
        ("Rules that stopped pushes:", refusals),
        ("Freezes, lockdowns and the rest:", list(found.events)),
        ("To be known:", list(found.notes)),
    ):
        if rows:
            yield heading, cut(rows, MOST_LISTED)


def _goal(action: Action) -> str:
    if action.name == "keep-tip":
        return f" ({action.old[:SHORT]})"
    return f" → {action.target[:SHORT]}" if action.target else ""


def _standing(action: Action) -> str:
    if action.done:
        return "done"
    return f"not possible: {action.hindrance}" if action.hindrance else MEANINGS[action.level]


def _code(value: str) -> str:
    return f"`{escape(value).replace('`', '’')}`"


def _plain(value: str) -> str:
    """Text that Markdown shows as it is."""
    shown = escape(value).replace("\\", "\\\\")
    for sign in "`*_[]<>#|~":
        shown = shown.replace(sign, f"\\{sign}")
    return shown
