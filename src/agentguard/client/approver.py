"""Who approves, and with which key."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from agentguard.errors import ConfigurationError
from agentguard.keys import PublicKey
from agentguard.policy.model import Policy
from agentguard.repo.clone import Clone

LIKELY_KEYS = ("id_ed25519_sk", "id_ecdsa_sk", "id_ed25519", "id_ecdsa", "id_rsa")
LITERAL = ("key::", "ssh-", "ecdsa-", "sk-")


@contextlib.contextmanager
def signing_key(clone: Clone, given: Path | None) -> Iterator[Path]:
    """The key to sign with, as a file: the one given, git's own, or the usual one.

    Git's own may be the public key itself, whose private half an agent holds. Raises
    ConfigurationError when there is none.
    """
    ssh = clone.config("gpg.format") == "ssh"
    configured = clone.config("user.signingkey")
    if given is not None:
        yield given.expanduser()
    elif ssh and configured.startswith(LITERAL):
        with tempfile.TemporaryDirectory(prefix="agentguard-") as directory:
            file = Path(directory, "user.signingkey")
            file.write_text(configured.removeprefix("key::") + "\n", encoding="utf-8")
            yield file
    elif ssh and configured:
        yield Path(configured).expanduser()
    else:
        yield _usual_key(signs_otherwise=bool(configured))


def _usual_key(*, signs_otherwise: bool) -> Path:
    folder = Path("~/.ssh").expanduser()
    for name in LIKELY_KEYS:
        if (folder / f"{name}.pub").is_file():
            return folder / name
    if signs_otherwise:
        raise ConfigurationError(
            "git signs with a key here that is none of SSH, and this command signs with SSH alone: "
            "give an SSH key with --key FILE, or approve with git (docs/approvals.md)"
        )
    raise ConfigurationError("no key to sign with was found: give one with --key FILE")


def find_approver(clone: Clone, policies: Sequence[Policy], key: PublicKey) -> str:
    """The id that a policy lists for the key, else the address git knows."""
    for policy in policies:
        for approver in policy.approvers.values():
            if approver.listed(key):
                return approver.id
    if email := clone.config("user.email"):
        return email
    raise ConfigurationError("who approves? Give your id in the policy with --as ID")


def check_purpose(policies: Sequence[Policy], key: PublicKey, *, breaking: bool) -> None:
    """Raise ConfigurationError if a policy lists the key for the other purpose: the server would
    refuse the approval. One that nobody lists here is for the server to judge."""
    for policy in policies:
        for approver in policy.approvers.values():
            for entry in approver.listed(key):
                if breaking == (entry in approver.break_glass):
                    continue
                name = f"{policy.source} lists the key {key.fingerprint} of {approver.id!a}"
                if breaking:
                    raise ConfigurationError(f"{name} for ordinary approvals, not to break glass")
                raise ConfigurationError(
                    f"{name} for breaking the glass alone: give --break-glass REASON, or sign with "
                    "another key"
                )
