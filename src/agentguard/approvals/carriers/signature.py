"""The detached signature: the statement and a signature over it, in a message or a push option."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator

from agentguard.approvals.claim import Claim, Fault, claim
from agentguard.approvals.statement import MAX_TEXT, SIGNATURE_KEY, Statement
from agentguard.approvals.trailers import Block, text_of
from agentguard.change import Commit, Signature
from agentguard.errors import SignatureError

OPTION = "agentguard-approval="
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}")


def in_trailers(block: Block, commit: Commit) -> Claim:
    """What a block of trailers claims."""
    if block.fault:
        return Claim("signature", None, None, commit, Fault("statement", block.fault))
    return _detached(*text_of(block.lines), commit)


def unsigned(block: Block, commit: Commit) -> Claim:
    """A statement that stands in a message without a signature: anybody can write that."""
    if block.fault:
        return in_trailers(block, commit)
    nobody = Fault("signature", "nobody signed it: a statement alone proves nothing")
    return claim("signature", text_of(block.lines)[0], commit, lambda: nobody)


def in_push_options(options: Iterable[str]) -> Iterator[Claim]:
    """What push options claim; those of others are passed by."""
    for option in options:
        if option.startswith(OPTION):
            yield _of_option(option.removeprefix(OPTION))


def trailers(statement: Statement, signature: str) -> str:
    """The lines for a commit message: the statement, then its signature in base64."""
    return f"{statement.render()}{SIGNATURE_KEY}: {signature}\n"


def push_option(statement: Statement, signature: str) -> str:
    """The same as one word for `git push -o`."""
    text = trailers(statement, signature).encode()
    return OPTION + base64.urlsafe_b64encode(text).decode().rstrip("=")


def _of_option(value: str) -> Claim:
    try:
        text = _decoded(value)
    except SignatureError as error:
        return Claim("signature", None, fault=Fault("statement", str(error)))
    return _detached(*text_of(tuple(text.removesuffix("\n").split("\n"))), None)


def _decoded(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise SignatureError(f"the push option is longer than {MAX_TEXT} characters")
    if not _BASE64URL.fullmatch(value):
        raise SignatureError("the push option is not base64url")
    bare = value.rstrip("=")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise SignatureError("the push option's base64url is damaged") from error


def _detached(text: str, signature: str, commit: Commit | None) -> Claim:
    """The claim of a statement's `text` with `signature`, base64 of an SSHSIG."""
    from agentguard.approvals.sshsig import armored

    try:
        signed = Signature("ssh", armored(signature), text.encode())
    except SignatureError as error:
        fault = Fault("signature", str(error))
        found = claim("signature", text, commit)
        return Claim("signature", found.statement, None, commit, found.fault or fault)
    return claim("signature", text, commit, signature=signed)
