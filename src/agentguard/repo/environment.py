"""The environment git processes run in: built from nothing, so that what a pusher sets cannot matter."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from agentguard.errors import EvaluationError

# No system, global or attribute configuration, no replace refs, no grafts, no lazy fetch, no
# pathspec magic: each of these changes what a diff says.
FIXED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def clean_environment(git_dir: Path, outer: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for git on `git_dir`, an absolute path.

    `outer` is the environment of a server hook: only the three quarantine variables are taken from
    it, and only if they point into the repository. Raises EvaluationError if they point elsewhere.
    """
    environment = dict(FIXED, GIT_DIR=str(git_dir), PATH=os.environ.get("PATH", os.defpath))
    if outer and outer.get("GIT_QUARANTINE_PATH"):
        environment |= _quarantine(git_dir, outer)
    return environment


def scratch_environment(environment: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """The same, with new objects written to `scratch`: computing a merge must leave no trace."""
    objects = environment.get("GIT_OBJECT_DIRECTORY") or str(_objects(Path(environment["GIT_DIR"])))
    alternates = environment.get("GIT_ALTERNATE_OBJECT_DIRECTORIES")
    chain = _quote(objects) + (f":{alternates}" if alternates else "")
    return dict(
        environment,
        GIT_OBJECT_DIRECTORY=str(scratch),
        GIT_ALTERNATE_OBJECT_DIRECTORIES=chain,
    )


def _quarantine(git_dir: Path, outer: Mapping[str, str]) -> dict[str, str]:
    """The quarantine variables, made absolute: git gives them relative to the repository."""
    quarantine = Path(git_dir, outer["GIT_QUARANTINE_PATH"]).resolve()
    objects = Path(git_dir, outer.get("GIT_OBJECT_DIRECTORY", "")).resolve()
    if objects != quarantine or not quarantine.is_relative_to(_objects(git_dir).resolve()):
        raise EvaluationError("the quarantine of this push is not inside the repository")
    alternates = outer.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
    return {
        "GIT_QUARANTINE_PATH": str(quarantine),
        "GIT_OBJECT_DIRECTORY": str(quarantine),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": _absolute(git_dir, alternates),
    }


def _absolute(git_dir: Path, alternates: str) -> str:
    """Each entry made absolute; git itself writes entries that need quotes as absolute paths."""
    if '"' in alternates:
        return alternates
    return ":".join(str(Path(git_dir, entry)) for entry in alternates.split(":") if entry)


def common_directory(git_dir: Path) -> Path:
    """What linked work trees share: the main repository's directory, or `git_dir` itself."""
    common = git_dir / "commondir"
    return Path(git_dir, os.fsdecode(common.read_bytes()).strip()) if common.is_file() else git_dir


def _objects(git_dir: Path) -> Path:
    return common_directory(git_dir) / "objects"


def _quote(path: str) -> str:
    """A path as an entry of GIT_ALTERNATE_OBJECT_DIRECTORIES, which splits at colons."""
    if ":" not in path and not path.startswith('"'):
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
