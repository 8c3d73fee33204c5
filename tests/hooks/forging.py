"""How approvals are forged, and how the same change is approved honestly."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

from agentguard.approvals.sign import public_key_of
from agentguard.approvals.sshsig import on_one_line
from tests import kit
from tests.approvals.makers import Signer
from tests.hooks import approving
from tests.hooks.approving import (
    GLASS,
    JOE,
    NAMESPACE,
    TOUCHED,
    WHY,
    Asked,
    approval_commit,
    filled,
    option,
    raw_approval,
    soon,
    with_trailers,
)

SUBJECT = "Drop the login page\n\n"
TWO = "[rules.auth-paths]\napprovals = 2\n"


@dataclass(frozen=True)
class Forged:
    """What is pushed: options, refs, and the commit of it that an honest approval would cover."""

    options: tuple[str, ...] = ()
    refs: tuple[str, ...] = ("HEAD",)
    content: str = ""

    @property
    def arguments(self) -> tuple[str, ...]:
        options = (part for option in self.options for part in ("-o", option))
        return (*options, *self.refs)


Forge = Callable[[Asked], Forged]
Honest = Callable[[Asked, Forged], Forged]


# ---------------------------------------------------------------- honestly


def by_trailers(asked: Asked, _: Forged) -> Forged:
    with_trailers(asked.work, asked.signed())
    return Forged()


def by_commit(asked: Asked, _: Forged) -> Forged:
    approval_commit(asked.work, filled(asked.text), asked.key("jane"))
    return Forged()


def by_option(asked: Asked, forged: Forged) -> Forged:
    return Forged((option(asked.signed()),), forged.refs)


def by_joe(asked: Asked, _: Forged) -> Forged:
    with_trailers(asked.work, asked.signed("joe", approver=JOE))
    return Forged()


def by_both(asked: Asked, _: Forged) -> Forged:
    with_trailers(asked.work, asked.signed(), asked.signed("joe", approver=JOE))
    return Forged()


def touched(asked: Asked, _: Forged) -> Forged:
    with_trailers(asked.work, asked.signed(TOUCHED))
    return Forged()


def in_an_emergency(asked: Asked, _: Forged) -> Forged:
    with_trailers(asked.work, asked.signed(GLASS, expires=soon(), reason=WHY))
    return Forged()


# ---------------------------------------------------------------- by forgery


def says(write: Callable[[Asked], str]) -> Forge:
    """The content with another message."""

    def forge(asked: Asked) -> Forged:
        approving.amend(asked.work, write(asked))
        return Forged()

    return forge


def signed(by: str | Signer = "jane", namespace: str = NAMESPACE, **values: str) -> Forge:
    """A detached approval in trailers, by some key and with some values."""
    return says(lambda asked: SUBJECT + asked.signed(by, namespace, **values))


def spoilt(spoil: Callable[[str], str]) -> Forge:
    """Jane's good approval, but for what is done to its lines."""
    return says(lambda asked: SUBJECT + spoil(asked.signed()))


def sshsig(spoil: Callable[[bytes], bytes]) -> Forge:
    """Jane's good approval, but for what is done to the bytes of the signature."""

    def lines(text: str) -> str:
        head, _, value = text.rstrip().rpartition(" ")
        return f"{head} {base64.b64encode(spoil(base64.b64decode(value))).decode()}\n"

    return spoilt(lines)


def opts(write: Callable[[Asked], str]) -> Forge:
    """A push option."""
    return lambda asked: Forged((write(asked),))


def under(policy: str, forge: Forge) -> Forge:
    """The same before another policy."""

    def changed(asked: Asked) -> Forged:
        asked.policy(policy)
        return forge(asked)

    return changed


def raw(sign: Callable[[Asked, bytes], bytes], *headers: str) -> Forge:
    """An approval commit with the right message and some signature over some bytes."""

    def forge(asked: Asked) -> Forged:
        message = f"Agentguard approval\n\n{filled(asked.text)}"
        raw_approval(asked.work, message, lambda payload: sign(asked, payload), *headers)
        return Forged()

    return forge


