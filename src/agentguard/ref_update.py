"""One line of a push. Alone in its file: what runs after a push needs no more of the change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One line of a push: `old` and `new` are object ids, the empty string for "does not exist"."""

    old: str
    new: str
    ref: str

    @property
    def created(self) -> bool:
        """The ref did not exist before."""
        return not self.old and bool(self.new)

    @property
    def deleted(self) -> bool:
        """The ref does not exist afterwards."""
        return bool(self.old) and not self.new
