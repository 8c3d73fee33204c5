"""Commits and tags, parsed from their raw bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from agentguard.change import Commit, Person, Signature
from agentguard.errors import EvaluationError
from agentguard.repo.git import Git, text
from agentguard.repo.objects import Objects

IDENTITY = re.compile(r"(?P<name>[^<]*?) ?<(?P<email>[^>]*)>[^>]* (?P<when>-?\d{1,18}) [+-]\d{4,}")
SIGNATURE_HEADERS = (b"gpgsig", b"gpgsig-sha256")
ONCE = (b"tree", b"author", b"committer")

# An encoding header is honoured only where ASCII bytes stay ASCII: under another (UTF-7, say) the
# text a person sees would not be the text we judge.
ASCII_BASED = re.compile(r"(utf-?8|latin|iso-?8859|windows-125|cp125|koi8|euc|gb|big5|shift_jis)")

Header = tuple[bytes, bytes]
DEEPEST_TAG = 16


def list_commits(git: Git, tip: str, known: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Commits reachable from `tip` and from none of `known`, oldest first, with their parents."""
    stdin = "".join([f"{tip}\n", *(f"^{other}\n" for other in known)]).encode()
    output = git.output(
        "rev-list", "--topo-order", "--reverse", "--parents", "--stdin", stdin=stdin
    )
    rows = [line.split() for line in output.decode().splitlines()]
    return {row[0]: tuple(row[1:]) for row in rows}


def read_commits(git: Git, objects: Objects, ids: Iterable[str]) -> tuple[Commit, ...]:
    """The commits in the order given, without their files. Trailers are by git's own rules."""
    wanted = list(ids)
    if not wanted:
        return ()
    trailers = _trailers(git, wanted)
    commits = []
    for name, kind, body in objects.contents(wanted):
        if kind != "commit":
            raise EvaluationError(f"object {name} should be a commit and is a {kind}")
        commits.append(replace(parse_commit(name, body), trailers=trailers[name]))
    return tuple(commits)


def parse_commit(name: str, body: bytes) -> Commit:
    """A raw commit. Repeated and malformed headers are kept and named in `problems`."""
    headers, message, payload = split_object(body)
    by_key: dict[bytes, list[bytes]] = {}
    for key, value in headers:
        by_key.setdefault(key, []).append(value)
    authors = tuple(_person(value) for value in by_key.get(b"author", []))
    committers = tuple(_person(value) for value in by_key.get(b"committer", []))
    encoding = text(by_key.get(b"encoding", [b"utf-8"])[-1])
    return Commit(
        id=name,
        tree=text(by_key.get(b"tree", [b""])[0]),
        parents=tuple(text(parent) for parent in by_key.get(b"parent", [])),
        authors=authors,
        committers=committers,
        message=_decode(message, encoding),
        signature=_signature(by_key, payload),
        problems=_problems(by_key),
    )


def peel(objects: Objects, name: str) -> tuple[str, str]:
    """The id and type (`commit`, `tree`, `blob`) behind any chain of tags."""
    for _ in range(DEEPEST_TAG):
        kind = objects.info([name])[name].type
        if kind != "tag":
            return name, kind
        headers, _, _ = split_object(objects.content(name)[1])
        targets = [value for key, value in headers if key == b"object"]
        if len(targets) != 1:
            raise EvaluationError(f"tag object {name} names {len(targets)} objects")
        name = text(targets[0])
    raise EvaluationError(f"a tag of a tag of a tag, {DEEPEST_TAG} deep")


def split_object(body: bytes) -> tuple[list[Header], bytes, bytes]:
    """Headers (folded lines joined), message, and the bytes that a signature in it signs."""
    head, _, message = body.partition(b"\n\n")
    if body.startswith(b"\n"):
        head, message = b"", body[1:]
    headers: list[Header] = []
    payload: list[bytes] = []
    signing = False
    for line in head.split(b"\n"):
        if line.startswith(b" ") and headers:
            key, value = headers[-1]
            headers[-1] = (key, value + b"\n" + line[1:])
        else:
            key, _, value = line.partition(b" ")
            headers.append((key, value))
            signing = key in SIGNATURE_HEADERS
        if not signing:
            payload.append(line)
    signed = b"\n".join(payload) + body[len(head) :]
    return headers, message, signed


def _signature(headers: dict[bytes, list[bytes]], payload: bytes) -> Signature | None:
    found = [value for key in SIGNATURE_HEADERS for value in headers.get(key, [])]
    if not found:
        return None
    armored = b"\n".join(found) + b"\n"
    if len(found) > 1:
        return Signature("unknown", armored, payload)
    if armored.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        return Signature("ssh", armored, payload)
    if armored.startswith((b"-----BEGIN PGP SIGNATURE-----", b"-----BEGIN PGP MESSAGE-----")):
        return Signature("openpgp", armored, payload)
    if armored.startswith(b"-----BEGIN SIGNED MESSAGE-----"):
        return Signature("x509", armored, payload)
    return Signature("unknown", armored, payload)


def _problems(headers: dict[bytes, list[bytes]]) -> tuple[str, ...]:
    counts = {key: len(headers.get(key, [])) for key in ONCE}
    problems = [f"{times} {text(key)} headers" for key, times in counts.items() if times != 1]
    problems += [
        f"malformed {text(key)} header"
        for key in (b"author", b"committer")
        if not all(IDENTITY.fullmatch(text(value)) for value in headers.get(key, []))
    ]
    signatures = sum(len(headers.get(key, [])) for key in SIGNATURE_HEADERS)
    if signatures > 1:
        problems.append(f"{signatures} signatures")
    if any(b"\0" in key + b"".join(values) for key, values in headers.items()):
        problems.append("NUL byte in a header")
    return tuple(problems)


def _person(value: bytes) -> Person:
    """Whatever can be made out of an identity, however malformed it is."""
    identity = text(value)
    if match := IDENTITY.fullmatch(identity):
        return Person(match["name"].strip(), match["email"].strip(), int(match["when"]))
    name, _, rest = identity.partition("<")
    return Person(name.strip(), rest.partition(">")[0].strip())


def _decode(message: bytes, encoding: str) -> str:
    if ASCII_BASED.match(encoding.lower()):
        try:
            return message.decode(encoding)
        except (LookupError, ValueError):
            pass
    return text(message)


def _trailers(git: Git, ids: list[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Trailers as git itself reads them, for all commits at once."""
    pattern = "%H%x00%(trailers:only,unfold)%x00"
    output = git.output(
        "log",
        "--no-walk=unsorted",
        "--stdin",
        "--encoding=UTF-8",
        "--no-show-signature",
        f"--format=tformat:{pattern}",
        stdin="".join(f"{name}\n" for name in ids).encode(),
    )
    fields = text(output).split("\0")
    names = [name.lstrip("\n") for name in fields[0:-1:2]]
    if names != ids:
        raise EvaluationError("git log did not answer for every commit")
    return dict(zip(names, map(_pairs, fields[1::2]), strict=True))


def _pairs(lines: str) -> tuple[tuple[str, str], ...]:
    """`Key: value` lines: unfolded values hold no line feed, keys no colon."""
    entries = (line.partition(": ") for line in lines.split("\n") if line)
    return tuple((key, value) for key, _, value in entries)
