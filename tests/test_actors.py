"""Who made a commit: identities, not words."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from agentguard import bundled
from agentguard.actors import Attribution, attribute, load_markers
from agentguard.approvals import sshsig
from agentguard.change import Commit, Person, Signature
from agentguard.errors import ConfigurationError
from agentguard.keys import OpenPGPKey, PublicKey, parse_public_key
from agentguard.policy.model import ActorPolicy, ApprovalPolicy, Approver, ApproverKey, Policy

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MARKERS = load_markers(bundled.data("rules", "actors.toml"), "actors.toml")
POLICY = Policy("test", environments={}, rules=(), classes=cast("Any", None))
JANE = Person("Jane Doe", "jane@acme.io")
CLAUDE = Person("Claude", "noreply@anthropic.com")
BOT = Person("Bot", "bot@acme.io")
DEPENDABOT = Person("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com")
TRAILER = "Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>"
LABELLED = Path(__file__).parents[2] / "shared" / "data" / "attribution-dev.jsonl"


def commit(message: str = "fix: routes", author: Person = JANE, **fields: Any) -> Commit:
    return Commit(
        "c" * 40, "t" * 40, (), (author,), (fields.pop("committer", JANE),), message, **fields
    )


def who(message: str = "fix: routes", author: Person = JANE, **fields: Any) -> Attribution:
    return attribute(commit(message, author, **fields), MARKERS, POLICY, NOW)


def actors(**fields: Any) -> Policy:
    return replace(POLICY, actors=ActorPolicy(**fields))


# --- signatures ---------------------------------------------------------------------------------

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(32))


def public_key(private: Ed25519PrivateKey) -> PublicKey:
    line = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return parse_public_key(line.decode())


KEY = public_key(PRIVATE)


def sign(payload: bytes = b"tree", namespace: str = "git") -> Signature:
    algorithm, raw = b"ssh-ed25519", PRIVATE.sign(sshsig.signed_data(payload, namespace))
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (algorithm, raw))
    return Signature("ssh", sshsig.armor(KEY, namespace, blob), payload)


def approved(revoked: frozenset[str] = frozenset(), **validity: datetime) -> Policy:
    jane = Approver("jane@acme.io", (ApproverKey(KEY, **validity),))
    return replace(POLICY, approvers={jane.id: jane}, approvals=ApprovalPolicy(revoked=revoked))


def signed(policy: Policy, signature: Signature | None = None, **fields: Any) -> Attribution:
    made = commit(signature=signature or sign(), **fields)
    return attribute(made, MARKERS, policy, NOW)


def test_a_listed_key_proves_a_human() -> None:
    found = signed(approved())
    assert (found.actor, found.signature, found.signer) == ("human", "verified", "jane@acme.io")
    assert found.evidence == "signed by jane@acme.io"


def test_a_key_outside_its_validity_or_revoked_proves_nothing() -> None:
    day = timedelta(days=1)
    for policy in (
        approved(valid_after=NOW + day),
        approved(valid_before=NOW),
        approved(revoked=frozenset({KEY.fingerprint})),
        POLICY,
    ):
        found = signed(policy)
        assert (found.actor, found.signature) == ("unknown", "unlisted")
        assert found.signer == KEY.fingerprint


@pytest.mark.parametrize(
    "signature",
    [
        replace(sign(), payload=b"another tree"),
        sign(namespace="agentguard-approval@v1"),
        Signature("ssh", b"-----BEGIN SSH SIGNATURE-----", b"tree"),
        Signature("unknown", b"", b""),
    ],
    ids=["other bytes", "other namespace", "malformed", "unknown kind"],
)
def test_a_bad_signature_is_no_proof(signature: Signature) -> None:
    found = signed(approved(), signature)
    assert (found.actor, found.signature) == ("unknown", "bad")


def test_a_listed_openpgp_key_proves_a_human() -> None:
    import pysequoia

    tsk = pysequoia.Tsk.generate("Jane <jane@acme.io>")
    certificate = tsk.extract_certificate()
    key = OpenPGPKey(certificate.fingerprint.upper(), bytes(certificate))
    jane = Approver("jane@acme.io", (ApproverKey(key),))
    policy = replace(POLICY, approvers={jane.id: jane})
    armored = pysequoia.sign(tsk.signer(), b"tree", mode=pysequoia.SignatureMode.DETACHED)
    later = datetime.now(UTC) + timedelta(minutes=1)
    for payload, actor, state in ((b"tree", "human", "verified"), (b"more", "unknown", "unlisted")):
        made = commit(signature=Signature("openpgp", armored, payload))
        found = attribute(made, MARKERS, policy, later)
        assert (found.actor, found.signature) == (actor, state)


def test_openpgp_without_a_listed_key_and_x509_are_not_supported() -> None:
    assert signed(approved(), Signature("openpgp", b"", b"")).signature == "unsupported"
    assert signed(approved(), Signature("x509", b"", b"")).signature == "unsupported"
    assert who().signature == "none"


def test_a_malformed_commit_is_never_a_humans() -> None:
    found = signed(approved(), problems=("two author headers",))
    assert (found.actor, found.signature) == ("unknown", "verified")


@pytest.mark.parametrize("revoked", [frozenset[str](), frozenset({KEY.fingerprint})])
def test_an_agents_key_marks_its_commits_even_revoked_or_listed_for_a_human(
    revoked: frozenset[str],
) -> None:
    policy = replace(approved(revoked), actors=ActorPolicy(agent_keys=(KEY,)))
    found = signed(policy)
    assert (found.actor, found.signature, found.signer) == ("agent", "agent-key", KEY.fingerprint)


def test_a_mark_outranks_a_humans_signature() -> None:
    found = signed(approved(), message=f"fix\n\n{TRAILER}\n")
    assert (found.actor, found.agent, found.signature) == ("agent", "claude-code", "verified")


def test_a_human_may_accept_a_suggestion() -> None:
    suggestion = (
        "Co-authored-by: coderabbitai[bot] <136622811+coderabbitai[bot]@users.noreply.github.com>"
    )
    found = signed(approved(), message=f"fix\n\n{suggestion}")
    assert (found.actor, found.agent, found.certainty) == ("human", "coderabbit", "touched")


# --- the policy's own lists ---------------------------------------------------------------------


def test_an_agents_account_pushes_for_an_agent() -> None:
    policy = actors(agent_pushers=frozenset({"svc-claude"}))
    assert attribute(commit(), MARKERS, policy, NOW, "SVC-Claude").actor == "agent"
    assert attribute(commit(), MARKERS, policy, NOW, "jane").actor == "unknown"
    assert attribute(commit(), MARKERS, policy, NOW).actor == "unknown"


@pytest.mark.parametrize("header", ["author", "committer"])
def test_agent_emails_count_in_every_header(header: str) -> None:
    policy = actors(agent_emails=frozenset({"bot@acme.io"}))
    headers: dict[str, Any] = {header: Person("Bot", "BOT@acme\u200b.io")}
    assert attribute(commit(**headers), MARKERS, policy, NOW).actor == "agent"


@pytest.mark.parametrize(
    ("fields", "pusher", "unlabelled"),
    [
        pytest.param({}, "svc-claude", ("account",), id="by account"),
        pytest.param({"author": BOT}, "", ("address",), id="by the author's address"),
        pytest.param({"committer": BOT}, "", ("address",), id="by the committer's address"),
        pytest.param({"signature": True}, "", ("key",), id="by key"),
        pytest.param(
            {"author": BOT, "signature": True},
            "svc-claude",
            ("account", "address", "key"),
            id="by all of them",
        ),
        pytest.param({"message": f"> {TRAILER}"}, "svc-claude", ("account",), id="a quoted mark"),
        pytest.param({}, "jane", (), id="not known for an agent's"),
        pytest.param({"message": TRAILER}, "svc-claude", (), id="a co-author"),
        pytest.param({"message": "Assisted-by: Claude Code"}, "svc-claude", (), id="assistance"),
        pytest.param({"message": "AI-Assisted: yes"}, "svc-claude", (), id="any tool"),
        pytest.param({"author": CLAUDE}, "svc-claude", (), id="the author"),
        pytest.param({"committer": CLAUDE, "signature": True}, "", (), id="the committer"),
        pytest.param({"message": TRAILER}, "jane", (), id="a mark alone"),
    ],
)
def test_what_only_the_policy_knows_is_unlabelled(
    fields: dict[str, Any], pusher: str, unlabelled: tuple[str, ...]
) -> None:
    policy = actors(
        agent_pushers=frozenset({"svc-claude"}),
        agent_emails=frozenset({BOT.email}),
        agent_keys=(KEY,),
    )
    words = {"message": f"fix\n\n{fields['message']}"} if "message" in fields else {}
    made = commit(**{**fields, **words, "signature": sign() if "signature" in fields else None})
    assert attribute(made, MARKERS, policy, NOW, pusher).unlabelled == unlabelled


def test_unproven_commits_can_count_as_an_agents() -> None:
    policy = actors(unproven="agent")
    found = attribute(commit(), MARKERS, policy, NOW)
    assert (found.actor, found.agent, found.certainty) == ("agent", "", "")
    assert found.unlabelled == ()
    assert signed(replace(approved(), actors=policy.actors)).actor == "human"


def test_automation_comes_from_both_lists() -> None:
    policy = actors(automation_emails=frozenset({"release@acme.io"}))
    release = commit(author=Person("Release", "release@acme.io"))
    assert attribute(release, MARKERS, policy, NOW).actor == "automation"
    assert who("Bump anthropic from 0.49.0 to 0.50.0", DEPENDABOT).actor == "automation"
    assert attribute(release, MARKERS, POLICY, NOW).actor == "unknown"


def test_a_mark_outranks_automation() -> None:
    author = Person("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")
    assert who("docs: update", author).actor == "automation"
    assert who(f"docs: update\n\n{TRAILER}", author).actor == "agent"


# --- headers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "email", "agent"),
    [
        ("Claude", "noreply@anthropic.com", "claude-code"),
        ("claude[bot]", "41898282+claude[bot]@users.noreply.github.com", "claude-code"),
        ("claude[bot]", "7+claude[bot]@users.noreply.ghe.acme.io", "claude-code"),
        ("Jian Wu", "223556219+Copilot@users.noreply.github.com", "copilot-cli"),
        ("Copilot", "198982749+Copilot@users.noreply.github.com", "copilot-agent"),
        ("coderabbitai[bot]", "136622811+coderabbitai[bot]@users.noreply.github.com", "coderabbit"),
        ("Linus Torvalds", "agent-a1322d5c-25d0-4afe-84bf-706b04092e62@letta.com", "letta"),
        ("Jane Doe (aider)", "jane@acme.io", "aider"),
        ("MentatBot", '\\"160964065+MentatBot@users.noreply.github.com\\"', "mentat"),
        ("Codex Agent", "codex-agent@example.com", "codex"),
        ("codex", "codex@localhost", "codex"),
        ("Sourcery AI", "", "sourcery"),
        ("GitHub Copilot", "noreply@github.com", "copilot-other"),
    ],
)
def test_authors_that_are_agents(name: str, email: str, agent: str) -> None:
    found = who(author=Person(name, email))
    assert (found.actor, found.agent, found.certainty) == ("agent", agent, "authored")


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Claude", "\u200bnoreply@anthropic.com"),
        ("Claude", "noreply@anthropiс.com"),  # a Cyrillic с
        ("Claude", "ｎｏｒｅｐｌｙ@anthropic.com"),
        ("Claude", "NoReply@Anthropic.COM\u00ad"),
        ("Jane", "no\u0301reply@anthropic.com"),
        ("Claude Со\u200dde", "jane@acme.io"),
        ("factory\u2011droid[bot]", "jane@acme.io"),
    ],
)
def test_disguised_identities_are_recognised(name: str, email: str) -> None:
    assert who(author=Person(name, email)).actor == "agent"


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Claude Paroz", "claude@2xlibre.net"),
        ("Claude", "claude@2xlibre.net"),
        ("Claude", "claude@laptop.local"),
        ("Ludovic Claude", "ludovic.claude@lbpoker.com"),
        ("claudex", "claude.xavier@gmail.com"),
        ("Devin Buhl", "devin.kray@gmail.com"),
        ("Devin", "devin@acme.io"),
        ("Jules", "jules@apeworx.io"),
        ("Bruce Bolt", "andy@bolt.me"),
        ("Benjamin Goose", "goose@acme.com.au"),
        ("Aiden Cline", "63023139+rekram1-node@users.noreply.github.com"),
        ("Giovanni Tirloni", "gpt@gtirloni.com"),
        ("Eric Wheeler", "roo-code@z.ewheeler.org"),
        ("Philip K", "philip@warpmail.net"),
        ("Boris Cherny", "boris@anthropic.com"),
        ("Jelle Zijlstra", "jelle@openai.com"),
        ("Paul Gauthier", "aider@paulg.org"),
        ("Paul Gauthier", "paul@aider.chat"),
        ("Claude", "81847+claude@users.noreply.github.com"),
        ("GitHub", "noreply@github.com"),
        ("ᗪєνιη ᗷυнʟ", "onedr0p@users.noreply.github.com"),
    ],
)
def test_people_are_not_agents(name: str, email: str) -> None:
    found = who(f"fix\n\nSigned-off-by: {name} <{email}>", Person(name, email))
    assert (found.actor, found.certainty) == ("unknown", "")


def test_every_forged_header_is_looked_at() -> None:
    for authors in ((CLAUDE, JANE), (JANE, CLAUDE)):
        made = replace(commit(), authors=authors, problems=("two author headers",))
        assert attribute(made, MARKERS, POLICY, NOW).actor == "agent"
    both = replace(commit(), authors=(JANE, DEPENDABOT))
    assert attribute(both, MARKERS, POLICY, NOW).actor == "unknown"
    assert attribute(replace(commit(), authors=()), MARKERS, POLICY, NOW).actor == "unknown"


def test_a_committer_only_touched_the_commit() -> None:
    found = who(committer=Person("Jane Doe (aider)", "jane@acme.io"))
    assert (found.actor, found.agent, found.certainty) == ("unknown", "aider", "touched")


# --- messages -----------------------------------------------------------------------------------

MAIL = "noreply@anthropic.com"
CO_AUTHORED = {
    "plain": TRAILER,
    "literal newline": f"Fix\\n\\n{TRAILER}",
    "literal newline in the middle": f"Fix\\n\\n{TRAILER}\\n\\nMore",
    "indented": f"Fix\n\n    {TRAILER}",
    "squashed": f"Squash\n\ncommit {'1' * 40}\nDate: now\n\n    Fix\n\n    {TRAILER}\n\ncommit 2",
    "squashed after a colon": f"Squashed commits of the following:\n\n    Fix\n\n    {TRAILER}",
    "indented body": f"Fix:\n  Some words.\n\n  {TRAILER}",
    "no angle brackets": f"Co-authored-by: Claude {MAIL}",
    "name only": "Co-Authored-By: Claude",
    "model only": "Co-authored-by: Claude Opus 4.6 (1M context)",
    "markdown": f"Co-Authored-By: Claude [{MAIL}](mailto:{MAIL})ever",
    "crlf": f"Fix\r\n\r\n{TRAILER}\r\n",
    "cr": f"Fix\r\r{TRAILER}\r",
    "html": f"Co-Authored-By: Claude &lt;{MAIL}&gt;",
    "bullet": f"- {TRAILER}",
    "emoji": f"🤝 {TRAILER}",
    "wrapped": f"Co-authored-by: Claude\n <{MAIL}>",
    "wrapped without indent": f"Co-authored-by: Claude Opus\n<{MAIL}>",
    "no hyphens": f"Co Authored By: Claude <{MAIL}>",
    "a human's mail": "Co-authored-by: Claude Opus 4 <jane@acme.io>",
    "a human's name": f"Co-authored-by: Jane Doe <{MAIL}>",
    "another model": f"Co-authored-by: Claude (GLM-4.7) <{MAIL}>",
    "several people": f"Co-authored-by: Bob <bob@acme.io>, Claude <{MAIL}>",
    "zero width": TRAILER.replace("Authored", "Auth\u200bored"),
    "full width": TRAILER.replace(": ", "："),
    "after a fence": f"```\ncode\n```\n{TRAILER}",
    "unclosed fence": f"```\n{TRAILER}",
    "after a quote": f'Fix "x"\\n\\n{TRAILER}',
    "sign-off": "Signed-off-by: Codex <codex@openai.com>",
}


@pytest.mark.parametrize("message", CO_AUTHORED.values(), ids=CO_AUTHORED)
def test_co_authors_in_every_spelling(message: str) -> None:
    found = who(message)
    assert (found.actor, found.certainty) == ("agent", "co-authored")
    assert "\n" not in found.evidence


@pytest.mark.parametrize(
    ("line", "agent"),
    [
        ("🤖 Generated with [Claude Code](https://claude.com/claude-code)", "claude-code"),
        ("Generated with [Claude Code](https://claude.ai/code)", "claude-code"),
        ("https://claude.ai/code/session_01Tr2R4N4UeJ9Kt8qHeAAybm", "claude-code"),
        ("Claude-Session: https://claude.ai/code/session_01Tr2R4N4UeJ9Kt8qHeAAybm", "claude-code"),
        ("Claude-Generated-By: Claude Code (cli/claude-opus-4-5=100%)", "claude-code"),
        ("Agent-Signature: claude-opus-4-8-xhigh on behalf of maphew", "claude-code"),
        ("💘 Generated with Crush", "crush"),
        ("Assisted-by: Crush:glm-5.2", "crush"),
        ("Made with [Cursor](https://cursor.com)", "cursor"),
        ("Made-with: Cursor", "cursor"),
        ("_Generated with `mux` • Model: `openai:gpt-5.4` • Cost: `$2.29`_", "mux"),
        ("Generated by Mistral Vibe.", "mistral-vibe"),
        ("🤖 Assisted by [Amazon Q Developer](https://aws.amazon.com/q/developer)", "amazon-q"),
        ("via [Happy](https://happy.engineering)", "happy"),
        ("🤖 Generated with [Qoder][https://qoder.com]", "qoder"),
        ("Link to Devin run: https://app.devin.ai/sessions/2e9fcb112a7b48f4", "devin"),
        ("Devin session: https://app.devin.ai/sessions/573ed9e55bc74dd1", "devin"),
        ("Amp-Thread-ID: https://ampcode.com/threads/T-019bd74e-6b2b-731d", "amp"),
        ("Agent-Logs-Url: https://github.com/o/r/sessions/194e80d2-9a8f-42ad", "copilot-agent"),
        ("Copilot-Session: 365f8df1-b63b-43d2-bbc4-4f104fc718af", "copilot-cli"),
        ("Entire-Checkpoint: 4c02af2759b6", "entire"),
        ("Replit-Commit-Author: Agent", "replit"),
        ("Generated-By: PostHog Code", "posthog-code"),
        ("Generated-by: Crush", "crush"),
    ],
)
def test_markers_in_the_message(line: str, agent: str) -> None:
    found = who(f"fix: routes\n\nSome words.\n\n{line}\n")
    assert (found.actor, found.agent, found.certainty) == ("agent", agent, "marker")


@pytest.mark.parametrize(
    "subject", ["aider: Add a table of contents", "🤖 Plandex → apply pending changes"]
)
def test_markers_in_the_subject(subject: str) -> None:
    assert who(subject).certainty == "marker"
    assert who(f"fix\n\n{subject}").actor == "unknown"


@pytest.mark.parametrize(
    "line",
    [
        "Assisted-by: Claude Opus 5 via Claude Code",
        "Assisted-by: GLM-5.1 via Crush <crush@charm.land>",
        "Assisted-by: GPT-5.2 (AI)",
        "Assisted-by: Kiro",
        "AI-assisted: true",
        "Reviewed-by: Claude <noreply@anthropic.com>",
        "Co-authored-by: Copilot Autofix powered by AI <github-code-quality[bot]@users.noreply.x>",
        "Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>",
    ],
)
def test_help_and_review_only_touch(line: str) -> None:
    found = who(f"fix\n\n{line}")
    assert (found.actor, found.certainty) == ("unknown", "touched")
    assert found.agent
    assert found.evidence == f"message: {line}"[: len(found.evidence)]


@pytest.mark.parametrize(
    "message",
    [
        "New protocol: gemini",
        "Add Claude Shannon to the name generator",
        "Fig codex",
        "Add Claude support",
        "docs: replace CLAUDE.md with AGENTS.md",
        "chore: stop gitignoring .claude/ directory",
        "Assisted-by: Jay Satiro",
        'Assisted-By: "claude my eyes right out"',
        "Reported-by: claudex on github",
        "Generated-by: gen.pl",
        "AI-assisted: no",
        "Co-authored-by: Devin Conathan <dconatha@amfam.com>",
        "Co-authored-by: Cline Evaluation <cline@example.com>",
        "Co-authored-by: Claude <claude@2xlibre.net>",
        "Generated with [Linear](https://linear.app/formbricks/issue/ENG-1462)",
        "generated using gnupg would sometimes be shorter",
        "See https://claude.ai/code/session_1 for what went wrong",
        "Made with: love",
        "Amp-Thread-ID: 7",
        f"Stop adding `{TRAILER}`",
        "A title with a colon: Co-authored-by",
        f"{'key ' * 20}: {TRAILER}",
    ],
)
def test_words_are_not_marks(message: str) -> None:
    for text in (message, f"fix\n\n{message}"):
        found = who(text)
        assert (found.actor, found.certainty) == ("unknown", "")


QUOTED = {
    "crush 06b592241": "fix: follow the spec\n\nIt should be:\n\n    Assisted-by: AGENT:MODEL\n\n"
    "So now it'll look like this:\n\n    Assisted-by: Crush:kimi-k2.6\n\nSee:\n\nhttps://x",
    "example": f"Explain\n\nA commit then ends in\n\n    {TRAILER}\n\nwhich we parse.",
    "whole example": f"Explain\n\nLike so:\n\n    fix: routes\n\n    {TRAILER}\n",
    "shallow example": f"Explain:\n  {TRAILER}\nand so on",
    "reply": f"Explain\n\n> {TRAILER}",
    "fence": f"Explain\n\n```\n{TRAILER}\n```\n",
    "diff": f"Explain\n\n+{TRAILER}",
    "string": f'Send "fix\\n\\n{TRAILER}" to git',
    "code": f"Explain\n\n`{TRAILER}`",
}


@pytest.mark.parametrize("message", QUOTED.values(), ids=QUOTED)
def test_quoted_marks_are_mentioned_and_do_not_count(message: str) -> None:
    found = who(message)
    assert (found.actor, found.agent, found.certainty) == ("unknown", "", "")
    assert found.evidence.startswith("quoted, not counted: ")


def test_a_quoted_mark_hides_no_other() -> None:
    assert who(f"{QUOTED['fence']}\n{TRAILER}").actor == "agent"
    assert signed(approved(), message=QUOTED["fence"]).evidence == "signed by jane@acme.io"


def test_the_strongest_mark_is_reported() -> None:
    footer = "Generated with Claude Code"
    assert who(f"fix\n\n{footer}").certainty == "marker"
    assert who(f"fix\n\n{footer}\n{TRAILER}").certainty == "co-authored"
    assert who(f"fix\n\n{TRAILER}", CLAUDE).certainty == "authored"


SUGGESTED = "Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>"
LESS = {
    "help": f"{TRAILER}\nAssisted-by: Claude Code",
    "help first": f"AI-assisted: intent and review human-driven\n{TRAILER}",
    "help and a footer": "Generated with Crush\n\nAssisted-by: GLM-5 via Crush <crush@charm.land>",
    "a suggestion": f"{TRAILER}\n{SUGGESTED}",
}


@pytest.mark.parametrize("message", LESS.values(), ids=LESS)
def test_a_message_is_taken_at_the_least_it_says(message: str) -> None:
    found = who(f"fix\n\n{message}")
    assert (found.actor, found.certainty) == ("unknown", "touched")
    assert found.agent in {"claude-code", "crush"}
    assert ", beside message: " in found.evidence


@pytest.mark.parametrize("message", LESS.values(), ids=LESS)
def test_saying_less_beside_more_proves_no_human_and_no_bot(message: str) -> None:
    found = signed(approved(), message=f"fix\n\n{message}")
    assert (found.actor, found.signature) == ("unknown", "verified")
    assert who(f"fix\n\n{message}", DEPENDABOT).actor == "unknown"
    unproven = attribute(commit(f"fix\n\n{message}"), MARKERS, actors(unproven="agent"), NOW)
    assert unproven.actor == "agent"


@pytest.mark.parametrize("message", LESS.values(), ids=LESS)
def test_words_take_nothing_back_from_authors_keys_and_accounts(message: str) -> None:
    assert who(f"fix\n\n{message}", CLAUDE).certainty == "authored"
    policy = actors(agent_pushers=frozenset({"bot"}), agent_keys=(KEY,))
    made = commit(f"fix\n\n{message}")
    assert attribute(made, MARKERS, policy, NOW, "bot").actor == "agent"
    by_key = replace(made, signature=sign())
    assert attribute(by_key, MARKERS, policy, NOW).actor == "agent"


# --- hostile input ------------------------------------------------------------------------------

PIECES = st.sampled_from([TRAILER, "Co-authored-by:", "\\n", "\n", "    ", "```", ":", "&lt;", "["])


@given(st.lists(st.one_of(st.text(), PIECES)).map("".join), st.text(), st.text())
def test_no_text_raises(message: str, name: str, email: str) -> None:
    attribute(commit(message, Person(name, email)), MARKERS, POLICY, NOW, email)


MEGABYTE = 1_000_000
HOSTILE = {
    "one line": "a" * MEGABYTE,
    "one trailer": "Co-authored-by: " + "a " * (MEGABYTE // 2),
    "addresses": "Co-authored-by: " + "a@b" * (MEGABYTE // 3),
    "brackets": "Generated with " + "[(" * (MEGABYTE // 2),
    "blank lines": "authored" + "\n" * MEGABYTE,
    "examples": "x:\n" + f"    {TRAILER}\n" * (MEGABYTE // len(TRAILER)),
    "combining marks": "e\u0300\u0316" * (MEGABYTE // 3),
    "rare characters": "".join(map(chr, range(0x100, 0xD7FF))) * 18,
    "claudes": "Co-authored-by: " + "claude-" * (MEGABYTE // 7),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_takes_no_time(text: str) -> None:
    start = time.process_time()
    found = who(f"{text}\n{TRAILER}", Person(text, text))
    assert time.process_time() - start < 20  # of this processor; what is not linear takes hours
    assert found.actor == "agent"


# --- the file -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ", "x.toml: not TOML: "),
        ("\xff", "x.toml: not UTF-8: "),
        ("agent = 1", "x.toml: agent: unknown key; the nearest one is 'agents'"),
        (
            "[agents.a]\nemail = []",
            "x.toml: agents.a.email: unknown key; the nearest one is 'emails'",
        ),
        ("[agents.a]\nemails = 'b'", "x.toml: agents.a.emails: must be a list, not 'b'"),
        ("[agents.a]\nemails = [1]", "x.toml: agents.a.emails: must be a list of strings"),
        ("[agents.a]\nmodels = '('", "x.toml: agents.a.models: '(' is not a regular expression"),
        ("[agents.a]\nmodels = 1", "x.toml: agents.a.models: must be a regular expression"),
        ("[agents.a.trailers]\nb = 1", "x.toml: agents.a.trailers.b: must be a regular expression"),
        ("[agents.a]\nreview = 1", "x.toml: agents.a.review: must be a bool, not 1"),
        ("[people]\nb = 'c'", "x.toml: people.b: must be one of authored, co-authored, "),
        (
            "[agents.a]\nnames = ['c']\n[agents.b]\nnames = ['C']",
            "x.toml: agents.b.names: 'c' already belongs to 'a'",
        ),
    ],
)
def test_errors_name_file_and_key(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_markers(text.encode("latin-1"), "x.toml")
    assert str(caught.value).startswith(message)


# --- labelled commits ---------------------------------------------------------------------------


def labelled() -> list[dict[str, Any]]:
    if not LABELLED.is_file():
        pytest.skip("the labelled commits are not beside this repository")
    return [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]


def judged(row: dict[str, Any]) -> Attribution:
    made = commit(
        row["message"],
        Person(row["author_name"], row["author_email"]),
        committer=Person(row["committer_name"], row["committer_email"]),
    )
    return attribute(made, MARKERS, POLICY, NOW)


TOUCHED = {"review-suggestion", "assisted", "committer-only"}


def test_labelled_commits() -> None:
    rows = [(row, judged(row)) for row in labelled()]
    agents = [
        found for row, found in rows if row["label"] == "ai" and row["mark_kind"] not in TOUCHED
    ]
    touched = [found for row, found in rows if row.get("mark_kind") in TOUCHED]
    others = [found for row, found in rows if row["label"] != "ai"]
    hits = sum(found.actor == "agent" for found in agents)
    mistakes = [found for found in (*touched, *others) if found.actor == "agent"]
    assert hits / len(agents) >= 0.98
    assert hits / (hits + len(mistakes)) >= 0.995
    # Labelled by another mark, they name the agent as their author.
    assert all(found.certainty == "authored" for found in mistakes)
    assert all(found.certainty for found in touched)
    assert not any(found.certainty for found in others)
