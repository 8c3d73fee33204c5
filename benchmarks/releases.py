"""The catalog on real releases: `python -m benchmarks.releases FOLDER`.

    FOLDER               FOLDER/PROJECT/VERSION/ are unpacked releases of a project
    --data FOLDER        units-dev.csv.gz, for the sizes of steps; default ../shared/data
    --most N             judge so many steps of each project, by chance; default 150
    --agent              mark each commit as an agent's
    --grow               begin with nothing, so that the first release is cut into steps too
    --findings FILE      write each finding to a file as a line of JSON, to be read by eye
    --keep FOLDER        leave the repositories there, to look a step up

Any release will do that somebody may unpack: `pip download --no-deps --only-binary=:all:` fetches one
and runs nothing of it, and the libraries of installed interpreters are such a series. Nothing of a
release is run here either.

What two releases differ in is far more than one unit of work. It is cut into steps by path, exact
renames kept together, each step as many files as some unit of `units-dev.csv.gz` touched (at most
`LARGEST`). So the text is real, old and new, and so is what stands around it; what was done together
may stand in two steps, and what only its author knows, the message and who made it, is made up. A
file that is deleted one step before its last caller says more of how steps were cut than of the rule
that finds it. Releases carry few tests and next to nothing of what runs a project: pipelines,
containers, infrastructure, agents' files. The figures say nothing of those.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from agentguard.finding import Finding
from agentguard.repo.fast_import import File, NewCommit, Store, new_store
from benchmarks import histories, units
from benchmarks.catalog import ROOT, SEED, judged
from benchmarks.histories import MAIN, SOMEBODY

LARGEST = 50  # files of a step
BYTES = 1_000_000  # of a file
ORDINARY = 10  # files of a step that is about the size of one unit
AGENT = "\n\nCo-authored-by: Claude <noreply@anthropic.com>\n"
UNSIGNED = "unsigned-agent-commit"  # finds every commit that is marked here

Tree = Mapping[str, File]
Step = Mapping[str, File | None]
Judged = tuple[int, tuple[Finding, ...]]  # how many files a step touched, and what was found


@dataclass(frozen=True, slots=True)
class Options:
    """How steps are made, and where they are written."""

    sizes: Sequence[int]
    most: int
    agent: bool
    grow: bool
    log: TextIO | None


def read(folder: Path) -> Tree:
    """The files of an unpacked release, without links and without the very large."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {
        path.relative_to(folder).as_posix(): File(path.read_bytes())
        for path in found
        if path.stat().st_size <= BYTES
    }


def in_order(folder: Path) -> list[Path]:
    """The releases of a project, numbers compared as numbers."""
    return sorted((path for path in folder.iterdir() if path.is_dir()), key=_version)


def cut(before: Tree, after: Tree, sizes: Sequence[int], chance: random.Random) -> Iterator[Step]:
    """What two releases differ in, in steps."""
    atoms, at = _atoms(before, after), 0
    while at < len(atoms):
        size = chance.choice(sizes)
        yield {path: file for atom in atoms[at : at + size] for path, file in atom.items()}
        at += size


def _atoms(before: Tree, after: Tree) -> list[Step]:
    """Files that differ, by path; one that only moved is one with where it went."""
    gone = dict.fromkeys(sorted(path for path in before if path not in after))
    moved = {before[path].content: path for path in gone}
    atoms = []
    for path in sorted(set(before) | set(after)):
        new = after.get(path)
        source = moved.pop(new.content, None) if new and path not in before else None
        if source:
            del gone[source]
            atoms.append({path: new, source: None})
        elif new and new != before.get(path):
            atoms.append({path: new})
    atoms += [{path: None} for path in gone]
    return sorted(atoms, key=min)


def _version(path: Path) -> list[tuple[int, str]]:
    return [
        (int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"\W", path.name)
    ]


def history(store: Store, releases: Sequence[Path], options: Options) -> list[tuple[str, str, int]]:
    """Commits of all steps on top of each other: before, after, how many files."""
    chance, steps = random.Random(SEED), []
    tree: Tree = {} if options.grow else read(releases[0])
    message = "Continue" + (AGENT if options.agent else "\n")
    old = store.commit(NewCommit(SOMEBODY, "Begin\n", dict(tree)))
    for release in releases if options.grow else releases[1:]:
        following = read(release)
        for step in cut(tree, following, options.sizes, chance):
            new = store.commit(NewCommit(SOMEBODY, message, step), [old])
            steps.append((old, new, len(step)))
            old = new
        tree = following
    store.set(MAIN, old)
    return sorted(chance.sample(steps, min(options.most, len(steps))), key=steps.index)


def judge(project: Path, place: Path, options: Options) -> Iterator[Judged]:
    """Each step of a project that was chosen."""
    store = new_store(place, MAIN)
    for old, new, files in history(store, in_order(project), options):
        found = histories.findings(store.repository, old, new)
        found = tuple(finding for finding in found if finding.rule != UNSIGNED)
        for finding in found if options.log else ():
            _write(options.log, project.name, old, new, finding)
        yield files, found


def _write(log: TextIO | None, project: str, old: str, new: str, finding: Finding) -> None:
    shown = {
        "project": project,
        "step": f"{old}..{new}",
        "rule": finding.rule,
        "effect": finding.effect,
        "measured": dict(finding.measured),
        "paths": finding.paths[:5],
    }
    print(json.dumps(shown), file=log)


def ordinary_sizes(data: Path) -> list[int]:
    """How many files each unit of ordinary work touched."""
    with gzip.open(data / units.UNITS, "rt", newline="") as file:
        counts = (
            sum(int(float(row[name] or 0)) for name in ("f_A", "f_M", "f_D"))
            for row in csv.DictReader(file)
        )
        return [min(count, LARGEST) for count in counts if count]


def report(found: Sequence[Judged], projects: int) -> None:
    """All steps, and those that are about as large as one unit of work. A project of which only one
    release is there, or equal ones, has no steps and does not count."""
    judged(f"STEPS of releases of {projects} projects", (each for _, each in found))
    small = [each for files, each in found if files <= ORDINARY]
    judged(f"STEPS of at most {ORDINARY} files", small)


def main() -> None:
    """Print what the catalog says of releases."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.releases")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--most", type=int, default=150)
    parser.add_argument("--agent", action="store_true")
    parser.add_argument("--grow", action="store_true")
    parser.add_argument("--findings", type=argparse.FileType("w"))
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    sizes = ordinary_sizes(asked.data)
    options = Options(sizes, asked.most, asked.agent, asked.grow, asked.findings)
    found: list[Judged] = []
    differing = 0
    projects = sorted(path for path in asked.folder.iterdir() if path.is_dir())
    with tempfile.TemporaryDirectory() as temporary:
        for project in projects:
            place = (asked.keep or Path(temporary)) / f"{project.name}.git"
            place.mkdir(parents=True)
            steps = list(judge(project, place, options))
            found += steps
            differing += bool(steps)
    report(found, differing)


if __name__ == "__main__":
    main()
