"""Hooks into a clone or a server repository, and out again."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from agentguard.bundled import data
from agentguard.errors import ConfigurationError
from agentguard.repo.repository import find_git_directory, hook_path
from agentguard.setup.compiling import compile_bundled
from agentguard.setup.files import write_whole
from agentguard.setup.policy import has_approvers, write_policy
from agentguard.setup.repository import prepare_repository

CLIENT_HOOKS = ("pre-commit", "pre-push")
GATE = ("pre-receive",)
AFTERWARDS = ("post-receive",)  # may be somebody else's, and call ours
OURS = "# agentguard:"


def install_clone(path: Path) -> Iterator[str]:
    """Install the advice hooks; says what was done, line by line."""
    yield from _install(_find(path), CLIENT_HOOKS)


def install_server(path: Path, approvers: Sequence[str], repository: str) -> Iterator[str]:
    """Install the gate and its policy: the policy first, so that the gate never starts without."""
    directory = server_directory(path)
    _refuse_foreign(directory, GATE)
    compile_bundled()
    yield write_policy(directory, approvers, repository)
    yield from prepare_repository(directory)
    yield from _install(directory, GATE)
    yield from _install_afterwards(directory)
    if not has_approvers(directory):
        yield "WARNING: nobody can approve anything here: what the gate refuses stays refused."
        yield "List an approver: agentguard install --server --approver ID=KEYFILE PATH"


def uninstall(path: Path, *, server: bool) -> Iterator[str]:
    """Remove our hooks; those of others stay."""
    directory = server_directory(path) if server else _find(path)
    for name in (*GATE, *AFTERWARDS) if server else CLIENT_HOOKS:
        hook = hook_path(directory, name)
        if _is_ours(hook):
            hook.unlink()
            yield f"removed {hook}"
        else:
            yield f"{hook} is not ours, or not there: left alone"


def server_directory(path: Path) -> Path:
    """The repository at `path` itself, not one that `path` happens to lie in."""
    directory = _find(path, anyones=True)
    if path.resolve() not in (directory.resolve(), directory.resolve().parent):
        raise ConfigurationError(f"{path} is not a repository, though it lies in {directory}")
    return directory


def _install(directory: Path, names: Sequence[str]) -> Iterator[str]:
    _refuse_foreign(directory, names)
    if "'" in sys.executable:
        raise ConfigurationError(f"the path of this Python holds a quote: {sys.executable}")
    for name in names:
        hook = hook_path(directory, name)
        script = data("hooks", name).decode().replace("@PYTHON@", sys.executable)
        write_whole(hook, script, 0o755)
        yield f"installed {hook}"
        if directory.resolve() not in hook.resolve().parents:
            yield "note: core.hooksPath is set, so it serves every repository that shares it"


def _install_afterwards(directory: Path) -> Iterator[str]:
    """The hook that notes what landed, unless somebody else's is there."""
    try:
        yield from _install(directory, AFTERWARDS)
    except ConfigurationError as error:
        yield f"WARNING: {error}"


def _refuse_foreign(directory: Path, names: Sequence[str]) -> None:
    """Raise before anything is done if a hook of somebody else's is in the way."""
    for name in names:
        hook = hook_path(directory, name)
        if (hook.exists() or hook.is_symlink()) and not _is_ours(hook):
            raise ConfigurationError(
                f"{hook} is a hook of somebody else's and stays as it is. Call "
                f"`agentguard hook {name}` from it, or move it away and install again."
            )


def _is_ours(hook: Path) -> bool:
    try:
        return OURS in hook.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _find(path: Path, *, anyones: bool = False) -> Path:
    if not path.is_dir():
        raise ConfigurationError(f"{path} is not a folder")
    return find_git_directory(path, anyones=anyones)
