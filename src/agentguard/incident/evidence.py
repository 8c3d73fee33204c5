"""`incident verify` and `incident restore`: is the evidence as it was, and can it be used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agentguard.approvals import sshsig
from agentguard.errors import EvaluationError, SignatureError
from agentguard.incident.capture import (
    BUNDLE,
    MANIFEST,
    NAMESPACE,
    OBJECT,
    REFS,
    SIGNATURE,
    VERSION,
    hash_of,
)
from agentguard.repo.bundle import Refs, heads, restore

MOST_SHOWN = 20
# As `git check-ref-format` has it; bytes that are no text stand as surrogates from U+DC80 on.
REF = re.compile(
    r"refs(?!.*(?:\.\.|@\{|\.lock(?:/|$)|\.$))"
    r"(?:/(?!\.)[^\x00-\x20\x7f~^:?*\[\\/\ud800-\udc7f\udd00-\udfff]+)+"
)


def faults(folder: Path) -> Iterator[str]:
    """Everything about the evidence in `folder` that is not as the manifest says. Raises
    EvaluationError when there is no manifest that can be read."""
    manifest = _manifest(folder)
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir()}
    for name, said in {BUNDLE: {}, REFS: {}, **manifest["files"]}.items():
        if name not in there:
            yield f"{name} is missing"
        elif _hash(folder / name) != said.get("sha256"):
            yield f"{name} was changed"
    for name in sorted(there - {*manifest["files"], MANIFEST, SIGNATURE}):
        yield f"{name} was added"
    if BUNDLE in there and heads(folder / BUNDLE) != manifest["bundle"]:
        yield f"{BUNDLE} holds other refs than the manifest says"


def signer(folder: Path) -> str:
    """The fingerprint of the key that signed the manifest, "" for none. Raises SignatureError when
    there is a signature that does not hold."""
    path = folder / SIGNATURE
    if not path.exists():
        return ""
    content = (folder / MANIFEST).read_bytes()
    return sshsig.verify(path.read_bytes(), content, NAMESPACE).key.fingerprint


def restored(folder: Path, into: Path) -> tuple[int, list[str]]:
    """Make a bare repository of the evidence at `into`: how many refs it has, and how they differ
    from those that were captured. Raises EvaluationError when the evidence is not intact."""
    found = [*faults(folder), *_signature_faults(folder)]
    if found:
        raise EvaluationError(f"the evidence is not as it was: {'; '.join(found[:MOST_SHOWN])}")
    refs, form = _refs(folder / REFS)
    if wrong := [ref for ref in heads(folder / BUNDLE) if not is_ref(ref)]:
        raise EvaluationError(f"{BUNDLE} holds {wrong[0]!r}, which is no ref")
    made = restore(folder / BUNDLE, refs, form, into)
    return len(made.ids), list(_differences(refs, made))


def is_ref(name: object) -> bool:
    """Whether it is a ref's full name. Git writes `symbolic-ref` to any path that it is given."""
    return isinstance(name, str) and REF.fullmatch(name) is not None


def _refs(path: Path) -> tuple[Refs, str]:
    """The refs that were captured, and the object format. Evidence may come from anybody."""
    found = _read(path)
    refs = Refs(found.get("head", ""), found.get("ids", {}), found.get("symbolic", {}))
    whole = (
        (refs.head == "" or is_ref(refs.head) or _is_object(refs.head))
        and isinstance(refs.ids, dict)
        and all(is_ref(ref) and _is_object(name) for ref, name in refs.ids.items())
        and isinstance(refs.symbolic, dict)
        and all(is_ref(name) for pair in refs.symbolic.items() for name in pair)
    )
    if not whole or found.get("object_format") not in ("sha1", "sha256"):
        raise EvaluationError(f"{path} is not what was captured")
    return refs, found["object_format"]


def _is_object(name: object) -> bool:
    return isinstance(name, str) and OBJECT.fullmatch(name) is not None


def _signature_faults(folder: Path) -> Iterator[str]:
    try:
        signer(folder)
    except SignatureError as error:
        yield f"the signature does not hold: {error}"


def _differences(wanted: Refs, made: Refs) -> Iterator[str]:
    for ref in sorted({*wanted.ids, *made.ids}):
        one, other = wanted.ids.get(ref, "nothing"), made.ids.get(ref, "nothing")
        if one != other:
            yield f"{ref} should be {one[:12]} and is {other[:12]}"
    if wanted.head != made.head:
        yield f"HEAD should be {wanted.head} and is {made.head}"
    if wanted.symbolic != made.symbolic:
        yield "refs that stand for others stand for different ones"


def _hash(path: Path) -> str:
    try:
        return hash_of(path)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}") from error


def _manifest(folder: Path) -> Mapping[str, Any]:
    document = _read(folder / MANIFEST)
    files = document.get("files")
    listed = isinstance(files, dict) and all(isinstance(each, dict) for each in files.values())
    if document.get("version") != VERSION or not listed or "bundle" not in document:
        raise EvaluationError(f"{folder / MANIFEST} is not a manifest of evidence")
    return document


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise EvaluationError(f"{path} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise EvaluationError(f"{path} is not what was captured")
    return found
