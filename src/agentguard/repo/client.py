"""What a developer's clone says: branches, remotes and configuration, through GitPython.

Nothing here decides anything: what is judged is read by `agentguard.repo.reader`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentguard.errors import ConfigurationError
from agentguard.repo.repository import find_git_directory

if TYPE_CHECKING:
    from git import Repo

LIKELY_DEFAULTS = ("main", "master")


@dataclass(frozen=True, slots=True)
class Clone:
    """A repository as its user sees it."""

    repo: Repo

    @property
    def git_directory(self) -> Path:
        """The absolute git directory; of a linked work tree, its own."""
        return Path(self.repo.git_dir).resolve()

    @property
    def work_tree(self) -> Path:
        """The top of the work tree. Raises ConfigurationError in a bare repository."""
        if self.repo.working_tree_dir is None:
            raise ConfigurationError("this needs a work tree, and the repository is bare")
        return Path(self.repo.working_tree_dir)

    @property
    def branch(self) -> str:
        """The branch that is checked out, "" when none is."""
        return "" if self.repo.head.is_detached else self.repo.head.ref.name

    @property
    def default_branch(self) -> str:
        """The branch that changes go to, as a revision: of the first remote, else of this clone."""
        for remote in self.repo.remotes:
            with contextlib.suppress(TypeError, ValueError, OSError, AttributeError, IndexError):
                return str(remote.refs["HEAD"].reference.name)
            known = {ref.remote_head for ref in remote.refs}
            for name in self._likely():
                if name in known:
                    return f"{remote.name}/{name}"
        local = {head.name for head in self.repo.heads}
        return next((name for name in self._likely() if name in local), self.branch)

    def _likely(self) -> tuple[str, ...]:
        configured = self.config("init.defaultBranch")
        return (*LIKELY_DEFAULTS, *([configured] if configured else []))

    def branch_ref(self, revision: str) -> str:
        """The full name that a branch has on the server: `origin/main` is `refs/heads/main`."""
        if revision.startswith("refs/heads/"):
            return revision
        for remote in self.repo.remotes:
            prefix = f"{remote.name}/"
            if revision.removeprefix("refs/remotes/").startswith(prefix):
                return "refs/heads/" + revision.removeprefix("refs/remotes/").removeprefix(prefix)
        return f"refs/heads/{revision}"

    @property
    def repository_name(self) -> str:
        """What approvals are bound to when no policy says: the path of the first remote's address."""
        for remote in self.repo.remotes:
            for url in remote.urls:
                return repository_of(url)
        return self.git_directory.parent.name

    @property
    def identity(self) -> str:
        """The committer as git would write it now: name, address, time and zone."""
        from git.exc import GitCommandError

        try:
            return str(self.repo.git.var("GIT_COMMITTER_IDENT"))
        except GitCommandError as error:
            raise ConfigurationError("git does not know who you are: set user.email") from error

    def config(self, name: str) -> str:
        """A configuration value such as `user.email`, "" when it is not set."""
        section, _, option = name.rpartition(".")
        with self.repo.config_reader() as reader:
            return str(reader.get_value(section, option, default=""))


def open_clone(directory: Path) -> Clone:
    """The repository that `directory` is in. Raises ConfigurationError outside of one."""
    from git import Repo
    from git.exc import InvalidGitRepositoryError, NoSuchPathError

    try:
        return Clone(Repo(find_git_directory(directory)))
    except (InvalidGitRepositoryError, NoSuchPathError) as error:
        raise ConfigurationError(f"{directory} is not in a git repository") from error


def repository_of(url: str) -> str:
    """`acme/portal` out of any address git takes; a local path stays whole."""
    address = url.removesuffix("/").removesuffix(".git")
    if "://" in address:
        scheme, _, rest = address.partition("://")
        return address if scheme == "file" else rest.partition("/")[2] or address
    host, colon, path = address.partition(":")
    return path.lstrip("/") if colon and "/" not in host else address
