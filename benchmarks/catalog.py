"""How often the built-in rules stop ordinary work, and what they catch: `python -m benchmarks.catalog`.

    --data FOLDER       units-dev.csv.gz and accidents-dev.jsonl; default ../shared/data
    --history REPO...   real repositories whose first-parent steps are judged
    --edits FOLDER...   folders whose text files are edited at random, as far as units do (--count)
    --replays           run the replays of tests/incidents too

What is exact and what is not stands in `benchmarks/units.py` and `benchmarks/histories.py`. Nobody is
taken for a person with a key: who carries no mark of an agent is `unknown`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.test_calibration import RULES as SIZES

from agentguard.examples import matches, read_example
from agentguard.finding import Finding
from agentguard.policy.load import built_in
from agentguard.repo.fast_import import new_store
from agentguard.repo.steps import first_parent_steps
from agentguard.rules import Actor
from benchmarks import histories, units
from benchmarks.histories import MAIN

ROOT = Path(__file__).parents[1]
SEED = 1
# Packs that look at how much is deleted, which edits made up take from real units.
OF_SIZE = ("blast-radius", "still-referenced")
Packs = Mapping[str, str]


def percent(part: int, whole: int) -> str:
    """A share with its counts."""
    return f"{100 * part / max(1, whole):6.2f} %  ({part:,} of {whole:,})"


def packs() -> Packs:
    """The pack of each rule."""
    return {rule.id: rule.pack for rule in built_in(MAIN).rules}


# ------------------------------------------------------------------ ordinary work by counts


def ordinary(data: Path) -> None:
    """Units of ordinary work, by who made them."""
    tallies = units.tallies(data)
    print("\nORDINARY UNITS, size rules (exact) and path rules (approximate), that need approval")
    for actor, tally in tallies.items():
        print(f"  {actor:<9} size  {percent(tally.size, tally.units)}")
        print(f"  {'':<9} any   {percent(tally.any, tally.units)}")
        print(f"  {'':<9} any, were it signed by a person  {percent(tally.as_human, tally.units)}")
    whole = sum(tally.units for tally in tallies.values())
    print(f"  everyone  size  {percent(sum(t.size for t in tallies.values()), whole)}")
    print(f"  everyone  any   {percent(sum(t.any for t in tallies.values()), whole)}")
    agent = tallies["agent"]
    print(f"  besides, unsigned-agent-commit asks for  {percent(agent.unsigned, agent.units)}")
    print("  of agents' units, whose keys no policy of theirs could have listed")
    _by_pack(tallies)
    _by_rule(tallies)


def _by_pack(tallies: Mapping[Actor, units.Tally]) -> None:
    print("\n  by pack, share of units that need approval")
    for pack in sorted({pack for tally in tallies.values() for pack in tally.packs}):
        shares = (f"{a} {100 * t.packs[pack] / t.units:5.2f} %" for a, t in tallies.items())
        print(f"    {pack:<20}{'   '.join(shares)}")


def _by_rule(tallies: Mapping[Actor, units.Tally]) -> None:
    print("\n  by rule, share of units with a finding (what it does to an agent, to the unknown)")
    for name, rule in sorted(units.rules().items()):
        shares = (f"{a} {100 * t.found[name] / t.units:5.2f} %" for a, t in tallies.items())
        effects = f"{units.effect(rule, 'agent')}, {units.effect(rule, 'unknown')}"
        print(f"    {name:<20}{'   '.join(shares)}   {effects}")


def accidents(data: Path) -> None:
    """Accidents that were repaired later."""
    known = units.rules()
    print("\nACCIDENTS that would have needed approval")
    for title, rows in zip(("all", "big ones"), units.accidents(data), strict=True):
        found = [units.matched(row, known) for row in rows]
        size = sum(any(rule.id in SIZES for rule in hits) for hits in found)
        asked = sum(any(units.effect(r, "unknown") == "approve" for r in h) for h in found)
        print(f"  {title:<9} size rules     {percent(size, len(rows))}")
        print(f"  {'':<9} and path rules {percent(asked, len(rows))}   (no lines by class)")


# ------------------------------------------------------------------ ordinary work by content


def history(paths: Sequence[Path]) -> None:
    """Real steps, judged by the whole catalog."""
    for path in paths:
        repository = histories.opened(path)
        steps = first_parent_steps(repository.git, "HEAD")
        judged(
            f"REAL HISTORY of {path.name}",
            (histories.findings(repository, step.old, step.new) for step in steps),
        )


def edits(folders: Sequence[Path], data: Path, count: int) -> None:
    """Edits made up, judged by the whole catalog."""
    with gzip.open(data / units.UNITS, "rt", newline="") as file:
        sizes = histories.sizes(list(csv.DictReader(file)), count, SEED)
    for folder in folders:
        with tempfile.TemporaryDirectory() as place:
            store = new_store(Path(place), MAIN)
            made = histories.Edits(store, folder, SEED)
            title = f"MADE-UP EDITS of {len(made.texts):,} files of {folder.name}"
            commits = (made.commit(size) for size in sizes)
            judged(title, (histories.findings(store.repository, made.base, c) for c in commits))


def judged(title: str, found: Iterable[tuple[Finding, ...]]) -> None:
    """How many changes were stopped, and by which rules."""
    by_rule: Counter[tuple[str, str]] = Counter()
    by_pack: Counter[str] = Counter()
    changes = stopped = otherwise = 0
    known = packs()
    for findings in found:
        asked = {finding.rule for finding in findings if finding.effect != "warn"}
        changes += 1
        stopped += bool(asked)
        otherwise += any(known[rule] not in OF_SIZE for rule in asked)
        by_pack.update({known[rule] for rule in asked})
        by_rule.update({(finding.rule, finding.effect) for finding in findings})
    print(f"\n{title}: need approval {percent(stopped, changes)}")
    print(f"    for text, settings, names or paths   {percent(otherwise, changes)}")
    for pack, number in by_pack.most_common():
        print(f"    pack {pack:<25}{number:5}")
    for (rule, effect), number in by_rule.most_common():
        print(f"    {rule:<30}{number:5}  {effect}")


# ------------------------------------------------------------------ what is to be caught


def shapes() -> None:
    """The rules' own examples: incident shapes that are caught, near misses that are let through."""
    caught: Counter[tuple[str, str]] = Counter()
    for pack, kind, right in _examples():
        caught.update([(pack, kind), (pack, f"{kind} right")] if right else [(pack, kind)])
    rules = Counter(packs().values())
    print("\nSHAPES: the rules' own examples through real git")
    print(f"    {'pack':<20}{'rules':>6}{'caught':>12}{'let through':>14}")
    for pack in sorted(rules):
        cells = (f"{caught[pack, f'{k} right']}/{caught[pack, k]}" for k in ("match", "no match"))
        print("    {:<20}{:>6}{:>12}{:>14}".format(pack, rules[pack], *cells))
    written, found = (
        sum(n for (_, kind), n in caught.items() if kind == wanted)
        for wanted in ("match", "match right")
    )
    print(f"    {'all':<20}{sum(rules.values()):>6}   caught {percent(found, written)}")


def _examples() -> Iterator[tuple[str, str, bool]]:
    """The pack of each example, what it expects, and whether it comes out like that."""
    base = built_in(MAIN)
    for rule in base.rules:
        for number, written in enumerate(rule.examples):
            example = read_example(written, rule.id, f"examples[{number}]")
            right = matches(rule, example, base) == example.matches
            yield rule.pack, "match" if example.matches else "no match", right


def replays() -> None:
    """The incidents as real pushes, and their benign twins."""
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/incidents")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    last = done.stdout.strip().splitlines()[-1]
    counts = dict[str, str]((word, n) for n, word in re.findall(r"(\d+) (passed|failed)", last))
    passed, failed = int(counts.get("passed", 0)), int(counts.get("failed", 0))
    print(f"\nREPLAYS and twins that come out as told: {percent(passed, passed + failed)}")


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--history", type=Path, nargs="*", default=[])
    parser.add_argument("--edits", type=Path, nargs="*", default=[])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--replays", action="store_true")
    asked = parser.parse_args()
    ordinary(asked.data)
    accidents(asked.data)
    history(asked.history)
    edits(asked.edits, asked.data, asked.count)
    shapes()
    if asked.replays:
        replays()


if __name__ == "__main__":
    main()
