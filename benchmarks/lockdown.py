"""What looking for a lockdown adds to every push: `python -m benchmarks.lockdown`.

The file is looked for before anything else. Without one that is all it costs.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from agentguard import lockdown
from agentguard.lockdown import Lockdown, Order, as_text, from_file, in_force

REPEATS = 5000
NAMES = ("/srv/git/acme/portal.git", "acme/portal")


def milliseconds() -> float:
    """The median time to find out whether a repository is locked."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        found = in_force(from_file)
        if found:
            found.over(*NAMES)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def orders(number: int) -> tuple[Order, ...]:
    """Orders of other repositories: each has to be compared."""
    since = datetime.now(UTC)
    return tuple(Order("why", "root", since, repos=(f"acme/{n}-*",)) for n in range(number))


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        lockdown.FILE = Path(folder, "lockdown.json")
        print(f"no lockdown   {milliseconds():.4f} ms")
        for number in (1, 20):
            lockdown.FILE.write_text(as_text(Lockdown(orders(number))))
            print(f"{number:>2} orders     {milliseconds():.4f} ms")


if __name__ == "__main__":
    main()
