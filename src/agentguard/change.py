"""What one ref update does, as frozen records. Filled by `agentguard.repo`, read by everything else.

Text that came out of git (paths, ref names, author names) is `str` decoded as UTF-8 with
`surrogateescape`, so that every byte survives and `encode("utf-8", "surrogateescape")` gives it back.
Object ids are full lower-case hex (40 or 64 digits); an absent object is the empty string.
Modes are git's integers (`0o100644`); an absent side has mode 0.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from agentguard.ref_update import RefUpdate as RefUpdate  # noqa: PLC0414  for all who read a change

if TYPE_CHECKING:
    from agentguard.references import Mention

MergeKind = Literal["none", "clean", "own", "octopus"]
FileStatus = Literal["added", "modified", "deleted", "renamed", "typechange", "mode"]
FILE_STATUSES: tuple[FileStatus, ...] = (
    "added",
    "modified",
    "deleted",
    "renamed",
    "typechange",
    "mode",
)

DIRECTORY = 0o040000
SYMLINK = 0o120000
GITLINK = 0o160000


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path of the net difference between two trees.

    `added` and `deleted` are lines. For files git calls binary they are counted from content,
    never zero; `binary` is true when that content is no text at all. An exact rename has status
    `renamed`, its `old_path`, and the same blob on both sides; every other move is a deletion and an
    addition. `old_size` and `new_size` are bytes, 0 when absent or not a blob. `target` is what a
    new symlink points to.
    """

    path: str
    status: FileStatus
    old_mode: int
    new_mode: int
    old_blob: str
    new_blob: str
    added: int = 0
    deleted: int = 0
    binary: bool = False
    old_path: str | None = None
    old_size: int = 0
    new_size: int = 0
    target: str | None = None

    @property
    def emptied(self) -> bool:
        """The path is still there but its content is gone."""
        return self.status == "modified" and self.old_size > 0 and self.new_size == 0

    @property
    def gone(self) -> bool:
        """The content is no longer in the tree: deleted, or emptied, which loses just as much."""
        return self.status == "deleted" or self.emptied

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path this record touches: the new one, and the old one of a rename."""
        return (self.path,) if self.old_path is None else (self.old_path, self.path)


@dataclass(frozen=True, slots=True)
class Person:
    """Who a commit header names; `when` is seconds since the epoch, as claimed."""

    name: str
    email: str
    when: int = 0


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it stands in a commit or tag; nothing about it has been verified.

    `armored` is the text of the signature, `payload` the bytes it is said to sign.
    """

    kind: Literal["ssh", "openpgp", "x509", "unknown"]
    armored: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class Patch:
    """The added and removed lines of one file, without line ends."""

    path: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """A whole file before and after, b"" where there is none.

    `whole` is false when one side is larger than is read; then both are empty.
    """

    path: str
    before: bytes
    after: bytes
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Mentions:
    """Where deleted files are still named: code before prose, then in the order of these files.

    `searched` is how many of them were looked for. `complete` is false when that was not all of
    them, when there was more to read than is read, or when git could not read a file.
    """

    found: tuple[Mention, ...] = ()
    searched: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class NewReference:
    """A name of something outside its file, newly written into `path`: a service, host or target.

    `where` is what it stands at, such as `rewrites[0].run.serviceId`.
    """

    path: str
    where: str
    name: str


