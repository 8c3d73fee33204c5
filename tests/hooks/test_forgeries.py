"""What somebody without a human's yes would try, each pushed for real and refused for its own reason.

After each the same change is pushed with the approval that the forger did not have, and lands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentguard.approvals.sign import public_key_of
from tests import kit
from tests.hooks import approving
from tests.hooks.approving import (
    COLD_GLASS,
    FORMATS,
    GLASS,
    JOE,
    NAMESPACE,
    TOUCHED,
    UNTOUCHED,
    WHY,
    Asked,
    filled,
    needs_ssh_keygen,
    option,
    soon,
    ssh_sign,
)
from tests.hooks.forging import (
    SUBJECT,
    TWO,
    Forge,
    Forged,
    Honest,
    as_agent,
    by_a_co_author,
    by_both,
    by_commit,
    by_joe,
    by_option,
    by_the_author,
    by_trailers,
    content_amended,
    content_in_the_approval,
    content_on_top,
    evil_merge,
    git_signature,
    in_an_emergency,
    key_of_one,
    key_of_two,
    merge,
    notes,
    opts,
    raw,
    replayed,
    says,
    signed,
    signers_of_the_tree,
    spoilt,
    sshsig,
    touched,
    under,
)

pytestmark = needs_ssh_keygen

ENDLESS = "9999-12-31T23:59:59Z"


@dataclass(frozen=True)
class Row:
    """A forgery, words of its refusal, the honest twin, and whose key's fingerprint is named."""

    forge: Forge
    reason: str
    honest: Honest = by_trailers
    names: str = ""
    account: Mapping[str, str] | None = None


NOT_JANES = "is not one that agentguard/policy.toml lists for 'jane@example.com'"
ANOTHER = "the change is another one than was approved"

