"""What the path classes hold in real trees: `python -m benchmarks.path_classes LIST...`.

    LIST             a file with the paths of one tree, one a line, from its root; its name is the tree's
    --only CLASS...  only these classes
    --sample N       so many paths of each class to read by eye, taken tree by tree in turn; default 40
    --seed N         another sample
    --against FILE   another paths.toml: print what came into each class since then, and what left it

Whether a path belongs to its class somebody has to say who reads the sample. `matched` counts what a
pattern finds, `kept` what is in the class after its exclusions, `alone` what no other pattern of the
class holds. The lists are not part of the repository; `git ls-tree -r --name-only HEAD` and
`tar -t` make them.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path

from agentguard.bundled import data
from agentguard.names import fold
from agentguard.paths import PathClass, PathClasses, load_classes
from agentguard.patterns import compile_patterns

Trees = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Count:
    """One pattern of a class: how many paths, and in how many trees they are."""

    pattern: str
    matched: int
    kept: int
    alone: int
    trees: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A path that some patterns of a class find, by their numbers, and whether the class keeps it."""

    tree: str
    kept: bool
    patterns: frozenset[int]


def read(lists: Sequence[Path]) -> Trees:
    """The folded paths of each tree."""
    found = {}
    for path in lists:
        lines = path.read_text("utf-8", "surrogateescape").split("\n")
        found[path.stem] = sorted({fold(line) for line in lines if line})
    return found


def held(classes: PathClasses, name: str, trees: Trees) -> Trees:
    """What of each tree is in a class; trees of which nothing is are left out."""
    kept = {
        tree: [path for path in paths if classes.contains(name, path)]
        for tree, paths in trees.items()
    }
    return {tree: paths for tree, paths in kept.items() if paths}


def counts(found: PathClass, kept: Trees, trees: Trees) -> Iterator[Count]:
    """Each pattern of a class."""
    patterns = (*found.always, *found.include)
    hits = _hits(patterns, kept, trees)
    for number, pattern in enumerate(patterns):
        of_pattern = [hit for hit in hits if number in hit.patterns]
        inside = [hit for hit in of_pattern if hit.kept]
        yield Count(
            pattern,
            matched=len(of_pattern),
            kept=len(inside),
            alone=sum(len(hit.patterns) == 1 for hit in inside),
            trees=len({hit.tree for hit in inside}),
        )


def _hits(patterns: Sequence[str], kept: Trees, trees: Trees) -> Sequence[Hit]:
    wanted, tests = compile_patterns(patterns), [compile_patterns([p]) for p in patterns]
    hits = []
    for tree, paths in trees.items():
        inside = set(kept.get(tree, ()))
        for path in filter(wanted, paths):
            numbers = {number for number, matches in enumerate(tests) if matches(path)}
            hits.append(Hit(tree, path in inside, frozenset(numbers)))
    return hits


def sample(kept: Trees, number: int, seed: int) -> Iterator[str]:
    """Paths at random, one of each tree in turn, so that no large tree speaks for all."""
    chance = random.Random(seed)
    columns = [
        [f"{tree}: {path}" for path in chance.sample(paths, min(number, len(paths)))]
        for tree, paths in sorted(kept.items())
    ]
    chance.shuffle(columns)
    rows = chain.from_iterable(zip_longest(*columns))
    return islice((path for path in rows if path is not None), number)


def report(classes: PathClasses, name: str, trees: Trees, asked: argparse.Namespace) -> None:
    """One class."""
    kept = held(classes, name, trees)
    number = sum(map(len, kept.values()))
    print(f"\n{name.upper()}: {number:,} paths in {len(kept)} trees")
    print(f"    {'pattern':<36}{'matched':>8}{'kept':>8}{'alone':>8}{'trees':>7}")
    found = counts(classes.classes[name], kept, trees)
    for each in sorted(found, key=lambda count: -count.kept):
        figures = f"{each.matched:>8,}{each.kept:>8,}{each.alone:>8,}{each.trees:>7}"
        print(f"    {each.pattern:<36}{figures}")
    print("    to read by eye")
    for path in sample(kept, asked.sample, asked.seed):
        print(f"      {path}")


def compare(old: PathClasses, new: PathClasses, name: str, trees: Trees) -> None:
    """What came into a class, and what left it."""
    before, after = (_paths(classes, name, trees) for classes in (old, new))
    print(f"\n{name.upper()}: {len(before):,} paths before, {len(after):,} now")
    for sign, paths in (("+", after - before), ("-", before - after)):
        for path in sorted(paths):
            print(f"    {sign} {path}")


def _paths(classes: PathClasses, name: str, trees: Trees) -> set[str]:
    kept = held(classes, name, trees) if name in classes.classes else {}
    return {f"{tree}: {path}" for tree, paths in kept.items() for path in paths}


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.path_classes")
    parser.add_argument("lists", type=Path, nargs="+")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--against", type=Path)
    asked = parser.parse_args()
    classes = load_classes(data("rules", "paths.toml"), "paths.toml")
    trees = read(asked.lists)
    print(f"{sum(map(len, trees.values())):,} paths in {len(trees)} trees")
    for name in asked.only or classes.classes:
        if asked.against is None:
            report(classes, name, trees, asked)
        else:
            compare(load_classes(asked.against.read_bytes(), "against"), classes, name, trees)


if __name__ == "__main__":
    main()
