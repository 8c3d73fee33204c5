"""The mark at the top of a record: generated and unsigned, or signed by whom over what.

The signature is over everything below the mark, so that the mark can say so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from agentguard.approvals import sshsig
from agentguard.approvals.sign import public_key_of, sign
from agentguard.clock import iso
from agentguard.errors import ConfigurationError, SignatureError
from agentguard.keys import PublicKey
from agentguard.policy.model import Policy
from agentguard.reading import read_file
from agentguard.setup.files import write_whole

NAMESPACE = "agentguard-record@v1"
LINE = "<!-- the record begins below this line; a signature is over what follows -->\n"
SUFFIX = ".sig"


def unsigned(name: str, made: str) -> str:
    """What stands above a record that nobody has signed."""
    return (
        f"> **Generated and unsigned.** agentguard wrote this at {made} from its ledger. No human "
        f"vouches for it yet.\n> Read it, correct it, then: `agentguard incident sign {name} --key "
        f"FILE`\n\n{LINE}\n"
    )


def check_key(key: Path, policies: Sequence[Policy], now: datetime) -> str:
    """The approver whose key `key` is. Raises ConfigurationError if it is nobody's that counts:
    only such a key proves a human."""
    return signer_of(public_key_of(key), policies, now)


def sign_record(path: Path, key: Path, who: str, now: datetime) -> str:
    """Sign a record as it is now, with the key of `who`, and mark it so; what the mark says."""
    content = _content(path)
    signature = sign(content, key, NAMESPACE)
    digest = hashlib.sha256(content).hexdigest()
    fingerprint = public_key_of(key).fingerprint
    said = f"Signed by {who} with {fingerprint} at {iso(now)}, over sha256 {digest}"
    write_whole(path.with_name(path.name + SUFFIX), signature, 0o600)
    mark = f"> **{said}** of what follows the line below.\n\n{LINE}".encode()
    write_whole(path, mark + content, 0o600)
    return said


def signer_of(key: PublicKey, policies: Sequence[Policy], now: datetime) -> str:
    """The approver whose key it is. Raises ConfigurationError if it is nobody's that counts."""
    for policy in policies:
        for approver in policy.approvers.values():
            for entry in approver.listed(key):
                if policy.counts(entry, now):
                    return approver.id
    raise ConfigurationError(
        f"{key.fingerprint} is no valid key of an approver in the policies here, and only such a "
        "key proves a human: list the person, or let one that is listed sign"
    )


def standing(path: Path, policies: Sequence[Policy], now: datetime) -> str:
    """Whether a record is signed, by whom, and whether it is still what was signed."""
    beside = path.with_name(path.name + SUFFIX)
    if not beside.exists():
        return "generated and unsigned"
    try:
        key = sshsig.verify(read_file(beside), _content(path), NAMESPACE).key
    except (SignatureError, ConfigurationError) as error:
        return f"EDITED after it was signed, or the signature is damaged: {error}"
    if not isinstance(key, PublicKey):
        return "signed by a key of an unknown kind"
    try:
        return f"signed by {signer_of(key, policies, now)} with {key.fingerprint}"
    except ConfigurationError:
        return f"signed by {key.fingerprint}, which is no approver's key that counts now"


def _content(path: Path) -> bytes:
    """What stands below the mark. Raises ConfigurationError if the line is gone."""
    _, line, content = read_file(path).partition(LINE.encode())
    if not line:
        raise ConfigurationError(
            f"{path} has lost the line that its mark ends with: {LINE.strip()}"
        )
    return content
