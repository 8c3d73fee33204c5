"""Old tips of refs that were rewound or deleted: kept below names that nobody can push or fetch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agentguard.errors import EvaluationError

if TYPE_CHECKING:
    from agentguard.ref_update import RefUpdate
    from agentguard.repo.git import Git

KEPT = "refs/agentguard/keep/"
HIDDEN = KEPT.rstrip("/")
MOST_AT_ONCE = 100  # tips of one ref kept within one second


@dataclass(frozen=True, slots=True)
class Keeper:
    """Keeps tips of the repository at `directory`. Works inside a push as well: what a push brings
    is not needed for it. `now` is the server's clock; all methods raise EvaluationError."""

    directory: Path
    now: datetime

    def loses(self, update: RefUpdate) -> bool:
        """Whether the new tip does not hold the old one."""
        if not update.old or not update.new:
            return bool(update.old)
        arguments = ("merge-base", "--is-ancestor", update.old, update.new)
        return self._git.run(*arguments, ok=(0, 1, 128)).returncode != 0

    def keep(self, ref: str, tip: str) -> str:
        """Keep what `ref` pointed to; the name it is kept under. Kept twice, it has one name."""
        wanted, other = (
            f"{place}{self.now.astimezone(UTC):%Y%m%dT%H%M%SZ}" for place in places(ref)
        )
        if found := self._kept(wanted, tip, ok=(0, 128)) or self._kept(other, tip):
            return found
        raise EvaluationError(f"{ref} was rewound too often within one second to keep its tips")

    def _kept(self, place: str, tip: str, ok: Sequence[int] = (0,)) -> str:
        """The name at a place that keeps the tip, "" if there is no room for it."""
        from agentguard.repo.git import raw, text

        for number in range(1, MOST_AT_ONCE):
            name = place if number == 1 else f"{place}-{number}"
            found = self._git.run("rev-parse", "--verify", "-q", name, ok=(0, 1)).stdout
            there = text(found).strip()
            if there == tip:
                return name
            if not there:
                line = raw(f"update {name}\0{tip}\0{'0' * len(tip)}\0")
                done = self._git.run("update-ref", "--stdin", "-z", stdin=line, ok=ok)
                return "" if done.returncode else name
        return ""

    def has(self, tip: str) -> bool:
        """Whether the object is still there."""
        return self._git.run("cat-file", "-e", tip, ok=(0, 1, 128)).returncode == 0

    def held(self, tip: str) -> bool:
        """Whether any ref still holds an object that is there."""
        kind = self._git.output("cat-file", "-t", tip).strip()
        which = "--contains" if kind == b"commit" else "--points-at"
        return bool(self._git.output("for-each-ref", "--count=1", f"{which}={tip}"))

    @property
    def _git(self) -> Git:
        # Here, since after most pushes nothing has to be asked.
        from agentguard.repo.environment import clean_environment
        from agentguard.repo.git import Git

        return Git(self.directory, clean_environment(self.directory))


def places(ref: str) -> tuple[str, str]:
    """Where tips of a ref are kept: below its own name, or where git cannot have a name there (it
    is too long, or another ref's tip has the name that this would be below), below its hash."""
    from agentguard.repo.git import raw

    return f"{KEPT}{ref}/", f"{KEPT}{hashlib.sha256(raw(ref)).hexdigest()}/"


def kept(directory: Path, refs: Sequence[str] = ()) -> dict[str, str]:
    """The names of kept tips, with what they point to; of some refs or of all."""
    from agentguard.repo.environment import clean_environment
    from agentguard.repo.git import Git, text

    git = Git(directory, clean_environment(directory))
    below = [place for ref in refs for place in places(ref)] or [KEPT]
    output = git.output("for-each-ref", "--format=%(objectname) %(refname)", *below)
    rows = (line.partition(b" ") for line in output.splitlines())
    return {text(name): text(tip) for tip, _, name in rows}
