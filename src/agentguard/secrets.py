"""Private keys and provider tokens in the text of a file, by the patterns of detect-secrets.

Only patterns that leave little doubt are used, never a guess at what looks random. What was found is
counted and named by its kind; the value itself never leaves this module. detect-secrets takes long to
load, so a file is first looked through for what any such secret must hold.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import islice
from typing import Literal, get_args

Kind = Literal["private-key", "provider-token"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Lines = Sequence[tuple[bytes, bool]]  # each with whether it is new

# Lines are looked at in pieces, so that no pattern can take long over one; pieces overlap by more than
# the longest secret that must be seen whole.
PIECE = 1024
OVERLAP = 256
# A key's base64 begins after its header, headers of its own, and at most a few blank lines.
KEY_LINES = 10

_BODY = re.compile(rb"[A-Za-z0-9+/]{40}")
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_BETWEEN = re.compile(r"[=:'\"]")
_DIGIT = re.compile(r"\d")
# Values that stand for a token in documents and tests. The last is the key of Azure's emulator, the
# same everywhere.
_PLACEHOLDER = re.compile(
    r"example|sample|dummy|fake|placeholder|redacted|your[_-]|x{4}|0{6}|12345|abcdef|(\w)\1{5}"
    r"|Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Detector:
    """One kind of secret. `sniff` is what a text must hold to be worth a closer look; it begins with
    plain letters, which makes it fast. `plugin` is the detector of detect-secrets that decides, `own`
    a pattern of ours where it has none. `beside` must stand in the file too, in any case."""

    name: str
    sniff: re.Pattern[bytes]
    plugin: str = ""
    own: re.Pattern[str] | None = None
    beside: bytes = b""
    kind: Kind = "provider-token"

    def near(self, new: bytes, content: bytes) -> bool:
        """Whether the new lines of a file are worth a closer look: a key's body may be new below
        a header that stood there before."""
        sniffed = content if self.kind == "private-key" else new
        return bool(self.sniff.search(sniffed)) and self.beside in content.lower()

    def patterns(self) -> Sequence[re.Pattern[str]]:
        """The regular expressions that decide."""
        return (self.own,) if self.own else _denylist(self.plugin)


def _by(name: str, sniff: bytes, plugin: str, beside: bytes = b"") -> Detector:
    return Detector(name, re.compile(sniff), plugin, beside=beside)


def _ours(name: str, sniff: bytes, own: str) -> Detector:
    return Detector(name, re.compile(sniff), own=re.compile(own))


def _key(sniff: bytes) -> Detector:
    plugin = "private_key.PrivateKeyDetector"
    return Detector("private key", re.compile(sniff), plugin, kind="private-key")


DETECTORS: tuple[Detector, ...] = (
    _key(rb"BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY"),
    _key(rb"PuTTY-User-Key-File-2"),
    _by("AWS key", rb"A(?:KI|SI|BI|CC)A[0-9A-Z]{16}", "aws.AWSKeyDetector"),
    _by("GitHub token", rb"gh[opusr]_[A-Za-z0-9_]{36}", "github_token.GitHubTokenDetector"),
    _ours("GitHub token", rb"github_pat_\w{22}", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _by("GitLab token", rb"gl[a-z]{2,5}-[\w-]{20}", "gitlab_token.GitLabTokenDetector"),
    _by("GitLab token", rb"GR1348941[\w-]{20}", "gitlab_token.GitLabTokenDetector"),
    _by("Slack token", rb"xox[abposr]-\d", "slack.SlackDetector"),
    _by("Slack webhook", rb"hooks\.slack\.com/services/T\w", "slack.SlackDetector"),
    _by("Stripe key", rb"k_live_[0-9a-zA-Z]{24}", "stripe.StripeDetector"),
    _by(
        "Azure storage key",
        rb"AccountKey=[\w+/=]{88}",
        "azure_storage_key.AzureStorageKeyDetector",
    ),
    # detect-secrets knows only the older of these keys.
    _ours("OpenAI key", rb"T3BlbkFJ[\w-]{20}", r"sk-[\w-]{16,150}T3BlbkFJ[\w-]{20}"),
    _ours("Anthropic key", rb"sk-ant-[a-z]{3}", r"sk-ant-[a-z]{3,12}\d\d-[\w-]{80}"),
    # Theirs takes in whatever else stands on the line.
    _ours(
        "npm token",
        rb"/:_authToken=\s*[n0-9A-Fa-f]",
        r"/:_authToken=\s*(?:npm_\w{36}|[A-Fa-f0-9]{8}(?:-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12})",
    ),
    _by("PyPI token", rb"pypi-AgE[\w-]{70}", "pypi_token.PypiTokenDetector"),
    _by("SendGrid key", rb"SG\.[\w-]{22}\.", "sendgrid.SendGridDetector"),
    _by("Twilio key", rb"SK[a-z0-9]{32}", "twilio.TwilioKeyDetector", b"twilio"),
    _by(
        "Discord token",
        rb"\.[\w-]{6}\.[\w-]{27}",
        "discord.DiscordBotTokenDetector",
        b"discord",
    ),
)


def secrets_in(before: bytes, after: bytes, kinds: Collection[str] = KINDS) -> Mapping[str, int]:
    """How many secrets of which name a file got that it did not hold before.

    `before` and `after` are its whole content; UTF-16 is read as text. Only lines that are new count.
    """
    before, after = _plain(before), _plain(after)
    old = frozenset(before.split(b"\n"))
    lines = [(line, line not in old) for line in after.split(b"\n")]
    new = b"\n".join(line for line, is_new in lines if is_new)
    near = [each for each in DETECTORS if each.kind in kinds and each.near(new, after)]
    found: dict[str, set[str]] = {}
    for each in near:
        values = _keys(each, lines) if each.kind == "private-key" else _tokens(each, lines)
        found.setdefault(each.name, set()).update(values)
    return {name: len(values) for name, values in found.items() if values}


def _plain(content: bytes) -> bytes:
    """UTF-16 as UTF-8; anything else as it is."""
    encoding = _MARKS.get(content[:2])
    return content[2:].decode(encoding, "replace").encode() if encoding else content


def _tokens(detector: Detector, lines: Lines) -> Iterator[str]:
    """What the patterns match in new lines, but for what only stands for a token."""
    for line in (line for line, new in lines if new):
        for _, text in _pieces(detector, line):
            matches = (match for pattern in detector.patterns() for match in pattern.finditer(text))
            # Some patterns take in what the value is assigned to.
            values = (_BETWEEN.split(match[0].rstrip("='\""))[-1] for match in matches)
            yield from (v for v in values if _DIGIT.search(v) and not _PLACEHOLDER.search(v))


def _keys(detector: Detector, lines: Lines) -> Iterator[str]:
    """The first new line of each key's body. A header without one is code, or a description."""
    for number, (line, new) in enumerate(lines):
        for start, text in _pieces(detector, line):
            if header := next(filter(None, (p.search(text) for p in detector.patterns())), None):
                rest = line[start + header.end() :]
                yield from _body([(rest, new), *lines[number + 1 : number + 1 + KEY_LINES]])


def _body(lines: Lines) -> Iterator[str]:
    found = (_BODY.search(line[:PIECE]) for line, new in lines if new)
    yield from (match[0].decode() for match in islice(filter(None, found), 1))


def _pieces(detector: Detector, line: bytes) -> Iterator[tuple[int, str]]:
    """The pieces of a line worth a closer look, and where they begin."""
    for start in range(0, max(1, len(line) - OVERLAP), PIECE - OVERLAP):
        piece = line[start : start + PIECE]
        if detector.sniff.search(piece):
            yield start, piece.decode("latin-1")


@cache
def _denylist(plugin: str) -> Sequence[re.Pattern[str]]:
    """The patterns of a detector of detect-secrets. Nothing else of it is used: it could ask the
    provider whether a token is good."""
    module, _, name = plugin.partition(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = import_module(f"detect_secrets.plugins.{module}")
    return tuple(getattr(found, name).denylist)
