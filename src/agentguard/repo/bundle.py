"""The refs of a repository at one moment, in a bundle and out of it again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentguard.errors import ConfigurationError, EvaluationError
from agentguard.repo.environment import clean_environment, scratch_environment
from agentguard.repo.git import Git, raw, text
from agentguard.repo.objects import AT_ONCE, NAME

# What a bundle holds beside the refs goes by names of this place, and so it does when restored.
EXTRA = "refs/agentguard/incident/"


@dataclass(frozen=True, slots=True)
class Refs:
    """What every ref pointed to. `head` is what HEAD names, or the object it is detached at;
    `symbolic` are refs that stand for others, which are in `ids` too, with what they come to."""

    head: str
    ids: Mapping[str, str]
    symbolic: Mapping[str, str]


def refs_of(directory: Path) -> Refs:
    """The refs of the repository at `directory`, hidden ones too. Raises EvaluationError."""
    git = _git(directory)
    head = git.run("symbolic-ref", "--quiet", "HEAD", ok=(0, 1)).stdout
    head = head or git.run("rev-parse", "--verify", "-q", "HEAD", ok=(0, 1)).stdout
    output = git.output("for-each-ref", "--format=%(objectname)%00%(refname)%00%(symref)")
    rows = [text(line).split("\0") for line in output.splitlines()]
    return Refs(
        head=text(head).strip(),
        ids={ref: name for name, ref, _ in rows},
        symbolic={ref: target for _, ref, target in rows if target},
    )


def existing(directory: Path, names: Iterable[str]) -> list[str]:
    """Those of the object ids that are in the repository, commits and tags only, in order."""
    wanted = sorted(name for name in {*names} if NAME.fullmatch(name))
    git, found = _git(directory), []
    for start in range(0, len(wanted), AT_ONCE):
        asked = "".join(f"{name}\n" for name in wanted[start : start + AT_ONCE])
        answer = text(git.output("cat-file", "--batch-check", stdin=asked.encode()))
        rows = (line.split() for line in answer.splitlines())
        found += [row[0] for row in rows if row[1] in {"commit", "tag"}]
    return found


def write_bundle(directory: Path, refs: Refs, extra: Sequence[str], bundle: Path) -> None:
    """Write everything that `refs` and the objects `extra` lead to, without touching the repository.

    The refs are set up in an empty repository beside it that reads its objects, so a push in the
    meantime changes nothing. Raises EvaluationError when an object is missing.
    """
    ids = {**refs.ids, **{f"{EXTRA}{name}": name for name in extra}}
    with tempfile.TemporaryDirectory(prefix="agentguard-") as folder:
        scratch = _fresh(Path(folder), object_format(directory))
        objects = scratch_environment(clean_environment(directory), scratch / "objects")
        git = Git(scratch, {**objects, "GIT_DIR": str(scratch)})
        _set(git, ids)
        if refs.head in ids:
            git.output("symbolic-ref", "HEAD", refs.head)
        if ids:
            git.output("bundle", "create", "--quiet", str(bundle), "--all")
        else:
            bundle.write_bytes(b"")  # git makes no bundle of nothing


def heads(bundle: Path) -> dict[str, str]:
    """The refs that a bundle says it holds; HEAD is left out. Raises EvaluationError."""
    if not bundle.stat().st_size:
        return {}
    git = Git(bundle.parent, clean_environment(bundle.parent))
    rows = (
        line.partition(b" ")
        for line in git.output("bundle", "list-heads", str(bundle)).splitlines()
    )
    return {text(ref): text(name) for name, _, ref in rows if ref != b"HEAD"}


def restore(bundle: Path, refs: Refs, form: str, into: Path) -> Refs:
    """Make a bare repository of a bundle, with refs as they were; the refs that it has then.

    `into` must be empty or missing: ConfigurationError. Everything that the refs lead to was found
    when it returns; EvaluationError otherwise.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise ConfigurationError(f"{into} is not an empty folder")
    try:
        into.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{into} cannot be made: {error.strerror}") from error
    directory = _fresh(into.resolve(), form)
    git = _git(directory)
    if bundle.stat().st_size:
        git.output("bundle", "unbundle", str(bundle.resolve()))
    _set(git, heads(bundle))
    for ref, target in refs.symbolic.items():
        git.output("symbolic-ref", ref, target)
    _set_head(git, refs.head)
    git.output("fsck", "--connectivity-only", "--no-dangling", "--no-progress")
    found = refs_of(directory)
    ids = {ref: name for ref, name in found.ids.items() if not ref.startswith(EXTRA)}
    return Refs(found.head, ids, found.symbolic)


def git_version() -> str:
    """What git says of itself."""
    here = Path.cwd()
    return text(Git(here, clean_environment(here)).output("version")).strip()


def configuration(directory: Path) -> bytes:
    """Every setting of a repository's own configuration, each with the file that it is from."""
    return _git(directory).output("config", "--list", "--show-origin")


def _set(git: Git, ids: Mapping[str, str]) -> None:
    lines = "".join(f"update {ref}\0{name}\0\0" for ref, name in ids.items())
    git.output("update-ref", "--stdin", "-z", "--no-deref", stdin=raw(lines))


def _set_head(git: Git, head: str) -> None:
    if head.startswith("refs/"):
        git.output("symbolic-ref", "HEAD", head)
    elif head:
        git.output("update-ref", "--no-deref", "HEAD", head)


def _fresh(folder: Path, form: str) -> Path:
    made = Git(folder, clean_environment(folder))
    made.output("init", "-q", "--bare", "--template=", f"--object-format={form}", str(folder))
    return folder


def object_format(directory: Path) -> str:
    """`sha1` or `sha256`."""
    found = text(_git(directory).output("rev-parse", "--show-object-format")).strip()
    if found not in {"sha1", "sha256"}:
        raise EvaluationError(f"the repository's object format is {found!r}")
    return found


def _git(directory: Path) -> Git:
    return Git(directory, clean_environment(directory))
