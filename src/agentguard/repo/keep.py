"""Old tips of refs that were rewound or deleted: kept below names that nobody can push or fetch."""

from __future__ import annotations

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
        from agentguard.repo.git import raw, text

        place = f"{KEPT}{ref}/{self.now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        for number in range(1, MOST_AT_ONCE):
            name = place if number == 1 else f"{place}-{number}"
            found = self._git.run("rev-parse", "--verify", "-q", name, ok=(0, 1)).stdout
            there = text(found).strip()
            if not there:
                line = f"update {name}\0{tip}\0{'0' * len(tip)}\0"
                self._git.output("update-ref", "--stdin", "-z", stdin=raw(line))
            if there in {"", tip}:
                return name
        raise EvaluationError(f"{ref} was rewound too often within one second to keep its tips")

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


def kept(directory: Path, refs: Sequence[str] = ()) -> dict[str, str]:
    """The names of kept tips, with what they point to; of some refs or of all."""
    from agentguard.repo.environment import clean_environment
    from agentguard.repo.git import Git, text

    git = Git(directory, clean_environment(directory))
    places = [f"{KEPT}{ref}/" for ref in refs] or [KEPT]
    output = git.output("for-each-ref", "--format=%(objectname) %(refname)", *places)
    rows = (line.partition(b" ") for line in output.splitlines())
    return {text(name): text(tip) for tip, _, name in rows}
