"""Finds the marks in a commit message, in every spelling seen in the wild.

Every line is read, not only the last block that git calls trailers: marks stand in squashed bodies,
behind bullets and emoji, and after a `\\n` that a shell did not turn into a line end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.actors.folding import fold, fold_email
from agentguard.actors.markers import Certainty, Mark, Markers
from agentguard.actors.quoting import quoted_lines

_LEAD = re.compile(r"\A[\W_]+")  # bullets, emoji, brackets
_NAME_END = re.compile(r"[<@]")
_MAIL_BREAK = re.compile(r"[\s<>()\"',;:\\]+")
_LINK = re.compile(r"\[([^\[\]]*)\][(\[][^()\[\]]*[)\]]")
_LABEL = re.compile(r"(?:[\w \[]{0,40}[:(<\]]{1,2} ?)?")
_CREDIT_END = re.compile(r" [•·(|–-]|[.!,](?:\s|$)")
_KEY_SPACE = re.compile(r"[\s_-]+")
_MAX_KEY = 40  # characters; longer is prose with a colon
_MAX_EVIDENCE = 160  # characters


def marks_in(message: str, markers: Markers) -> Iterator[Mark]:
    """The marks of `message`, as they come; one that is quoted or an example has no certainty."""
    # The backslash stays at the end of its line, to tell such a line end from a real one.
    text = message.replace("\r\n", "\n").replace("\r", "\n").replace("\\n", "\\\n")
    folded = fold(text)
    yield from _subject(text, folded, markers)
    hits = [needle for needle in markers.needles if needle in folded]
    if hits:
        yield from _body(text.split("\n"), folded.split("\n"), hits, markers)


def _subject(text: str, folded: str, markers: Markers) -> Iterator[Mark]:
    subject = folded.lstrip("\n")
    for start, agent in markers.subjects.items():
        if subject.startswith(start):
            yield Mark(agent, "marker", _evidence("subject", text.lstrip("\n").partition("\n")[0]))


def _body(raw: list[str], folded: list[str], hits: list[str], markers: Markers) -> Iterator[Mark]:
    quoted: frozenset[int] | None = None
    for number, line in enumerate(folded):
        if line and any(hit in line for hit in hits):
            found = _line(line, folded[number + 1 : number + 2], markers)
            if found is None:
                continue
            quoted = quoted_lines(raw) if quoted is None else quoted
            if number in quoted:
                yield Mark(evidence=_evidence("quoted, not counted", raw[number]))
            else:
                yield Mark(*found, _evidence("message", raw[number]))


def _line(line: str, following: list[str], markers: Markers) -> tuple[str, Certainty] | None:
    text = _LEAD.sub("", line)
    if "&" in text:
        import html

        text = html.unescape(text)
    head, colon, value = text.partition(":")
    if colon and len(head) <= _MAX_KEY:
        found = _trailer(_KEY_SPACE.sub("-", head.strip()), value, following, markers)
        if found:
            return found
    agent = _credited(text, markers) or _linked(line, markers)
    return (agent, "marker") if agent else None


def _trailer(
    key: str, value: str, following: list[str], markers: Markers
) -> tuple[str, Certainty] | None:
    for rule in markers.trailers.get(key, ()):
        if rule.value.match(value.strip()):
            return rule.agent, rule.certainty
    certainty = markers.people.get(key)
    if certainty is None:
        return None
    if "@" not in value and following and _continues(following[0]):
        value += " " + following[0].strip()
    agent = _person(value, markers)
    if not agent and certainty != "co-authored":
        agent = markers.credits.get(value.strip(), "")
    return (agent, markers.as_co_author(agent, certainty)) if agent else None


def _continues(line: str) -> bool:
    """A trailer wrapped before its address goes on in this line."""
    return line.lstrip().startswith("<") or (line[:1].isspace() and ":" not in line)


def _person(value: str, markers: Markers) -> str:
    """Whoever a value such as `Name <mail>`, `Name mail`, `Name [mail](mailto:mail)` names."""
    end = _NAME_END.search(value)
    name = value[: end.start()] if end else value
    if end and end[0] == "@":
        name = name.rpartition(" ")[0]
    emails = [fold_email(word) for word in _MAIL_BREAK.split(value) if "@" in word]
    return markers.agents.of(" ".join(name.strip(" \"'`*").split()), emails)


def _credited(text: str, markers: Markers) -> str:
    """The agent of a line such as `Generated with [Claude Code](https://…)`."""
    for start, agent in markers.lines.items():
        if text.startswith(start):
            return agent
    for opening in markers.openings:
        if text.startswith(opening):
            plain = _LINK.sub(r"\1", text[len(opening) :]).replace("`", "").replace("*", "")
            return markers.credits.get(_CREDIT_END.split(plain, maxsplit=1)[0].strip(" _"), "")
    return ""


def _linked(line: str, markers: Markers) -> str:
    """The agent whose session link stands alone on the line, or after a label with a colon."""
    for start, agent in markers.links.items():
        label, found, rest = line.partition(start)
        if found and " " not in rest.strip() and _LABEL.fullmatch(_LEAD.sub("", label)):
            return agent
    return ""


def _evidence(place: str, line: str) -> str:
    return f"{place}: {line.strip().rstrip(chr(92))[:_MAX_EVIDENCE]}"