FORGED: dict[str, Row] = {
    # nothing was signed
    "plain trailer": Row(
        says(lambda a: f"{SUBJECT}Agentguard-Approved-by: Jane <{kit.JANE}>\n"),
        "plain text proves nothing",
    ),
    "unsigned statement": Row(says(lambda a: SUBJECT + filled(a.text)), "nobody signed it"),
    "unsigned approval commit": Row(
        lambda a: Forged(
            refs=(a.work.commit(f"Agentguard approval\n\n{filled(a.text)}") + ":main",)
        ),
        "the commit is not signed",
        by_commit,
    ),
    # a good signature in a bad place
    "quoted in a revert": Row(
        spoilt(
            lambda t: "This reverts commit 1234567.\n\n" + re.sub(r"(?m)^", "> ", t.rstrip()) + "\n"
        ),
        "it is quoted or indented",
    ),
    "indented": Row(spoilt(lambda t: re.sub(r"(?m)^(?=.)", "    ", t)), "it is quoted or indented"),
    "in the middle": Row(spoilt(lambda t: f"{t}\nThat was it.\n"), "in the middle of the message"),
    "after dashes": Row(spoilt(lambda t: f"---\n\n{t}"), "below a line of dashes"),
    "among prose": Row(spoilt(lambda t: f"As agreed:\n{t}"), "put nothing else there"),
    "folded": Row(spoilt(lambda t: t.replace("Rules: ", "Rules:\n ")), "a line of it is folded"),
    "CRLF": Row(spoilt(lambda t: t.replace("\n", "\r\n")), "its lines end with CR LF"),
    "a key twice": Row(
        spoilt(
            lambda t: t.replace("Agentguard-Ref:", "Agentguard-Ref: refs/heads/x\nAgentguard-Ref:")
        ),
        "Agentguard-Ref stands twice",
    ),
    "Cyrillic key": Row(
        spoilt(lambda t: t.replace("Agentguard-Approver", "\u0410gentguard-Approver")),
        "only looks like Agentguard-Approver",
    ),
    "key with something invisible": Row(
        spoilt(lambda t: t.replace("Agentguard-Ref", "Agentguard\u200b-Ref")),
        "only looks like Agentguard-Ref",
    ),
    "lower-case key": Row(
        spoilt(lambda t: t.replace("Agentguard-Rules", "agentguard-rules")),
        "only looks like Agentguard-Rules",
    ),
    "an encoding of its own": Row(
        raw(lambda a, p: ssh_sign(p, a.key("jane"), "git"), "encoding UTF-7"),
        "other headers than tree, parent, author, committer",
        by_commit,
    ),
    # by the wrong key
    "the author's key": Row(by_the_author, "'jane@example.com' is the author of", by_joe),
    "a co-author's key": Row(
        says(by_a_co_author), "'jane@example.com' is the co-author of", by_trailers
    ),
    "the pusher's key": Row(
        as_agent, "one who pushes, as 'jane'", by_joe, account={"GL_USERNAME": "jane"}
    ),
    "the agent's key": Row(signed("agent"), NOT_JANES, names="agent"),
    "an unlisted key": Row(signed("eve"), NOT_JANES, names="eve"),
    "another approver's key": Row(signed("joe"), NOT_JANES, names="joe"),
    "an unlisted person": Row(
        signed("eve", approver="eve@example.com"), "'eve@example.com' is not an approver"
    ),
    "a look-alike person": Row(
        signed("eve", approver="j%D0%B0ne@example.com"), r"'j\u0430ne@example.com' is not"
    ),
    "an expired key": Row(signed("old"), "is not valid now", names="old"),
    "a revoked key": Row(signed("stolen"), "is revoked", names="stolen"),
    # for something else
    "wrong namespace": Row(
        signed(namespace="file"), f"the signature is for b'file', not for '{NAMESPACE}'"
    ),
    "commit signature as approval": Row(says(replayed), "the signature is for b'git', not for"),
    "approval as commit signature": Row(
        raw(lambda a, p: ssh_sign(p, a.key("jane"))),
        f"is for b'{NAMESPACE}', not for 'git'",
        by_commit,
    ),
    "signature of another commit": Row(
        raw(lambda a, _: git_signature(a)), "does not belong to these bytes", by_commit
    ),
    "another ref": Row(
        signed(ref="refs/heads/release/1"), "it is for 'refs/heads/release/1', not for"
    ),
    "another repository": Row(
        signed(repository="acme/toys"), "it is for 'acme/toys', not for 'acme/portal'"
    ),
    "another digest": Row(signed(change=f"sha256:{'4' * 64}"), ANOTHER),
    "another rule": Row(signed(rules="mass-deletion"), "needs 1 approval"),
    "expired": Row(signed(expires="2020-01-01T00:00:00Z"), "it expired at 2020-01-01T00:00:00Z"),
    "endless": Row(signed(expires=ENDLESS), f"it lasts until {ENDLESS}, and may last for 1 day"),
    "statement changed after signing": Row(
        spoilt(lambda t: t.replace("Rules: auth-paths", "Rules: auth-paths mass-deletion")),
        "does not belong to these bytes",
    ),
    # on other content
    "content on top": Row(content_on_top, "Changed after the approval: 'src/app.py'"),
    "content amended": Row(content_amended, ANOTHER),
    "content in the approval commit": Row(
        content_in_the_approval, "the commit changes files", by_commit
    ),
    "a merge that git would not make": Row(evil_merge, "the merge is not as git makes it"),
    "a merge where none is taken": Row(
        merge, "the policy does not take merge commits as approvals", by_commit
    ),
    "a detached one where none is taken": Row(
        under('carriers = ["commit"]\n', signed()),
        "the policy does not take detached signatures",
        by_commit,
    ),
    # too few people
    "one person twice": Row(
        under(TWO, says(lambda a: f"{SUBJECT}{a.signed()}{a.signed('spare')}")),
        "needs 2 approvals, approved by jane@example.com",
        by_both,
    ),
    "one key for two people": Row(
        under(TWO, says(lambda a: f"{SUBJECT}{a.signed()}{a.signed(approver=JOE)}")),
        "is not one that agentguard/policy.toml lists for 'joe@example.com'",
        by_both,
        names="jane",
    ),
    "one key under two names": Row(
        key_of_two, f"is also a key of {kit.JANE}", key_of_one, names="jane"
    ),
    "plain text for one of two": Row(
        under(
            f'trust = "trailer"\n{TWO}',
            says(lambda a: f"{SUBJECT}Agentguard-Approved-by: {JOE}\n{a.signed()}"),
        ),
        "needs 2 approvals, approved by jane@example.com",
        by_both,
    ),
    # hardware
    "a hardware key that nobody touched": Row(
        under("require_presence = true\n", signed(UNTOUCHED)),
        "the touch of a hardware key is asked for",
        touched,
    ),
    "glass broken without touch": Row(
        under(TWO, says(lambda a: SUBJECT + a.signed(COLD_GLASS, expires=soon(), reason=WHY))),
        "the touch of a hardware key is asked for",
        in_an_emergency,
    ),
    "glass broken with an ordinary key": Row(
        under(TWO, says(lambda a: SUBJECT + a.signed(expires=soon(), reason=WHY))),
        "is no break-glass key",
        in_an_emergency,
        names="jane",
    ),
    "glass broken in secret": Row(signed(GLASS), "is for breaking glass alone", names="glass"),
    "glass broken for a day": Row(
        under(TWO, signed(GLASS, reason=WHY)), "may last for 1:00:00 at most", in_an_emergency
    ),
    # beside the push
    "signers in the pushed tree": Row(signers_of_the_tree, "'eve@example.com' is not an approver"),
    "notes": Row(notes, "needs 1 approval"),
    "an option that is no base64url": Row(
        opts(lambda a: "agentguard-approval=?"), "is not base64url", by_option
    ),
    "two statements in an option": Row(
        opts(lambda a: option(a.signed() + a.signed(approver=JOE))),
        "has an unknown key: 'Agentguard-Signature'",
        by_option,
    ),
    "an option for another ref": Row(
        opts(lambda a: option(a.signed(ref="refs/heads/next"))),
        "it is for 'refs/heads/next'",
        by_option,
    ),
    "more than anybody needs": Row(
        says(lambda a: SUBJECT + a.signed() * 65), "there are more than 64"
    ),
    # damaged signatures
    "truncated base64": Row(spoilt(lambda t: t[:-3] + "\n"), "base64 is damaged"),
    "truncated": Row(sshsig(lambda b: b[:-9]), "cut short"),
    "oversized": Row(spoilt(lambda t: f"{t[:-1]}{'A' * 20_000}\n"), "is larger than 16384 bytes"),
    "something after it": Row(sshsig(lambda b: b + b"\0"), "bytes follow the end"),
    "one bit off": Row(
        sshsig(lambda b: b[:-1] + bytes([b[-1] ^ 1])), "does not belong to these bytes"
    ),
    "no SSHSIG": Row(sshsig(lambda b: b"SSHGIS" + b[6:]), "not an SSH signature of version 1"),
    "armor cut off": Row(
        raw(lambda a, p: ssh_sign(p, a.key("jane"), "git")[:-20]),
        "not the armored SSH signature",
        by_commit,
    ),
    "no signature at all": Row(raw(lambda a, p: b"trust me"), "of kind unknown", by_commit),
}

