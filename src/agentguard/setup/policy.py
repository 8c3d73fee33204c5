"""The policy beside a server repository: written, or given the approvers that it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agentguard.errors import ConfigurationError
from agentguard.keys import PublicKey, parse_public_key
from agentguard.policy.load import built_in, load_policy, reader_in
from agentguard.policy.model import Policy
from agentguard.policy.places import BESIDE
from agentguard.reading import read_file
from agentguard.repo.address import name_of
from agentguard.setup.files import write_whole
from agentguard.setup.toml import listed, quoted


def write_policy(directory: Path, approvers: Sequence[str], repository: str) -> str:
    """Write a policy, or add approvers at the end of the one that is there; says what was done.

    Nothing that it says already is changed: what contradicts it raises ConfigurationError.
    """
    path = directory / BESIDE
    before = read_file(path) if path.exists() else b""
    new = [entry for entry in map(_approver, approvers) if not _listed(entry, before, path)]
    content = before or _first(repository or name_of(directory))
    for name, key in new:
        content += f"\n[approvers.{quoted(name)}]\nkeys = {listed([key.line])}\n".encode()
    policy = _policy(content, path)
    if repository and policy.repository != repository:
        raise ConfigurationError(f"{path} says repository = {policy.repository!r}: change it there")
    if content == before:
        return f"kept {path}"
    write_whole(path, content)
    return f"added {', '.join(name for name, _ in new)} to {path}" if before else f"wrote {path}"


def has_approvers(directory: Path) -> bool:
    """Whether the policy beside a repository lists anybody who may approve."""
    path = directory / BESIDE
    return path.is_file() and bool(_policy(read_file(path), path).approvers)


def _first(repository: str) -> bytes:
    return f"version = 1\nrepository = {quoted(repository)}\n".encode()


def _listed(entry: tuple[str, PublicKey], content: bytes, path: Path) -> bool:
    """Whether a policy has the approver. Raises ConfigurationError if it has them by another key."""
    name, key = entry
    approver = _policy(content, path).approvers.get(name) if content else None
    if approver and not approver.listed(key):
        raise ConfigurationError(f"{path} lists other keys for {name}: add this one there")
    return approver is not None


def _approver(entry: str) -> tuple[str, PublicKey]:
    """`ID=KEYFILE` as id and public key; the file of a private key names its `.pub`."""
    name, equals, file = entry.partition("=")
    path = Path(file).expanduser()
    if not equals or not name.strip() or not file:
        raise ConfigurationError(f"{entry!r} is not ID=KEYFILE")
    beside = path.with_name(path.name + ".pub")
    content = read_file(beside if beside.is_file() else path)
    try:
        return name.strip(), parse_public_key(content.decode("utf-8", "replace"))
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _policy(content: bytes, path: Path) -> Policy:
    return load_policy(content, str(path), built_in(), reader_in(path.parents[1]))
