"""Who approves, and with which key."""

from __future__ import annotations

from pathlib import Path

from agentguard.approvals.sign import public_key_of
from agentguard.client.checkout import Checkout
from agentguard.errors import ConfigurationError
from agentguard.repo.clone import Clone

LIKELY_KEYS = ("id_ed25519_sk", "id_ecdsa_sk", "id_ed25519", "id_ecdsa", "id_rsa")
LITERAL = ("key::", "ssh-", "ecdsa-", "sk-")


def find_key(clone: Clone, given: Path | None) -> Path:
    """The key to sign with: the one given, git's own, or the usual one."""
    if given is not None:
        return given.expanduser()
    configured = clone.config("user.signingkey") if clone.config("gpg.format") == "ssh" else ""
    if configured.startswith(LITERAL):
        raise ConfigurationError("user.signingkey names no file: give one with --key FILE")
    if configured:
        return Path(configured).expanduser()
    folder = Path("~/.ssh").expanduser()
    for name in LIKELY_KEYS:
        if (folder / f"{name}.pub").is_file():
            return folder / name
    raise ConfigurationError("no key to sign with was found: give one with --key FILE")


def find_approver(checkout: Checkout, key: Path, policy: Path | None) -> str:
    """The id that a policy lists for the key, else the address git knows."""
    blob = public_key_of(key).blob
    for each in checkout.gate(checkout.onto_tip, policy).stack.policies:
        for approver in each.approvers.values():
            if any(entry.key.blob == blob for entry in approver.keys):
                return approver.id
    if email := checkout.clone.config("user.email"):
        return email
    raise ConfigurationError("who approves? Give your id in the policy with --as ID")