IN_SHA256 = (
    "plain trailer", "CRLF", "the agent's key", "commit signature as approval",
    "approval as commit signature", "another digest", "content on top",
    "content in the approval commit", "a merge that git would not make", "one bit off",
)  # fmt: skip
CASES = [
    *(pytest.param("sha1", name, id=name) for name in FORGED),
    *(pytest.param("sha256", name, id=f"{name}, sha256") for name in IN_SHA256),
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Asked]:
    return {each: approving.prepare(tmp_path_factory.mktemp(each), each) for each in FORMATS}


@pytest.mark.parametrize(("object_format", "name"), CASES)
def test_a_forgery_is_refused_and_its_honest_twin_is_not(
    object_format: str, name: str, prepared: dict[str, Asked], tmp_path: Path
) -> None:
    asked = approving.copied(prepared[object_format], tmp_path)
    server, row = asked.server, FORGED[name]
    before = server.tip()
    forged = row.forge(asked)
    refusal = server.refused(*forged.arguments, **(row.account or {}))
    assert row.reason in approving.said(refusal), refusal.remote
    assert server.tip() == before
    gives_nothing_away(refusal, asked, row)
    asked.work.git("reset", "-q", "--hard", forged.content or asked.content)
    text = approving.statement(refusal)
    honest = row.honest(Asked(server, asked.content, text or asked.text), forged)
    server.accepted(*honest.arguments)
    assert server.tip() == asked.work.tip()


def gives_nothing_away(refusal: kit.Result, asked: Asked, row: Row) -> None:
    """No way around the gate, no key, and no fingerprint but of the key that signed."""
    lower = refusal.text.lower()
    assert "no-verify" not in lower
    assert "self_approval" not in lower
    assert "ssh-ed25519" not in lower
    assert "AAAAC3NzaC1" not in refusal.text
    known = {name: public_key_of(key).fingerprint for name, key in asked.server.keys.items()}
    known |= {"touched": TOUCHED.public.fingerprint, "glass": GLASS.public.fingerprint}
    shown = {name for name, fingerprint in known.items() if fingerprint in refusal.remote}
    assert shown - {kit.JANE} <= {row.names}
