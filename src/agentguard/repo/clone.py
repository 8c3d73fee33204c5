"""What a developer's clone says of itself: branches, remotes, configuration and identity.

The user's own git is asked, with all of their environment and configuration. GitPython runs it;
its model of a repository is left alone, for it misreads linked git directories and fails on
configuration that is no UTF-8. Nothing here decides anything: what is judged is read by
`agentguard.repo.reader`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.repo.address import name_of, repository_of
from agentguard.repo.repository import find_git_directory

if TYPE_CHECKING:
    from git.cmd import Git

HEADS = "refs/heads/"
LIKELY_DEFAULTS = ("main", "master")


@dataclass(frozen=True, slots=True)
class Clone:
    """A repository as its user sees it. `git_directory` of a linked work tree is its own."""

    git: Git
    git_directory: Path

    @property
    def work_tree(self) -> Path:
        """The top of the work tree. Raises ConfigurationError where there is none."""
        found = self._answer("rev-parse", "--show-toplevel")
        if not found:
            raise ConfigurationError("this needs a work tree, and there is none here")
        return Path(found)

    @property
    def branch(self) -> str:
        """The branch that is checked out, even before its first commit; "" when none is."""
        return self._answer("symbolic-ref", "--quiet", "HEAD").removeprefix(HEADS)

    @property
    def remotes(self) -> tuple[str, ...]:
        """The remotes, the usual one first."""
        names = self._answer("remote").splitlines()
        return tuple(sorted(names, key=lambda name: name != "origin"))

    @property
    def default_branch(self) -> str:
        """The branch that changes go to, by its full local name: of a remote, else of this clone.

        "" when nothing tells which it is.
        """
        for remote in self.remotes:
            if found := self.default_of(remote):
                return found
        local = set(self._refs(HEADS))
        likely = (HEADS + name for name in self._likely())
        return next((ref for ref in likely if ref in local), local.pop() if len(local) == 1 else "")

    def default_of(self, remote: str) -> str:
        """The default branch of a remote as this clone last saw it, "" if it never did."""
        prefix = f"refs/remotes/{remote}/"
        known = set(self._refs(prefix))
        named = self._answer("symbolic-ref", "--quiet", f"{prefix}HEAD")
        likely = (named, *(prefix + name for name in self._likely()))
        return next((ref for ref in likely if ref in known), "")

    def server_ref(self, revision: str) -> str:
        """The full name on the server of the branch that `revision` names, "" if it names none."""
        arguments = ("--verify", "--quiet", "--symbolic-full-name")
        found = self._answer("rev-parse", *arguments, "--end-of-options", revision)
        ref = found.splitlines()[-1] if found else ""
        for remote in self.remotes:
            if ref.startswith(f"refs/remotes/{remote}/"):
                return HEADS + ref.removeprefix(f"refs/remotes/{remote}/")
        return ref if ref.startswith(HEADS) else ""

    @property
    def repository_name(self) -> str:
        """What approvals are bound to when no policy says."""
        for remote in self.remotes:
            url = self._answer("remote", "get-url", remote)
            if url not in {"", remote}:  # git gives the name where there is no address
                return repository_of(url, self.git_directory.parent)
        common = self._answer("rev-parse", "--path-format=absolute", "--git-common-dir")
        return name_of(Path(common))

    @property
    def identity(self) -> str:
        """The committer as git would write it now: name, address, time and zone."""
        found = self._answer("var", "GIT_COMMITTER_IDENT")
        if not found:
            raise ConfigurationError("git does not know who you are: set user.name and user.email")
        return found

    def config(self, name: str) -> str:
        """A configuration value such as `user.email`, "" when it is not set."""
        return self._answer("config", "--get", name)

    def add_trailer(self, file: Path, trailer: str) -> None:
        """Let git put a trailer into the commit message in `file`. Raises EvaluationError."""
        command = ["git", "interpret-trailers", "--in-place", "--no-divider", "--trailer", trailer]
        status, _, complaints = self.git.execute(
            [*command, str(file.absolute())], with_extended_output=True, with_exceptions=False
        )
        if status:
            fault = f"git could not add {trailer!r} to the commit message: {complaints}"
            raise EvaluationError(fault)

    def _likely(self) -> tuple[str, ...]:
        configured = self.config("init.defaultBranch")
        return (*LIKELY_DEFAULTS, *([configured] if configured else []))

    def _refs(self, prefix: str) -> Iterator[str]:
        yield from self._answer("for-each-ref", "--format=%(refname)", prefix).splitlines()

    def _answer(self, *arguments: str) -> str:
        """What git says, "" when it has no answer."""
        command = ["git", *arguments]
        status, said, _ = self.git.execute(
            command, with_extended_output=True, with_exceptions=False
        )
        return str(said) if status == 0 else ""


def open_clone(directory: Path) -> Clone:
    """The repository that `directory` is in. Raises ConfigurationError outside of one."""
    found = find_git_directory(directory)
    from git.cmd import Git

    return Clone(Git(str(directory)), found.resolve())