@dataclass(frozen=True, slots=True)
class Followed:
    """Where agents' files lead, before the push or after it, among the files that it touches.

    `links` are those that a link at an agent's place leads to, `imports` those that an agent's file
    takes in or names: folded paths, each with the agent file that leads there. `unknown` are places
    from where not all is known, each with the reason.
    """

    links: Mapping[str, str] = field(default_factory=dict)
    imports: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit that is new to the protected refs.

    `authors` and `committers` hold every such header in order: a well-formed commit has one of
    each. `problems` names malformed or repeated headers. `message` is decoded by the commit's own
    encoding header, else UTF-8 with surrogateescape. `files` is what the commit itself does: against
    its parent, and for a merge against the tree git would have made (`merge` says which);
    `removed_directories` and `patches` are of the same difference, as in `Change`;
    `tracked_files` are those of its first parent. `contents` are files it brought that neither end of
    the push holds, by path, filled only when a rule needs them.
    """

    id: str
    tree: str
    parents: tuple[str, ...]
    authors: tuple[Person, ...]
    committers: tuple[Person, ...]
    message: str
    trailers: tuple[tuple[str, str], ...] = ()
    signature: Signature | None = None
    problems: tuple[str, ...] = ()
    merge: MergeKind = "none"
    files: tuple[FileChange, ...] = ()
    removed_directories: tuple[str, ...] = ()
    patches: Mapping[str, Patch] = field(default_factory=dict)
    tracked_files: int = 0
    contents: Mapping[str, Content] = field(default_factory=dict)

    @property
    def author(self) -> Person:
        """The author git itself reports: the last such header."""
        return self.authors[-1] if self.authors else Person("", "")

    @property
    def committer(self) -> Person:
        """The committer git itself reports: the last such header."""
        return self.committers[-1] if self.committers else Person("", "")

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.lstrip("\n").partition("\n")[0]


@dataclass(frozen=True, slots=True)
class NewName:
    """A name (file or directory) that did not stand in its directory before.

    `directory` is "" for the root, else without a trailing slash. `siblings` are all names in that
    directory afterwards, this one too; new names of one directory share them.
    """

    directory: str
    name: str
    siblings: Collection[str]

    @property
    def path(self) -> str:
        """The whole path."""
        return f"{self.directory}/{self.name}" if self.directory else self.name


@dataclass(frozen=True, slots=True)
class Change:
    """Everything the rules may ask about one update.

    `base` and `head` are commits (or trees, for a tag of a tree), the empty string where there is
    none; approval commits at the tip are left out of `head`. `files` is the net difference between
    their trees. `commits` are those new to the protected refs, oldest first. Commits that claim to be
    approvals are in `approval_commits`; those that change something are in `commits` too.

    The remaining fields are filled only when a rule needs them: `put_back` (paths that got content
    they had before), `tracked_files` (files in the base tree), `removed_directories` (directories
    of the base tree that are gone), `new_names`, `patches` (net, by path), `contents` (whole files
    by path), `mentions` (lines of the new tree that name deleted files), `unknown_references`
    (newly written names that stand nowhere else in the new tree), `arriving` (ids of the commits
    that no ref of the repository held before the push, protected or not), `followed` (where agents'
    files lead).
    """

    update: RefUpdate
    object_format: Literal["sha1", "sha256"] = "sha1"
    base: str = ""
    head: str = ""
    target: Literal["commit", "tree", "blob", "none"] = "commit"
    rewound: bool = False
    files: tuple[FileChange, ...] = ()
    commits: tuple[Commit, ...] = ()
    approval_commits: tuple[Commit, ...] = ()
    put_back: frozenset[str] = frozenset()
    tracked_files: int = 0
    removed_directories: tuple[str, ...] = ()
    new_names: tuple[NewName, ...] = ()
    patches: Mapping[str, Patch] = field(default_factory=dict)
    contents: Mapping[str, Content] = field(default_factory=dict)
    mentions: Mentions = Mentions()
    unknown_references: tuple[NewReference, ...] = ()
    arriving: frozenset[str] = frozenset()
    followed: Followed = Followed()

    @property
    def every_commit(self) -> Mapping[str, Commit]:
        """All commits of the push by id, each once, whatever they set out to be."""
        return {each.id: each for each in (*self.commits, *self.approval_commits)}

    @property
    def tag(self) -> bool:
        """The ref is a tag."""
        return self.update.ref.startswith("refs/tags/")

    @property
    def tag_moved(self) -> bool:
        """An existing tag gets another target, in whatever direction."""
        return self.tag and bool(self.update.old) and bool(self.update.new)


def parents(path: str) -> list[str]:
    """The directories above a path, outermost first, the root left out."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
