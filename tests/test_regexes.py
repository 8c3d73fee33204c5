"""No regular expression of a built-in rule, or of `actors.toml`, takes long over any line.

Lines of files are as long as whoever pushes likes, and settings hold values of any length.
"""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from re import Pattern

import pytest

from agentguard.regex import compile_regex
from tests.regexes import Pump, doubts, patterns, pumps, tree

ROOT = Path(__file__).resolve().parents[1]
# Every adversarial line is tried at the first size, the one that took longest at the second too. A
# pattern that takes a square of the length would need a thousand times what it may.
SHORT, LARGE = 5_000, 1_000_000
ALLOWED = 8.0  # seconds of CPU for all lines of one pattern
IN_ALL = 300  # seconds of CPU: then the process is killed
BROAD = (" ", "\t", "a", "0", '"', "'", "(", "[{", "a.", "a b ", "- ", ": ", "$", "é", "-a -", "/*")


class SlowError(Exception):
    """The pattern used up its time."""


@pytest.mark.parametrize("name", patterns())
def test_no_text_can_be_taken_in_two_ways(name: str) -> None:
    assert list(doubts(tree(patterns()[name]))) == []


def test_no_line_takes_long() -> None:
    command = [sys.executable, "-m", "tests.test_regexes"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr[-2_000:]


SQUARE = (r"\s+$", r"\w+!", r"a.*b", r"^.*a.*b", r"^(?:\w+\s*)+!", r"^(a|ab)*c.*d.*!", r"x\s*\s*=")
LINEAR = (
    r"^\s*a\s*=",
    r"\ba\s+b",
    r"^(?:\w+\.)*x",
    r"\bfoo\s*[:=]\s*bar",
    r"^.*\bgit\b",
    r"a{0,9}b",
)


@pytest.mark.parametrize("pattern", SQUARE)
def test_what_is_looked_for_is_found(pattern: str) -> None:
    assert list(doubts(tree(compile_regex(pattern))))


@pytest.mark.parametrize("pattern", LINEAR)
def test_what_is_harmless_is_not(pattern: str) -> None:
    assert list(doubts(tree(compile_regex(pattern)))) == []


@pytest.mark.parametrize("pattern", [r"^(?:\w+\s?)+!", r"x\s*\)?\s*$", r"^a\s+(?!.*b)c"])
def test_a_pattern_that_takes_long_is_stopped(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.test_regexes.ALLOWED", 0.3)
    assert is_slow(compile_regex(pattern))


def is_slow(pattern: Pattern[str]) -> bool:
    """Whether a pattern takes longer over its adversarial lines than it may, in time of the CPU."""

    def stop(*_: object) -> None:
        raise SlowError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, ALLOWED)
    try:
        worst = max(made_for(pattern), key=lambda pump: taken(pattern, pump.line(SHORT)))
        pattern.search(worst.line(LARGE))
    except SlowError:
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return False


def made_for(pattern: Pattern[str]) -> Iterator[Pump]:
    """Adversarial lines: made for the pattern, and such as suit many."""
    yield from dict.fromkeys(pumps(tree(pattern)))
    yield from (Pump("", each) for each in BROAD)


def taken(pattern: Pattern[str], line: str) -> float:
    """Seconds of CPU for one search."""
    start = time.process_time()
    pattern.search(line)
    return time.process_time() - start


def main() -> None:
    """Print the patterns that take long; run as a process of its own, which a hang ends."""
    resource.setrlimit(resource.RLIMIT_CPU, (IN_ALL, IN_ALL))
    unlike = {(each.pattern, each.flags): name for name, each in patterns().items()}
    for name in unlike.values():
        if is_slow(patterns()[name]):
            print(name, flush=True)


if __name__ == "__main__":
    main()