def git_signature(asked: Asked) -> bytes:
    """What Jane signed as an ordinary commit some time."""
    asked.work.git(
        *approving.signing(asked.key("jane")), "commit", "-q", "-S", "--allow-empty", "-m", "Fix"
    )
    headers = asked.work.git("cat-file", "commit", "HEAD").stdout.partition("\n\n")[0]
    asked.work.git("reset", "-q", "--hard", "HEAD~1")
    armored = re.sub(r"(?s).*gpgsig(-sha256)? ", "", headers)
    return armored.replace("\n ", "\n").encode() + b"\n"


def replayed(asked: Asked) -> str:
    stolen = git_signature(asked)
    return f"{SUBJECT}{filled(asked.text)}Agentguard-Signature: {on_one_line(stolen)}\n"


def by_the_author(asked: Asked) -> Forged:
    asked.work.git("commit", "-q", "--amend", "--no-edit", "--author", f"Jane <{kit.JANE}>")
    content = asked.work.tip()
    with_trailers(asked.work, asked.signed())
    return Forged(content=content)


def by_a_co_author(asked: Asked) -> str:
    return f"{SUBJECT}With much help.\n\nCo-authored-by: Jane <{kit.JANE}>\n{asked.signed()}"


def content_on_top(asked: Asked) -> Forged:
    with_trailers(asked.work, asked.signed())
    content = asked.work.commit("One more thing", {"src/app.py": "app(2)\n"})
    return Forged(content=content)


def content_amended(asked: Asked) -> Forged:
    asked.work.write("src/app.py", "app(2)\n")
    asked.work.git("add", "-A")
    with_trailers(asked.work, asked.signed())
    return Forged(content=asked.work.tip())


def content_in_the_approval(asked: Asked) -> Forged:
    approval_commit(asked.work, filled(asked.text), asked.key("eve"))
    asked.work.write("src/app.py", "app(2)\n")
    asked.work.git("add", "-A")
    made = ("commit", "-q", "--amend", "--no-edit", "--cleanup=verbatim", "-S")
    asked.work.git(*approving.signing(asked.key("eve")), *made)
    return Forged(content=asked.work.tip())


def evil_merge(asked: Asked) -> Forged:
    """Jane's own merge, with something of hers in it that a commit on top takes out again."""
    asked.policy('carriers = ["merge", "signature"]\n')
    work = asked.work
    work.git("reset", "-q", "--hard", "origin/main")
    work.git("merge", "-q", "--no-ff", "--no-commit", asked.content)
    work.write("src/app.py", "evil()\n")
    work.git("add", "-A")
    made = ("commit", "-q", "-S", "--cleanup=verbatim", "-m", f"Merge\n\n{filled(asked.text)}")
    work.git(*approving.signing(asked.key("jane")), *made)
    work.commit("Clean", {"src/app.py": "app()\n" * 40})
    return Forged()


def merge(asked: Asked) -> Forged:
    work = asked.work
    work.git("reset", "-q", "--hard", "origin/main")
    made = ("merge", "-q", "--no-ff", "-S", "--cleanup=verbatim", asked.content)
    message = f"Merge\n\n{filled(asked.text)}"
    work.git(*approving.signing(asked.key("jane")), *made, "-m", message)
    return Forged()


def signers_of_the_tree(asked: Asked) -> Forged:
    line = public_key_of(asked.key("eve")).line
    listed = f'version = 1\n[approvers."eve@example.com"]\nkeys = ["{line}"]\n'
    files = {".agentguard.toml": listed, ".allowed_signers": f"eve@example.com {line}\n"}
    content = asked.work.commit("Let Eve approve", files)
    text = approving.statement(asked.server.refused())
    with_trailers(
        asked.work, Asked(asked.server, content, text).signed("eve", approver="eve@example.com")
    )
    return Forged(content=content)


def notes(asked: Asked) -> Forged:
    asked.work.git("notes", "add", "-m", asked.signed(), "HEAD")
    return Forged(refs=("HEAD", "refs/notes/commits"))


def key_of_two(asked: Asked) -> Forged:
    asked.policy(
        f'[approvers."jon@example.com"]\nkeys = ["{public_key_of(asked.key("jane")).line}"]\n'
    )
    return signed()(asked)


def key_of_one(asked: Asked, forged: Forged) -> Forged:
    text = asked.server.policy.read_text()
    asked.server.policy.write_text(text.partition('[approvers."jon@')[0])
    return by_trailers(asked, forged)


def as_agent(asked: Asked) -> Forged:
    """An account called like the approver pushes."""
    asked.policy('[server]\nplatform = "gitlab"\n')
    return signed()(asked)
