"""Hooks into a clone or a server repository, and out again."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from agentguard.bundled import data
from agentguard.errors import ConfigurationError
from agentguard.keys import parse_public_key
from agentguard.policy.load import built_in, load_policy
from agentguard.policy.model import Policy
from agentguard.policy.stack import BESIDE
from agentguard.repo.repository import find_git_directory, hook_path
from agentguard.setup.files import write_whole

CLIENT_HOOKS = ("pre-commit", "pre-push")
SERVER_HOOKS = ("pre-receive",)
OURS = "# agentguard:"


def install_clone(path: Path) -> Iterator[str]:
    """Install the advice hooks; says what was done, line by line."""
    directory = find_git_directory(_existing(path))
    for name in CLIENT_HOOKS:
        yield _install(directory, name)


def install_server(path: Path, approvers: Sequence[str], repository: str) -> Iterator[str]:
    """Install the gate and its policy: the policy first, so that the gate never starts without."""
    directory = find_git_directory(_existing(path))
    yield _write_policy(directory, approvers, repository)
    for name in SERVER_HOOKS:
        yield _install(directory, name)
    if not has_approvers(path):
        yield "WARNING: nobody can approve anything here: what the gate refuses stays refused."
        yield "         List an approver with: agentguard install --server --approver ID=KEYFILE PATH"


def uninstall(path: Path, *, server: bool) -> Iterator[str]:
    """Remove our hooks; those of others stay."""
    directory = find_git_directory(_existing(path))
    for name in SERVER_HOOKS if server else CLIENT_HOOKS:
        hook = hook_path(directory, name)
        if hook.is_file() and _is_ours(hook):
            hook.unlink()
            yield f"removed {hook}"
        else:
            yield f"{hook} is not ours, or not there: left alone"


def has_approvers(path: Path) -> bool:
    """Whether the policy beside a repository lists anybody who may approve."""
    policy = find_git_directory(_existing(path)) / BESIDE
    return policy.is_file() and bool(_policy(policy.read_text(), policy).approvers)


def _install(directory: Path, name: str) -> str:
    hook = hook_path(directory, name)
    if (hook.exists() or hook.is_symlink()) and not _is_ours(hook):
        raise ConfigurationError(
            f"{hook} is a hook of somebody else's and stays as it is. Call "
            f"`agentguard hook {name}` from it, or move it away and install again."
        )
    if "'" in sys.executable:
        raise ConfigurationError(f"the path of this Python holds a quote: {sys.executable}")
    script = data("hooks", name).decode().replace("@PYTHON@", sys.executable)
    write_whole(hook, script, 0o755)
    return f"installed {hook}"


def _is_ours(hook: Path) -> bool:
    try:
        return OURS in hook.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _write_policy(directory: Path, approvers: Sequence[str], repository: str) -> str:
    """A new policy, or the approvers that an existing one lacks, added at its end."""
    path = directory / BESIDE
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    listed = _policy(before, path).approvers if before else {}
    new = [entry for entry in map(_approver, approvers) if entry[0] not in listed]
    content = before or f"version = 1\nrepository = {_quoted(repository or name_of(directory))}\n"
    for name, line in new:
        content += f"\n[approvers.{_quoted(name)}]\nkeys = [{_quoted(line)}]\n"
    _policy(content, path)
    if content == before:
        return f"kept {path}"
    write_whole(path, content)
    return f"wrote {path}"


def name_of(directory: Path) -> str:
    """What a server repository is called: its folder, and the one above it for the owner."""
    return "/".join(directory.parts[-2:]).lstrip("/").removesuffix(".git")


def _approver(entry: str) -> tuple[str, str]:
    """`ID=KEYFILE` as id and public key; the file of a private key names its `.pub`."""
    name, equals, file = entry.partition("=")
    path = Path(file).expanduser()
    if not equals or not name.strip() or not file:
        raise ConfigurationError(f"{entry!r} is not ID=KEYFILE")
    public = path if path.suffix == ".pub" else path.with_name(path.name + ".pub")
    try:
        line = (public if public.is_file() else path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    return name.strip(), parse_public_key(line).line


def _policy(content: str, path: Path) -> Policy:
    return load_policy(content.encode(), str(path), built_in())


def _existing(path: Path) -> Path:
    if not path.is_dir():
        raise ConfigurationError(f"{path} is not a folder")
    return path


def _quoted(value: str) -> str:
    """A TOML basic string."""
    import json

    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
