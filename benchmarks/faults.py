"""What lies on disk after a run that did not end well, as a table: every fault, in each state of xdist.

python benchmarks/faults.py [--only NAME …] [--state STATE …]

Each cell strikes a repository that was green twice: on the commit that was green, and on the next one.
Full disk and read-only output need the right to mount (root in a container of one's own).
"""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location(
    "coordguard_fault_runs", Path(__file__).parents[1] / "tests" / "plugin" / "fault_runs.py"
)
assert _SPEC is not None
assert _SPEC.loader is not None
fault_runs = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = fault_runs
_SPEC.loader.exec_module(fault_runs)
FAULTS, STATES = fault_runs.faults.FAULTS, fault_runs.faults.STATES


def graded(name: str, state: str, source: Path) -> str:
    """Return the grade of a cell, both grades where the two commits differ."""
    if state not in FAULTS[name].states:
        return "-"
    words = []
    for moved in (False, True):
        with tempfile.TemporaryDirectory(prefix="fault-", ignore_cleanup_errors=True) as box:
            words.append(fault_runs.cell(name, state, source, Path(box), moved=moved))
    return words[0] if words[0] == words[1] else " / ".join(words)


def main() -> int:
    """Print the table; exit 1 when a cell is none of the good words."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--state", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is born deaf to it
    states = options.state or list(STATES)
    print("| fault | " + " | ".join(states) + " |\n" + "|---" * (len(states) + 1) + "|")
    count: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="green-") as folder, ThreadPoolExecutor(options.jobs) as pool:
        (Path(folder) / "repo").mkdir()
        source = fault_runs.green(Path(folder) / "repo")
        rows = {name: [pool.submit(graded, name, state, source) for state in states] for name in options.only or FAULTS}
        for name, cells in rows.items():
            words = [one.result() for one in cells]
            count.update(word.partition(" ")[0] for text in words for word in text.split(" / "))
            print(f"| {name} | " + " | ".join(words) + " |", flush=True)
    print("\n" + ", ".join(f"{word} {number}" for word, number in count.most_common()))
    return 1 if set(count) - {*fault_runs.GOOD, "-", "SKIPPED"} else 0


if __name__ == "__main__":
    sys.exit(main())
