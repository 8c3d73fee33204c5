"""Opening a repository, and the few facts about it that a judgement starts from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.repo.environment import clean_environment, common_directory
from agentguard.repo.git import PINNED, Git, raw, text

OLDEST_GIT = (2, 39)
MOST_NAMED = 200  # refs on a command line: each is as long as a path may be
ObjectFormat = Literal["sha1", "sha256"]

# What is taken for the default branch when the one that HEAD names does not exist.
LIKELY_DEFAULTS = ("refs/heads/main", "refs/heads/master")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by its absolute git directory. `default_branch` is what HEAD names, or ""."""

    directory: Path
    git: Git
    default_branch: str
    object_format: ObjectFormat

    @property
    def shallow(self) -> bool:
        """History was cut off, so ancestry cannot be known."""
        return (common_directory(self.directory) / "shallow").is_file()

    def tips(self, prefixes: Sequence[str]) -> dict[str, str]:
        """Refs below the prefixes (or equal to them) with the ids they point to."""
        if not prefixes:
            return {}
        output = self.git.output("for-each-ref", "--format=%(objectname) %(refname)", *prefixes)
        rows = (line.partition(b" ") for line in output.splitlines())
        return {text(ref): text(name) for name, _, ref in rows}

    def aliases(self, refs: Sequence[str]) -> dict[str, str]:
        """Those of `refs` that only stand for another ref, and which."""
        return {ref: target for ref, (_, target) in self.standing(refs).items() if target}

    def standing(self, refs: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Those of `refs` that exist, however many: the id that each points to, and the ref that it
        only stands for, "" for none."""
        asked = {*refs}
        if not asked:
            return {}
        named = refs if len(refs) <= MOST_NAMED else ()  # beyond it git is faster without
        form = "--format=%(objectname)%00%(refname)%00%(symref)"
        output = self.git.output("for-each-ref", form, *named)
        rows = (text(line).split("\0") for line in output.splitlines())
        return {ref: (name, target) for name, ref, target in rows if ref in asked}

    def points(self, refs: Sequence[str]) -> dict[str, str]:
        """Those of `refs` that exist, however many, with the id that each points to."""
        return {ref: name for ref, (name, _) in self.standing(refs).items()}

    def merge_base(self, one: str, other: str) -> str:
        """Where two commits parted, "" when they have nothing in common."""
        found = self.git.run("merge-base", one, other, ok=(0, 1))
        return text(found.stdout).strip()

    def contains(self, name: str, tip: str) -> bool:
        """Whether the history of `tip` holds `name`, which may be gone altogether."""
        found = self.git.run("merge-base", "--is-ancestor", name, tip, ok=(0, 1, 128))
        return found.returncode == 0

    def file(self, commit: str, path: str) -> bytes | None:
        """The content of a regular file in a commit, None where there is no such file."""
        listed = self.git.output("ls-tree", "-z", commit, "--", path)
        if not listed:
            return None
        mode, kind, rest = listed.split(b" ", 2)
        if kind != b"blob" or mode == b"120000":
            raise EvaluationError(f"{path} in {commit[:12]} is not a regular file")
        return self.git.output("cat-file", "blob", text(rest.split(b"\t")[0]))


def open_repository(directory: Path, outer: Mapping[str, str] | None = None) -> Repository:
    """Open the repository whose git directory is `directory`.

    `outer` is the environment of a server hook, for the quarantine. Raises EvaluationError when git
    cannot read it.
    """
    directory = directory.resolve()
    # Where git runs is the top of its work tree, whatever core.worktree says: in a directory below
    # it git would take every path it is given as relative to that directory, and find nothing.
    environment = dict(clean_environment(directory, outer), GIT_WORK_TREE=str(directory))
    git = Git(directory, environment)
    _require(git)
    head = text(git.run("symbolic-ref", "--quiet", "HEAD", ok=(0, 1)).stdout).strip()
    found = text(git.output("rev-parse", "--show-object-format")).strip()
    if found == "sha1":
        return Repository(directory, git, head, "sha1")
    if found == "sha256":
        return Repository(directory, git, head, "sha256")
    raise EvaluationError(f"the repository's object format is {found!r}: sha1 or sha256 is known")


def with_default(repository: Repository) -> tuple[Repository, str]:
    """The repository with a default branch that exists, if any does, and that branch's tip.

    HEAD often still names the branch that `git init` chose, and everybody pushes to another.
    """
    names = tuple(filter(None, (repository.default_branch, *LIKELY_DEFAULTS)))
    tips = repository.tips(names)
    for name in names:
        if name in tips:
            return replace(repository, default_branch=name), tips[name]
    return repository, ""


def find_git_directory(start: Path, *, anyones: bool = False) -> Path:
    """The git directory that `start` belongs to, as git itself finds it.

    GIT_DIR is honoured as every git command does. With `anyones` it may belong to another account,
    as on a server. Raises ConfigurationError outside a repository.
    """
    named = os.environ.get("GIT_DIR")
    if named:
        return Path(start, named).resolve()
    trusting = ("safe.directory=*",) if anyones else ()
    probe = Git(start, _users_environment(), (*PINNED, *trusting))
    try:
        found = probe.output("rev-parse", "--absolute-git-dir")
    except EvaluationError as error:
        raise ConfigurationError(f"{start} is not in a git repository") from error
    return Path(os.fsdecode(found.rstrip(b"\n")))


def hook_path(directory: Path, name: str) -> Path:
    """Where git looks for a hook of this repository, with all configuration it would read."""
    found = _as_user(directory).output("rev-parse", "--git-path", f"hooks/{name}")
    return Path(directory, os.fsdecode(found.rstrip(b"\n")))


def option(directory: Path, name: str) -> str:
    """The value that git would use for a setting in a repository, "" for none."""
    return text(_as_user(directory).run("config", "--get", name, ok=(0, 1)).stdout).strip()


def options(directory: Path, name: str) -> list[str]:
    """Every value that a setting has which may have several."""
    return text(_as_user(directory).run("config", "--get-all", name, ok=(0, 1)).stdout).splitlines()


def add_option(directory: Path, name: str, value: str) -> None:
    """Write one more value of such a setting into the configuration of a repository."""
    _as_user(directory).output("config", "--add", name, value)


def set_option(directory: Path, name: str, value: str) -> None:
    """Write one value into the configuration of a repository."""
    _as_user(directory).output("config", name, value)


def _as_user(directory: Path) -> Git:
    """Git with all configuration that whoever runs us has."""
    return Git(directory, dict(_users_environment(), GIT_DIR=str(directory)), pinned=())


def _users_environment() -> dict[str, str]:
    """The environment of whoever runs us, without what git set for the repository it is in."""
    return {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}


def resolve(repository: Repository, name: str) -> str | None:
    """The commit a revision names, None when there is none. `name` may come from a person."""
    if not name or name.startswith("-") or "\0" in name or "\n" in name:
        return None
    arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options")
    found = repository.git.run(*arguments, f"{text(raw(name))}^{{commit}}", ok=(0, 1, 128))
    lines = text(found.stdout).split()
    return lines[-1] if found.returncode == 0 and lines else None


def _require(git: Git) -> None:
    """Raise unless git is new enough to answer what we ask."""
    said = text(git.output("version"))
    digits = [part for part in said.split()[2].split(".")[:2] if part.isdigit()]
    if tuple(int(part) for part in digits) < OLDEST_GIT:
        needed = ".".join(map(str, OLDEST_GIT))
        raise EvaluationError(f"{said.strip()} is too old: agentguard needs {needed} or newer")
