"""The report for the person who pushed: what happened, why it matters, what to type next.

Only the lines of the statement may be wider than `layout.WIDTH`: they are signed byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from agentguard.decision import VERDICTS, Decision, Totals, UpdateDecision
from agentguard.finding import Finding, Value
from agentguard.reports.approvals import alarm, approvals, given, missing, needed
from agentguard.reports.escape import escape
from agentguard.reports.layout import WIDTH, columns, count, cut, fill, line, shorten, wrap

MOST_PATHS, MOST_COMMITS, MOST_VALUES = 5, 3, 3
MOST_FINDINGS, MOST_UPDATES, MOST_QUIET = 20, 10, 20

HEADLINES = {
    "accepted": "agentguard: accepted: {}",
    "needs-approval": "agentguard: refused: {} needs a human's approval",
    "denied": "agentguard: denied: {}",
    "error": "agentguard: could not be judged: {}",
}
# Git takes or refuses a push as a whole, so beside a refused ref nothing is accepted.
NO_OBJECTION = "agentguard: no objection to {}"
BUILT_IN = "built-in rules"
# The number of a limit such as `>= 1000`, to be grouped like what was measured.
LIMIT = re.compile(r"(?<=\A[<>] )[0-9]{4,15}\Z|(?<=\A[<>=]= )[0-9]{4,15}\Z")


def render(decision: Decision) -> str:
    """The whole report: refused updates, then those accepted with a remark, then the others."""
    refused = decision.verdict != "accepted"
    updates = sorted(decision.updates, key=lambda update: -VERDICTS.index(update.verdict))
    loud = [update for update in updates if not _quiet(update)]
    quiet = [_quiet_line(update, refused=refused) for update in updates if _quiet(update)]
    blocks = [_update(update, refused=refused) for update in loud[:MOST_UPDATES]]
    if decision.errors or not updates:
        blocks.insert(0, _fault(decision.errors or ("there was nothing to judge",)))
    if len(loud) > MOST_UPDATES:
        blocks.append([f"agentguard: … and {len(loud) - MOST_UPDATES:,} more refs with findings"])
    blocks.append(cut(quiet, MOST_QUIET, "agentguard: "))
    if decision.head:
        blocks[-1].append(f"agentguard: {decision.head}")
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _quiet(update: UpdateDecision) -> bool:
    """Accepted without a remark: one line says it all."""
    remarks = update.findings or update.approvals or update.refused_approvals
    return update.verdict == "accepted" and not (remarks or update.errors or update.notes)


def _quiet_line(update: UpdateDecision, *, refused: bool) -> str:
    totals = update.totals
    figures = f"{count(totals.files, 'file')}, {_lines(totals)}" if totals.files else "no files"
    if not totals.digest:
        figures = "no rule looks at it"
    tail = " (deleted)" if update.update.deleted else f" ({figures})"
    return _headline(update, tail, refused=refused)


def _headline(update: UpdateDecision, tail: str = "", *, refused: bool) -> str:
    welcome = refused and update.verdict == "accepted"
    frame = (NO_OBJECTION if welcome else HEADLINES[update.verdict]) + tail
    return frame.format(shorten(escape(update.update.ref), WIDTH - columns(frame.format(""))))


def _update(update: UpdateDecision, *, refused: bool) -> list[str]:
    found = sections(update, refused=refused)
    return [text for section in found for text in (*section, "")][:-1]


def sections(update: UpdateDecision, *, refused: bool) -> list[list[str]]:
    """The report on one update in parts, the headline with its totals first. No part is empty.

    `refused` tells whether the push it belongs to is.
    """
    found = [
        [_headline(update, refused=refused), *_totals_lines(update)],
        alarm(update),
        _errors(update.errors, refused=update.verdict == "error"),
        *_findings(update),
        approvals(update),
        [text for note in update.notes for text in wrap("note: ", note)],
        missing(update),
    ]
    return [section for section in found if section]


def _totals_lines(update: UpdateDecision) -> list[str]:
    parts = _totals(update)
    return fill("", parts) if parts else []


def _totals(update: UpdateDecision) -> list[str]:
    """What the update does, in parts that are not to be broken; nothing if it was not read."""
    totals = update.totals
    if update.update.deleted:
        return ["deletes this ref,", f"which stands at {update.update.old[:12]}"]
    if not totals.digest:
        return []
    parts = ["no files changed"]
    if totals.files:
        parts = [count(totals.files, "file"), f"{_lines(totals)} lines"]
    if totals.deleted_lines:
        parts[-1] += f" ({totals.deletion_ratio * 100:.1f} % deletions)"
    if totals.deleted_files:
        parts.append(f"{count(totals.deleted_files, 'file')} deleted")
    if totals.commits:
        actors = ", ".join(f"{made:,} {actor}" for actor, made in totals.actors.items() if made)
        parts.append(count(totals.commits, "commit") + (f": {actors}" if actors else ""))
    return [*(f"{part}," for part in parts[:-1]), parts[-1]]


def _fault(errors: Sequence[str]) -> list[str]:
    return [HEADLINES["error"].format("this push"), "", *_errors(errors, refused=True)]


def _errors(errors: Sequence[str], *, refused: bool) -> list[str]:
    if not errors:
        return []
    lines = ["The gate could not do its work; this is no finding about the change:"]
    for error in cut(errors, MOST_FINDINGS):
        lines += wrap("  - ", error)
    advice = "Show these lines to the server's administrator."
    if refused:
        advice += " What cannot be judged is refused; push again once this is put right."
    return lines + wrap("", advice)


def _findings(update: UpdateDecision) -> Iterator[list[str]]:
    """What stands in the way, then what was approved, then the warnings; each its own section."""
    ordered = sorted(update.findings, key=lambda found: (found.satisfied, found.effect == "warn"))
    policies = {finding.policy for finding in ordered}
    for finding in ordered[:MOST_FINDINGS]:
        # Said ten times over, what is the same everywhere hides what is not.
        commits = finding.commits if update.totals.commits != 1 else ()
        asked = finding.policy if len(policies) > 1 or finding.effect == "deny" else BUILT_IN
        yield _finding(replace(finding, commits=commits, policy=asked))
    if len(ordered) > MOST_FINDINGS:
        yield [f"… and {len(ordered) - MOST_FINDINGS:,} more findings"]


def _finding(finding: Finding) -> list[str]:
    if finding.effect == "warn":
        details = [*_paths(finding.paths), *wrap(_label("fix"), finding.fix)]
    elif finding.satisfied:
        details = wrap(_label("who"), _who(finding))
    else:
        details = [
            *_paths(finding.paths),
            *_commits(finding.commits),
            *wrap(_label("who"), _who(finding)),
            *wrap(_label("why"), finding.why),
            *wrap(_label("fix"), finding.fix),
        ]
    marker = "!" if finding.effect == "warn" else "✓" if finding.satisfied else "✗"
    title = wrap(f"{marker} ", f"{finding.rule}: {finding.title}")
    message = (
        wrap("  ", escape(finding.message)) if finding.message not in {"", finding.title} else []
    )
    return [*title, *message, *_measured(finding), *details]


def _label(label: str) -> str:
    return f"  {label:<9}"


def _measured(finding: Finding) -> list[str]:
    """One line per measure: numbers end, and limits begin, below each other."""
    rows = [_row(name, value, finding.limit[name]) for name, value in finding.measured.items()]
    left = max(columns(amount) for amount, _, _ in rows)
    right = max(columns(name) for _, name, _ in rows) + 1
    lines: list[str] = []
    for amount, name, limit in rows:
        row = f"{name},".ljust(right) + f" {limit}" if limit else name
        row = f"{amount.rjust(left)} {row}" if left else row
        lines += line(_label("" if lines else "measured"), row)
    return lines


def _row(name: str, value: Value, limit: Value) -> tuple[str, str, str]:
    """The amount, what it is an amount of, and the limit; what there is no use for is empty."""
    words = f"one of {_value(limit)}" if isinstance(limit, tuple) else f"limit {_value(limit)}"
    if isinstance(limit, bool) or (isinstance(limit, tuple) and value in limit):
        words = ""
    if isinstance(value, bool | str | tuple):
        return "", f"{escape(name)}: {_value(value)}", words
    return _value(value), escape(name), words


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return LIMIT.sub(lambda limit: f"{int(limit[0]):,}", escape(value))
    if isinstance(value, tuple):
        return ", ".join(cut(list(map(escape, value)), MOST_VALUES))
    return f"{round(value, 3):,}"


def _paths(paths: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for path in _folders(paths) or cut(paths, MOST_PATHS):
        lines += line(_label("" if lines else "paths"), path)
    return lines


def _folders(paths: Sequence[str]) -> list[str]:
    """Many paths by the folders they are in, as deep as `MOST_PATHS` lines allow; nothing where
    that says no more than their first few."""
    if len(paths) <= MOST_PATHS:
        return []
    groups: dict[str, list[str]] = {"": list(dict.fromkeys(paths))}
    whole = set[str]()
    while left := [folder for folder in groups if folder not in whole]:
        folder = max(left, key=lambda name: len(groups[name]))
        parts: dict[str, list[str]] = {}
        for path in groups[folder]:
            below, slash, _ = path.removeprefix(folder).partition("/")
            parts.setdefault(folder + below + slash, []).append(path)
        if len(groups) - 1 + len(parts) > MOST_PATHS or set(parts) == {folder}:
            whole.add(folder)
            continue
        del groups[folder]
        groups |= parts
        whole |= {name for name in parts if not name.endswith("/")}
    [first, *more] = groups
    if not more and not any("/" in path.removeprefix(first) for path in paths if first):
        return []
    place = {path: number for number, path in enumerate(paths)}
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), place[group[1][0]]))
    return [
        f"{name} ({count(len(inside), 'file')})" if name.endswith("/") else name
        for name, inside in ordered
    ]


def _commits(commits: Sequence[str]) -> list[str]:
    short = cut([commit[:12] for commit in commits], MOST_COMMITS)
    return wrap(_label("commits"), ", ".join(short)) if short else []


def _who(finding: Finding) -> str:
    parts = []
    if finding.effect == "deny" and not finding.satisfied:
        parts.append("no approval can allow this")
    elif not finding.satisfied:
        parts.append(needed(finding))
    parts += filter(None, [given(finding)])
    asked = "" if finding.policy == BUILT_IN else f" (asked by {finding.policy})"
    return ", ".join(parts) + asked


def _lines(totals: Totals) -> str:
    return f"+{totals.added_lines:,} −{totals.deleted_lines:,}"
