"""What is captured when an incident is opened: refs and objects, the ledger, policies, hooks.

`MANIFEST.json` is written last, and the folder gets its name after that, so evidence that broke off
never looks whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from agentguard import __version__
from agentguard.approvals.sign import sign
from agentguard.clock import iso
from agentguard.compiled import code_hash
from agentguard.errors import EvaluationError
from agentguard.incident.case import Case
from agentguard.ledger.export import line
from agentguard.ledger.opening import open_ledger
from agentguard.ledger.record import Head, Row
from agentguard.ledger.settings import ledger_settings
from agentguard.policy import places
from agentguard.repo.bundle import (
    Refs,
    configuration,
    existing,
    git_version,
    heads,
    object_format,
    refs_of,
    write_bundle,
)
from agentguard.repo.repository import hook_path, open_repository

NAMESPACE = "agentguard-evidence@v1"
MANIFEST, SIGNATURE = "MANIFEST.json", "MANIFEST.json.sig"
BUNDLE, REFS, LEDGER, STATE = "repository.bundle", "refs.json", "ledger.jsonl", "state.json"
VERSION = 1
LARGEST = 8 * 1024 * 1024  # bytes of a policy or hook; a larger file is named, not kept
MOST_FILES = 500  # hooks
MOST_OBJECTS = 20_000  # old tips and refused ones that the ledger names
OBJECT = re.compile(r"\b(?:[0-9a-f]{40}|[0-9a-f]{64})\b")
BESIDE = ("policy.toml", "freezes.toml")
MACHINE = ("policy.toml", "lockdown.json")


@dataclass(slots=True)
class Evidence:
    """A folder that is being filled; `files` holds hash and size of each file in it."""

    folder: Path
    files: dict[str, dict[str, object]] = field(default_factory=dict)

    def add(self, name: str, blocks: Iterable[bytes]) -> None:
        """Write one file, hashed on its way to the disk."""
        path, digest, size = self.folder / name, hashlib.sha256(), 0
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for block in blocks:
                file.write(block)
                digest.update(block)
                size += len(block)
            file.flush()
            os.fsync(file.fileno())
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}

    def keep(self, name: str) -> None:
        """Take in a file that somebody else wrote into the folder."""
        path = self.folder / name
        self.files[name] = {"sha256": hash_of(path), "size": path.stat().st_size}


def hash_of(path: Path) -> str:
    """SHA-256 of a file, however large."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def capture(case: Case, key: Path | None, now: datetime) -> int:
    """Fill `evidence/`; how many files there are. Raises EvaluationError, and leaves nothing that
    could pass for evidence then."""
    partial = case.folder / ".evidence-partial"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        evidence = Evidence(partial)
        _fill(evidence, case, key, now)
        partial.rename(case.evidence)
    except OSError as error:
        raise EvaluationError(f"evidence cannot be captured: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return len(evidence.files)


def _fill(evidence: Evidence, case: Case, key: Path | None, now: datetime) -> None:
    directory = case.directory
    refs = refs_of(directory)
    named: set[str] = set()
    head = _ledger(evidence, case, named)
    found = existing(directory, named)
    objects, left_out = found[:MOST_OBJECTS], found[MOST_OBJECTS:]
    write_bundle(directory, refs, objects, evidence.folder / BUNDLE)
    evidence.keep(BUNDLE)
    form = object_format(directory)
    document = {
        "object_format": form,
        **asdict(refs),
        "objects": objects,
        "objects_cut": len(left_out),
    }
    evidence.add(REFS, [_json(document)])
    notes = list(_settings(evidence, case, refs))
    evidence.add(STATE, [_json(_state(case, now, notes))])
    manifest = _json(
        {
            "version": VERSION,
            "incident": case.id,
            "captured": iso(now),
            "ledger": {"seq": head.seq, "hash": head.hash},
            "files": evidence.files,
            "bundle": heads(evidence.folder / BUNDLE),
        }
    )
    signature = [sign(manifest, key, NAMESPACE)] if key else []
    for content in signature:
        Evidence(evidence.folder).add(SIGNATURE, [content])
    Evidence(evidence.folder).add(MANIFEST, [manifest])


def _ledger(evidence: Evidence, case: Case, named: set[str]) -> Head:
    """The whole chain as it is stored, believed or not; `named` gets the ids of the window."""
    head = Head()

    def lines(rows: Iterable[Row]) -> Iterator[bytes]:
        nonlocal head
        for row in rows:
            head = Head(row.seq, row.hash)
            if _time(row) >= case.since:
                named.update(OBJECT.findall(row.text))
            yield line(row).encode()

    with open_ledger(case.directory, ledger_settings(case.directory)) as ledger:
        evidence.add(LEDGER, lines(ledger.rows()))
    return head


def _time(row: Row) -> str:
    """When a record was made. One that cannot be read may be from any time: it is looked into."""
    try:
        return row.record.time
    except EvaluationError:
        return "9999"


def _settings(evidence: Evidence, case: Case, refs: Refs) -> Iterator[str]:
    """Policies, freezes, lockdown, hooks and configuration; says what could not be kept."""
    directory = case.directory
    for name in BESIDE:
        yield from _copy(evidence, directory / "agentguard" / name, f"policy/repository-{name}")
    for name in MACHINE:
        yield from _copy(evidence, places.MACHINE.with_name(name), f"policy/machine-{name}")
    if tip := refs.ids.get(refs.head, ""):
        try:
            content = open_repository(directory).file(tip, places.IN_TREE)
        except EvaluationError as error:
            yield f"{places.IN_TREE} was not kept: {error}"
        else:
            evidence.add("policy/tree-agentguard.toml", [content] if content is not None else [])
    hooks = hook_path(directory, "pre-receive").parent
    found = sorted(hooks.glob("**/*")) if hooks.is_dir() else []
    wanted = [path for path in found if path.suffix != ".sample" and not path.is_dir()]
    for path in wanted[:MOST_FILES]:
        yield from _copy(evidence, path, f"hooks/{path.relative_to(hooks)}")
        link = f", a link to {path.readlink()}" if path.is_symlink() else ""
        yield f"{path} has mode {path.lstat().st_mode:o}{link}"
    if len(wanted) > MOST_FILES:
        yield f"{len(wanted) - MOST_FILES} more hooks were not kept"
    evidence.add("config.txt", [configuration(directory)])
    yield from _copy(evidence, directory / "config", "config")


def _copy(evidence: Evidence, path: Path, name: str) -> Iterator[str]:
    try:
        if path.stat().st_size > LARGEST:
            yield f"{path} was not kept: it has {path.stat().st_size:,} bytes; sha256 {hash_of(path)}"
            return
        content = path.read_bytes()
    except FileNotFoundError:
        yield f"{path} does not exist"
    except OSError as error:
        yield f"{path} was not kept: {error.strerror}"
    else:
        evidence.add(name, [content])


def _state(case: Case, now: datetime, notes: list[str]) -> dict[str, object]:
    return {
        "repository": str(case.directory),
        "captured": iso(now),
        "by": case.by,
        "git": git_version(),
        "agentguard": {"version": __version__, "code": code_hash()},
        "python": platform.python_version(),
        "system": platform.platform(),
        "notes": notes,
    }


def _json(document: object) -> bytes:
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()
