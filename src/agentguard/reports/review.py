"""What an approver looks at before signing: what it does, where, what it breaks, what is signed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agentguard.approvals.statement import Statement
from agentguard.change import Change, FileChange, Mentions
from agentguard.decision import UpdateDecision
from agentguard.reports.escape import escape
from agentguard.reports.layout import WIDTH, columns, count, cut, fill, line, shorten, wrap
from agentguard.reports.text import sections

if TYPE_CHECKING:
    from agentguard.directories import DirectoryTotal
    from agentguard.rules import Rule

MOST_MENTIONS, MOST_SENSITIVE, MOST_COMMITS, MOST_UNSEEN = 10, 5, 5, 20
STANDING = "This will stand in every report of the push, and in the server's records for good."
HEADS = ("files", "gone", "added", "deleted")


@dataclass(frozen=True, slots=True)
class Sensitive:
    """The touched files of one path class (`@name`), those that lose most first."""

    name: str
    files: tuple[FileChange, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that is shown. The statement has its approver.

    `deleted` is how many files are deleted, `mentions` where they are still named (None if none
    is). `left_out` are files that a class would hold, were they not tests, documents or the like.
    `unseen` are rules of the statement that found nothing here, None for an unknown one.
    `lost` is what a ref that is deleted holds beyond the default branch.
    """

    decision: UpdateDecision
    statement: Statement
    directories: tuple[DirectoryTotal, ...] = ()
    deleted: int = 0
    mentions: Mentions | None = None
    sensitive: tuple[Sensitive, ...] = ()
    left_out: tuple[Sensitive, ...] = ()
    unseen: tuple[tuple[str, Rule | None], ...] = ()
    lost: Change | None = None


def render(review: Review) -> str:
    """The whole review, at most `WIDTH` columns wide."""
    decided = review.decision
    verdict = "needs-approval" if decided.verdict == "accepted" else decided.verdict
    shown = replace(decided, statement="", verdict=verdict)
    headline, *findings = sections(shown, refused=True)
    parts = [
        headline,
        _lost(review.lost) if review.lost else [],
        _directories(review.directories),
        _mentions(review),
        list(_sensitive(review.sensitive)) if review.directories else [],
        list(_left_out(review.left_out)),
        *findings,
        _unseen(review.unseen),
        _broken_glass(review.statement),
        _signed(review.statement),
    ]
    return "\n".join(text for part in parts if part for text in (*part, ""))


def _directories(totals: Sequence[DirectoryTotal]) -> list[str]:
    """One row per directory, numbers below each other."""
    if not totals:
        return []
    rows = [
        (f"{t.files:,}", f"{t.deleted_files:,}", f"+{t.added:,}", f"−{t.deleted:,}") for t in totals
    ]
    widths = [max(map(len, column)) for column in zip(HEADS, *rows, strict=True)]
    room = WIDTH - sum(widths) - 2 * len(widths)
    names = [escape(total.directory).rstrip("/") + "/" for total in totals]
    left = min(max(map(columns, [*names, "directory"])), room)
    lines = []
    for name, row in zip(["directory", *names], [HEADS, *rows], strict=True):
        short = shorten("./" if name == "/" else name, left)
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join((short + " " * (left - columns(short)), *cells)))
    return lines


def _mentions(review: Review) -> list[str]:
    """The deleted files that what stays still names: those it breaks."""
    found = review.mentions
    if found is None:
        return []
    first = {mention.path: mention for mention in reversed(found.found)}
    named = [first[path] for path in dict.fromkeys(mention.path for mention in found.found)]
    verb = "are" if len(named) > 1 else "is"
    total = f"{f'{len(named):,}' if named else 'None'} of {count(review.deleted, 'deleted file')}"
    lines = wrap("", f"{total} {verb} still named by what stays{':' if named else '.'}")
    for mention in named[:MOST_MENTIONS]:
        lines += line("  ", f"{mention.path} <- {mention.by}:{mention.line}")
    lines += _more(len(named), MOST_MENTIONS, "  ")
    if not found.complete:
        looked = f"{found.searched:,} of {review.deleted:,} were looked for"
        lines += wrap("  ", f"The search was not complete ({looked}): there may be more.")
    return lines


def _sensitive(classes: Sequence[Sensitive]) -> Iterator[str]:
    if not classes:
        yield "No sensitive file is touched."
        return
    yield "Sensitive files:"
    for each in classes:
        yield from line("  ", f"{each.name}: {count(len(each.files), 'file')}")
        for file in each.files[:MOST_SENSITIVE]:
            status = "emptied" if file.emptied else file.status
            yield from fill(f"    {status:<10} ", [file.path])
        yield from _more(len(each.files), MOST_SENSITIVE, "    ")


def _left_out(classes: Sequence[Sensitive]) -> Iterator[str]:
    """What nobody asks about, though its name would: what makes a file a test is its path alone."""
    if classes:
        yield "Called like sensitive files, and taken for tests, documents or examples:"
    for each in classes:
        yield from line(
            "  ", f"{each.name}: {count(len(each.files), 'file')}, {each.files[0].path}"
        )


def _lost(change: Change) -> list[str]:
    """What goes away with a ref."""
    if change.target != "commit":
        return [f"What it holds is a {change.target}."] if change.target != "none" else []
    if not change.commits:
        return ["Everything on it is on the default branch as well."]
    figures = f"{count(len(change.commits), 'commit')}, {count(len(change.files), 'file')}"
    lines = wrap("", f"On it and not on the default branch: {figures}")
    newest = [f"{each.id[:12]} {each.subject}" for each in reversed(change.commits)]
    for each in cut(newest, MOST_COMMITS):
        lines += line("  ", each)
    return lines


def _unseen(rules: Sequence[tuple[str, Rule | None]]) -> list[str]:
    if not rules:
        return []
    lines = wrap("", "Rules that found something by the server's policy, and nothing by this one:")
    for name, rule in rules[:MOST_UNSEEN]:
        lines += wrap("  ", f"{name}: {rule.title if rule else 'not known here'}")
        lines += wrap("    why: ", rule.why) if rule else []
    return lines + _more(len(rules), MOST_UNSEEN, "  ")


def _broken_glass(statement: Statement) -> list[str]:
    if not statement.reason:
        return []
    loud = "you let this through alone, without anybody else, because:"
    return [
        *wrap("BREAK GLASS: ", loud),
        *wrap("  ", statement.reason),
        *wrap("", STANDING),
    ]


def _signed(statement: Statement) -> list[str]:
    """The statement as it will be signed, value by value, none of them shortened."""
    lines = wrap("", f"You are about to approve, as {statement.approver}:")
    for row in statement.render().splitlines()[1:]:
        key, _, value = row.removeprefix("Agentguard-").partition(": ")
        head = f"  {key.lower():<12}"
        broken = textwrap.wrap(value, WIDTH - len(head), break_on_hyphens=False)
        lines += [head + broken[0], *(" " * len(head) + text for text in broken[1:])]
    return lines


def _more(number: int, most: int, before: str) -> list[str]:
    return [f"{before}… and {number - most:,} more"] if number > most else []
