"""Freezes that are declared on a server, for some of its repositories, and ended there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from agentguard.clock import iso
from agentguard.errors import ConfigurationError
from agentguard.policy.freezes import FREEZES, declared_freezes
from agentguard.policy.load import REF_PATTERN
from agentguard.policy.model import Freeze
from agentguard.policy.stack import load_stack, server_file
from agentguard.repo.repository import open_repository, option, with_default
from agentguard.server.state import Record, changing
from agentguard.setup.files import write_whole
from agentguard.setup.install import server_directory
from agentguard.setup.toml import listed, quoted

HEAD = """\
# Freezes that were declared on this server. `agentguard freeze status` shows them, and
# `agentguard freeze off` ends them; this file is written anew each time.
"""


def declare(paths: Iterable[Path], freeze: Freeze, record: Record) -> Iterator[str]:
    """Add a freeze to each repository; says what was done. What is over goes.

    Nothing is changed unless every repository can be: ConfigurationError names what is wrong.
    """
    _check_refs(freeze.refs)
    directories = _repositories(paths)
    for directory in directories:
        path = directory / FREEZES
        with changing(path):
            standing = [each for each in _declared(path) if each.until > freeze.start]
            record("freeze-on", {**_of(directory), **_body(freeze)})
            write_whole(path, rendered([*standing, freeze]))
        yield f"frozen until {iso(freeze.until)}: {_refs(freeze)} of {directory}"


def lift(
    paths: Iterable[Path], by: str, reason: str, now: datetime, record: Record
) -> Iterator[str]:
    """End the declared freezes of each repository; says what was done."""
    for directory in _repositories(paths):
        path = directory / FREEZES
        ended: list[Freeze] = []
        if path.exists():
            with changing(path):
                if ended := [each for each in _declared(path) if each.until > now]:
                    body = {"by": by, "time": iso(now), "reason": reason}
                    record("freeze-off", {**_of(directory), **body, "ended": [*map(_body, ended)]})
                    write_whole(path, rendered([]))
        yield from (f"ended: {_line(directory, each, each.source, now)}" for each in ended)
        if not ended:
            yield f"{directory}: no freeze was declared here"


def status(paths: Iterable[Path], now: datetime) -> Iterator[tuple[str, bool]]:
    """Each freeze that is not over, of the policies as well, and whether it holds now."""
    for directory in _repositories(paths):
        repository, tip = with_default(open_repository(directory))
        declared = [(each, each.source) for each in _declared(directory / FREEZES)]
        policies = load_stack(repository, tip).policies
        written = [(f, p.source) for p in policies for f in p.freezes if not f.source]
        standing = [(each, source) for each, source in (*declared, *written) if each.until > now]
        for freeze, source in standing:
            yield _line(directory, freeze, source, now), freeze.holds_at(now)
        if not standing:
            yield f"{directory}: no freeze", False


def _repositories(paths: Iterable[Path]) -> Sequence[Path]:
    """The bare repositories at `paths`, with freezes that can be read. Raises ConfigurationError."""
    directories = [*dict.fromkeys(_bare(path) for path in paths)]
    for directory in directories:
        _declared(directory / FREEZES)
    return directories


def _bare(path: Path) -> Path:
    directory = server_directory(path)
    if option(directory, "core.bare") != "true":
        raise ConfigurationError(
            f"{path} has a work tree: it is somebody's clone. A freeze is declared on the server, "
            "in a bare repository."
        )
    return directory.resolve()


def _declared(path: Path) -> tuple[Freeze, ...]:
    content = server_file(path)
    return declared_freezes(content, str(path)) if content is not None else ()


def _check_refs(refs: Iterable[str]) -> None:
    for ref in refs:
        if not REF_PATTERN.fullmatch(ref):
            raise ConfigurationError(
                f"--refs {ref!r} is not a full ref name such as 'refs/heads/release/*'"
            )


def _refs(freeze: Freeze) -> str:
    return " ".join(freeze.refs) if freeze.refs else "everything in production"


def _of(directory: Path) -> Mapping[str, object]:
    return {"repository": str(directory)}


def _body(freeze: Freeze) -> Mapping[str, object]:
    return {
        "by": freeze.by,
        "time": iso(freeze.start),
        "until": iso(freeze.until),
        "refs": list(freeze.refs),
        "effect": freeze.effect,
        "reason": freeze.reason,
    }


def _line(directory: Path, freeze: Freeze, source: str, now: datetime) -> str:
    held = "frozen" if freeze.holds_at(now) else f"will be frozen from {iso(freeze.start)}"
    by = f" by {freeze.by}" if freeze.by else ""
    reason = f": {freeze.reason}" if freeze.reason else ""
    until = f"until {iso(freeze.until)} ({freeze.effect}, {source})"
    return f"{directory}: {_refs(freeze)} {held} {until}{by}{reason}"


def rendered(freezes: Iterable[Freeze]) -> str:
    """The whole file, as `declared_freezes` reads it."""
    return HEAD + "".join(map(_table, freezes))


def _table(freeze: Freeze) -> str:
    refs = f"refs = {listed(freeze.refs)}\n" if freeze.refs else ""
    return (
        f"\n[[freeze]]\nfrom = {iso(freeze.start)}\nuntil = {iso(freeze.until)}\n{refs}"
        f"effect = {quoted(freeze.effect)}\nreason = {quoted(freeze.reason)}\n"
        f"by = {quoted(freeze.by)}\ndeclared = {iso(freeze.declared or freeze.start)}\n"
    )
